//! What is there differs from the books: lost, sampled, used at home, found at a stock-take.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::quantity::Stated;
use trace_core::record::Kind;
use trace_core::state::BatchRow;
use trace_core::tianma::AdjustReason;

use super::acting::Acting;
use super::form::{Field, FormPage, Look, choices};
use super::processor::OWNERS;
use super::processor::choosing::{ask, own};
use super::sending::{answered, blank, day, done, input, send};
use super::words::{amount_of, today};
use super::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::language::Lang;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/adjust", get(show).post(store))
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::Adjust, &who, &state).await?;
    if fields.typed("batch").is_none() {
        let stages = Kind::Adjust.shape().input_stages;
        return Ok(ask(&who, &acting, title(who.lang), "/app/adjust", stages, &state).await?.answer());
    }
    let row = own(&who, &acting, fields.text("batch"), &state).await?;
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    fields.set("direction", "less");
    Ok(form(&who, &acting, &row, &fields, &FieldErrors::default())?.answer())
}

fn title(lang: Lang) -> &'static str {
    lang.t("损耗、取样、盘点", "Loss, sample, stock-take")
}

fn form(
    who: &SignedIn,
    acting: &Acting,
    row: &BatchRow,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let ways = vec![
        ("less".to_owned(), lang.t("少了", "less than the books say").to_owned()),
        (
            "more".to_owned(),
            lang.t("多了（仅盘点；冻结待品牌办核实）", "more (stock-take only; held for the office)").to_owned(),
        ),
    ];
    let fields = vec![
        Field::list("reason", lang.t("原因", "Reason"), choices(AdjustReason::ALL, lang)),
        Field::list("direction", lang.t("少了还是多了", "Less or more"), ways),
        Field::line("amount", lang.t("差多少（要写单位）", "By how much, with its unit"))
            .hint(lang.t("例如 2公斤、3瓶", "such as 2 kg, 3瓶")),
        Field::new("date", lang.t("日期", "Day"), Look::Day),
    ];
    let page = FormPage::new(who, title(lang), "/app/adjust", fields, typed, errors)?
        .acting(acting)
        .fact(lang.t("批次", "Batch"), row.code.to_string())
        .fact(lang.t("产品", "Product"), lang.t(row.product.zh(), row.product.en()))
        .fact(lang.t("账上剩余", "Left by the books"), amount_of(lang, row.product, row.remaining()))
        .hidden("batch", row.code.to_string())
        .button(lang.t("登记", "Record it"));
    Ok(match acting.name {
        None => page.link(format!("/app/batches/{}", row.code), lang.t("返回批次", "Back to the batch")),
        Some(_) => page.link(acting.address("/app/adjust"), lang.t("换一个批次", "Another batch")),
    })
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let acting = Acting::of(fields.text("for"), Kind::Adjust, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let row = own(&who, &acting, fields.text("batch"), &state).await?;
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let reason = fields.text("reason").parse::<AdjustReason>().ok();
    if reason.is_none() {
        errors.put("reason", lang.t("请选择原因", "Choose the reason"));
    }
    let direction = Some(fields.text("direction")).filter(|way| matches!(*way, "less" | "more"));
    if direction.is_none() {
        errors.put("direction", lang.t("请选择少了还是多了", "Choose less or more"));
    }
    let stated = Stated::parse(fields.text("amount"), row.measure());
    if let Err(error) = &stated {
        errors.put("amount", lang.t(&error.zh(), &error.to_string()));
    }
    let (Some(date), Some(reason), Some(direction), Ok(stated), true) =
        (date, reason, direction, stated, errors.is_empty())
    else {
        return Ok(form(&who, &acting, &row, &fields, &errors)?.answer());
    };
    let mut draft = blank(Kind::Adjust, date, json!({"reason": reason, "direction": direction}));
    draft.actor = acting.actor();
    draft.inputs = vec![input(&row.code, Some(stated.typed().to_owned()))];
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            errors.put_refusal(&refusal, lang, |place| match place {
                "/details/reason" => Some("reason"),
                "/occurred_at" => Some("date"),
                place if place.starts_with("/amounts") || place.ends_with("/amount") => Some("amount"),
                _ => None,
            });
            Ok(form(&who, &acting, &row, &fields, &errors)?.answer())
        }
    }
}
