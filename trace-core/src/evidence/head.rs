//! The head of the log: each entry's way to the checkpoint's root, the checkpoint's signature, its witnesses.

use super::entries::Read;
use super::file::EvidenceFile;
use super::report::{Fault, Head, Step, StepName, Words};
use super::verify::Trust;
use crate::log::{
    Checkpoint, KeyType, Note, Policy, PolicyError, SignedBy, VerifiedCheckpoint, VerifierKey, leaf_hash,
    verify_inclusion,
};

/// What is known of the checkpoint.
pub(super) struct Judged {
    pub head: Option<Head>,
    pub checkpoint: Step,
    pub witnesses: Step,
    /// The log's keys whose signatures are good.
    pub signed_by: Vec<VerifierKey>,
}

/// Each entry's audit path leads to the checkpoint's root.
pub(super) fn inclusion(file: &EvidenceFile, head: Option<&Head>) -> Step {
    let name = StepName::Inclusion;
    let Some(head) = head else {
        let why = Words::new("没有可读的检查点，无从核对", "there is no checkpoint to check against");
        return Step::not_checked(name, why);
    };
    let mut faults = Vec::new();
    for (position, entry) in file.entries.iter().enumerate() {
        let leaf = leaf_hash(entry.entry.as_bytes());
        if let Err(error) = verify_inclusion(leaf, entry.index, head.size, head.root, &entry.proof) {
            let words = Words::new(
                format!("不能证明它是日志的第 {} 条（从 0 数起）：{}", entry.index, error.zh()),
                format!("not proven to be number {} of the log (from 0): {error}", entry.index),
            );
            faults.push(Fault { place: format!("/entries/{position}"), record: Some(entry.record), words });
        }
    }
    let (count, size) = (file.entries.len(), head.size);
    let proven = Words::new(
        format!("{count} 条都在共 {size} 条的日志里，位置也对"),
        format!("all {count} are in the log of {size} entries, each at its place"),
    );
    Step::judged(name, proven, faults)
}

/// The checkpoint's signature and its witnesses'.
pub(super) fn judge(file: &EvidenceFile, read: &[Read], trust: &Trust) -> Judged {
    let mut faults = Vec::new();
    let in_file = keys(&file.keys, "/keys", KeyType::Ed25519, &mut faults);
    let note = file.checkpoint.parse::<Note>().map_err(|error| faults.push(at_checkpoint(&error.into())));
    let read_text = |note: &Note| note.text().parse::<Checkpoint>();
    let checkpoint = note.as_ref().ok().map(read_text).transpose();
    let checkpoint = checkpoint.map_err(|error| faults.push(at_checkpoint(&error.into()))).ok().flatten();
    let (Ok(note), Some(checkpoint)) = (note, checkpoint) else {
        let why = Words::new("没有可读的检查点，无从核对", "there is no checkpoint to check against");
        return Judged {
            head: None,
            checkpoint: Step::judged(StepName::Checkpoint, Words::new("", ""), faults),
            witnesses: Step::not_checked(StepName::Witnesses, why),
            signed_by: Vec::new(),
        };
    };
    let head = Head { origin: checkpoint.origin().to_owned(), root: checkpoint.root(), size: checkpoint.size() };
    for other in read.iter().filter(|read| read.record().is_some_and(|record| record.log.as_str() != head.origin)) {
        let words = Words::new(
            format!("这条记录属于另一个日志，检查点是 {} 的", head.origin),
            format!("the record is meant for another log; the checkpoint is that of {}", head.origin),
        );
        faults.push(super::verify::fault_at(other, "/entry", words));
    }
    let log_keys = trust.key.clone().map_or(in_file, |key| vec![key]);
    let signed_by = match signatures(&note, &head.origin, log_keys) {
        Ok(verified) => verified.signatures.by.into_iter().map(|signed| signed.key).collect(),
        Err(fault) => {
            faults.push(fault);
            Vec::new()
        }
    };
    let (origin, size) = (&head.origin, head.size);
    let ids: Vec<String> = signed_by.iter().map(|key: &VerifierKey| key.id().to_string()).collect();
    let by = ids.join(", ");
    let proven = if trust.key.is_some() {
        Words::new(
            format!("{origin} 用您给的密钥（{by}）签署了共 {size} 条的检查点"),
            format!("{origin} signed the checkpoint over {size} entries with the key that you gave ({by})"),
        )
    } else {
        Words::new(
            format!("{origin} 用文件里的密钥（{by}）签署了共 {size} 条的检查点"),
            format!("{origin} signed the checkpoint over {size} entries with the key in the file ({by})"),
        )
    };
    let checkpoint = Step::judged(StepName::Checkpoint, proven, faults);
    Judged { witnesses: witnesses(file, &note, trust), head: Some(head), checkpoint, signed_by }
}

fn signatures(note: &Note, origin: &str, keys: Vec<VerifierKey>) -> Result<VerifiedCheckpoint, Fault> {
    if let Some(other) = keys.iter().find(|key| key.name() != origin) {
        let words = Words::new(
            format!("检查点是日志 {origin} 的，密钥是 {} 的", other.name()),
            format!("the checkpoint is of the log {origin}, and the key is that of {}", other.name()),
        );
        return Err(Fault { place: "/checkpoint".to_owned(), record: None, words });
    }
    let policy = Policy::new(origin, keys, Vec::new(), 0).map_err(|error| at_checkpoint(&error))?;
    policy.verify(note).map_err(|error| at_checkpoint(&error))
}

/// Every witness that is named must have cosigned.
fn witnesses(file: &EvidenceFile, note: &Note, trust: &Trust) -> Step {
    let mut faults = Vec::new();
    let in_file = keys(&file.witnesses, "/witnesses", KeyType::Cosignature, &mut faults);
    let given = !trust.witnesses.is_empty();
    let wanted = if given { trust.witnesses.clone() } else { in_file };
    if wanted.is_empty() && faults.is_empty() {
        let why = Words::new("没有见证人联署", "no witness cosigned");
        return Step::not_checked(StepName::Witnesses, why);
    }
    let mut told = Vec::new();
    for key in &wanted {
        match note.verify(std::slice::from_ref(key)) {
            Ok(verified) => told.extend(verified.by.first().map(cosigned)),
            Err(error) => {
                let words = Words::new(
                    format!("见证人 {} 没有联署这个检查点：{}", key.name(), error.zh()),
                    format!("the witness {} has not cosigned this checkpoint: {error}", key.name()),
                );
                faults.push(Fault { place: "/checkpoint".to_owned(), record: None, words });
            }
        }
    }
    let told = told.join(", ");
    let proven = if given {
        Words::new(format!("您给的见证人都已联署：{told}"), format!("every witness that you gave cosigned: {told}"))
    } else {
        Words::new(format!("文件里的见证人都已联署：{told}"), format!("every witness in the file cosigned: {told}"))
    };
    Step::judged(StepName::Witnesses, proven, faults)
}

/// Name and time of a cosignature.
fn cosigned(by: &SignedBy) -> String {
    let seconds = by.time.and_then(|time| i64::try_from(time).ok());
    let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or_else(|| by.key.name().to_owned(), |time| format!("{} ({time})", by.key.name()))
}

/// The keys of a list; what is none is a fault.
fn keys(texts: &[String], below: &str, wanted: KeyType, faults: &mut Vec<Fault>) -> Vec<VerifierKey> {
    let mut keys = Vec::with_capacity(texts.len());
    for (position, text) in texts.iter().enumerate() {
        let words = match text.parse::<VerifierKey>() {
            Ok(key) if key.key_type() == wanted => {
                keys.push(key);
                continue;
            }
            Ok(key) => {
                let (found, wanted) = (key.key_type().byte(), wanted.byte());
                Words::new(
                    format!("密钥类型应为 {wanted}，收到 {found}"),
                    format!("a key of type {wanted} belongs here, received one of type {found}"),
                )
            }
            Err(error) => Words::new(format!("不是验证密钥：{}", error.zh()), format!("no verifier key: {error}")),
        };
        faults.push(Fault { place: format!("{below}/{position}"), record: None, words });
    }
    keys
}

fn at_checkpoint(error: &PolicyError) -> Fault {
    let words = Words::new(format!("检查点不成立：{}", error.zh()), format!("the checkpoint does not hold: {error}"));
    Fault { place: "/checkpoint".to_owned(), record: None, words }
}
