//! What a page says of a package: the states that it must tell apart, and which of them goes first.
//!
//! The rules by which a code is suspected to be copied have a folder of their own.

use trace_core::code::DigitalLink;
use trace_core::id::RecordId;
use trace_core::record::Details;
use trace_core::state::CodeState;
use trace_core::tianma::{RecallReason, RecallStage};
use trace_core::time::ReceivedAt;

use super::{Package, Reason};

/// The verdict on a scanned code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// No key of ours made the code, or no issue holds it.
    Unknown,
    /// The code is one of ours, but its address names another product or batch.
    Disagrees(Disagreement),
    /// Issued, but not in circulation.
    NotActivated,
    /// In circulation, and not opened before as far as is known.
    Genuine,
    /// In circulation, and opened before.
    OpenedBefore(Openings),
    /// In circulation, and opened in a way that one package hardly is: it was probably copied.
    Suspected {
        /// The openings before this one, if any.
        openings: Option<Openings>,
        /// Which way.
        reason: Reason,
    },
    /// Taken out of circulation.
    Void,
    /// Came back from a buyer.
    Returned,
    /// Frozen until the office has looked.
    Held,
    /// Called back.
    Recalled(Recall),
}

/// What differs between an address and the code in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disagreement {
    /// The product's number.
    pub gtin: bool,
    /// The batch.
    pub batch: bool,
}

/// The openings before this one that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Openings {
    /// How many.
    pub count: u64,
    /// When the first was.
    pub first_at: ReceivedAt,
    /// How many of them came today from the device that opens it now.
    pub by_this_device: u64,
}

/// A recall that reaches the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recall {
    /// Its record.
    pub record: RecordId,
    /// Why, if its record can be read.
    pub reason: Option<RecallReason>,
    /// How far down the trade it is published.
    pub stage: Option<RecallStage>,
}

impl Recall {
    pub(super) fn say(&mut self, details: Option<Details>) {
        if let Some(Details::Recall(recall)) = details {
            self.reason = Some(recall.reason);
            self.stage = Some(recall.stage);
        }
    }
}

/// The verdict without its openings. A wrong address goes first, since then nothing is known of the package in hand;
/// then whatever may do harm; then what happened to the code.
pub(super) fn standing(package: &Package, claimed: Option<&DigitalLink>) -> Verdict {
    if let Some(disagreement) = claimed.and_then(|link| disagreement(package, link)) {
        return Verdict::Disagrees(disagreement);
    }
    let recall = package.record_that_made(CodeState::Recalled);
    if let Some(record) = recall.or_else(|| package.batch.recalls.first().copied()) {
        return Verdict::Recalled(Recall { record, reason: None, stage: None });
    }
    match package.last_state() {
        Some(CodeState::Void) => Verdict::Void,
        _ if package.batch.void => Verdict::Void,
        _ if !package.batch.holds.is_empty() || package.record_that_made(CodeState::Held).is_some() => Verdict::Held,
        Some(CodeState::Returned) => Verdict::Returned,
        Some(CodeState::Active) => Verdict::Genuine,
        _ => Verdict::NotActivated,
    }
}

fn disagreement(package: &Package, link: &DigitalLink) -> Option<Disagreement> {
    let found = Disagreement {
        gtin: package.batch.attributes.gtin != Some(link.gtin()),
        batch: package.batch.code.to_string() != link.lot().as_str(),
    };
    (found.gtin || found.batch).then_some(found)
}
