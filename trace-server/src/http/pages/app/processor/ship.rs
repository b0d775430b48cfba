//! Goods leave: amounts of one's batches are set aside for a party, or for a class of buyers outside; packages under
//! codes go by their codes, which are told once more before anything is stored. A clerk ships for a household that let it.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use trace_core::id::{BatchCode, PartyId};
use trace_core::record::Kind;
use trace_core::tianma::{Channel, ConsigneeClass, PartyRole};

use super::packages::{self, OfBatch};
use super::stock::{all_of, on_hand, own_inputs, rows_of};
use super::{OWNERS, confirming};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::sending::{answered, blank, day, done, input, send};
use crate::http::pages::app::terms;
use crate::http::pages::app::words::{amount_of, names, parties, party_words, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::http::pages::language::Lang;
use crate::store::PartyFilter;

/// Most parties of one role that the list of consignees offers; others are named by their id.
const OFFERED_MAX: u32 = 400;

/// Batches that are offered to choose from.
const STOCK_SHOWN: usize = 30;
/// Batches that an address can have chosen.
const CHOSEN_MAX: usize = 60;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/ship", get(show).post(store))
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::Ship, &who, &state).await?;
    let mut chosen: Vec<BatchCode> = Vec::new();
    for code in fields.all("batch").filter_map(|typed| BatchCode::parse_typed(typed).ok()).take(CHOSEN_MAX) {
        if !chosen.contains(&code) {
            chosen.push(code);
        }
    }
    let rows = rows_of(chosen.iter().copied(), &state).await.or_refuse(&who)?;
    chosen.retain(|code| rows.get(code).is_some_and(|row| row.owner == acting.party));
    let lines: Vec<String> =
        chosen.iter().filter_map(|code| rows.get(code)).map(|row| format!("{} {}", row.code, all_of(row))).collect();
    if !lines.is_empty() {
        fields.set("lines", lines.join("\n"));
    }
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    let page = form(&who, &acting, &fields, &FieldErrors::default(), &state).await?;
    Ok(stocked(page, &who, &acting, &chosen, &state).await?.answer())
}

/// What may be shipped, above the form: one batch after the other is taken into its lines by a link, with all that it
/// still holds, and amounts are changed there.
async fn stocked(
    mut page: FormPage,
    who: &SignedIn,
    acting: &Acting,
    chosen: &[BatchCode],
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let rows = on_hand(acting.party, Kind::Ship.shape().input_stages, state).await.or_refuse(who)?;
    let rows: Vec<_> = rows.into_iter().filter(|row| !chosen.contains(&row.code)).collect();
    let taken = chosen.iter().fold(String::new(), |taken, code| taken + &format!("&batch={code}"));
    for row in rows.iter().take(STOCK_SHOWN) {
        let address = format!("/app/ship?for={}{taken}&batch={}", acting.field(), row.code);
        let (product, left) =
            (lang.t(row.product.zh(), row.product.en()), amount_of(lang, row.product, row.remaining()));
        let day = row.occurred_at.date();
        page = page.offer(address, format!("{} · {product} · {left} · {day}", row.code));
    }
    let more = rows.len().saturating_sub(STOCK_SHOWN);
    page = match (rows.len(), chosen.len(), more) {
        (0, 0, _) => page.lead(lang.t("名下没有可发的货。", "There is nothing to ship.")),
        (0, ..) => page,
        (_, _, 0) => page.lead(lang.t(
            "点批次加到下面的清单，再改数量。先加完批次再填别的。",
            "Press batches to put them into the list below, then change amounts. Take all batches first, then fill in the rest.",
        )),
        _ => {
            let zh = format!("点批次加到下面的清单，再改数量。这里是最早的 {STOCK_SHOWN} 批，另有 {more} 批请填批次码。");
            let en = format!(
                "Press batches to put them into the list below, then change amounts. These are the oldest \
                 {STOCK_SHOWN}; type the codes of the other {more}."
            );
            page.lead(lang.t(&zh, &en))
        }
    };
    Ok(page.offers_open(!chosen.is_empty()))
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
async fn consignees(
    who: &SignedIn,
    acting: &Acting,
    chosen: &str,
    state: &AppState,
) -> Result<Vec<(String, String)>, PageRefusal> {
    let mut offered = Vec::new();
    let store = state.ledger.store();
    let households = state.ledger.grants_to(who.party()).await.or_refuse(who)?.into_iter().map(|grant| grant.from);
    let mut households = parties(&**store, households.collect()).await.or_refuse(who)?;
    households.retain(|id, row| *id != acting.party && row.role != PartyRole::Office);
    let names = names(&state.ledger, who.lang, &households).await.or_refuse(who)?;
    offered.extend(names.into_iter().map(|(id, name)| (id.to_string(), name)));
    for role in buyers(who.role()).iter().copied() {
        let filter = PartyFilter { role: Some(role), limit: OFFERED_MAX, ..PartyFilter::default() };
        let rows = state.ledger.store().parties(&filter).await.or_refuse(who)?;
        let others = rows.iter().filter(|row| row.id != acting.party);
        offered.extend(others.map(|row| (row.id.to_string(), party_words(who.lang, row))));
    }
    // Goods that go back to whom they came from may go to anybody.
    if let Ok(party) = chosen.parse::<PartyId>()
        && offered.iter().all(|(id, _)| id != chosen)
        && let Some(row) = state.ledger.party(party).await.or_refuse(who)?
    {
        offered.insert(0, (party.to_string(), party_words(who.lang, &row)));
    }
    offered.extend(choices(ConsigneeClass::ALL, who.lang));
    Ok(offered)
}

async fn form(
    who: &SignedIn,
    acting: &Acting,
    typed: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let hint = lang.t(
        "一行一个：批次码 数量，如 M251120-ABC1234 80公斤",
        "one a line: batch code, amount, such as M251120-ABC1234 80 kg",
    );
    let mut fields = vec![
        Field::list("to", lang.t("发给谁", "To whom"), consignees(who, acting, typed.text("to"), state).await?)
            .either(),
        Field::line("party", lang.t("不在列表里的，填主体编号", "Not in the list: its id")).either(),
        Field::new("lines", lang.t("批次和数量", "Batches and amounts"), Look::Lines).either().hint(hint),
        packages_field(lang),
        Field::list("channel", lang.t("销售渠道", "Channel"), choices(Channel::ALL, lang)).optional(),
        Field::new("date", lang.t("发货日期", "Day of shipping"), Look::Day),
    ];
    fields.extend(terms::fields(lang));
    Ok(FormPage::new(who, lang.t("发货", "Ship"), "/app/ship", fields, typed, errors)?
        .lead(lang.t(
            "发出的数量先留给对方；对方收货后才转走。带码包装不用对方登记收货。",
            "What is shipped is set aside for the consignee and leaves your batch when it is received. \
             Packages under codes need no receipt.",
        ))
        .acting(acting)
        .button(lang.t("发货", "Ship")))
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let acting = Acting::of(fields.text("for"), Kind::Ship, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    if fields.ticked("edit") {
        return Ok(form(&who, &acting, &fields, &FieldErrors::default(), &state).await?.answer());
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
    let agreed = terms::read(&fields, &mut errors, lang);
    let mut inputs =
        own_inputs(acting.party, fields.text("lines"), "lines", &mut errors, lang, &state).await.or_refuse(&who)?;
    let packages =
        packages::read(fields.text("packages"), "packages", &mut errors, lang, &state).await.or_refuse(&who)?;
    if fields.typed("lines").is_none() && fields.typed("packages").is_none() {
        errors.put("lines", lang.t("请填写批次和数量，或溯源码", "Name batches and amounts, or package codes"));
    }
    let (Some(date), Some(consignee), true) = (date, consignee, errors.is_empty()) else {
        return Ok(form(&who, &acting, &fields, &errors, &state).await?.answer());
    };
    if !packages.is_empty() && !fields.ticked("told") {
        return Ok(told(&who, &acting, &fields, (&packages, agreed.as_ref()), &state).await?.answer());
    }
    let mut details = json!({"consignee": consignee});
    if let Ok(channel) = fields.text("channel").parse::<Channel>() {
        details["channel"] = json!(channel);
    }
    let mut draft = blank(Kind::Ship, date, details);
    draft.actor = acting.actor();
    inputs.extend(packages.iter().map(|one| input(&one.batch, None)));
    draft.inputs = inputs;
    draft.terms = agreed.clone();
    draft.ranges = packages.iter().flat_map(OfBatch::ranges).collect();
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let words = lang.t(&refusal.zh, &refusal.en);
            match refusal.place.as_str() {
                place if place.starts_with("/occurred_at") => errors.put("date", words),
                place if place.starts_with("/details/consignee") => {
                    errors.put(if fields.typed("party").is_some() { "party" } else { "to" }, words);
                }
                place if place.starts_with("/amounts/ranges") => errors.put("packages", words),
                place if place.starts_with("/inputs") || place.starts_with("/amounts") => {
                    errors.put(if fields.typed("lines").is_some() { "lines" } else { "packages" }, words);
                }
                _ => errors.put_above(words),
            }
            Ok(form(&who, &acting, &fields, &errors, &state).await?.answer())
        }
    }
}

/// The field for packages under codes.
pub(in crate::http::pages::app) fn packages_field(lang: Lang) -> Field {
    Field::new("packages", lang.t("带码的包装", "Packages under codes"), Look::Lines).either().hint(lang.t(
        "扫码、粘贴或手写溯源码，一行一个；连续的写成一段：第一个码 到 最后一个码，或 赋码批：序号，如 12:1-40",
        "scan, paste or type package codes, one a line; a range is written as first code to last code, or as          issue:numbers, such as 12:1-40",
    ))
}

/// What the codes mean, before it is stored.
async fn told(
    who: &SignedIn,
    acting: &Acting,
    fields: &Fields,
    (packages, agreed): (&[OfBatch], Option<&Value>),
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let to = fields.typed("party").unwrap_or_else(|| fields.text("to"));
    let offered = consignees(who, acting, to, state).await?;
    let to = offered.into_iter().find_map(|(id, name)| (id == to).then_some(name)).unwrap_or_else(|| to.to_owned());
    let sent = [&["to", "party", "lines", "packages", "channel", "date"], &terms::FIELDS[..]].concat();
    let mut page = confirming(who, lang.t("核对发货", "Check the shipment"), "/app/ship", fields, &sent)?
        .acting(acting)
        .fact(lang.t("发给", "To"), to)
        .fact(lang.t("日期", "Day"), fields.text("date"));
    for line in fields.text("lines").lines().filter(|line| !line.trim().is_empty()) {
        page = page.fact(lang.t("按重量", "By weight"), line.trim());
    }
    for (name, words) in agreed.map(|agreed| terms::words(&terms::from_value(agreed), lang)).unwrap_or_default() {
        page = page.fact(name, words);
    }
    Ok(packages::facts(page, packages, who, state).await?.button(lang.t("确认发货", "Ship them")))
}
