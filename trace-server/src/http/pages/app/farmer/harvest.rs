//! A harvest in under a minute: plot, weight, date, perhaps a photograph; then the weight is shown back in 斤 and kg,
//! and only then is it stored.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::civil::Date;
use serde_json::json;
use trace_core::id::Uid;
use trace_core::prepare::{Draft, DraftInput, DraftOutput};
use trace_core::quantity::{Measure, Stated};
use trace_core::record::{Attributes, Details, Evidence, Kind};
use trace_core::tianma::{Product, Season};
use trace_core::time::OccurredAt;

use super::photo;
use super::plots::{Line, Plot, open_plots};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields, new_uid};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::processor::process_check::rules;
use crate::http::pages::app::words::{quantity_words, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::ledger::{AppendError, Item, Request, digest_of};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/app/harvest", get(show).post(check))
        .route("/app/harvest/edit", post(edit).get(back))
        .route("/app/harvest/store", post(store).get(back))
}

async fn back() -> Redirect {
    Redirect::to("/app/harvest")
}

#[derive(Template)]
#[template(path = "app/harvest.html")]
struct HarvestPage {
    shell: Shell,
    lang: Lang,
    acting: Acting,
    plots: Vec<Plot>,
    errors: FieldErrors,
    uid: String,
    plot: String,
    weight: String,
    date: String,
    today: String,
    photo: String,
}

#[derive(Template)]
#[template(path = "app/harvest_confirm.html")]
struct ConfirmPage {
    shell: Shell,
    lang: Lang,
    acting: Acting,
    uid: String,
    plot: String,
    plot_label: String,
    weight: String,
    weight_words: String,
    date: String,
    season: &'static str,
    photo: String,
    last: bool,
    warning: Option<String>,
}

async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    request: axum::extract::RawQuery,
) -> Result<Response, PageRefusal> {
    let fields = Fields::from_urlencoded(request.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::Harvest, &who, &state).await?;
    let (plots, chosen) = open_plots(&acting, who.lang, &state).await.or_refuse(&who)?;
    let today = today(&state).await.or_refuse(&who)?;
    let chosen = fields.typed("plot").map_or(chosen, str::to_owned);
    let fields = Fields::of([("plot", chosen), ("date", today.to_string())]);
    form(&who, acting, plots, &fields, FieldErrors::default(), today)
}

/// The form with what was typed.
fn form(
    who: &SignedIn,
    acting: Acting,
    plots: Vec<Plot>,
    fields: &Fields,
    errors: FieldErrors,
    today: Date,
) -> Result<Response, PageRefusal> {
    let wrong = !errors.is_empty();
    let uid = match fields.uid() {
        Some(uid) => uid,
        None => new_uid().or_refuse(who)?,
    };
    let template = HarvestPage {
        shell: who.shell(),
        lang: who.lang,
        acting,
        plots,
        errors,
        uid: uid.to_string(),
        plot: fields.text("plot").to_owned(),
        weight: fields.text("weight").to_owned(),
        date: fields.text("date").to_owned(),
        today: today.to_string(),
        photo: fields.text("kept_photo").to_owned(),
    };
    let mut response = page(&template);
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What the form says, once every field is right.
struct Typed {
    uid: Uid,
    plot: Plot,
    weight: Stated,
    date: OccurredAt,
    photo: Option<Evidence>,
    last: bool,
}

/// Reads every field, so that all that is wrong is said at once, beside what is known to be wrong already.
async fn read(
    fields: &Fields,
    plots: &[Plot],
    mut errors: FieldErrors,
    who: &SignedIn,
    state: &AppState,
) -> Result<Result<Typed, FieldErrors>, crate::store::StoreError> {
    let lang = who.lang;
    let plot = plots.iter().find(|plot| plot.planting.code.to_string() == fields.text("plot"));
    if plot.is_none() {
        errors.put("plot", lang.t("请选择采收的地块", "Choose the plot that was harvested"));
    }
    let weight = Stated::parse(fields.text("weight"), Measure::Mass);
    if let Err(error) = &weight {
        errors.put("weight", lang.t(&error.zh(), &error.to_string()));
    }
    let zone = crate::http::pages::app::words::zone(&**state.ledger.store()).await?;
    let date = OccurredAt::parse(fields.text("date"), zone).ok().filter(OccurredAt::is_day);
    match date {
        None => errors.put("date", lang.t("请写日期，例如 2026-11-20", "Write the date like 2026-11-20")),
        Some(date) if date.is_future(state.ledger.now(), zone) => {
            errors.put("date", lang.t("采收日期不能晚于今天", "The day of a harvest cannot lie in the future"));
        }
        Some(_) => {}
    }
    let store = state.ledger.store();
    let photo = match fields.file("photo") {
        Some(upload) => match photo::keep(upload.clone(), who.party(), &**store).await {
            Ok(evidence) => Some(evidence),
            Err(photo::PhotoError::Store(error)) => return Err(error),
            Err(error) => {
                errors.put("photo", lang.t(&error.zh(), &error.to_string()));
                None
            }
        },
        None => state.ledger.kept_evidence(fields.text("kept_photo"), who.party()).await?,
    };
    let (Some(uid), Some(plot), Ok(weight), Some(date), true) = (fields.uid(), plot, weight, date, errors.is_empty())
    else {
        return Ok(Err(errors));
    };
    Ok(Ok(Typed { uid, plot: plot.clone(), weight, date, photo, last: fields.ticked("last") }))
}

/// The step before storing: the weight shown back in both units.
async fn check(
    State(state): State<AppState>,
    SignedForm { who, mut fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    let acting = Acting::of(fields.text("for"), Kind::Harvest, &who, &state).await?;
    let (plots, chosen) = open_plots(&acting, who.lang, &state).await.or_refuse(&who)?;
    let today = today(&state).await.or_refuse(&who)?;
    let mut errors = FieldErrors::default();
    if let Some(text) = fields.typed("line").map(str::to_owned) {
        take_line(&text, &plots, chosen, (&mut fields, &mut errors), who.lang);
        fields.set("date", today.to_string());
    }
    if fields.uid().is_none() {
        fields.set("uid", new_uid().or_refuse(&who)?.to_string());
    }
    match read(&fields, &plots, errors, &who, &state).await.or_refuse(&who)? {
        Err(errors) => form(&who, acting, plots, &fields, errors, today),
        Ok(typed) => {
            let rules = rules(&who, &state).await?;
            let mut template = confirm(&who, acting, &typed);
            template.warning = much(&typed, rules.yield_warn_kg_per_mu(), who.lang);
            Ok(page(&template))
        }
    }
}

/// Puts what one line says into the fields of the form. A plot that was named and is not known is asked for, never
/// replaced by another; what is neither plot nor weight stands in the field of the weight, to be seen and mended.
fn take_line(
    text: &str,
    plots: &[Plot],
    chosen: String,
    (fields, errors): (&mut Fields, &mut FieldErrors),
    lang: Lang,
) {
    let line = Line::read(text);
    let found = line.find(plots).map(|plot| plot.planting.code.to_string());
    let unread = line.weight.is_empty() && found.is_none();
    fields.set("weight", if unread { text } else { &*line.weight });
    if found.is_none() && !unread && !line.plot.is_empty() {
        let name = &line.plot;
        let zh = format!("没有叫“{name}”的地块；请在这里选");
        let en = format!("No plot of yours is called '{name}'; choose it here");
        errors.put("plot", lang.t(&zh, &en));
        fields.set("plot", "");
        return;
    }
    fields.set("plot", found.unwrap_or(chosen));
}

fn confirm(who: &SignedIn, acting: Acting, typed: &Typed) -> ConfirmPage {
    let season = Season::usual_on(typed.date.date());
    ConfirmPage {
        shell: who.shell(),
        lang: who.lang,
        acting,
        uid: typed.uid.to_string(),
        plot: typed.plot.planting.code.to_string(),
        plot_label: typed.plot.label.clone(),
        weight: typed.weight.typed().to_owned(),
        weight_words: quantity_words(who.lang, typed.weight.quantity()),
        date: typed.date.to_string(),
        season: who.lang.t(season.zh(), season.en()),
        photo: typed.photo.as_ref().map(|photo| photo.sha256.to_string()).unwrap_or_default(),
        last: typed.last,
        warning: None,
    }
}

/// What makes one look again before it is stored: more than a plot usually gives mostly means kg for 斤.
fn much(typed: &Typed, usual_kg_per_mu: u64, lang: Lang) -> Option<String> {
    let planting = &typed.plot.planting;
    let total_mg = planting.harvested_mg.checked_add(typed.weight.quantity().value())?;
    // One 亩 is 2000/3 m², 20,000,000/3 cm².
    let kg_per_mu = i128::from(total_mg) * 20_000_000 / (i128::from(planting.made.max(1)) * 3 * 1_000_000);
    (kg_per_mu > i128::from(usual_kg_per_mu)).then(|| match lang {
        Lang::Zh => {
            format!("连同以前采的，合每亩 {kg_per_mu} 公斤；一般不超过 {usual_kg_per_mu} 公斤。请看清是斤还是公斤。")
        }
        Lang::En => format!(
            "With earlier harvests that is {kg_per_mu} kg on each 亩 (more than {usual_kg_per_mu} is rare). Is it 斤 or kg?"
        ),
    })
}

/// One tap back: the form again with what was typed.
async fn edit(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    let acting = Acting::of(fields.text("for"), Kind::Harvest, &who, &state).await?;
    let (plots, _) = open_plots(&acting, who.lang, &state).await.or_refuse(&who)?;
    let today = today(&state).await.or_refuse(&who)?;
    form(&who, acting, plots, &fields, FieldErrors::default(), today)
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    let acting = Acting::of(fields.text("for"), Kind::Harvest, &who, &state).await?;
    if let Some(done) = answered(&who, &fields, &state).await? {
        return Ok(done);
    }
    let (plots, _) = open_plots(&acting, who.lang, &state).await.or_refuse(&who)?;
    let today = today(&state).await.or_refuse(&who)?;
    let typed = match read(&fields, &plots, FieldErrors::default(), &who, &state).await.or_refuse(&who)? {
        Ok(typed) => typed,
        Err(errors) => {
            // Pressed twice at once, the other press may have closed the plot since we looked.
            if let Some(done) = answered(&who, &fields, &state).await? {
                return Ok(done);
            }
            return form(&who, acting, plots, &fields, errors, today);
        }
    };
    let draft = draft(&typed, &acting);
    // The digest of what is meant, not of the bytes: the same form pressed twice is the same request.
    let digest = digest_of(json!(draft).to_string().as_bytes());
    let request = Request { submitter: who.party(), digest, items: vec![Item::draft(draft)] };
    match state.ledger.append(request).await {
        Ok(answer) => Ok(answer
            .records
            .first()
            .map_or_else(|| Redirect::to("/app").into_response(), |made| done(&made.record.id()))),
        Err(AppendError::Refused(refusal)) => {
            let mut errors = FieldErrors::default();
            errors.put_refusal(&refusal, who.lang, field_of);
            form(&who, acting, plots, &fields, errors, today)
        }
        Err(error) => Err(who.refuse(error)),
    }
}

fn done(record: &trace_core::id::RecordId) -> Response {
    Redirect::to(&format!("/app/records/{record}?note=recorded")).into_response()
}

/// Pressed again after a final harvest the plot is no longer open, so the first answer is looked for before the form
/// is read. Only a harvest counts, since the uid of another record is a conflict that the ledger names.
async fn answered(who: &SignedIn, fields: &Fields, state: &AppState) -> Result<Option<Response>, PageRefusal> {
    let Some(uid) = fields.uid() else { return Ok(None) };
    let known = state.ledger.store().requests(&[(who.party(), uid)]).await.or_refuse(who)?;
    let Some(record) = known.first().and_then(|row| row.records.first()) else { return Ok(None) };
    let view = state.ledger.record(*record, Some(&who.viewer())).await.or_refuse(who)?;
    let same = view.is_some_and(|view| {
        let batch = view.entry.record.inputs.first().map(|input| input.batch.to_string());
        let typed = view.amounts.as_ref().and_then(|amounts| amounts.outputs.first().map(|one| one.typed().to_owned()));
        let last = match &view.entry.record.details {
            Details::Harvest(harvest) => Some(harvest.is_final),
            _ => None,
        };
        last == Some(fields.ticked("last"))
            && batch.as_deref() == Some(fields.text("plot"))
            && typed.as_deref() == Some(fields.text("weight"))
            && view.row.occurred_at.to_string() == fields.text("date")
    });
    Ok(same.then(|| done(record)))
}

fn draft(typed: &Typed, acting: &Acting) -> Draft {
    let output = DraftOutput {
        batch: None,
        stage: None,
        product: Some(Product::FreshTianma),
        attributes: Attributes::default(),
        amount: typed.weight.typed().to_owned(),
    };
    let code = typed.plot.planting.code.to_string();
    let details = json!({"season": Season::usual_on(typed.date.date()), "final": typed.last});
    Draft {
        actor: acting.actor(),
        site: typed.plot.planting.site,
        inputs: vec![DraftInput { batch: code, record: None, amount: None }],
        outputs: vec![output],
        evidence: typed.photo.iter().cloned().collect(),
        ..Draft::new(typed.uid, Kind::Harvest, typed.date, details)
    }
}

fn field_of(place: &str) -> Option<&'static str> {
    let starts = |prefix: &str| place.starts_with(prefix);
    if starts("/outputs") || starts("/amounts") {
        Some("weight")
    } else if starts("/inputs") || starts("/site") {
        Some("plot")
    } else if starts("/occurred_at") {
        Some("date")
    } else if starts("/evidence") {
        Some("photo")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_find_their_field() {
        assert_eq!(field_of("/amounts/outputs"), Some("weight"));
        assert_eq!(field_of("/outputs/0/amount"), Some("weight"));
        assert_eq!(field_of("/inputs/0/batch"), Some("plot"));
        assert_eq!(field_of("/occurred_at"), Some("date"));
        assert_eq!(field_of("/actor"), None);
    }
}
