//! Goods leave: amounts of one's batches are set aside for a party, or for a class of buyers outside.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::id::{BatchCode, PartyId};
use trace_core::record::Kind;
use trace_core::tianma::{Channel, ConsigneeClass, PartyRole};

use super::OWNERS;
use super::stock::{all_of, own_inputs, rows_of};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::grants_to;
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::sending::{answered, blank, day, done, send};
use crate::http::pages::app::words::{names, parties, party_words, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::store::PartyFilter;

/// Most parties of one role that the list of consignees offers; others are named by their id.
const OFFERED_MAX: u32 = 400;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/ship", get(show).post(store))
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    if let Ok(code) = BatchCode::parse_typed(fields.text("batch")) {
        let row = rows_of([code], &state).await.or_refuse(&who)?.remove(&code);
        if let Some(row) = row.filter(|row| row.owner == who.party()) {
            fields.set("lines", format!("{code} {}", all_of(&row)));
        }
    }
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    Ok(form(&who, &fields, &FieldErrors::default(), &state).await?.answer())
}

/// To whom goods of this role mostly go: bottles and seed to co-ops and nurseries, tianma to workshops and shops.
fn buyers(role: PartyRole) -> &'static [PartyRole] {
    match role {
        PartyRole::FungusFactory => &[PartyRole::Coop, PartyRole::Nursery, PartyRole::FungusFactory],
        PartyRole::Nursery => &[PartyRole::Coop, PartyRole::Processor, PartyRole::Nursery],
        _ => &[PartyRole::Processor, PartyRole::Seller, PartyRole::Coop],
    }
}

/// Households that let this party write for them, parties that buy, then the classes outside.
async fn consignees(who: &SignedIn, state: &AppState) -> Result<Vec<(String, String)>, PageRefusal> {
    let mut offered = Vec::new();
    let store = state.ledger.store();
    let households = grants_to(who.party(), state).await.or_refuse(who)?.into_iter().map(|grant| grant.from);
    let households = parties(&**store, households.collect()).await.or_refuse(who)?;
    let names = names(&state.ledger, who.lang, &households).await.or_refuse(who)?;
    offered.extend(names.into_iter().map(|(id, name)| (id.to_string(), name)));
    for role in buyers(who.role()).iter().copied() {
        let filter = PartyFilter { role: Some(role), limit: OFFERED_MAX, ..PartyFilter::default() };
        let rows = state.ledger.store().parties(&filter).await.or_refuse(who)?;
        let others = rows.iter().filter(|row| row.id != who.party());
        offered.extend(others.map(|row| (row.id.to_string(), party_words(who.lang, row))));
    }
    offered.extend(choices(ConsigneeClass::ALL, who.lang));
    Ok(offered)
}

async fn form(who: &SignedIn, typed: &Fields, errors: &FieldErrors, state: &AppState) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let hint = lang.t(
        "一行一个：批次码 数量，如 M251120-ABC1234 80公斤",
        "one a line: batch code, amount, such as M251120-ABC1234 80 kg",
    );
    let fields = vec![
        Field::list("to", lang.t("发给谁", "To whom"), consignees(who, state).await?).optional(),
        Field::line("party", lang.t("不在列表里的，填主体编号", "Not in the list: its id")).optional(),
        Field::new("lines", lang.t("批次和数量", "Batches and amounts"), Look::Lines).hint(hint),
        Field::list("channel", lang.t("销售渠道", "Channel"), choices(Channel::ALL, lang)).optional(),
        Field::new("date", lang.t("发货日期", "Day of shipping"), Look::Day),
    ];
    Ok(FormPage::new(who, lang.t("发货", "Ship"), "/app/ship", fields, typed, errors)?
        .lead(lang.t(
            "发出的数量先留给对方；对方收货后才转走。",
            "What is shipped is set aside for the consignee and leaves your batch when it is received.",
        ))
        .button(lang.t("发货", "Ship")))
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    // An id that was typed goes before the list: whoever types one means it.
    let to = fields.typed("party").unwrap_or_else(|| fields.text("to"));
    let consignee = match (to.parse::<PartyId>(), to.parse::<ConsigneeClass>()) {
        (Ok(party), _) => Some(json!({"party": party})),
        (_, Ok(class)) => Some(json!({"class": class})),
        _ if fields.typed("party").is_some() => {
            let zh = format!("“{to}”不是主体编号；编号形如 pa- 加 16 位字母数字");
            errors.put("party", lang.t(&zh, &format!("'{to}' is no id of a party; an id is pa- and 16 characters")));
            None
        }
        _ => {
            errors
                .put("to", lang.t("请选择发给谁，或在下面填写主体编号", "Choose the consignee, or give its id below"));
            None
        }
    };
    let inputs =
        own_inputs(who.party(), fields.text("lines"), "lines", &mut errors, lang, &state).await.or_refuse(&who)?;
    if fields.typed("lines").is_none() {
        errors.put("lines", lang.t("请填写批次和数量", "Name batches and amounts"));
    }
    let (Some(date), Some(consignee), true) = (date, consignee, errors.is_empty()) else {
        return Ok(form(&who, &fields, &errors, &state).await?.answer());
    };
    let mut details = json!({"consignee": consignee});
    if let Ok(channel) = fields.text("channel").parse::<Channel>() {
        details["channel"] = json!(channel);
    }
    let mut draft = blank(Kind::Ship, date, details);
    draft.inputs = inputs;
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let words = lang.t(&refusal.zh, &refusal.en);
            match refusal.place.as_str() {
                place if place.starts_with("/occurred_at") => errors.put("date", words),
                place if place.starts_with("/details/consignee") => {
                    errors.put(if fields.typed("party").is_some() { "party" } else { "to" }, words);
                }
                place if place.starts_with("/inputs") || place.starts_with("/amounts") => errors.put("lines", words),
                _ => errors.put_above(words),
            }
            Ok(form(&who, &fields, &errors, &state).await?.answer())
        }
    }
}
