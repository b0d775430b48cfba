//! The rows of the log and of what it commits to: head, entries, requests, openings, findings.

use trace_core::log::{Frontier, Hash};
use trace_core::record::sealed::{Group, Salt};
use trace_core::record::{Finding, FindingMark, Level};
use trace_core::time::ReceivedAt;

use super::super::{CheckpointRow, EntryRow, FindingRow, Head, OpeningRow, RequestRow, StoreError};
use super::{At, INDEX, from_json, to_i64, to_json};

/// The row of `head`.
pub struct HeadColumns {
    pub size: i64,
    pub frontier: Vec<u8>,
    /// Milliseconds since 1970.
    pub last_received_at: Option<i64>,
}

impl HeadColumns {
    pub fn of(head: &Head) -> Result<Self, StoreError> {
        Ok(Self {
            size: to_i64(head.frontier.size(), "the size of the log")?,
            frontier: head.frontier.to_bytes(),
            last_received_at: head.last_received_at.map(ReceivedAt::as_unix_ms),
        })
    }

    pub fn into_head(self) -> Result<Head, StoreError> {
        let at = At { table: "head", key: "1".to_owned() };
        let frontier = Frontier::from_bytes(&self.frontier).map_err(|e| at.wrong("frontier", e))?;
        if i64::try_from(frontier.size()) != Ok(self.size) {
            let problem = format!("{} entries, the frontier has {}", self.size, frontier.size());
            return Err(at.wrong("size", problem));
        }
        let last_received_at = self.last_received_at.map(|ms| at.time("last_received_at", ms)).transpose()?;
        Ok(Head { frontier, last_received_at })
    }
}

/// What reading a row of `entries` gives.
pub struct EntryColumns {
    pub idx: i64,
    pub record: String,
    pub entry: Vec<u8>,
    pub leaf_hash: Vec<u8>,
}

impl EntryColumns {
    pub fn into_row(self) -> Result<EntryRow, StoreError> {
        let at = At { table: "entries", key: self.idx.to_string() };
        Ok(EntryRow {
            index: at.number("idx", self.idx)?,
            record: at.text("record", &self.record)?,
            leaf_hash: Hash::try_from(self.leaf_hash.as_slice()).map_err(|e| at.wrong("leaf_hash", e))?,
            bytes: self.entry,
        })
    }
}

/// A row of `checkpoints`.
pub struct CheckpointColumns {
    pub size: i64,
    pub note: String,
    /// Milliseconds since 1970.
    pub signed_at: i64,
    pub published: bool,
}

impl CheckpointColumns {
    pub fn of(row: &CheckpointRow) -> Result<Self, StoreError> {
        Ok(Self {
            size: to_i64(row.size, "the size of a checkpoint")?,
            note: row.note.clone(),
            signed_at: row.signed_at.as_unix_ms(),
            published: row.published,
        })
    }

    pub fn into_row(self) -> Result<CheckpointRow, StoreError> {
        let at = At { table: "checkpoints", key: self.size.to_string() };
        Ok(CheckpointRow {
            size: at.number("size", self.size)?,
            signed_at: at.time("signed_at", self.signed_at)?,
            note: self.note,
            published: self.published,
        })
    }
}

/// A row of `requests`.
pub struct RequestColumns {
    pub submitter: String,
    pub uid: String,
    pub digest: String,
    /// JSON array of record ids.
    pub records: String,
}

impl RequestColumns {
    pub fn of(row: &RequestRow) -> Result<Self, StoreError> {
        Ok(Self {
            submitter: row.submitter.to_string(),
            uid: row.uid.to_string(),
            digest: row.digest.to_string(),
            records: to_json(&row.records)?,
        })
    }

    pub fn into_row(self) -> Result<RequestRow, StoreError> {
        let at = At { table: "requests", key: format!("{}, {}", self.submitter, self.uid) };
        Ok(RequestRow {
            submitter: at.text("submitter", &self.submitter)?,
            uid: at.text("uid", &self.uid)?,
            digest: at.text("digest", &self.digest)?,
            records: from_json(at.table, &at.key, &self.records)?,
        })
    }
}

/// A row of `openings`.
pub struct OpeningColumns {
    pub idx: i64,
    pub record: String,
    pub grp: String,
    pub salt: Vec<u8>,
    /// JSON.
    pub value: String,
}

impl OpeningColumns {
    pub fn of(row: &OpeningRow) -> Result<Self, StoreError> {
        if row.group.is_personal() {
            // What is written here once is in journals and backups for good.
            return Err(StoreError::Engine(format!("openings of '{}' are kept sealed only", row.group.code())));
        }
        Ok(Self {
            idx: to_i64(row.index, INDEX)?,
            record: row.record.to_string(),
            grp: row.group.code().to_owned(),
            salt: row.salt.as_bytes().to_vec(),
            value: to_json(&row.value)?,
        })
    }

    pub fn into_row(self) -> Result<OpeningRow, StoreError> {
        let at = At { table: "openings", key: format!("{}, {}", self.record, self.grp) };
        let group = Group::ALL.into_iter().find(|group| group.code() == self.grp);
        Ok(OpeningRow {
            record: at.text("record", &self.record)?,
            index: at.number("idx", self.idx)?,
            group: group.ok_or_else(|| at.wrong("grp", "no such group"))?,
            salt: Salt::from_bytes(&self.salt).map_err(|e| at.wrong("salt", e))?,
            value: from_json(at.table, &at.key, &self.value)?,
        })
    }
}

/// A row of `findings`.
pub struct FindingColumns {
    pub idx: i64,
    pub record: String,
    pub position: i64,
    pub level: String,
    pub rule: String,
    pub zh: String,
    pub en: String,
}

impl FindingColumns {
    pub fn of(row: &FindingRow) -> Result<Self, StoreError> {
        let level = match row.finding.mark.level {
            Level::Warning => "warning",
            Level::Hold => "hold",
        };
        Ok(Self {
            idx: to_i64(row.index, INDEX)?,
            record: row.record.to_string(),
            position: i64::from(row.position),
            level: level.to_owned(),
            rule: row.finding.mark.rule.clone(),
            zh: row.finding.zh.clone(),
            en: row.finding.en.clone(),
        })
    }

    pub fn into_row(self) -> Result<FindingRow, StoreError> {
        let at = At { table: "findings", key: format!("{}, {}", self.record, self.position) };
        let level = match self.level.as_str() {
            "warning" => Level::Warning,
            "hold" => Level::Hold,
            other => return Err(at.wrong("level", format!("'{other}' is neither warning nor hold"))),
        };
        Ok(FindingRow {
            record: at.text("record", &self.record)?,
            index: at.number("idx", self.idx)?,
            position: at.number("position", self.position)?,
            finding: Finding { mark: FindingMark { level, rule: self.rule }, zh: self.zh, en: self.en },
        })
    }
}
