//! Single projection rows by their key, as API and pages ask for them.

use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, PartyId, RecordId, SiteId};
use trace_core::state::{BatchRow, IssueRow, Key, LedgerRow, PartyRow, RecordRow, Row, SiteRow};

use super::Ledger;
use crate::store::StoreError;

macro_rules! one_row {
    ($(#[$doc:meta])* $name:ident($($id:ident: $id_type:ty)?) -> $variant:ident($row:ty)) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// [`StoreError`].
        pub async fn $name(&self $(, $id: $id_type)?) -> Result<Option<$row>, StoreError> {
            let (rows, _) = self.store().load(&[Key::$variant $(($id))?].into()).await?;
            Ok(rows.into_iter().find_map(|row| match row {
                Row::$variant(row) => Some(row),
                _ => None,
            }))
        }
    };
}

impl Ledger {
    one_row!(
        /// What holds for the whole ledger; `None` before it is founded.
        ledger_row() -> Ledger(LedgerRow)
    );
    one_row!(
        /// A party.
        party(id: PartyId) -> Party(PartyRow)
    );
    one_row!(
        /// A site.
        site(id: SiteId) -> Site(SiteRow)
    );
    one_row!(
        /// A batch and what it still holds.
        batch(code: BatchCode) -> Batch(BatchRow)
    );
    one_row!(
        /// What a record did; [`Ledger::record`] gives the record itself.
        record_row(id: RecordId) -> Record(RecordRow)
    );
    one_row!(
        /// A code issue.
        issue(number: IssueNumber) -> Issue(IssueRow)
    );
}
