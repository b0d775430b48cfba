//! What a party may register that the office lets: a village's clerk writes down the households and plots of its village,
//! and leaves alone whom it did not write down and who let it do nothing.
//!
//! That the office lets it at all is the matter of [`crate::judge`], as with every record that is entered for another.

use crate::id::PartyId;
use crate::judge::{Case, is_granted};
use crate::record::Refusal;
use crate::state::{PartyRow, Stop, View};
use crate::tianma::PartyRole;

/// Who entered the record, where that is not the office.
pub(super) fn agent(case: &Case<'_>) -> Option<PartyId> {
    case.record.entered_by.filter(|by| *by != case.office)
}

/// A new party of this role: an agent registers households. Firms, and above all those who inspect, are the office's.
pub(super) fn may_add(case: &Case<'_>, role: PartyRole) -> Result<(), Refusal> {
    let Some(agent) = agent(case).filter(|_| role != PartyRole::Household) else { return Ok(()) };
    Err(Refusal::forbidden(
        "agent_role",
        "/details/role",
        format!("{agent} 受品牌办委托只能登记农户；{}由品牌办登记", role.zh()),
        format!("{agent} registers households for the office; a {} is registered by the office itself", role.code()),
    ))
}

/// What is registered of this party: an agent changes it, and adds sites to it, if it registered the party or the party
/// itself lets it do so. Its own registration is neither.
pub(super) fn may_change(case: &Case<'_>, view: &mut View, party: &PartyRow) -> Result<(), Stop> {
    let Some(agent) = agent(case) else { return Ok(()) };
    // Who was erased is written down anew by the office alone.
    let own = party.registered_by == Some(agent) && party.erased.is_none();
    if own || is_granted(case, view, party.id, agent)? {
        return Ok(());
    }
    let (kind, id) = (case.stated().kind(), party.id);
    Err(Refusal::forbidden(
        "agent_party",
        "/details/party",
        format!("主体 {id} 不是 {agent} 登记的，也没有授权它代录“{}”；请先登记授权，或由品牌办办理", kind.zh()),
        format!(
            "{id} was not registered by {agent}, and has not let it enter '{kind}'; register a grant of {id} first, or \
             leave it to the office"
        ),
    )
    .into())
}
