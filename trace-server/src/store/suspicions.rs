//! Rows of what the rules on copied codes found. Which rules there are, and what their facts mean, is the scan path's
//! to say; here they are texts.

use trace_core::code::IssueNumber;
use trace_core::id::PartyId;
use trace_core::time::ReceivedAt;

/// A finding on a package or a run of codes, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSuspicion {
    /// The code issue; of a code that no issue holds, the number that the key read from it.
    pub issue: IssueNumber,
    /// The package's index, or the first of its block.
    pub index: u32,
    /// The rule's name.
    pub rule: String,
    /// When.
    pub at: ReceivedAt,
    /// What was found, as JSON.
    pub facts: String,
}

/// What is kept of a package and a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspicionRow {
    /// The code issue.
    pub issue: IssueNumber,
    /// The index.
    pub index: u32,
    /// The rule's name.
    pub rule: String,
    /// When it was found first.
    pub first_at: ReceivedAt,
    /// When it was found last.
    pub last_at: ReceivedAt,
    /// What was found last, as JSON.
    pub facts: String,
    /// When somebody of which party looked at it.
    pub settled: Option<(ReceivedAt, PartyId)>,
}

/// The place of a suspicion in a list by time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspicionPlace {
    /// [`SuspicionRow::last_at`].
    pub last_at: ReceivedAt,
    /// [`SuspicionRow::issue`].
    pub issue: IssueNumber,
    /// [`SuspicionRow::index`].
    pub index: u32,
    /// [`SuspicionRow::rule`].
    pub rule: String,
}

/// Which suspicions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspicionFilter {
    /// Those that somebody looked at, or those that nobody did.
    pub settled: bool,
    /// Only those after this one in the list.
    pub before: Option<SuspicionPlace>,
    /// At most so many.
    pub limit: u32,
}
