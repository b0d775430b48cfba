//! Auditing: a log checked from its bytes up, by one who believes nothing that is written beside them.
//!
//! Owns the checks and how a fault is named. It reads no database and asks no server: callers bring entries in their
//! order, openings where they have them, and compare what follows with what they found. [`ReadEntry::of`] and [`open`]
//! look at one entry each and may run on many threads; [`Chain`] takes the results in the order of the log; [`replay`]
//! does an entry again on a view.
//!
//! # Example
//!
//! ```
//! use trace_core::audit::{Chain, Faults, ReadEntry};
//!
//! let (mut chain, mut faults) = (Chain::new(), Faults::default());
//! chain.add(&ReadEntry::of(0, b"{}"), &mut faults, |_, _| ());
//! assert_eq!(faults.listed()[0].table, "entries");
//! assert_eq!(chain.tree().size(), 1);
//! ```

mod chain;
mod fault;
mod graph;
mod reading;
mod replay;
mod slots;

#[cfg(test)]
mod tests;

pub use chain::Chain;
pub use fault::{FAULTS_LISTED_MAX, Fault, Faults};
pub use graph::Graph;
pub use reading::{ReadEntry, compare_findings, open};
pub use replay::{replay, stopped};
