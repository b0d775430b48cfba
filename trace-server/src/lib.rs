//! The traceability service: the ledger, the scan path, the API and the pages, over SQLite or PostgreSQL.

pub mod ledger;
pub mod store;
