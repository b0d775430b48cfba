//! The evidence file (证据文件): all public records of one batch's lineage with their proofs, in one file that is
//! checked without a server.
//!
//! Owns the format `tianma-trace/evidence/1`, its building and its verification step by step, each with a verdict in
//! words. It reads no file and asks nobody: bytes and trusted keys come in, a [`Report`] goes out. Which records belong
//! into a file is for the ledger to find; whether something was left out, no file can show.
//!
//! ```
//! use trace_core::evidence::{Trust, Verdict, verify};
//!
//! let report = verify(b"{}", &Trust::default());
//! assert!(!report.holds());
//! assert_eq!(report.steps[0].verdict, Verdict::Failed);
//! assert!(report.steps[1..].iter().all(|step| step.verdict == Verdict::NotChecked));
//! ```

mod entries;
mod file;
mod head;
mod private;
mod report;
mod unproven;
mod verify;
mod way;

#[cfg(test)]
mod tests;

pub use file::{EVIDENCE_BYTES_MAX, EvidenceEntry, EvidenceError, EvidenceFile, OpenedGroup, Package, SCHEMA};
pub use report::{Fault, Head, Report, Step, StepName, Verdict, Words};
pub use verify::{Trust, verify};
