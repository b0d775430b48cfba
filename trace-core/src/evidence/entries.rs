//! The entries one by one: canonical bytes, and ids recomputed from them.

use super::file::EvidenceFile;
use super::report::{Step, StepName, Words};
use super::verify::fault_at;
use crate::id::RecordId;
use crate::record::{Entry, Record};

/// One entry of the file, as far as it could be read.
pub(super) struct Read {
    /// Its place in the file, from 0.
    pub position: usize,
    /// Its index in the log.
    pub index: u64,
    /// The id that the file gives it.
    pub claimed: RecordId,
    /// The entry; `None` where its bytes are none.
    pub entry: Option<Entry>,
}

impl Read {
    pub fn record(&self) -> Option<&Record> {
        self.entry.as_ref().map(|entry| &entry.record)
    }
}

/// Reads all entries; gives them and the two steps that judge them one by one.
pub(super) fn read(file: &EvidenceFile) -> (Vec<Read>, Step, Step) {
    let (mut reads, mut bytes, mut ids) = (Vec::with_capacity(file.entries.len()), Vec::new(), Vec::new());
    for (position, raw) in file.entries.iter().enumerate() {
        let parsed = Entry::from_bytes(raw.entry.as_bytes());
        let mut read = Read { position, index: raw.index, claimed: raw.record, entry: None };
        match parsed {
            Ok(entry) => {
                let found = entry.record.id();
                if found != raw.record {
                    let words = Words::new(
                        format!("文件写的指纹是 {}，由字节算出的是 {found}", raw.record),
                        format!("the file says {}, and the bytes give {found}", raw.record),
                    );
                    ids.push(fault_at(&read, "/record", words));
                }
                read.entry = Some(entry);
            }
            Err(refusal) => {
                let words = Words::new(
                    format!("不是日志条目的规范字节：{}（{}）", refusal.zh, place(&refusal.place)),
                    format!("not the canonical bytes of an entry: {} ({})", refusal.en, place(&refusal.place)),
                );
                bytes.push(fault_at(&read, "/entry", words));
            }
        }
        reads.push(read);
    }
    let (count, readable) = (reads.len(), reads.len() - bytes.len());
    let canonical = Words::new(
        format!("{count} 条日志条目都是规范字节：重新书写后逐字节相同"),
        format!("all {count} entries are canonical: written anew, they are the same byte for byte"),
    );
    let fit = Words::new(
        format!("{readable} 条记录的 SHA-256 都与指纹相符"),
        format!("the SHA-256 of each of {readable} records is its id"),
    );
    (reads, Step::judged(StepName::Bytes, canonical, bytes), Step::judged(StepName::Ids, fit, ids))
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() { "/" } else { pointer }
}
