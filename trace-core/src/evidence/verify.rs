//! The verification: takes the steps in their order and hands on what each read.

use super::entries::{self, Read};
use super::file::EvidenceFile;
use super::report::{Fault, Report, Step, StepName, Words};
use super::{head, private, unproven, way};
use crate::log::VerifierKey;

/// Whom the reader believes, from elsewhere than the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// The log's key; `None` takes those in the file, which proves nothing against whoever made the file.
    pub key: Option<VerifierKey>,
    /// Witnesses, each of which must have cosigned; empty takes those in the file.
    pub witnesses: Vec<VerifierKey>,
}

/// Checks a file from its bytes up.
pub fn verify(bytes: &[u8], trust: &Trust) -> Report {
    let file = match EvidenceFile::parse(bytes) {
        Ok(file) => file,
        Err(error) => {
            let words = Words::new(error.zh(), error.to_string());
            return unreadable(Fault { place: String::new(), record: None, words });
        }
    };
    let count = file.entries.len();
    let form = Words::new(
        format!("格式正确、写法唯一，含 {count} 条日志条目"),
        format!("of the right form and in its one spelling, with {count} entries of the log"),
    );
    let (read, bytes_step, ids) = entries::read(&file);
    let judged = head::judge(&file, &read, trust);
    let steps = vec![
        Step::judged(StepName::File, form, Vec::new()),
        bytes_step,
        ids,
        way::judge(&file, &read),
        private::signatures(&read),
        head::inclusion(&file, judged.head.as_ref()),
        judged.checkpoint,
        judged.witnesses,
        private::openings(&file, &read),
    ];
    let unproven = unproven::of(&file, &read, trust, judged.head.as_ref(), &judged.signed_by);
    Report { batch: Some(file.batch), package: file.package, head: judged.head, steps, unproven }
}

/// The report of a file that is none.
fn unreadable(fault: Fault) -> Report {
    let mut steps = vec![Step::judged(StepName::File, Words::new("", ""), vec![fault])];
    let why = || Words::new("文件读不出来，无从核对", "the file cannot be read, so there is nothing to check");
    steps.extend(StepName::ALL[1..].iter().map(|name| Step::not_checked(*name, why())));
    Report { batch: None, package: None, head: None, steps, unproven: unproven::always() }
}

/// The fault of an entry, at a place within it.
pub(super) fn fault_at(read: &Read, below: &str, words: Words) -> Fault {
    Fault { place: format!("/entries/{}{below}", read.position), record: Some(read.claimed), words }
}
