//! The rows of sealed openings.

use trace_core::id::PartyId;
use trace_core::record::sealed::Group;

use super::super::{SealedOpeningRow, StoreError};
use super::{At, INDEX, to_i64};

/// A row of `sealed_openings`.
pub struct SealedColumns {
    pub idx: i64,
    pub record: String,
    pub grp: String,
    pub party: String,
    pub generation: i64,
    pub sealed: Vec<u8>,
}

impl SealedColumns {
    pub fn of(row: &SealedOpeningRow) -> Result<Self, StoreError> {
        if !row.group.is_personal() {
            return Err(StoreError::Engine(format!("openings of '{}' are not sealed", row.group.code())));
        }
        Ok(Self {
            idx: to_i64(row.index, INDEX)?,
            record: row.record.to_string(),
            grp: row.group.code().to_owned(),
            party: row.party.to_string(),
            generation: i64::from(row.generation),
            sealed: row.sealed.clone(),
        })
    }

    pub fn into_row(self) -> Result<SealedOpeningRow, StoreError> {
        let at = At { table: "sealed_openings", key: format!("{}, {}", self.record, self.grp) };
        let group = Group::ALL.into_iter().find(|group| group.is_personal() && group.code() == self.grp);
        Ok(SealedOpeningRow {
            record: at.text("record", &self.record)?,
            index: at.number("idx", self.idx)?,
            group: group.ok_or_else(|| at.wrong("grp", "no such group"))?,
            party: at.text("party", &self.party)?,
            generation: at.number("generation", self.generation)?,
            sealed: self.sealed,
        })
    }

    /// The name of a key alone.
    pub fn key(party: &str, generation: i64) -> Result<(PartyId, u32), StoreError> {
        let at = At { table: "sealed_openings", key: format!("{party}, {generation}") };
        Ok((at.text("party", party)?, at.number("generation", generation)?))
    }
}
