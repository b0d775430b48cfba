//! The laboratory's pages: a result for a batch, and the results so far.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::id::BatchCode;
use trace_core::record::{Details, Evidence, Kind};
use trace_core::tianma::{PartyRole, ResultItem, RulesTable, Standard, Verdict};

use super::form::{Choice, choices};
use super::processor::process_check::rules;
use super::sending::{answered, blank, day, done, input, number_after, send};
use super::words::{short, today};
use super::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields, new_uid};
use crate::http::pages::language::Lang;
use crate::ledger::EvidenceError;
use crate::store::RecordFilter;

/// Results on the list.
const RESULTS: u32 = 50;
/// The field of the report, and the one that carries on a report which was kept.
const REPORT: &str = "report";
const KEPT: &str = "kept_report";
const LAB: [PartyRole; 1] = [PartyRole::Laboratory];

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/lab", get(show).post(store))
}

/// A measured item of the form.
struct ItemLine {
    code: &'static str,
    name: &'static str,
    value: String,
    limits: Vec<String>,
    example: &'static str,
    error: Option<String>,
}

/// A result of before.
struct Past {
    id: String,
    short: String,
    date: String,
    batch: String,
    verdict: &'static str,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "app/laboratory.html")]
struct LaboratoryPage {
    shell: Shell,
    lang: Lang,
    uid: String,
    batch: String,
    batch_error: Option<String>,
    date: String,
    date_error: Option<String>,
    standards: Vec<Choice>,
    standard_error: Option<String>,
    verdicts: Vec<Choice>,
    verdict_error: Option<String>,
    items: Vec<ItemLine>,
    /// The digest of a report that is here already.
    report: String,
    report_error: Option<String>,
    report_mb_max: usize,
    above: Vec<String>,
    past: Vec<Past>,
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&LAB)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    fields.set("standard", Standard::ALL[0].code());
    form(&who, &fields, &FieldErrors::default(), &state).await
}

/// mg/kg as laboratories write it: percent from a tenth of a percent on.
fn shown(mg_per_kg: u64) -> String {
    if mg_per_kg < 1_000 {
        return format!("{mg_per_kg} mg/kg");
    }
    let text = format!("{}.{:04}", mg_per_kg / 10_000, mg_per_kg % 10_000);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn limit_words(rules: &RulesTable, item: ResultItem, lang: Lang) -> Vec<String> {
    let rows = rules.result_limits().iter().filter(|row| row.item() == item);
    rows.map(|row| {
        let kind = row.limit().kind();
        let bound = row.limit().mg_per_kg().map(shown).unwrap_or_default();
        let words = format!("{} {bound}", lang.t(kind.zh(), kind.en()));
        format!("{} · {}", words.trim(), lang.t(row.standard().zh(), row.standard().en()))
    })
    .collect()
}

/// A good result in the unit that laboratories state it in.
fn example(item: ResultItem, lang: Lang) -> &'static str {
    match item {
        ResultItem::GastrodinAndPhba => "0.29%",
        ResultItem::Water => "12.5%",
        ResultItem::TotalAsh => "3.2%",
        ResultItem::So2 => "380 mg/kg",
        ResultItem::Extract => "17.5%",
        ResultItem::BannedPesticides => lang.t("未检出", "not detected"),
    }
}

async fn form(
    who: &SignedIn,
    fields: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let rules = rules(who, state).await?;
    let item = |one: &ResultItem| ItemLine {
        code: one.code(),
        name: lang.t(one.zh(), one.en()),
        value: fields.text(one.code()).to_owned(),
        limits: limit_words(&rules, *one, lang),
        example: example(*one, lang),
        error: errors.of(one.code()).map(str::to_owned),
    };
    let chosen = |all: Vec<(String, String)>, named: &str| -> Vec<Choice> {
        all.into_iter().map(|(value, label)| Choice { chosen: value == named, value, label }).collect()
    };
    let uid = match fields.uid() {
        Some(uid) => uid,
        None => new_uid().or_refuse(who)?,
    };
    let mut response = page(&LaboratoryPage {
        shell: who.shell(),
        lang,
        uid: uid.to_string(),
        batch: fields.text("batch").to_owned(),
        batch_error: errors.of("batch").map(str::to_owned),
        date: fields.text("date").to_owned(),
        date_error: errors.of("date").map(str::to_owned),
        standards: chosen(choices(Standard::ALL, lang), fields.text("standard")),
        standard_error: errors.of("standard").map(str::to_owned),
        verdicts: chosen(choices(Verdict::ALL, lang), fields.text("verdict")),
        verdict_error: errors.of("verdict").map(str::to_owned),
        items: ResultItem::ALL.iter().map(item).collect(),
        report: fields.text(KEPT).to_owned(),
        report_error: errors.of(REPORT).map(str::to_owned),
        report_mb_max: state.config.evidence_bytes_max / 1_000_000,
        above: errors.above().to_vec(),
        past: past(who, state).await?,
    });
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn past(who: &SignedIn, state: &AppState) -> Result<Vec<Past>, PageRefusal> {
    let filter = RecordFilter {
        actor: Some(who.party()),
        states: Some(Kind::Inspect),
        live: true,
        limit: RESULTS,
        ..RecordFilter::default()
    };
    let mut past = Vec::new();
    for row in state.ledger.store().records(&filter).await.or_refuse(who)? {
        let Some(view) = state.ledger.record(row.id, None).await.or_refuse(who)? else { continue };
        let Details::Inspect(inspect) = view.entry.record.details.stated() else { continue };
        past.push(Past {
            id: row.id.to_string(),
            short: short(&row.id),
            date: row.occurred_at.to_string(),
            batch: view.entry.record.inputs.first().map(|input| input.batch.to_string()).unwrap_or_default(),
            verdict: who.lang.t(inspect.verdict.zh(), inspect.verdict.en()),
            class: if inspect.verdict == Verdict::Pass { "good" } else { "bad" },
        });
    }
    Ok(past)
}

/// `0.25 %`, `12.5%`, `380 mg/kg`, `未检出` in whole mg/kg, exactly: a value between two whole mg/kg is refused rather
/// than rounded. A bare number is refused with the units that would fit.
fn measured(text: &str) -> Result<u32, (String, String)> {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        })
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_lowercase();
    if matches!(plain.as_str(), "未检出" | "nd" | "notdetected" | "absent") {
        return Ok(0);
    }
    let (number, scale_digits) = if let Some(number) = plain.strip_suffix('%') {
        (number, 4)
    } else if let Some(number) = plain.strip_suffix("mg/kg").or_else(|| plain.strip_suffix("毫克/千克")) {
        (number, 0)
    } else if plain.chars().all(|c| c.is_ascii_digit() || c == '.') && !plain.is_empty() {
        return Err((
            format!("“{text}”没有单位；请写成 {plain}% 或 {plain} mg/kg"),
            format!("'{text}' has no unit; write {plain} % or {plain} mg/kg"),
        ));
    } else {
        return Err((
            format!("“{text}”看不懂；请写成 0.25%、380 mg/kg 或 未检出"),
            format!("'{text}' cannot be read; write 0.25 %, 380 mg/kg or 'not detected'"),
        ));
    };
    exact(number, scale_digits).ok_or_else(|| {
        (
            format!("“{text}”应能化成 0 到 1,000,000 的整数 mg/kg（百分数最多四位小数）"),
            format!("'{text}' should be a whole number of mg/kg up to 1,000,000 (percent: at most four decimals)"),
        )
    })
}

/// A decimal number times a power of ten, as an integer; `None` if it is none or is above the whole kilogram.
fn exact(number: &str, digits: usize) -> Option<u32> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    let all = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || !all(whole) || !all(fraction) || fraction.len() > digits {
        return None;
    }
    let value: u32 = format!("{whole}{fraction:0<digits$}").parse().ok()?;
    (value <= 1_000_000).then_some(value)
}

/// The report that came along, kept as its digest in the form, so that a form which is shown again has it still.
async fn report(
    who: &SignedIn,
    fields: &mut Fields,
    errors: &mut FieldErrors,
    state: &AppState,
) -> Result<Option<Evidence>, PageRefusal> {
    let Some(upload) = fields.file(REPORT).cloned() else {
        return state.ledger.kept_evidence(fields.text(KEPT), who.party()).await.or_refuse(who);
    };
    match state.ledger.keep_evidence(upload.bytes, who.party()).await {
        Ok(evidence) => {
            fields.set(KEPT, evidence.sha256.to_string());
            Ok(Some(evidence))
        }
        Err(EvidenceError::Refused(refusal)) => {
            errors.put(REPORT, who.lang.t(&refusal.zh, &refusal.en));
            Ok(None)
        }
        Err(EvidenceError::Store(error)) => Err(who.refuse(error)),
    }
}

async fn store(
    State(state): State<AppState>,
    SignedForm { who, mut fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&LAB)?;
    let mut errors = FieldErrors::default();
    // Before the question whether it was answered: another report is another request.
    let report = report(&who, &mut fields, &mut errors, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let code = match BatchCode::parse_typed(fields.text("batch")) {
        Ok(code) => Some(code),
        Err(error) => {
            errors.put("batch", lang.t(&error.zh(), &error.to_string()));
            None
        }
    };
    let mut results: Vec<(ResultItem, u32)> = Vec::new();
    for item in ResultItem::ALL {
        let Some(text) = fields.typed(item.code()) else { continue };
        match measured(text) {
            Ok(mg_per_kg) => results.push((*item, mg_per_kg)),
            Err((zh, en)) => errors.put(item.code(), lang.t(&zh, &en)),
        }
    }
    let standard = fields.text("standard").parse::<Standard>().ok();
    if standard.is_none() {
        errors.put("standard", lang.t("请选择标准", "Choose the standard"));
    }
    let verdict = fields.text("verdict").parse::<Verdict>().ok();
    if verdict.is_none() {
        errors.put("verdict", lang.t("请选择结论", "Choose the verdict"));
    }
    if results.is_empty() && errors.is_empty() {
        errors.put_above(lang.t("至少要填一项结果", "At least one result is needed"));
    }
    let (Some(date), Some(code), Some(standard), Some(verdict), true) =
        (date, code, standard, verdict, errors.is_empty())
    else {
        return form(&who, &fields, &errors, &state).await;
    };
    let listed: Vec<_> = results.iter().map(|(item, value)| json!({"item": item, "mg_per_kg": value})).collect();
    let details = json!({"standard": standard, "results": listed, "verdict": verdict});
    let mut draft = blank(Kind::Inspect, date, details);
    draft.inputs = vec![input(&code, None)];
    draft.evidence.extend(report);
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let words = lang.t(&refusal.zh, &refusal.en);
            let result = number_after(&refusal.place, "/details/results/").and_then(|i| results.get(i));
            match (result, refusal.place.as_str()) {
                (Some((item, _)), _) => errors.put(item.code(), words),
                (None, place) if place.starts_with("/inputs") => errors.put("batch", words),
                (None, place) if place.starts_with("/occurred_at") => errors.put("date", words),
                _ => errors.put_above(words),
            }
            form(&who, &fields, &errors, &state).await
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use trace_core::tianma::Limit;

    use super::*;

    #[test]
    fn percent_becomes_whole_milligrams_exactly() {
        for (text, expected) in [
            ("0.25 %", 2_500),
            ("0.29%", 2_900),
            ("12.5%", 125_000),
            ("１５．０％", 150_000),
            ("0.0001%", 1),
            ("380 mg/kg", 380),
            ("0 mg/kg", 0),
            ("400.0 mg/kg", 400),
            ("100%", 1_000_000),
            ("未检出", 0),
            ("ND", 0),
        ] {
            assert_eq!(measured(text).unwrap(), expected, "{text}");
        }
        for text in ["0.25", "", "abc", "0.00001%", "0.5 mg/kg", "100.1%", "-1%", "1e3 mg/kg", "%", "1..2%"] {
            assert!(measured(text).is_err(), "{text}");
        }
        assert!(measured("0.25").unwrap_err().1.contains("0.25 %"), "the units that would fit");
    }

    #[test]
    fn limits_read_as_laboratories_write_them() {
        assert_eq!(shown(2_500), "0.25 %");
        assert_eq!(shown(150_000), "15 %");
        assert_eq!(shown(400), "400 mg/kg");
        assert_eq!(Limit::AtMost(400).judge(401), Verdict::Fail);
    }
}
