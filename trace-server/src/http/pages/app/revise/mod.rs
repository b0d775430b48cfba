//! Setting a record right: void it with a reason, or correct what it says. The old version stays readable.

mod correct;
mod facts;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::id::RecordId;
use trace_core::record::Kind;
use trace_core::tianma::{PartyRole, VoidReason};

use super::form::{Field, FormPage, choices};
use super::sending::{answered, blank, done, send};
use super::words::{short, today};
use super::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::ledger::RecordView;
use trace_core::time::OccurredAt;

pub(super) use facts::correctable;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/app/records/{id}/void", get(show_void).post(void))
        .route("/app/records/{id}/correct", get(correct::show).post(correct::store))
}

/// Whether this person may set the record right: whose fact it is, and the office.
pub(super) fn may_revise(who: &SignedIn, row: &trace_core::state::RecordRow) -> bool {
    row.is_live() && (row.party == who.party() || who.role() == PartyRole::Office)
}

async fn record(who: &SignedIn, id: &str, state: &AppState) -> Result<RecordView, PageRefusal> {
    let absent = || {
        who.refuse(Problem::absent(format!("没有您可以更正的记录 {id}"), format!("no record {id} is yours to revise")))
    };
    let parsed = id.parse::<RecordId>().map_err(|_| absent())?;
    let view = state.ledger.record(parsed, Some(&who.viewer())).await.or_refuse(who)?;
    view.filter(|view| view.row.party == who.party() || who.role() == PartyRole::Office).ok_or_else(absent)
}

async fn show_void(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageRefusal> {
    let view = record(&who, &id, &state).await?;
    Ok(void_form(&who, &view, &Fields::default(), &FieldErrors::default())?.answer())
}

fn void_form(who: &SignedIn, view: &RecordView, typed: &Fields, errors: &FieldErrors) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let fields = vec![Field::list("reason", lang.t("原因", "Reason"), choices(VoidReason::ALL, lang))];
    let action = format!("/app/records/{}/void", view.row.id);
    let outputs: Vec<String> = view.row.outputs.iter().map(ToString::to_string).collect();
    Ok(FormPage::new(who, lang.t("作废记录", "Void a record"), action, fields, typed, errors)?
        .warning(lang.t(
            "作废后投入的数量退回；产出的批次不能再用。作废本身也是一条记录，不能撤销。",
            "The inputs get back what was taken; what was made cannot be used any more. Voiding is a record itself and \
             cannot be undone.",
        ))
        .fact(
            lang.t("记录", "Record"),
            format!("{} {}", lang.t(view.row.states.zh(), view.row.states.en()), short(&view.row.id)),
        )
        .fact(lang.t("日期", "Day"), view.row.occurred_at.to_string())
        .fact(lang.t("产出批次", "Made"), outputs.join(" "))
        .button(lang.t("作废", "Void it"))
        .link(format!("/app/records/{}", view.row.id), lang.t("返回", "Back")))
}

async fn void(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let view = record(&who, &id, &state).await?;
    let mut errors = FieldErrors::default();
    let Ok(reason) = fields.text("reason").parse::<VoidReason>() else {
        errors.put("reason", who.lang.t("请选择原因", "Choose the reason"));
        return Ok(void_form(&who, &view, &fields, &errors)?.answer());
    };
    let day = today(&state).await.or_refuse(&who)?;
    let day = OccurredAt::day(day).map_err(|_| who.refuse(Problem::internal()))?;
    let mut draft = blank(Kind::Void, day, json!({"reason": reason}));
    draft.supersedes = Some(view.row.id);
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            errors.put_above(who.lang.t(&refusal.zh, &refusal.en));
            Ok(void_form(&who, &view, &fields, &errors)?.answer())
        }
    }
}
