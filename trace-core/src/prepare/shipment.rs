//! Which shipment comes back, where a draft of a return does not say it.

use serde_json::{Value, json};

use super::Draft;
use crate::balance::Effect;
use crate::id::{PartyId, RecordId};
use crate::quantity::Stated;
use crate::record::Kind;
use crate::state::{BatchRow, Key, RecordRow, Stop, View};

/// Names the shipment in the details of a return by weight, if one can come back to the party: of those that have enough
/// left the oldest, one to the party itself before one that went outside, and that before one on its way to another party.
pub(super) fn name_shipment(
    value: &mut Value,
    draft: &Draft,
    row: &BatchRow,
    party: PartyId,
    view: &mut View,
) -> Result<(), Stop> {
    let fields = if draft.kind == Kind::Correct { value.get_mut("details") } else { Some(value) };
    let Some(Value::Object(fields)) = fields else { return Ok(()) };
    if fields.contains_key("ship") {
        return Ok(());
    }
    let found = match draft.supersedes {
        Some(old) => view.record(old)?.and_then(|old| old.effects.iter().find_map(of_return)),
        None => best(draft, row, party, view)?,
    };
    if let Some(ship) = found {
        fields.insert("ship".to_owned(), json!(ship));
    }
    Ok(())
}

/// A corrected return keeps its shipment.
fn of_return(effect: &Effect) -> Option<RecordId> {
    match effect {
        Effect::BringBack { ship, .. } => Some(*ship),
        _ => None,
    }
}

fn best(draft: &Draft, row: &BatchRow, party: PartyId, view: &mut View) -> Result<Option<RecordId>, Stop> {
    let amount = draft.outputs.first().and_then(|output| Stated::parse(&output.amount, row.measure()).ok());
    let amount = amount.map_or(0, |stated| stated.quantity().value());
    let users: Vec<RecordId> =
        view.uses(row.code)?.into_iter().filter(|edge| edge.live && edge.uses).map(|edge| edge.record).collect();
    view.want(users.iter().map(|user| Key::Record(*user)))?;
    let mut found = Vec::new();
    for user in users {
        let Some(ship) = view.record(user)?.filter(|ship| ship.states == Kind::Ship && ship.is_live()) else {
            continue;
        };
        let left = left(ship, row);
        if left > 0 && (ship.party == party || ship.other_side == Some(party)) {
            let elsewhere = ship.other_side.is_some() && ship.other_side != Some(party);
            found.push((left < amount, elsewhere, ship.other_side.is_none(), ship.index, ship.id));
        }
    }
    Ok(found.into_iter().min().map(|(.., id)| id))
}

fn left(ship: &RecordRow, row: &BatchRow) -> i64 {
    let of_batch = ship.effects.iter().filter_map(|effect| match effect {
        Effect::Allot { batch, amount, taken, returned } if *batch == row.code => Some(amount - taken - returned),
        _ => None,
    });
    of_batch.sum()
}
