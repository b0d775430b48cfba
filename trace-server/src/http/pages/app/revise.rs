//! Setting a record right: void it with a reason, or correct its amounts. The old version stays readable.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use trace_core::id::RecordId;
use trace_core::prepare::{Draft, DraftInput, DraftOutput};
use trace_core::record::{InputUse, Kind, Refusal};
use trace_core::state::RecordRow;
use trace_core::tianma::{PartyRole, VoidReason};

use super::acting::Acting;
use super::form::{Field, FormPage, choices};
use super::sending::{answered, blank, done, number_after, send};
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
        .route("/app/records/{id}/correct", get(show_correct).post(correct))
}

/// Kinds whose amounts a page can correct.
const CORRECTABLE: [Kind; 3] = [Kind::Harvest, Kind::Receive, Kind::Process];

/// As whom this person sets the record right, by a voiding or by a correction of what it states: as its party, as the
/// office, or for a household that let this party enter such records.
async fn reviser(who: &SignedIn, row: &RecordRow, kind: Kind, state: &AppState) -> Result<Acting, PageRefusal> {
    if who.role() == PartyRole::Office {
        return Ok(Acting::oneself(who));
    }
    Acting::of(&row.party.to_string(), kind, who, state).await
}

/// Whether this person may void the record, and whether its amounts may be corrected.
pub(super) async fn may_revise(who: &SignedIn, row: &RecordRow, state: &AppState) -> (bool, bool) {
    let may = async |kind| row.is_live() && reviser(who, row, kind, state).await.is_ok();
    let (void, correct) = (row.states.shape().revisable, CORRECTABLE.contains(&row.states));
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

/// Whether the record takes amounts from its inputs.
fn draws(view: &RecordView) -> bool {
    view.entry.record.details.shape().input_use == InputUse::Draws
}

async fn show_correct(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageRefusal> {
    let (view, acting) = record(&who, &id, false, &state).await?;
    let amounts = view.amounts.clone().unwrap_or_default();
    let mut fields = vec![("date".to_owned(), view.row.occurred_at.to_string())];
    if draws(&view) {
        let inputs = amounts.inputs.iter().enumerate();
        fields.extend(inputs.map(|(i, one)| (format!("in-{i}"), one.typed().to_owned())));
    }
    let outputs = amounts.outputs.iter().enumerate();
    fields.extend(outputs.map(|(i, one)| (format!("out-{i}"), one.typed().to_owned())));
    Ok(correct_form(&who, &acting, &view, &Fields::of(fields), &FieldErrors::default())?.answer())
}

fn correct_form(
    who: &SignedIn,
    acting: &Acting,
    view: &RecordView,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    if !CORRECTABLE.contains(&view.row.states) || !view.row.is_live() {
        let (zh, en) = match (view.row.void, view.row.is_live()) {
            (true, _) => ("已作废的", "void "),
            (false, false) => ("已被更正的", "replaced "),
            (false, true) => ("", ""),
        };
        let refusal = Refusal::conflict(
            "not_revisable",
            "",
            format!("记录 {}（{zh}“{}”）不能在页面上更正数量", view.row.id, view.row.states.zh()),
            format!("the amounts of record {}, a {en}'{}', cannot be corrected here", view.row.id, view.row.states),
        );
        return Err(who.refuse(Problem::new(StatusCode::CONFLICT, refusal)));
    }
    let mut fields = Vec::new();
    if draws(view) {
        for (i, input) in view.entry.record.inputs.iter().enumerate() {
            let label = format!("{} {}", lang.t("投入", "From"), input.batch);
            fields.push(Field::line(format!("in-{i}"), label));
        }
    }
    for (i, output) in view.entry.record.outputs.iter().enumerate() {
        let product = lang.t(output.product.zh(), output.product.en());
        let label = format!("{} {product} {}", lang.t("产出", "Made"), output.batch);
        fields.push(Field::line(format!("out-{i}"), label));
    }
    let action = format!("/app/records/{}/correct", view.row.id);
    Ok(FormPage::new(who, lang.t("更正数量", "Correct amounts"), action, fields, typed, errors)?
        .lead(lang.t(
            "原来的版本保留，大家都能看到更正过。",
            "The old version stays, and everybody sees that it was corrected.",
        ))
        .fact(
            lang.t("记录", "Record"),
            format!("{} {}", lang.t(view.row.states.zh(), view.row.states.en()), short(&view.row.id)),
        )
        .fact(lang.t("日期", "Day"), view.row.occurred_at.to_string())
        .acting(acting)
        .button(lang.t("更正", "Correct it"))
        .link(format!("/app/records/{}", view.row.id), lang.t("返回", "Back")))
}

/// The same fact with other amounts.
fn correction(view: &RecordView, fields: &Fields) -> Option<Draft> {
    let record = &view.entry.record;
    let bytes: Value = serde_json::from_slice(record.bytes()).ok()?;
    let details = bytes.get("details").cloned().unwrap_or_else(|| json!({}));
    // A correction's details name the kind already.
    let details =
        if view.row.kind == Kind::Correct { details } else { json!({"kind": view.row.states, "details": details}) };
    let mut draft = blank(Kind::Correct, record.occurred_at, details);
    draft.site = record.site;
    draft.supersedes = Some(view.row.id);
    draft.evidence.clone_from(&record.evidence);
    let draws = draws(view);
    let inputs = record.inputs.iter().enumerate().map(|(i, input)| DraftInput {
        batch: input.batch.to_string(),
        record: Some(input.record),
        amount: draws.then(|| fields.text(&format!("in-{i}")).to_owned()),
    });
    draft.inputs = inputs.collect();
    let outputs = record.outputs.iter().enumerate().map(|(i, output)| DraftOutput {
        batch: Some(output.batch.to_string()),
        stage: Some(output.stage),
        product: Some(output.product),
        attributes: output.attributes.clone(),
        amount: fields.text(&format!("out-{i}")).to_owned(),
    });
    draft.outputs = outputs.collect();
    Some(draft)
}

async fn correct(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let (view, acting) = record(&who, &id, false, &state).await?;
    let mut errors = FieldErrors::default();
    let mut draft = correction(&view, &fields).ok_or_else(|| who.refuse(Problem::internal()))?;
    draft.actor = acting.actor();
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let words = who.lang.t(&refusal.zh, &refusal.en);
            let place = refusal.place.as_str();
            let after = |one: &str, other: &str| number_after(place, one).or_else(|| number_after(place, other));
            if let Some(i) = after("/inputs/", "/amounts/inputs/").filter(|_| draws(&view)) {
                errors.put(format!("in-{i}"), words);
            } else if place.starts_with("/outputs") || place.starts_with("/amounts/outputs") {
                errors.put(format!("out-{}", after("/outputs/", "/amounts/outputs/").unwrap_or(0)), words);
            } else {
                errors.put_above(words);
            }
            Ok(correct_form(&who, &acting, &view, &fields, &errors)?.answer())
        }
    }
}
