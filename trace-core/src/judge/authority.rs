//! Who may do what: the actor's role, and the right of the one who typed the record.

use super::Case;
use crate::id::{PartyId, RecordId};
use crate::record::{Details, Kind, Record, Refusal};
use crate::state::{PartyRow, Stop, View};

/// The party's row.
pub(crate) fn party_of(view: &mut View, id: PartyId, place: &str) -> Result<PartyRow, Stop> {
    match view.party(id)? {
        Some(row) => Ok(row.clone()),
        None => Err(Refusal::not_found(
            "unknown_party",
            place,
            format!("系统里没有主体 {id}"),
            format!("there is no party {id} in this ledger"),
        )
        .into()),
    }
}

/// Checks that the ledger is founded, that the actor has a role for this kind, and that the clerk may enter for it.
pub(super) fn check(case: &Case<'_>, view: &mut View) -> Result<(), Stop> {
    let record = case.record;
    let Some(ledger) = view.ledger()?.cloned() else {
        return if record.kind() == Kind::Found { Ok(()) } else { Err(not_founded(record.kind()).into()) };
    };
    if record.kind() == Kind::Found {
        let (origin, on) = (ledger.origin, ledger.founded_on);
        return Err(Refusal::conflict(
            "already_founded",
            "/kind",
            format!("账本 {origin} 已于 {on} 创立，不能再次创立"),
            format!("this ledger, {origin}, was founded on {on}; it is founded once"),
        )
        .into());
    }
    if record.log != ledger.origin {
        return Err(Refusal::invalid(
            "other_log",
            "/log",
            format!("记录写给 {}，本账本是 {}", record.log, ledger.origin),
            format!("the record is meant for {}; this log is {}", record.log, ledger.origin),
        )
        .into());
    }
    let actor = party_of(view, record.actor, "/actor")?;
    let shape = record.details.shape();
    // The office may correct and void for anybody.
    let as_office = record.actor == ledger.office && record.kind().is_revision();
    if !shape.actors.is_empty() && !shape.actors.contains(&actor.role) && !as_office {
        return Err(wrong_role(case, &actor).into());
    }
    if !case.signed
        && !takes_back(record, &actor)
        && let Some(key) = actor.demand_on(record.occurred_at.date())
    {
        return Err(signature_missing(record.actor, key).into());
    }
    match record.entered_by {
        Some(clerk) => check_clerk(case, view, clerk),
        None => Ok(()),
    }
}

/// Whether a record only takes a consent back, which a demand for signatures does not bind.
fn takes_back(record: &Record, actor: &PartyRow) -> bool {
    matches!(&record.details, Details::Consent(consent) if consent.only_narrows(actor))
}

/// Whether this party lets that one enter what the record states.
pub(crate) fn is_granted(case: &Case<'_>, view: &mut View, from: PartyId, to: PartyId) -> Result<bool, Stop> {
    let (day, kind) = (case.latest_day(), case.stated().kind());
    let grants = view.grants(from, to)?;
    Ok(grants.iter().any(|grant| !grant.ended && grant.until >= day && grant.kinds.contains(&kind)))
}

fn check_clerk(case: &Case<'_>, view: &mut View, clerk: PartyId) -> Result<(), Stop> {
    let record = case.record;
    party_of(view, clerk, "/entered_by")?;
    if clerk == case.office {
        return Ok(());
    }
    let kind = case.stated().kind();
    if is_granted(case, view, record.actor, clerk)? {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "no_grant",
        "/entered_by",
        format!("{clerk} 没有代 {} 录入“{}”的授权；请先登记授权", record.actor, kind.zh()),
        format!("{clerk} holds no grant to enter '{kind}' for {}; register a grant first", record.actor),
    )
    .into())
}

/// The demand binds whoever enters for the party, too. It does not bind the office: what that corrects, freezes, ends or
/// erases it states in its own name.
fn signature_missing(actor: PartyId, key: RecordId) -> Refusal {
    Refusal::forbidden(
        "signature_missing",
        "/signatures",
        format!(
            "主体 {actor} 只接受带签名的记录，这条没有签名；请先提交到 /api/v1/records/prepare，再用已登记的密钥（如 {key}）签名后提交"
        ),
        format!(
            "{actor} takes signed records only, and this one has no signature; let /api/v1/records/prepare complete it, \
             and sign the bytes with a registered key such as {key}"
        ),
    )
}

fn wrong_role(case: &Case<'_>, actor: &PartyRow) -> Refusal {
    let kind = case.record.details.stated().kind();
    let allowed = case.record.details.shape().actors;
    let zh: Vec<_> = allowed.iter().map(|role| role.zh()).collect();
    let en: Vec<_> = allowed.iter().map(|role| role.code()).collect();
    Refusal::forbidden(
        "wrong_role",
        "/actor",
        format!("“{}”只能由{}登记，该主体是{}", kind.zh(), zh.join("、"), actor.role.zh()),
        format!("a '{kind}' is made by {}; this party is a {}", en.join(", "), actor.role.code()),
    )
}

fn not_founded(kind: Kind) -> Refusal {
    let (found_zh, found) = (Kind::Found.zh(), Kind::Found);
    Refusal::conflict(
        "not_founded",
        "",
        format!("账本还没有创立：第一条记录应为“{found_zh}”，收到的是“{}”", kind.zh()),
        format!("this ledger has no founding entry yet: its first record is a '{found}', and not a '{kind}'"),
    )
}
