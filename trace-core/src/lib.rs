//! The core of Tianma Trace: records, quantities, ids and times as plain values.
//!
//! It deliberately has no I/O, no async code, no clock and no randomness: all of them come in as arguments.

pub mod id;
pub mod quantity;
pub mod record;
pub mod time;
