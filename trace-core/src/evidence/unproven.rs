//! What an evidence file does not prove, said as plainly as what it does.

use super::entries::Read;
use super::file::EvidenceFile;
use super::report::{Head, Words};
use super::verify::Trust;
use crate::log::VerifierKey;

/// What no evidence file can prove.
pub(super) fn always() -> Vec<Words> {
    vec![Words::new(
        "哈希和签名证明记录没有被改动，不能证明记录的内容当初就是真的；那要靠对方确认、数量核对和现场检查。",
        "Hashes and signatures prove that a record was not altered, not that it was true; that rests on the other \
         side's confirmation, on balances and on inspections.",
    )]
}

/// What this one leaves open.
pub(super) fn of(
    file: &EvidenceFile,
    read: &[Read],
    trust: &Trust,
    head: Option<&Head>,
    signed_by: &[VerifierKey],
) -> Vec<Words> {
    let mut open = always();
    if trust.key.is_none() {
        let keys: Vec<String> = signed_by.iter().map(ToString::to_string).collect();
        let keys = if keys.is_empty() { file.keys.join(" ") } else { keys.join(" ") };
        open.push(Words::new(
            format!(
                "日志的密钥取自文件本身：谁都能造一份自带密钥的文件。请与日志方公布的密钥比对（网站“自己核对”一栏、/log/ 页或印刷品），\
                 或用 --key 给出：{keys}"
            ),
            format!(
                "The log's key came from the file itself, and anybody can make a file with a key of their own. \
                 Compare it with the one that the log publishes (on its pages under \"Check it yourself\", or in \
                 print), or give it with --key: {keys}"
            ),
        ));
    }
    if trust.witnesses.is_empty() {
        open.push(if file.witnesses.is_empty() {
            Words::new(
                "没有见证人联署：日志方是否让所有人看到同一份日志，只有它自己的说法。",
                "No witness cosigned: that everybody is shown the same log is the operator's word alone.",
            )
        } else {
            Words::new(
                "见证人的密钥取自文件本身；要信任见证人，请用 --witness 给出从见证人处得到的密钥。",
                "The witnesses' keys came from the file itself; to rely on a witness, give the key that you have from \
                 the witness with --witness.",
            )
        });
    }
    if let Some(head) = head {
        open.push(Words::new(
            format!(
                "文件里没有的：与这些批次有关的记录是否齐全，文件自己证明不了，只有核对整个日志才能知道；\
                 第 {} 条之后的记录也不在其中。",
                head.size
            ),
            format!(
                "What is not in the file: it cannot show by itself that nothing that speaks of these batches was left \
                 out, only an audit of the whole log can; nor does it hold what was recorded after the first {} \
                 entries.",
                head.size
            ),
        ));
    }
    if file.opened.is_empty() {
        open.push(Words::new(
            "数量、价格、姓名和精确位置是密封的：这里只有它们的承诺，没有内容。",
            "Amounts, prices, names and exact places are sealed: the file holds commitments to them, not the values.",
        ));
    }
    if read.iter().any(|one| one.entry.as_ref().is_some_and(|entry| entry.signatures.is_empty())) {
        open.push(Words::new(
            "没有当事方签名的记录：确是该主体录入的，只有服务方的说法。",
            "Of records without a party's signature: that the party entered them is the service's word.",
        ));
    }
    if let Some(package) = &file.package {
        open.push(Words::new(
            format!(
                "溯源码 {} 属于第 {} 号赋码批，只有服务方能用密钥解读；印着它的包装是不是原来那一件，文件也说明不了。",
                package.code.grouped(),
                package.issue
            ),
            format!(
                "That the code {} belongs to code issue {} only the service can read, with its key; nor can a file \
                 tell whether the package that carries it is the original one.",
                package.code.grouped(),
                package.issue
            ),
        ));
    }
    open
}
