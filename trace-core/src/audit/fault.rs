//! What an audit found wrong: where, what was found there, and what would be right.

use std::fmt;

use serde::Serialize;

use crate::id::RecordId;
use crate::lineage::LineageFault;
use crate::record::Refusal;

/// A fault. Its place is a row of a table, or of the resource that a log serves under the same name (`entries`,
/// `checkpoints`, `log_hashes`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The table.
    pub table: &'static str,
    /// The row's primary key; of an entry its index.
    pub key: String,
    /// The record that the row is about, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    /// The column, followed by a JSON pointer (RFC 6901) where it holds JSON: `entry/record/inputs/0/batch`.
    pub field: String,
    /// What was found, and what should be there.
    pub problem: String,
}

impl Fault {
    /// A fault in a row that is about no record.
    pub fn new(table: &'static str, key: impl Into<String>, field: &str, problem: impl Into<String>) -> Self {
        Self { table, key: key.into(), record: None, field: field.to_owned(), problem: problem.into() }
    }

    /// A fault in an entry.
    pub fn in_entry(index: u64, record: Option<RecordId>, field: &str, problem: impl Into<String>) -> Self {
        Self { record, ..Self::new("entries", index.to_string(), field, problem) }
    }

    /// What a strict reader refused in an entry's bytes.
    pub fn unreadable(index: u64, record: Option<RecordId>, refusal: &Refusal) -> Self {
        Self::in_entry(index, record, &format!("entry{}", refusal.place), refusal.en.clone())
    }

    /// A fault of the lineage, in an entry.
    pub fn of_lineage(index: u64, fault: &LineageFault) -> Self {
        Self::in_entry(index, Some(fault.record()), &format!("entry/record{}", fault.place()), fault.to_string())
    }

    /// The same fault, about this record.
    #[must_use]
    pub fn about(self, record: RecordId) -> Self {
        Self { record: Some(record), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, {}", self.table, self.key, self.field)?;
        match self.record {
            Some(record) if record.to_string() != self.key => write!(f, " (record {record}): ")?,
            _ => f.write_str(": ")?,
        }
        f.write_str(&self.problem)
    }
}

/// Faults as they come: the first ones whole, the others counted, so that a ruined log does not fill the memory.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    listed: Vec<Fault>,
    beyond: u64,
}

/// How many faults are listed.
pub const FAULTS_LISTED_MAX: usize = 1_000;

impl Faults {
    /// Takes a fault.
    pub fn push(&mut self, fault: Fault) {
        if self.listed.len() < FAULTS_LISTED_MAX {
            self.listed.push(fault);
        } else {
            self.beyond += 1;
        }
    }

    /// Those that are listed, in the order in which they were found.
    pub fn listed(&self) -> &[Fault] {
        &self.listed
    }

    /// How many more there are.
    pub const fn beyond(&self) -> u64 {
        self.beyond
    }

    /// How many there are in all.
    pub const fn count(&self) -> u64 {
        self.listed.len() as u64 + self.beyond
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

impl Extend<Fault> for Faults {
    fn extend<T: IntoIterator<Item = Fault>>(&mut self, faults: T) {
        faults.into_iter().for_each(|fault| self.push(fault));
    }
}
