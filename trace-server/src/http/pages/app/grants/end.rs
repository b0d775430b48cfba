//! A grant ends before its day: by the party that gave it, or by the office. What was entered until then stands.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use serde_json::json;
use trace_core::id::RecordId;
use trace_core::record::Kind;
use trace_core::state::{GrantRow, Key, Row};
use trace_core::tianma::PartyRole;

use super::Line;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::form::FormPage;
use crate::http::pages::app::sending::{answered, blank, send, today_of};
use crate::http::pages::app::words::{parties, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/grants/{id}/end", get(show).post(store))
}

/// The grant, for the party that gave it and for the office; nobody else is told whether it exists.
async fn grant(who: &SignedIn, id: &str, state: &AppState) -> Result<GrantRow, PageRefusal> {
    let absent = || who.refuse(Problem::absent(format!("您没有授权 {id}"), format!("no grant {id} is yours")));
    let Ok(record) = id.parse::<RecordId>() else { return Err(absent()) };
    let (rows, _) = state.ledger.store().load(&[Key::Grant(record)].into()).await.or_refuse(who)?;
    let found = rows.into_iter().find_map(|row| if let Row::Grant(grant) = row { Some(grant) } else { None });
    let office = who.role() == PartyRole::Office;
    found.filter(|grant| office || grant.from == who.party()).ok_or_else(absent)
}

/// Where the list is that leads here.
fn list(who: &SignedIn, grant: &GrantRow) -> String {
    if who.role() == PartyRole::Office && grant.from != who.party() {
        format!("/app/office/grants?party={}", grant.from)
    } else {
        "/app/grants".to_owned()
    }
}

async fn show(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, PageRefusal> {
    let grant = grant(&who, &id, &state).await?;
    Ok(form(&who, &grant, &Fields::default(), &FieldErrors::default(), &state).await?.answer())
}

async fn form(
    who: &SignedIn,
    grant: &GrantRow,
    typed: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let names = parties(&**state.ledger.store(), [grant.from, grant.to].into()).await.or_refuse(who)?;
    let line = Line::of(grant, &names, today(state).await.or_refuse(who)?, lang);
    let action = format!("/app/grants/{}/end", grant.id);
    let mut page = FormPage::new(who, lang.t("终止授权", "End a grant"), action, Vec::new(), typed, errors)?
        .fact(lang.t("授权方", "Given by"), line.from)
        .fact(lang.t("授权给", "To"), line.to)
        .fact(lang.t("可代录", "For"), line.kinds.join(lang.t("、", ", ")))
        .fact(lang.t("授权到", "Until"), line.until)
        .fact(lang.t("状态", "State"), line.state)
        .link(list(who, grant), lang.t("返回授权", "Back to the grants"));
    page = if grant.ended {
        page.closed()
    } else {
        page.warning(lang.t(
            "终止后对方马上不能再代录；已经录入的记录仍然有效。要恢复，须重新授权。",
            "From then on nothing more can be entered under it; what was entered stands. To take it up again, give a new one.",
        ))
        .button(lang.t("终止授权", "End it"))
    };
    Ok(page)
}

async fn store(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    let grant = grant(&who, &id, &state).await?;
    let ended = || {
        let list = list(&who, &grant);
        let note = if list.contains('?') { "&note=grant_ended" } else { "?note=grant_ended" };
        Redirect::to(&format!("{list}{note}")).into_response()
    };
    if answered(&who, &fields, &state).await?.is_some() {
        return Ok(ended());
    }
    let draft = blank(Kind::EndGrant, today_of(&who, &state).await?, json!({"grant": grant.id}));
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(_) => Ok(ended()),
        Err(refusal) => {
            let mut errors = FieldErrors::default();
            errors.put_above(who.lang.t(&refusal.zh, &refusal.en));
            Ok(form(&who, &grant, &fields, &errors, &state).await?.answer())
        }
    }
}
