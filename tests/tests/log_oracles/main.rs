//! The log against programs that others wrote: the crates `tlog_tiles` and `signed_note`, and Go's `sumdb` packages.
//!
//! What the formats say is tested in the core; here both sides must agree, on good bytes and on changed ones.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

mod go;
mod notes;
mod trees;
