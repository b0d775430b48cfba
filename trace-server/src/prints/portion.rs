//! Which labels of a run come next, and how far it has come. Void codes are not printed and do not count.

use trace_core::state::IssueRow;

use crate::labels::printable;
use crate::store::PrintRunRow;

/// The labels of one file of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// First label.
    pub from: u32,
    /// Last label.
    pub to: u32,
    /// How many there are.
    pub count: u32,
}

impl Portion {
    /// What comes next; `None` where nothing is left.
    pub fn of(issue: &IssueRow, row: &PrintRunRow) -> Option<Self> {
        let mut portion: Option<Self> = None;
        let mut room = row.order.portion;
        for run in left(issue, row.next, row.order.to) {
            let count = (run.end() - run.start() + 1).min(room);
            let to = run.start() + count - 1;
            let (from, had) = portion.map_or((*run.start(), 0), |had| (had.from, had.count));
            portion = Some(Self { from, to, count: had + count });
            room -= count;
            if room == 0 {
                break;
            }
        }
        portion
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Labels before the next one.
    pub done: u32,
    /// Labels in all.
    pub count: u32,
}

impl Progress {
    /// Of a run.
    pub fn of(issue: &IssueRow, row: &PrintRunRow) -> Self {
        let count = count(issue, row.order.from, row.order.to);
        Self { done: count - self::count(issue, row.next.max(row.order.from), row.order.to), count }
    }
}

/// How many labels there are from one to another.
pub(super) fn count(issue: &IssueRow, from: u32, to: u32) -> u32 {
    left(issue, from, to).iter().map(|run| run.end() - run.start() + 1).sum()
}

fn left(issue: &IssueRow, from: u32, to: u32) -> Vec<std::ops::RangeInclusive<u32>> {
    if from > to { Vec::new() } else { printable(issue, from, to) }
}
