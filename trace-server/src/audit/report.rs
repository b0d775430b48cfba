//! What an audit says in the end: for people in lines, for programs in JSON.

use std::fmt;

use serde::Serialize;
use trace_core::audit::{Fault, Faults};
use trace_core::log::{Checkpoint, CheckpointError};

use super::Options;
use super::coverage::NotCovered;
use super::log_tables::root_at;
use super::walk::Walked;

/// The result of an audit that came to its end.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Whether everything holds.
    pub ok: bool,
    /// What was audited: an engine, or the log's address.
    pub source: String,
    /// The log's name.
    pub origin: String,
    /// Entries in the log.
    pub size: u64,
    /// Root of the tree over them, in base64.
    pub root: String,
    /// Whether amounts were there, so that balances were replayed.
    pub balances: bool,
    /// Faults in all.
    pub faults_count: u64,
    /// The first of them.
    pub faults: Vec<Fault>,
    /// Entries that could not be read or replayed; what builds on them is at fault too.
    pub left_out: u64,
    /// Files that records name and that are not there; a record may name a file that is kept elsewhere.
    pub files_elsewhere: u64,
    /// What was not checked, and why.
    pub not_covered: Vec<NotCovered>,
}

impl Report {
    pub(super) fn of(source: String, walked: Walked, not_covered: Vec<NotCovered>) -> Self {
        let Walked { chain, faults, left_out, evidence, replayer, .. } = walked;
        let balances = replayer.is_some();
        Self {
            ok: faults.is_empty(),
            source,
            origin: chain.origin().map(ToString::to_string).unwrap_or_default(),
            size: chain.tree().size(),
            root: chain.tree().root().to_string(),
            balances,
            faults_count: faults.count(),
            faults: faults.listed().to_vec(),
            left_out,
            files_elsewhere: if balances { evidence.len() as u64 } else { 0 },
            not_covered,
        }
    }

    /// The audited checkpoint, to be kept for the next audit.
    ///
    /// # Errors
    /// [`CheckpointError`] for a log without a name, which has no entries.
    pub fn checkpoint(&self) -> Result<Checkpoint, CheckpointError> {
        let root = self.root.parse().map_err(|_| CheckpointError::Root { received: self.root.clone() })?;
        Checkpoint::new(&self.origin, self.size, root)
    }
}

/// The log must begin with the last audited checkpoint.
pub(super) fn check_state(options: &Options, walked: &mut Walked) {
    let Some(state) = &options.state else { return };
    let fault = |faults: &mut Faults, field: &str, problem: String| {
        faults.push(Fault::new("state file", state.size().to_string(), field, problem));
    };
    let origin = walked.chain.origin().map(ToString::to_string).unwrap_or_default();
    if state.origin() != origin {
        let problem = format!("the last audit was of {}; this log is {origin}", state.origin());
        fault(&mut walked.faults, "origin", problem);
    }
    match root_at(walked, state.size()) {
        None => {
            let problem = format!("{} entries were audited before; the log has fewer now", state.size());
            fault(&mut walked.faults, "size", problem);
        }
        Some(root) if root != state.root() => {
            let (size, was) = (state.size(), state.root());
            let problem =
                format!("the first {size} entries had the root {was} and have {root} now: they were rewritten");
            fault(&mut walked.faults, "root", problem);
        }
        Some(_) => {}
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {}: {} entries, root {}", self.source, self.origin, self.size, self.root)?;
        for fault in &self.faults {
            writeln!(f, "FAULT {fault}")?;
        }
        let beyond = self.faults_count - self.faults.len() as u64;
        if beyond > 0 {
            writeln!(f, "… and {beyond} further faults")?;
        }
        if self.left_out > 0 {
            writeln!(f, "{} entries could not be built on; what names them is at fault too", self.left_out)?;
        }
        if !self.balances {
            writeln!(f, "not checked: amounts and balances (they are sealed; an auditor's token opens them)")?;
        }
        for NotCovered { what, why } in &self.not_covered {
            writeln!(f, "not checked: {what} ({why})")?;
        }
        if self.files_elsewhere > 0 {
            writeln!(f, "not checked: {} files that records name and that are not kept here", self.files_elsewhere)?;
        }
        if self.ok { write!(f, "everything that was checked holds") } else { write!(f, "{} faults", self.faults_count) }
    }
}
