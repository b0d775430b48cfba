//! A household lets a co-op's clerk write for it, as signed on paper: which records, and until when.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::id::PartyId;
use trace_core::record::Kind;
use trace_core::tianma::PartyRole;

use super::OFFICE;
use super::holds::now;
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::form::{Field, FormPage, Look};
use crate::http::pages::app::sending::{answered, blank, done, send};
use crate::http::pages::app::words::{party_words, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::store::PartyFilter;

/// Most co-ops in the list.
const COOPS_MAX: u32 = 400;
/// What a clerk may be let write, in the order of the season.
const KINDS: [Kind; 12] = [
    Kind::BringIn,
    Kind::Produce,
    Kind::Plant,
    Kind::Tend,
    Kind::Harvest,
    Kind::Ship,
    Kind::Receive,
    Kind::Confirm,
    Kind::Dispute,
    Kind::Adjust,
    Kind::Certify,
    Kind::Void,
];

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/office/register/grant", get(show).post(store))
}

/// The box of a kind.
fn tick(kind: Kind) -> String {
    format!("kind-{}", kind.code())
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let year = today(&state).await.or_refuse(&who)?.year();
    fields.set("until", format!("{}-12-31", year + 1));
    for kind in KINDS {
        fields.set(&tick(kind), "1");
    }
    Ok(form(&who, &fields, &FieldErrors::default(), &state).await?.answer())
}

async fn form(who: &SignedIn, typed: &Fields, errors: &FieldErrors, state: &AppState) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let filter = PartyFilter { role: Some(PartyRole::Coop), limit: COOPS_MAX, ..PartyFilter::default() };
    let coops = state.ledger.store().parties(&filter).await.or_refuse(who)?;
    let coops = coops.iter().map(|row| (row.id.to_string(), party_words(lang, row))).collect();
    let mut fields = vec![
        Field::line("from", lang.t("农户的主体编号", "Id of the household"))
            .hint(lang.t("pa- 加 16 位字母数字，登记主体时得到", "pa- and 16 characters, given at registration")),
        Field::list("to", lang.t("授权给哪个合作社", "To which co-op"), coops),
        Field::new("until", lang.t("授权到哪一天", "Last day"), Look::Day),
    ];
    fields.extend(KINDS.map(|kind| Field::new(tick(kind), lang.t(kind.zh(), kind.en()), Look::Tick)));
    let title = lang.t("登记授权", "Register a grant");
    Ok(FormPage::new(who, title, "/app/office/register/grant", fields, typed, errors)?
        .lead(lang.t(
            "农户签了纸质授权书以后登记。合作社代录的每条记录都会写明是谁录入的。",
            "After the household has signed on paper. Every record that the co-op enters says who typed it.",
        ))
        .button(lang.t("登记授权", "Register it"))
        .link("/app/office/register", lang.t("登记主体", "Register a party")))
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let from = fields.text("from").parse::<PartyId>().ok();
    if from.is_none() {
        let zh = format!("“{}”不是主体编号；编号形如 pa- 加 16 位字母数字", fields.text("from"));
        let en = format!("'{}' is no id of a party; an id is pa- and 16 characters", fields.text("from"));
        errors.put("from", lang.t(&zh, &en));
    }
    let to = fields.text("to").parse::<PartyId>().ok();
    if to.is_none() {
        errors.put("to", lang.t("请选择合作社", "Choose the co-op"));
    }
    let until = fields.text("until").parse::<jiff::civil::Date>().ok();
    if until.is_none() {
        errors.put("until", lang.t("请写日期，例如 2027-12-31", "Write the day like 2027-12-31"));
    }
    let kinds: BTreeSet<Kind> = KINDS.into_iter().filter(|kind| fields.ticked(&tick(*kind))).collect();
    if kinds.is_empty() {
        errors.put(tick(KINDS[KINDS.len() - 1]), lang.t("请至少勾选一种记录", "Tick at least one kind of record"));
    }
    let (Some(from), Some(to), Some(until), true) = (from, to, until, errors.is_empty()) else {
        return Ok(form(&who, &fields, &errors, &state).await?.answer());
    };
    let details = json!({"from": from, "to": to, "kinds": kinds, "until": until});
    let draft = blank(Kind::Grant, now(&who, &state).await?, details);
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            errors.put_refusal(&refusal, lang, |place| match place {
                "/details/from" => Some("from"),
                "/details/to" => Some("to"),
                "/details" | "/details/until" => Some("until"),
                _ => None,
            });
            Ok(form(&who, &fields, &errors, &state).await?.answer())
        }
    }
}
