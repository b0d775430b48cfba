//! What a ledger knows: the rows that follow from its entries, and the view through which judging reads and
//! changes them.
//!
//! Rows are projections: an entry and its opened amounts give them again. A store keeps them between appends; the
//! [`View`] holds those that an append needs, and asks for more by answering [`Stop::Missing`].

mod rows;
mod signing;
mod view;

pub use rows::{
    BatchRow, CodeState, EdgeRow, GrantRow, IssueRow, KeyRow, LedgerRow, PartyRow, RecordRow, SiteRow, Standing,
};
pub use signing::{KeyFault, PublicKeys};
pub use view::{Changes, Key, Row, Stop, View};
