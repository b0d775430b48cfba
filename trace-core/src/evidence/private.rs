//! Signatures of the parties on their records, and sealed groups that were opened.

use std::collections::HashMap;

use super::entries::Read;
use super::file::EvidenceFile;
use super::report::{Fault, Step, StepName, Words};
use super::verify::fault_at;
use crate::id::RecordId;
use crate::record::Record;
use crate::state::PublicKeys;

/// Each signature is good, one of each signed record is by a key that its actor registered before and that was not over
/// yet, and no record lacks one that the file shows to be demanded.
pub(super) fn signatures(read: &[Read]) -> Step {
    let (mut faults, mut signed, mut keys) = (Vec::new(), 0, PublicKeys::new());
    for one in read {
        let Some(entry) = &one.entry else { continue };
        signed += usize::from(!entry.signatures.is_empty());
        for (i, signature) in entry.signatures.iter().enumerate() {
            if !signature.verifies(entry.record.bytes()) {
                let words = Words::new(
                    format!("第 {} 个签名与记录字节不符（密钥 {}）", i + 1, signature.key),
                    format!("signature {} does not fit the record's bytes (key {})", i + 1, signature.key),
                );
                faults.push(fault_at(one, "/entry", words));
            }
        }
        // In the order of the log: a key signs after its registration and before its end.
        if let Err(fault) = keys.add(entry) {
            let (zh, en) = (fault.zh(), fault.to_string());
            let words = Words::new(format!("按文件里的登记和终止，{zh}"), format!("by what the file holds, {en}"));
            faults.push(fault_at(one, "/entry", words));
        }
    }
    if signed == 0 && faults.is_empty() {
        let why = Words::new(
            "这些记录没有当事方自己的签名，是在网站上录入的",
            "none of these records carries a signature of its party; they were entered on the website",
        );
        return Step::not_checked(StepName::Signatures, why);
    }
    let proven = Words::new(
        format!("{signed} 条记录由登记过的密钥签名"),
        format!("{signed} records are signed by keys that their parties registered"),
    );
    Step::judged(StepName::Signatures, proven, faults)
}

/// Each opened group is the one that its record committed to.
pub(super) fn openings(file: &EvidenceFile, read: &[Read]) -> Step {
    if file.opened.is_empty() {
        let why = Words::new("没有公开任何密封内容", "nothing of the sealed contents was opened");
        return Step::not_checked(StepName::Openings, why);
    }
    let records: HashMap<RecordId, &Record> = read.iter().filter_map(Read::record).map(|r| (r.id(), r)).collect();
    let mut faults = Vec::new();
    for (position, opened) in file.opened.iter().enumerate() {
        let wrong = match records.get(&opened.record) {
            None => {
                Some(Words::new("密封内容所属的记录不在文件里", "the record that committed to it is not in the file"))
            }
            Some(record) => match record.sealed.get(&opened.opening.group()) {
                None => Some(Words::new("该记录没有这一组密封内容", "that record has no such sealed group")),
                Some(recorded) => opened
                    .opening
                    .verify(&record.uid, recorded)
                    .err()
                    .map(|error| Words::new(format!("与记录中的承诺不符：{}", error.zh()), error.to_string())),
            },
        };
        if let Some(words) = wrong {
            faults.push(Fault { place: format!("/opened/{position}"), record: Some(opened.record), words });
        }
    }
    let count = file.opened.len();
    let proven = Words::new(
        format!("公开的 {count} 组内容都是记录当时封存的内容"),
        format!("{count} opened groups are what their records sealed at the time"),
    );
    Step::judged(StepName::Openings, proven, faults)
}
