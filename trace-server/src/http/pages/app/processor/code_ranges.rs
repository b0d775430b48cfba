//! A code issue range by range: labels are activated as they go onto packages, and voided where they were spoiled or
//! lost. People count codes from 1, as the printed sheets do; records from 0.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::code::{CodeIndex, IssueNumber};
use trace_core::record::{CodeRange, Kind};
use trace_core::state::{CodeState, IssueRow};
use trace_core::tianma::CodeVoidReason;
use trace_core::time::OccurredAt;

use super::TRADERS;
use super::codes::own_issue;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::sending::{answered, blank, done, input, send};
use crate::http::pages::app::words::today;
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::http::pages::language::Lang;
use crate::http::printing::of_key;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/issues/{number}", get(show).post(store))
}

/// That the key of an issue's codes was withdrawn, if it was.
pub fn withdrawn_key(row: &IssueRow, lang: Lang, state: &AppState) -> Option<String> {
    of_key(state.keys.is_withdrawn(row.key_version)).map(|note| lang.t(&note.zh, &note.en).to_owned())
}

/// How codes stand, in a word.
pub(in crate::http::pages::app) fn state_words(state: CodeState, lang: Lang) -> &'static str {
    match state {
        CodeState::Active => lang.t("已激活", "activated"),
        CodeState::Shipped => lang.t("已发货", "shipped"),
        CodeState::Void => lang.t("已作废", "void"),
        CodeState::Returned => lang.t("已退货", "returned"),
        CodeState::Held => lang.t("冻结", "held"),
        CodeState::Recalled => lang.t("召回", "recalled"),
    }
}

/// Lowest code of the issue that can still be activated, from 0; those that were shipped can.
fn first_not_active(issue: &IssueRow) -> Option<u32> {
    let count = u32::try_from(issue.count).unwrap_or(u32::MAX);
    let mut next = 0;
    while let Some(end) = issue
        .ranges
        .iter()
        .filter(|(state, range, _)| *state != CodeState::Shipped && range.from.get() <= next && next <= range.to.get())
        .map(|(_, range, _)| range.to.get())
        .max()
    {
        next = end + 1;
    }
    (next < count).then_some(next)
}

async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(number): Path<String>,
) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let issue = own_issue(&who, &number, &state).await?;
    let mut fields = Fields::default();
    fields.set("what", "activate");
    if let Some(first) = first_not_active(&issue) {
        fields.set("from", (first + 1).to_string());
        fields.set("to", issue.count.to_string());
    }
    Ok(form(&who, &issue, &fields, &FieldErrors::default())?.answer())
}

fn form(who: &SignedIn, issue: &IssueRow, typed: &Fields, errors: &FieldErrors) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let number = issue.number.get();
    let what = vec![
        ("activate".to_owned(), lang.t("激活（已贴标，可以出货）", "activate: they are on packages").to_owned()),
        ("void".to_owned(), lang.t("作废（标签坏了、丢了）", "void: labels are spoiled or lost").to_owned()),
    ];
    let count = issue.count;
    let hint = match lang {
        Lang::Zh => format!("序号从 1 到 {count}，印在二维码下面"),
        Lang::En => format!("numbers from 1 to {count}, as printed below the symbols"),
    };
    let fields = vec![
        Field::list("what", lang.t("做什么", "What to do"), what),
        Field::line("from", lang.t("从第几个", "From number")).hint(hint),
        Field::line("to", lang.t("到第几个", "to number")),
        Field::list("reason", lang.t("作废原因", "Reason for voiding"), choices(CodeVoidReason::ALL, lang))
            .optional()
            .hint(lang.t("激活不用填", "not needed to activate")),
        Field::new(
            "back",
            lang.t(
                "作废的这些还没贴到货上，重量退回批次，可以重新赋码",
                "The voided ones were on no package: give their weight back for new codes",
            ),
            Look::Tick,
        ),
    ];
    let title = lang.t("激活或作废一段码", "Activate or void a range of codes");
    let mut page = FormPage::new(who, title, format!("/app/issues/{number}"), fields, typed, errors)?
        .lead(lang.t(
            "激活以后，消费者第一次扫码才算数；作废的码再被扫到，页面会警告。",
            "Only after activation does a first scan count; a voided code warns whoever scans it.",
        ))
        .fact(lang.t("赋码批", "Issue"), number.to_string())
        .fact(lang.t("批次", "Batch"), issue.batch.to_string())
        .fact(lang.t("码数", "Codes"), count.to_string());
    for (state, range, _) in &issue.ranges {
        page = page.fact(
            state_words(*state, lang),
            match lang {
                Lang::Zh => format!("第 {} 到 {} 个", range.from.get() + 1, range.to.get() + 1),
                Lang::En => format!("{} to {}", range.from.get() + 1, range.to.get() + 1),
            },
        );
    }
    Ok(page
        .button(lang.t("提交", "Send"))
        .link(format!("/app/codes/{}", issue.batch), lang.t("返回赋码", "Back to the codes"))
        .link(format!("/app/sheets/{number}"), lang.t("打印二维码", "Print QR codes"))
        .link(format!("/app/ship?packages={number}:1-{count}"), lang.t("发货", "Ship them"))
        .link(format!("/app/return?packages={number}:1-{count}"), lang.t("收退货", "Take them back")))
}

async fn store(
    State(state): State<AppState>,
    Path(number): Path<String>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let issue = own_issue(&who, &number, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let range = range(&issue, &fields, &mut errors, lang);
    let reason = fields.text("reason").parse::<CodeVoidReason>().ok();
    let day = OccurredAt::day(today(&state).await.or_refuse(&who)?).map_err(|_| who.refuse(Problem::internal()))?;
    let issue_number = issue.number.get();
    let draft = match (fields.text("what"), reason) {
        ("activate", _) => Some(blank(Kind::ActivateCodes, day, json!({"issue": issue_number}))),
        ("void", Some(reason)) => {
            let details = json!({"issue": issue_number, "reason": reason, "give_back": fields.ticked("back")});
            Some(blank(Kind::VoidCodes, day, details))
        }
        ("void", None) => {
            errors.put("reason", lang.t("作废要选择原因", "Choose why they are void"));
            None
        }
        _ => {
            errors.put("what", lang.t("请选择激活或作废", "Choose to activate or to void"));
            None
        }
    };
    let (Some(mut draft), Some(range), true) = (draft, range, errors.is_empty()) else {
        return Ok(form(&who, &issue, &fields, &errors)?.answer());
    };
    draft.inputs = vec![input(&issue.batch, None)];
    draft.ranges = vec![range];
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            errors.put_refusal(&refusal, lang, |place| match place {
                "/details/give_back" => None,
                place if place.starts_with("/amounts/ranges") => Some("from"),
                _ => None,
            });
            Ok(form(&who, &issue, &fields, &errors)?.answer())
        }
    }
}

/// The range between the two numbers, both within the issue.
fn range(issue: &IssueRow, fields: &Fields, errors: &mut FieldErrors, lang: Lang) -> Option<CodeRange> {
    let mut read = |name: &'static str| {
        let text = fields.text(name);
        let number = text.parse::<u32>().ok().filter(|number| (1..=issue.count).contains(&i64::from(*number)));
        if number.is_none() {
            let zh = format!("“{text}”应是 1 到 {} 的整数", issue.count);
            errors.put(name, lang.t(&zh, &format!("'{text}' should be a whole number from 1 to {}", issue.count)));
        }
        number
    };
    let (from, to) = (read("from"), read("to"));
    let (from, to) = (from?, to?);
    if from > to {
        let zh = format!("起始序号 {from} 大于结束序号 {to}");
        errors.put("to", lang.t(&zh, &format!("the range from {from} ends before it begins, at {to}")));
        return None;
    }
    Some(CodeRange {
        issue: IssueNumber::new(issue.number.get()).ok()?,
        from: CodeIndex::new(from - 1).ok()?,
        to: CodeIndex::new(to - 1).ok()?,
    })
}
