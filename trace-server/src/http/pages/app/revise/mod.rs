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
use trace_core::state::RecordRow;
use trace_core::tianma::{PartyRole, VoidReason};

use super::acting::Acting;
use super::form::{Field, FormPage, choices};
use super::sending::{answered, blank, done, send};
use super::words::{short, today};
use super::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::ledger::RecordView;
use trace_core::time::OccurredAt;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/app/records/{id}/void", get(show_void).post(void))
        .route("/app/records/{id}/correct", get(correct::show).post(correct::store))
}

/// As whom this person sets the record right, by a voiding or by a correction of what it states: as its party, as the
/// office, or for a household that let this party enter such records.
async fn reviser(who: &SignedIn, row: &RecordRow, kind: Kind, state: &AppState) -> Result<Acting, PageRefusal> {
    if who.role() == PartyRole::Office {
        return Ok(Acting::oneself(who));
    }
    Acting::of(&row.party.to_string(), kind, who, state).await
}

/// Whether this person may void the record, and whether it may be corrected.
pub(super) async fn may_revise(who: &SignedIn, row: &RecordRow, state: &AppState) -> (bool, bool) {
    let may = async |kind| row.is_live() && reviser(who, row, kind, state).await.is_ok();
    let (void, correct) = (row.states.shape().revisable, facts::correctable(row.states));
    (void && may(Kind::Void).await, correct && may(row.states).await)
}

/// The record, and as whom it is revised; `void`, or else corrected.
async fn record(who: &SignedIn, id: &str, void: bool, state: &AppState) -> Result<(RecordView, Acting), PageRefusal> {
    let absent = || {
        who.refuse(Problem::absent(format!("没有您可以更正的记录 {id}"), format!("no record {id} is yours to revise")))
    };
    let parsed = id.parse::<RecordId>().map_err(|_| absent())?;
    let view = state.ledger.record(parsed, Some(&who.viewer())).await.or_refuse(who)?;
    let view = view.filter(|view| who.viewer().sees_amounts(&view.row)).ok_or_else(absent)?;
    let kind = if void { Kind::Void } else { view.row.states };
    // Who may see it and not revise it is told no more than who may not see it.
    let acting = reviser(who, &view.row, kind, state).await.map_err(|_| absent())?;
    Ok((view, acting))
}

async fn show_void(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageRefusal> {
    let (view, acting) = record(&who, &id, true, &state).await?;
    Ok(void_form(&who, &acting, &view, &Fields::default(), &FieldErrors::default())?.answer())
}

fn void_form(
    who: &SignedIn,
    acting: &Acting,
    view: &RecordView,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<FormPage, PageRefusal> {
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
        .acting(acting)
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
    let (view, acting) = record(&who, &id, true, &state).await?;
    let mut errors = FieldErrors::default();
    let Ok(reason) = fields.text("reason").parse::<VoidReason>() else {
        errors.put("reason", who.lang.t("请选择原因", "Choose the reason"));
        return Ok(void_form(&who, &acting, &view, &fields, &errors)?.answer());
    };
    let day = today(&state).await.or_refuse(&who)?;
    let day = OccurredAt::day(day).map_err(|_| who.refuse(Problem::internal()))?;
    let mut draft = blank(Kind::Void, day, json!({"reason": reason}));
    draft.actor = acting.actor();
    draft.supersedes = Some(view.row.id);
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            errors.put_above(who.lang.t(&refusal.zh, &refusal.en));
            Ok(void_form(&who, &acting, &view, &fields, &errors)?.answer())
        }
    }
}
