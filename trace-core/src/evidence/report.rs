//! What a verification says: each step with a verdict in words, what was not proven, and every fault with its place.

use std::fmt;

use serde::Serialize;

use super::file::Package;
use crate::id::{BatchCode, RecordId};
use crate::log::Hash;

/// The same in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Words {
    /// Both together.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// What a step found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Proven,
    /// It does not hold.
    Failed,
    /// There was nothing to check, or an earlier step left nothing to check it against.
    NotChecked,
}

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// The file has its form and its one spelling.
    File,
    /// Each entry is the canonical bytes of a valid entry and record.
    Bytes,
    /// Each record's id is the SHA-256 of its bytes.
    Ids,
    /// The records make up the batch's lineage.
    Lineage,
    /// Signatures of records by their parties.
    Signatures,
    /// Each entry is in the tree of the checkpoint.
    Inclusion,
    /// The checkpoint is signed by the log.
    Checkpoint,
    /// Witnesses cosigned the checkpoint.
    Witnesses,
    /// What was opened is what was committed to.
    Openings,
}

impl StepName {
    /// All of them, in the order in which they are taken.
    pub const ALL: [Self; 9] = [
        Self::File,
        Self::Bytes,
        Self::Ids,
        Self::Lineage,
        Self::Signatures,
        Self::Inclusion,
        Self::Checkpoint,
        Self::Witnesses,
        Self::Openings,
    ];

    /// The step's name for people.
    pub fn title(self) -> Words {
        match self {
            Self::File => Words::new("文件格式", "The file"),
            Self::Bytes => Words::new("规范字节", "Canonical bytes"),
            Self::Ids => Words::new("记录指纹", "Record ids"),
            Self::Lineage => Words::new("谱系", "Lineage"),
            Self::Signatures => Words::new("当事方签名", "Signatures of the parties"),
            Self::Inclusion => Words::new("收录证明", "Inclusion in the log"),
            Self::Checkpoint => Words::new("检查点签名", "The checkpoint's signature"),
            Self::Witnesses => Words::new("见证人", "Witnesses"),
            Self::Openings => Words::new("公开的密封内容", "What was opened"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the file; empty for the file as a whole.
    pub place: String,
    /// The record that it is about, as the file names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    /// What was found, and what would be right.
    #[serde(flatten)]
    pub words: Words,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which.
    pub name: StepName,
    /// What it found.
    pub verdict: Verdict,
    /// What was proven, or why it was not checked.
    pub says: Words,
    /// What is wrong; not empty exactly where the verdict is [`Verdict::Failed`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

impl Step {
    /// Proven, unless there are faults.
    pub(super) fn judged(name: StepName, proven: Words, faults: Vec<Fault>) -> Self {
        if faults.is_empty() {
            return Self { name, verdict: Verdict::Proven, says: proven, faults };
        }
        let count = faults.len();
        let says = if count == 1 {
            Words::new("有 1 处不成立", "1 fault")
        } else {
            Words::new(format!("有 {count} 处不成立"), format!("{count} faults"))
        };
        Self { name, verdict: Verdict::Failed, says, faults }
    }

    pub(super) fn not_checked(name: StepName, why: Words) -> Self {
        Self { name, verdict: Verdict::NotChecked, says: why, faults: Vec::new() }
    }
}

/// The head of the log that the file was checked against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The log's name.
    pub origin: String,
    /// The root over its entries.
    pub root: Hash,
    /// How many entries it covers.
    pub size: u64,
}

/// The whole verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The batch that the file is about; none where it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchCode>,
    /// The package that it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// The checkpoint, as far as it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// The steps, in their order.
    pub steps: Vec<Step>,
    /// What this file does not prove, whatever the verdicts.
    pub unproven: Vec<Words>,
}

impl Report {
    /// Whether no step failed.
    pub fn holds(&self) -> bool {
        self.steps.iter().all(|step| step.verdict != Verdict::Failed)
    }

    /// All faults, in the order of the steps.
    pub fn faults(&self) -> impl Iterator<Item = (StepName, &Fault)> {
        self.steps.iter().flat_map(|step| step.faults.iter().map(|fault| (step.name, fault)))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() { f.write_str(&self.words.en) } else { write!(f, "{}: {}", self.place, self.words.en) }
    }
}
