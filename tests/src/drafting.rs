//! Drafts in few words, as a form would fill them in.
//!
//! It lacks any knowledge of a ledger: a draft may be as wrong as a test wants it.
#![expect(clippy::missing_panics_doc, reason = "a panic is how a test says that its surroundings failed")]

use serde_json::Value;
use trace_core::code::{CodeIndex, IssueNumber};
use trace_core::id::{BatchCode, PartyId, RecordId, SiteId, Stage, Uid};
use trace_core::prepare::{Draft, DraftInput, DraftOutput};
use trace_core::record::{Attributes, CodeRange, Kind};
use trace_core::tianma::Product;

/// The day on which drafts happen unless they say otherwise.
pub const DAY: &str = "2026-11-20";

/// The day on which what they dig was planted, a year before.
pub const PLANTED: &str = "2025-11-20";

/// A draft with its details and nothing else; its uid is all zeros until it is sent.
pub fn draft(kind: Kind, details: Value) -> Draft {
    Draft::new(Uid::from_bytes([0; 16]), kind, DAY.parse().expect("a day"), details)
}

/// A range of package codes, both ends included.
pub fn codes(issue: IssueNumber, from: u32, to: u32) -> CodeRange {
    let index = |n| CodeIndex::new(n).expect("an index of 27 bits");
    CodeRange { issue, from: index(from), to: index(to) }
}

/// Fills in one field after the other.
pub trait Drafting: Sized {
    /// Under this uid.
    fn numbered(self, uid: Uid) -> Self;
    /// As a fact of this party, whoever types it.
    fn of(self, actor: PartyId) -> Self;
    /// At this site.
    fn at(self, site: SiteId) -> Self;
    /// On this day or at this moment.
    fn on(self, when: &str) -> Self;
    /// Over this area.
    fn covering(self, area: &str) -> Self;
    /// Takes an amount from a batch.
    fn takes(self, batch: BatchCode, amount: &str) -> Self;
    /// Names a batch without taking from it.
    fn names(self, batch: BatchCode) -> Self;
    /// Takes an amount from an output of the same group: `#0`.
    fn takes_of_group(self, reference: &str, amount: &str) -> Self;
    /// Makes a batch.
    fn makes(self, product: Product, amount: &str) -> Self;
    /// Makes a batch at a stage.
    fn makes_at(self, stage: Stage, product: Product, amount: &str) -> Self;
    /// Makes a batch of the same product and stage as the input.
    fn keeps(self, amount: &str) -> Self;
    /// For so many package codes.
    fn counting(self, codes: u32) -> Self;
    /// Of this range of package codes.
    fn ranging(self, range: CodeRange) -> Self;
    /// In the place of a record.
    fn replacing(self, record: RecordId) -> Self;
}

fn output(stage: Option<Stage>, product: Option<Product>, amount: &str) -> DraftOutput {
    DraftOutput { batch: None, stage, product, attributes: Attributes::default(), amount: amount.to_owned() }
}

fn input(batch: &str, amount: Option<&str>) -> DraftInput {
    DraftInput { batch: batch.to_owned(), record: None, amount: amount.map(str::to_owned) }
}

impl Drafting for Draft {
    fn numbered(self, uid: Uid) -> Self {
        Self { uid, ..self }
    }

    fn of(self, actor: PartyId) -> Self {
        Self { actor: Some(actor), ..self }
    }

    fn at(self, site: SiteId) -> Self {
        Self { site: Some(site), ..self }
    }

    fn on(self, when: &str) -> Self {
        Self { occurred_at: when.parse().expect("a day or a moment"), ..self }
    }

    fn covering(self, area: &str) -> Self {
        Self { area: Some(area.to_owned()), ..self }
    }

    fn takes(mut self, batch: BatchCode, amount: &str) -> Self {
        self.inputs.push(input(&batch.to_string(), Some(amount)));
        self
    }

    fn names(mut self, batch: BatchCode) -> Self {
        self.inputs.push(input(&batch.to_string(), None));
        self
    }

    fn takes_of_group(mut self, reference: &str, amount: &str) -> Self {
        self.inputs.push(input(reference, Some(amount)));
        self
    }

    fn makes(mut self, product: Product, amount: &str) -> Self {
        self.outputs.push(output(None, Some(product), amount));
        self
    }

    fn makes_at(mut self, stage: Stage, product: Product, amount: &str) -> Self {
        self.outputs.push(output(Some(stage), Some(product), amount));
        self
    }

    fn keeps(mut self, amount: &str) -> Self {
        self.outputs.push(output(None, None, amount));
        self
    }

    fn counting(self, codes: u32) -> Self {
        Self { count: Some(codes), ..self }
    }

    fn ranging(mut self, range: CodeRange) -> Self {
        self.ranges.push(range);
        self
    }

    fn replacing(self, record: RecordId) -> Self {
        Self { supersedes: Some(record), ..self }
    }
}
