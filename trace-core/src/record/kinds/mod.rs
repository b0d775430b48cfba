//! The kinds of records, one file a family. Each kind is its public details, its shape, and its own rules; what all
//! kinds have in common (authority, inputs, balances) is in [`crate::judge`] and [`crate::balance`].

mod agent;
mod codes;
mod consent;
mod erasure;
mod forms;
mod growing;
mod keys;
mod land;
mod making;
mod oversight;
mod packing;
mod parties;
mod planting;
mod producing;
mod quality;
mod returning;
mod revision;
mod steaming;
mod trade;

pub use codes::{ActivateCodes, IssueCodes, VoidCodes};
pub(crate) use codes::{no_net_content, packed, unmark};
pub use consent::Consent;
pub use erasure::Erase;
pub use growing::{BringIn, Harvest, Plant, Tend};
pub use keys::{EndKey, RegisterKey, unknown_key};
pub use making::{Adjust, Direction, Process, Temperatures};
pub use oversight::{Dispute, Hold, LiftRecall, Recall, Release};
pub use packing::Pack;
pub use parties::{EndGrant, Found, Grant, RegisterParty, RegisterSite, SetRules};
pub use producing::Produce;
pub use quality::{Certify, Inspect, TestResult};
pub use returning::Return;
pub use revision::{Correct, Void};
pub use trade::{Confirm, Consignee, Receive, Ship};

use super::{InputUse, RecordBody, Refusal, Shape};
use crate::balance::Effect;
use crate::id::BatchCode;
use crate::judge::{Case, Findings};
use crate::state::{RecordRow, Stop, View};

/// What a record of a kind may hold.
pub trait Shaped {
    /// The shape, as data.
    const SHAPE: Shape;
}

/// What a kind adds to the rules that all kinds share.
pub trait KindRules {
    /// Checks the record on its own, without a ledger.
    ///
    /// # Errors
    /// A [`Refusal`] that names the place.
    fn check_alone(&self, _body: &RecordBody) -> Result<(), Refusal> {
        Ok(())
    }

    /// Judges it against the ledger; what is noted or held goes into `findings`.
    ///
    /// # Errors
    /// [`Stop::Missing`] or [`Stop::Refused`].
    fn judge(&self, _case: &Case<'_>, _view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        Ok(())
    }

    /// What it does to balances: by default it draws from its inputs and makes its outputs.
    ///
    /// # Errors
    /// [`Stop::Missing`].
    fn effects(&self, case: &Case<'_>, _view: &mut View) -> Result<Vec<Effect>, Stop> {
        Ok(draws_and_makes(case))
    }

    /// What else follows from it.
    ///
    /// # Errors
    /// [`Stop::Missing`].
    fn apply(&self, _case: &Case<'_>, _view: &mut View, _row: &mut RecordRow) -> Result<(), Stop> {
        Ok(())
    }

    /// Which batches a `hold` finding freezes: by default what it made.
    fn frozen(&self, case: &Case<'_>) -> Vec<BatchCode> {
        case.record.outputs.iter().map(|output| output.batch).collect()
    }
}

/// A record as a refusal names it: its kind, and whether it is still in force.
fn what_it_is(row: &RecordRow) -> (String, String) {
    let (zh, en) = match (row.void, row.superseded_by) {
        (true, _) => ("已作废的", "a voided"),
        (false, Some(_)) => ("不再有效的", "a replaced or ended"),
        (false, None) => ("", "a"),
    };
    (format!("{zh}“{}”", row.states.zh()), format!("{en} '{}'", row.states))
}

/// Draws from every input, makes every output.
fn draws_and_makes(case: &Case<'_>) -> Vec<Effect> {
    let mut effects = Vec::with_capacity(case.record.inputs.len() + case.record.outputs.len());
    if case.record.details.shape().input_use == InputUse::Draws {
        for (i, input) in case.record.inputs.iter().enumerate() {
            effects.push(Effect::Draw { batch: input.batch, amount: case.drawn(i) });
        }
    }
    for (i, output) in case.record.outputs.iter().enumerate() {
        effects.push(Effect::Make { batch: output.batch, amount: case.made(i) });
    }
    effects
}
