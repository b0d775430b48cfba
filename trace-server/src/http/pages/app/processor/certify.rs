//! 承诺达标合格证: the owner's commitment for one batch. Its record's page has the paper and the label to print.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::id::Stage;
use trace_core::record::Kind;
use trace_core::state::BatchRow;
use trace_core::tianma::{Basis, COMMITMENT_NEWEST, Commitment};

use super::TRADERS;
use super::choosing::{ask, own};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::sending::{answered, blank, day, done, input, send};
use crate::http::pages::app::words::today;
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::http::pages::language::Lang;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/certify", get(show).post(store))
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::Certify, &who, &state).await?;
    if fields.typed("batch").is_none() {
        let stages = Kind::Certify.shape().input_stages;
        return Ok(ask(&who, &acting, title(who.lang), "/app/certify", stages, &state).await?.answer());
    }
    let row = own(&who, &acting, fields.text("batch"), &state).await?;
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    let words = commitment(&who, &row, &state).await?;
    Ok(form(&who, &acting, &row, &words, &fields, &FieldErrors::default())?.answer())
}

/// The newest words: those of a grower, or those of who bought what is in the batch.
async fn commitment(who: &SignedIn, row: &BatchRow, state: &AppState) -> Result<Commitment, PageRefusal> {
    let story = state.scanner.story(row.code).await.or_refuse(who)?;
    let words = Commitment::of(COMMITMENT_NEWEST, story.is_some_and(|story| story.is_bought()));
    words.ok_or_else(|| who.refuse(Problem::internal()))
}

fn title(lang: Lang) -> &'static str {
    lang.t("承诺达标合格证", "Certificate of commitment")
}

fn form(
    who: &SignedIn,
    acting: &Acting,
    row: &BatchRow,
    words: &Commitment,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    // The commitment is the owner's; a clerk writes down what the owner said.
    let agree = match acting.name {
        None => lang.t("我承诺上述内容属实", "I commit to the above"),
        Some(_) => lang.t("本人已当面承诺上述内容属实", "The owner has committed to the above before me"),
    };
    let fields = vec![
        Field::list("basis", lang.t("承诺依据", "What it rests on"), choices(Basis::ALL, lang)),
        Field::new("date", lang.t("开具日期", "Day of issue"), Look::Day),
        Field::new("agree", agree, Look::Tick),
    ];
    let commitment = lang.t(&words.zh(), &words.en()).to_owned();
    Ok(FormPage::new(who, title(lang), "/app/certify", fields, typed, errors)?
        .lead(commitment)
        .acting(acting)
        .fact(lang.t("批次", "Batch"), row.code.to_string())
        .fact(lang.t("产品", "Product"), lang.t(row.product.zh(), row.product.en()))
        .hidden("batch", row.code.to_string())
        .button(lang.t("开具", "Issue it")))
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let acting = Acting::of(fields.text("for"), Kind::Certify, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let row = own(&who, &acting, fields.text("batch"), &state).await?;
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let basis = fields.text("basis").parse::<Basis>().ok();
    if basis.is_none() {
        errors.put("basis", lang.t("请选择承诺依据", "Choose what the commitment rests on"));
    }
    if !fields.ticked("agree") {
        errors.put("agree", lang.t("请勾选承诺", "Tick the commitment"));
    }
    if !matches!(row.stage, Stage::Harvest | Stage::Processing | Stage::Sale) {
        return Err(who.refuse(Problem::unreadable(
            "wrong_stage",
            "/inputs/0/batch",
            format!("批次 {} 在{}环节；只有采收、加工、销售环节的批次可以开具合格证", row.code, row.stage.zh()),
            format!(
                "batch {} is at stage {}; certificates are for batches of harvest, processing and sale",
                row.code,
                row.stage.code()
            ),
        )));
    }
    let committed = commitment(&who, &row, &state).await?;
    let (Some(date), Some(basis), true) = (date, basis, errors.is_empty()) else {
        return Ok(form(&who, &acting, &row, &committed, &fields, &errors)?.answer());
    };
    let mut draft = blank(Kind::Certify, date, json!({"basis": basis, "wording_version": committed.version}));
    draft.actor = acting.actor();
    draft.inputs = vec![input(&row.code, None)];
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let words = lang.t(&refusal.zh, &refusal.en);
            if refusal.place.starts_with("/occurred_at") {
                errors.put("date", words);
            } else {
                errors.put_above(words);
            }
            Ok(form(&who, &acting, &row, &committed, &fields, &errors)?.answer())
        }
    }
}
