//! Work on a growing plot. The law wants inputs and pests written down (Farm Produce Quality Law 2022, art. 27).

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use trace_core::record::{Kind, Name, RegisteredCode};
use trace_core::tianma::TendOperation;

use super::plant::GROWERS;
use super::plots::{Plot, open_plots};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::sending::{answered, blank, day, done, input, send};
use crate::http::pages::app::words::today;
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/tend", get(show).post(store))
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&GROWERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::Tend, &who, &state).await?;
    let (plots, chosen) = open_plots(&acting, who.lang, &state).await.or_refuse(&who)?;
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    if fields.typed("plot").is_none() {
        fields.set("plot", chosen);
    }
    Ok(form(&who, &acting, &plots, &fields, &FieldErrors::default())?.answer())
}

fn form(
    who: &SignedIn,
    acting: &Acting,
    plots: &[Plot],
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let offered = plots.iter().map(|plot| (plot.planting.code.to_string(), plot.label.clone())).collect();
    let fields = vec![
        Field::list("plot", lang.t("地块", "Plot"), offered),
        Field::list("operation", lang.t("做了什么", "What was done"), choices(TendOperation::ALL, lang)),
        Field::line("input", lang.t("用了什么药、肥", "What was applied"))
            .optional()
            .hint(lang.t("写包装上的登记名称；防治病虫必填", "its registered name; needed for pest control")),
        Field::line("registration", lang.t("登记证号", "Registration number"))
            .optional()
            .hint(lang.t("例如 PD20040018", "such as PD20040018")),
        Field::line("reason", lang.t("为什么", "Why")).optional().hint(lang.t("例如 蛴螬", "such as 蛴螬 (grubs)")),
        Field::new("date", lang.t("日期", "Day"), Look::Day),
    ];
    let page = FormPage::new(who, lang.t("田间管理", "Work on a plot"), "/app/tend", fields, typed, errors)?
        .acting(acting)
        .button(lang.t("登记", "Record it"));
    if plots.is_empty() {
        return Ok(page
            .closed()
            .warning(lang.t("没有在种的地块。先登记种植。", "Nothing is growing. Record a planting first."))
            .link(acting.address("/app/plant"), lang.t("登记种植", "Record a planting")));
    }
    Ok(page)
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&GROWERS)?;
    let acting = Acting::of(fields.text("for"), Kind::Tend, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let (plots, _) = open_plots(&acting, lang, &state).await.or_refuse(&who)?;
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let plot = plots.iter().find(|plot| plot.planting.code.to_string() == fields.text("plot"));
    if plot.is_none() {
        errors.put("plot", lang.t("请选择地块", "Choose the plot"));
    }
    let operation = fields.text("operation").parse::<TendOperation>().ok();
    if operation.is_none() {
        errors.put("operation", lang.t("请选择做了什么", "Choose what was done"));
    }
    let mut details = json!({"operation": operation});
    for (field, key) in [("input", "input_name"), ("reason", "reason")] {
        let Some(text) = fields.typed(field) else { continue };
        match text.parse::<Name>() {
            Ok(name) => details[key] = json!(name),
            Err(error) => {
                let zh = format!("“{text}”不能记录：请写名称，不要写电话或长数字");
                errors.put(field, lang.t(&zh, &error.to_string()));
            }
        }
    }
    if let Some(text) = fields.typed("registration") {
        match text.to_uppercase().parse::<RegisteredCode>() {
            Ok(code) => details["registration"] = json!(code),
            Err(error) => {
                let zh = format!("“{text}”不是登记证号；应为字母、数字，如 PD20040018");
                errors.put("registration", lang.t(&zh, &error.to_string()));
            }
        }
    }
    let (Some(date), Some(plot), true) = (date, plot, errors.is_empty()) else {
        return Ok(form(&who, &acting, &plots, &fields, &errors)?.answer());
    };
    let mut draft = blank(Kind::Tend, date, Value::clone(&details));
    draft.actor = acting.actor();
    draft.site = plot.planting.site;
    draft.inputs = vec![input(&plot.planting.code, None)];
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            errors.put_refusal(&refusal, lang, |place| match place {
                "/details/input_name" => Some("input"),
                "/occurred_at" => Some("date"),
                place if place.starts_with("/inputs") || place.starts_with("/site") => Some("plot"),
                _ => None,
            });
            Ok(form(&who, &acting, &plots, &fields, &errors)?.answer())
        }
    }
}
