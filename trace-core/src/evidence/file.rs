//! The format: one JSON object in its RFC 8785 spelling.
//!
//! Owns reading and writing, not the verification. Keys and the checkpoint stay texts here, so that one that was
//! altered fails in the step that judges it.

use serde::{Deserialize, Serialize};

use crate::code::{IssueNumber, PackageCode};
use crate::id::{BatchCode, RecordId};
use crate::log::Hash;
use crate::record::sealed::Opening;

/// The schema that every evidence file names; another schema is another format.
pub const SCHEMA: &str = "tianma-trace/evidence/1";

/// The most bytes that are read: room for 20,000 entries of 3 KB with their proofs.
pub const EVIDENCE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why bytes are no evidence file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Longer than [`EVIDENCE_BYTES_MAX`].
    #[error("an evidence file has at most {EVIDENCE_BYTES_MAX} bytes, received {received}")]
    TooLong {
        /// How many bytes came.
        received: usize,
    },
    /// No JSON, or not of this form.
    #[error("not a {SCHEMA} file: {0}")]
    Form(String),
    /// Another schema.
    #[error("the schema is {received:?}, and this program reads {SCHEMA}")]
    Schema {
        /// What the file names.
        received: String,
    },
    /// The same values in another spelling.
    #[error("the file differs from its RFC 8785 form from byte {offset} on; it was altered or written anew")]
    Spelling {
        /// The first byte that differs, from 0.
        offset: usize,
    },
    /// Entries out of order, or one twice.
    #[error("entry {position} of the file has index {index}, after index {after}; indices must grow")]
    Order {
        /// Its place in the file, from 0.
        position: usize,
        /// Its index in the log.
        index: u64,
        /// The index before it.
        after: u64,
    },
}

impl EvidenceError {
    /// The reason in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::TooLong { received } => format!("证据文件最多 {EVIDENCE_BYTES_MAX} 字节，收到 {received} 字节"),
            Self::Form(reason) => format!("不是 {SCHEMA} 格式的文件：{reason}"),
            Self::Schema { received } => format!("文件格式是“{received}”，本程序读的是 {SCHEMA}"),
            Self::Spelling { offset } => {
                format!("从第 {offset} 字节（从 0 数起）起与 RFC 8785 写法不同，文件被改动或重写过")
            }
            Self::Order { position, index, after } => {
                format!("文件中第 {position} 条（从 0 数起）的序号是 {index}，排在 {after} 之后；序号必须递增")
            }
        }
    }
}

/// One entry of the log with what proves it. Fields stand in the order of RFC 8785, section 3.2.3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceEntry {
    /// The leaf's exact bytes, as text (an entry is UTF-8).
    pub entry: String,
    /// Its index in the log, from 0.
    pub index: u64,
    /// The audit path to the checkpoint's root, from the leaf's sibling up (RFC 6962 section 2.1.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<Hash>,
    /// Id of its record.
    pub record: RecordId,
}

/// A sealed group that was opened for whoever asked for the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedGroup {
    /// Group, salt and value.
    pub opening: Opening,
    /// The record that committed to it.
    pub record: RecordId,
}

/// The package that the file was asked for. That the code belongs to the issue is the service's word: only its key
/// reads codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The code on the package.
    pub code: PackageCode,
    /// Its code issue.
    pub issue: IssueNumber,
}

/// An evidence file, read but not yet believed: see [`verify`](super::verify()).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFile {
    /// The batch whose lineage it holds.
    pub batch: BatchCode,
    /// The signed checkpoint with its cosignatures (C2SP tlog-checkpoint, tlog-cosignature).
    pub checkpoint: String,
    /// The entries, by ascending index.
    pub entries: Vec<EvidenceEntry>,
    /// Verifier keys of the log (C2SP signed-note), the newest first.
    pub keys: Vec<String>,
    /// What was opened of the sealed groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<OpenedGroup>,
    /// The package that it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// [`SCHEMA`].
    pub schema: String,
    /// Verifier keys of the witnesses that cosigned the checkpoint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<String>,
}

impl EvidenceFile {
    /// Reads a file strictly: its form, its one spelling, the order of its entries.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        if bytes.len() > EVIDENCE_BYTES_MAX {
            return Err(EvidenceError::TooLong { received: bytes.len() });
        }
        let file: Self = serde_json::from_slice(bytes).map_err(|error| EvidenceError::Form(error.to_string()))?;
        if file.schema != SCHEMA {
            return Err(EvidenceError::Schema { received: file.schema.chars().take(64).collect() });
        }
        let expected = file.to_bytes()?;
        if bytes != expected {
            let offset = bytes.iter().zip(&expected).take_while(|(a, b)| a == b).count();
            return Err(EvidenceError::Spelling { offset });
        }
        for (position, pair) in file.entries.windows(2).enumerate() {
            if pair[0].index >= pair[1].index {
                let (index, after) = (pair[1].index, pair[0].index);
                return Err(EvidenceError::Order { position: position + 1, index, after });
            }
        }
        Ok(file)
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// [`EvidenceError::Form`] if an opened value has no JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EvidenceError> {
        serde_json_canonicalizer::to_vec(self).map_err(|error| EvidenceError::Form(error.to_string()))
    }
}
