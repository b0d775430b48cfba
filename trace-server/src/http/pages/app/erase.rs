//! Erasing what is kept of a person: the office for any party, and everybody for themselves.
//!
//! It cannot be undone, so the form says what goes and what stays, and asks twice. The carrying out is the ledger's.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use jiff::Span;
use trace_core::id::PartyId;
use trace_core::tianma::{EraseReason, PartyRole};

use super::form::{Field, FormPage, Look, choices};
use super::processor::process_check::rules;
use super::sending::done;
use super::words::{party_words, today};
use super::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::language::Lang;
use crate::ledger::{AppendError, digest_of};
use crate::store::RecordFilter;

const OFFICE_FORM: &str = "/app/office/erase";
const OWN_FORM: &str = "/app/erase";

/// The routes.
pub(super) fn router() -> Router<AppState> {
    Router::new().route(OFFICE_FORM, get(show).post(erase)).route(OWN_FORM, get(show_own).post(erase_own))
}

/// What goes and what stays.
fn lead(page: FormPage, lang: Lang) -> FormPage {
    page.lead(lang.t(
        "将删除：姓名、电话、地点的叫法和精确位置、登录账号和接口令牌。",
        "This erases names, telephone numbers, what sites are called and where exactly they lie, log-ins and API tokens.",
    ))
    .lead(lang.t(
        "保留：溯源记录、数量和批次（其中没有个人信息），以及一条写明删除原因的记录。密钥库的备份最多再保存 30 天。",
        "What stays: the records, amounts and batches, which hold nothing personal, and a record that says why it was \
         erased. Backups of the key store live on for at most 30 days.",
    ))
    .warning(lang.t("删除后无法恢复。", "This cannot be undone."))
    .button(lang.t("删除个人信息", "Erase personal data"))
}

/// Until when the law and the rules table have the party's records kept, counted from the one that was entered last: the records stay,
/// but nobody will find again whose they are.
async fn keeping(page: FormPage, who: &SignedIn, party: PartyId, state: &AppState) -> Result<FormPage, PageRefusal> {
    let filter = RecordFilter { actor: Some(party), live: true, limit: 1, ..RecordFilter::default() };
    let newest = state.ledger.store().records(&filter).await.or_refuse(who)?.pop();
    let Some(last) = newest.map(|row| row.occurred_at.date()) else { return Ok(page) };
    let rules = rules(who, state).await?;
    let (lang, by_law, own) = (who.lang, rules.keep_by_law_years(), rules.keep_years());
    let until =
        |years: u64| last.saturating_add(Span::new().try_years(i64::try_from(years).unwrap_or(0)).unwrap_or_default());
    let (law_ends, own_ends) = (until(by_law), until(own));
    let (zh, en) = (
        format!("{last}；依法保存 {by_law} 年到 {law_ends}，本系统定为销售后 {own} 年，到 {own_ends}"),
        format!(
            "{last}; kept for {by_law} years by law, until {law_ends}, and by this system for {own} after the sale, until {own_ends}"
        ),
    );
    let page = page.fact(lang.t("最近一条记录", "Newest record"), lang.t(&zh, &en));
    if today(state).await.or_refuse(who)? >= law_ends {
        return Ok(page);
    }
    let (zh, en) = (
        format!(
            "农产品质量安全法第二十七条要求的生产记录保存期到 {law_ends} 才满；记录不会删除，但删除后查不到这些记录是谁的。"
        ),
        format!(
            "The Farm Produce Quality Law (art. 27) has these records kept until {law_ends}. They stay, but nobody can find out \
             any more whose they are."
        ),
    );
    Ok(page.warning(lang.t(&zh, &en)))
}

fn reason_and_tick(lang: Lang, reasons: &[EraseReason]) -> Vec<Field> {
    vec![
        Field::list("reason", lang.t("原因", "Reason"), choices(reasons, lang)),
        Field::new("sure", lang.t("我知道删除后无法恢复", "I know that this cannot be undone"), Look::Tick),
    ]
}

async fn form(who: &SignedIn, typed: &Fields, errors: &FieldErrors, state: &AppState) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let mut fields = vec![Field::line("party", lang.t("主体编号", "Id of the party")).hint(lang.t(
        "pa- 加 16 位字母数字，在“授权查询”里按姓名、村或单位可以查到",
        "pa- and 16 characters; Grants finds it by name, village or organisation",
    ))];
    fields.extend(reason_and_tick(lang, EraseReason::ALL));
    let title = lang.t("删除个人信息", "Erase personal data");
    let mut page = FormPage::new(who, title, OFFICE_FORM, fields, typed, errors)?;
    if let Ok(party) = typed.text("party").parse::<PartyId>()
        && let Some(row) = state.ledger.party(party).await.or_refuse(who)?
    {
        page = page.fact(lang.t("主体", "Party"), party_words(lang, &row));
        if let Some(record) = row.erased {
            page = page.fact(lang.t("已删除，见记录", "Erased by record"), record.to_string());
        }
        page = keeping(page, who, party, state).await?;
    }
    Ok(lead(page, lang).link("/app/office/grants", lang.t("授权查询：查主体编号", "Grants: find the id of a party")))
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&[PartyRole::Office])?;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).unwrap_or_default();
    Ok(form(&who, &fields, &FieldErrors::default(), &state).await?.answer())
}

/// The reason, if it is chosen and the tick is set.
fn decided(who: &SignedIn, fields: &Fields, errors: &mut FieldErrors) -> Option<EraseReason> {
    let lang = who.lang;
    let reason = fields.text("reason").parse::<EraseReason>().ok();
    if reason.is_none() {
        errors.put("reason", lang.t("请选择原因", "Choose the reason"));
    }
    if !fields.ticked("sure") {
        errors.put_above(lang.t(
            "没有勾选“我知道删除后无法恢复”，什么都没有删除",
            "nothing was erased: tick 'I know that this cannot be undone'",
        ));
    }
    reason.filter(|_| errors.is_empty())
}

async fn erase(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&[PartyRole::Office])?;
    let mut errors = FieldErrors::default();
    let party = fields.text("party").trim().parse::<PartyId>();
    if party.is_err() {
        let typed = fields.text("party");
        let zh = format!("“{typed}”不是主体编号；编号形如 pa- 加 16 位字母数字，在“授权查询”里按姓名可以查到");
        let en = format!("'{typed}' is no id of a party; an id is pa- and 16 characters, found by name under Grants");
        errors.put("party", who.lang.t(&zh, &en));
    }
    let reason = decided(&who, &fields, &mut errors);
    let (Ok(party), Some(reason)) = (party, reason) else {
        return Ok(form(&who, &fields, &errors, &state).await?.answer());
    };
    match carry_out(&who, &fields, party, reason, &mut errors, &state).await? {
        Some(response) => Ok(response),
        None => Ok(form(&who, &fields, &errors, &state).await?.answer()),
    }
}

/// The way to the record of the erasure; nothing if the ledger refused, with the words among the errors.
async fn carry_out(
    who: &SignedIn,
    fields: &Fields,
    party: PartyId,
    reason: EraseReason,
    errors: &mut FieldErrors,
    state: &AppState,
) -> Result<Option<Response>, PageRefusal> {
    let Some(uid) = fields.uid() else {
        return Err(who.refuse(Problem::unreadable(
            "uid",
            "/uid",
            "表单缺少编号；请刷新页面后再交",
            "the form's uid is missing; reload the page and send it again",
        )));
    };
    let digest = digest_of(&fields.canonical());
    match state.ledger.erase(who.party(), party, reason, uid, digest).await {
        Ok(answer) => Ok(Some(done(&answer.records.iter().map(|one| one.record.id()).collect::<Vec<_>>()))),
        Err(AppendError::Refused(refusal)) => {
            errors.put_refusal(&refusal, who.lang, |place| (place == "/details/party").then_some("party"));
            Ok(None)
        }
        Err(error) => Err(who.refuse(error)),
    }
}

async fn show_own(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    Ok(own_form(&who, &Fields::default(), &FieldErrors::default(), &state).await?.answer())
}

async fn own_form(
    who: &SignedIn,
    typed: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let fields = reason_and_tick(lang, &[EraseReason::Requested, EraseReason::ConsentWithdrawn]);
    let title = lang.t("删除我的个人信息", "Erase my personal data");
    let page = FormPage::new(who, title, OWN_FORM, fields, typed, errors)?;
    let page = keeping(page, who, who.party(), state).await?;
    Ok(lead(page, lang).lead(lang.t(
        "删除后您和本单位的其他人都不能再登录；要再使用，请到品牌办重新登记。",
        "Afterwards neither you nor anybody else of this party can sign in; to come back, register anew at the office.",
    )))
}

async fn erase_own(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    let mut errors = FieldErrors::default();
    if let Some(reason) = decided(&who, &fields, &mut errors)
        && carry_out(&who, &fields, who.party(), reason, &mut errors, &state).await?.is_some()
    {
        // The session is closed with the log-in.
        return Ok(Redirect::to("/app/sign-in?note=erased").into_response());
    }
    // This form has no field for the party: what is wrong with it stands above.
    if let Some(words) = errors.of("party").map(str::to_owned) {
        errors.put_above(words);
    }
    Ok(own_form(&who, &fields, &errors, &state).await?.answer())
}
