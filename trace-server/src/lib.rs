//! The traceability service: the ledger, the scan path, the API and the pages, over SQLite or PostgreSQL.

pub mod app;
pub mod audit;
pub mod backup;
pub mod cli;
pub mod config;
pub mod demo;
pub mod export;
pub mod http;
pub mod import;
pub mod keystore;
pub mod labels;
pub mod ledger;
pub mod log;
pub mod outgoing;
pub mod prints;
pub mod scan;
pub mod spreadsheet;
pub mod store;
