//! core
pub mod code;
pub mod log;
