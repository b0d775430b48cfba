//! The core of Tianma Trace: records of seed, planting, processing and sale batches in a hashed lineage, what each
//! batch still holds, the rules of the crop, package codes, and the Merkle tree over all entries.
//!
//! It deliberately has no I/O, no async code, no clock and no randomness: all of them come in as arguments. The
//! example `lineage` builds a small ledger in memory and verifies it from the bytes up.

pub mod audit;
pub mod balance;
pub mod code;
pub mod evidence;
pub mod id;
pub mod judge;
pub mod lineage;
pub mod log;
pub mod malformed;
pub mod prepare;
pub mod quantity;
pub mod record;
pub mod region;
pub mod state;
pub mod tianma;
pub mod time;
