//! Reading: records with what the reader may see of their private part.

use serde_json::Value;
use trace_core::id::{PartyId, RecordId};
use trace_core::record::sealed::Group;
use trace_core::record::{Amounts, Entry, Finding, Refusal};
use trace_core::state::{Key, RecordRow, Row};
use trace_core::tianma::PartyRole;

use super::Ledger;
use crate::store::StoreError;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// For which party.
    pub party: PartyId,
    /// In which role.
    pub role: PartyRole,
}

impl Viewer {
    /// Amounts are open to the record's parties and to the office.
    pub fn sees_amounts(&self, row: &RecordRow) -> bool {
        self.role == PartyRole::Office
            || row.party == self.party
            || row.entered_by == Some(self.party)
            || row.other_side == Some(self.party)
    }

    /// Terms are open to the two sides alone.
    pub fn sees_terms(&self, row: &RecordRow) -> bool {
        row.party == self.party || row.other_side == Some(self.party)
    }
}

/// A record as its reader may see it.
#[derive(Debug, Clone)]
pub struct RecordView {
    /// What follows from it.
    pub row: RecordRow,
    /// The entry, with the record and its public findings.
    pub entry: Entry,
    /// The findings with their arithmetic, for those who may see amounts.
    pub findings: Option<Vec<Finding>>,
    /// The amounts, for those who may see them.
    pub amounts: Option<Amounts>,
    /// The terms, for the two sides.
    pub terms: Option<Value>,
}

impl Ledger {
    /// The day that it is where the ledger was founded.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn today(&self) -> Result<jiff::civil::Date, StoreError> {
        Ok(self.ledger_row().await?.map(|row| row.zone).unwrap_or_default().date_at(self.now()))
    }

    /// A record, `None` if there is none. Without a viewer the public part only.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record(&self, id: RecordId, viewer: Option<&Viewer>) -> Result<Option<RecordView>, StoreError> {
        let store = self.store();
        let (rows, _) = store.load(&[Key::Record(id)].into()).await?;
        let Some(Row::Record(row)) = rows.into_iter().next() else { return Ok(None) };
        let corrupt = |problem: String| StoreError::Corrupt { table: "entries", key: id.to_string(), problem };
        let stored = store.entries_of(&[id]).await?.pop().ok_or_else(|| corrupt("missing".to_owned()))?;
        let entry = Entry::from_bytes(&stored.bytes).map_err(|refusal| corrupt(refusal.to_string()))?;
        let (mut findings, mut amounts, mut terms) = (None, None, None);
        if viewer.is_some_and(|viewer| viewer.sees_amounts(&row)) {
            findings = Some(store.findings(&[id]).await?.into_iter().map(|found| found.finding).collect());
            amounts = self.amounts(id).await?;
        }
        if viewer.is_some_and(|viewer| viewer.sees_terms(&row)) {
            terms = self.terms(id).await?;
        }
        Ok(Some(RecordView { row, entry, findings, amounts, terms }))
    }

    /// The opened terms of a record, whoever asks: to go over into its next version, not for showing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn terms(&self, id: RecordId) -> Result<Option<Value>, StoreError> {
        Ok(self.store().openings(&[id], Group::Terms).await?.pop().map(|opening| opening.value))
    }

    /// The opened amounts of a record, whoever asks: for balances and shares, not for showing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn amounts(&self, id: RecordId) -> Result<Option<Amounts>, StoreError> {
        let Some(opening) = self.store().openings(&[id], Group::Amounts).await?.pop() else { return Ok(None) };
        let corrupt = |refusal: Refusal| StoreError::Corrupt {
            table: "openings",
            key: id.to_string(),
            problem: refusal.to_string(),
        };
        Amounts::from_value(opening.value).map(Some).map_err(corrupt)
    }
}
