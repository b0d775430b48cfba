//! Less arrived than was shipped: the rest is still on the way, or it is gone and is written off with a reason. Nobody but
//! the receiver knows which, so the page asks before it stores anything.
//!
//! What is gone was received and lost in one go, all or nothing: the shipment is settled, and the loss stands as a record
//! of its own. What is on the way stays on the list of shipments.

use serde_json::json;
use trace_core::prepare::{Draft, DraftInput};
use trace_core::quantity::{Quantity, Stated};
use trace_core::record::Kind;
use trace_core::state::RecordRow;
use trace_core::tianma::AdjustReason;
use trace_core::time::OccurredAt;

use super::arriving::waiting;
use super::receive::Given;
use super::stock::{sum, typed};
use crate::http::forms::Fields;
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::Choice;
use crate::http::pages::app::sending::blank;
use crate::http::pages::language::Lang;

/// The field that says what became of the rest.
pub(super) const FIELD: &str = "rest";
/// Its value for what is still to come.
const ON_THE_WAY: &str = "on_the_way";
/// Why goods on the way are gone. A stock-take finds what one has, and one's own use comes after receiving.
const GONE: [AdjustReason; 2] = [AdjustReason::Loss, AdjustReason::Sample];

/// What is said to have become of the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    OnTheWay,
    Gone(AdjustReason),
}

impl Rest {
    pub fn read(fields: &Fields) -> Option<Self> {
        match fields.text(FIELD) {
            ON_THE_WAY => Some(Self::OnTheWay),
            other => other.parse().ok().filter(|reason| GONE.contains(reason)).map(Self::Gone),
        }
    }
}

/// What can be said.
pub(super) fn choices(chosen: &str, lang: Lang) -> Vec<Choice> {
    let on_the_way = lang.t("其余还在路上，以后再收", "the rest is still on its way");
    let gone = GONE.map(|reason| {
        let (zh, en) = (format!("其余不会来了：{}", reason.zh()), format!("the rest will not come: {}", reason.en()));
        (reason.code().to_owned(), lang.t(&zh, &en).to_owned())
    });
    let all = std::iter::once((ON_THE_WAY.to_owned(), on_the_way.to_owned())).chain(gone);
    all.map(|(value, label)| Choice { chosen: value == chosen, value, label }).collect()
}

/// What a line lacks of what its shipment still has to give.
fn missing(one: &Given, open: &[RecordRow]) -> Option<Quantity> {
    let shipment = open.iter().find(|row| Some(row.id) == one.ship)?;
    let (_, left) = waiting(shipment).find(|(batch, _)| *batch == one.row.code)?;
    let left = Quantity::new(one.row.measure(), left).ok()?;
    left.checked_sub(one.amount.quantity()).ok().filter(|missing| missing.value() > 0)
}

/// The lines of which less arrived than was shipped, in words.
pub(super) fn told(given: &[Given], open: &[RecordRow], lang: Lang) -> Vec<String> {
    let line = |one: &Given| {
        let (code, lacks) = (one.row.code, missing(one, open)?);
        Some(match lang {
            Lang::Zh => format!("{code} 比发货少 {}", lacks.zh()),
            Lang::En => format!("{code}: {} less than was shipped", lacks.en()),
        })
    };
    given.iter().filter_map(line).collect()
}

/// Takes the lines as if all had arrived, and gives what each lacked.
pub(super) fn taken_whole(given: &mut [Given], open: &[RecordRow]) -> Vec<Option<Stated>> {
    let whole = |one: &mut Given| {
        let lacks = missing(one, open)?;
        let all = one.amount.quantity().checked_add(lacks).ok()?;
        one.amount = Stated::of(all).ok()?;
        Stated::of(lacks).ok()
    };
    given.iter_mut().map(whole).collect()
}

/// Writes off what was lacking of the batch that record `receipt` of the group makes.
pub(super) fn written_off(
    receipt: usize,
    lacked: &[Stated],
    reason: AdjustReason,
    acting: &Acting,
    date: OccurredAt,
) -> Option<Draft> {
    let amount = sum(lacked.iter())?;
    let mut draft = blank(Kind::Adjust, date, json!({"reason": reason, "direction": "less"}));
    draft.actor = acting.actor();
    draft.inputs = vec![DraftInput { batch: format!("#{receipt}"), record: None, amount: Some(typed(Some(amount))) }];
    Some(draft)
}
