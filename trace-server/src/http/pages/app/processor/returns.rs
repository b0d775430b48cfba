//! Goods come back: packages by their codes, or an amount of a lot by weight, into a batch in quarantine that waits for
//! the office. Whoever gets them back records it; a buyer who sends goods back ships them to the seller.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::id::{BatchCode, PartyId, RecordId};
use trace_core::prepare::Draft;
use trace_core::quantity::{Quantity, Stated};
use trace_core::record::Kind;
use trace_core::state::{BatchRow, Key, RecordRow, Row};
use trace_core::tianma::ReturnReason;
use trace_core::time::OccurredAt;

use super::arriving::{shipments, waiting};
use super::packages::{self, OfBatch};
use super::ship::packages_field;
use super::stock::{rows_of, typed};
use super::{OWNERS, confirming};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::sending::{answered, blank, day, done, input, output, send};
use crate::http::pages::app::words::{amount_of, parties, party_words, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::http::pages::language::Lang;
use crate::ledger::position;
use crate::store::StoreError;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/return", get(show).post(store))
}

/// A buyer's batch on its way back to whom it was bought from.
#[derive(Debug)]
pub(super) struct SentBack {
    ship: RecordRow,
    row: BatchRow,
    left: i64,
}

/// What buyers ship back to this party and what has not come back yet: batches that they made by receiving from it.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn sent_back(party: PartyId, state: &AppState) -> Result<Vec<SentBack>, StoreError> {
    let open = shipments(party, state).await?;
    let rows = rows_of(open.iter().flat_map(|ship| waiting(ship).map(|(batch, _)| batch)), state).await?;
    let bought = bought_from(party, rows.values(), state).await?;
    let mut back = Vec::new();
    for ship in open {
        for (batch, left) in waiting(&ship) {
            if let Some(row) = rows.get(&batch).filter(|row| bought.contains(&row.code)) {
                back.push(SentBack { ship: ship.clone(), row: row.clone(), left });
            }
        }
    }
    Ok(back)
}

/// Those of the batches that their owners made by receiving from this party.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn bought_from(
    party: PartyId,
    rows: impl Iterator<Item = &BatchRow> + Clone,
    state: &AppState,
) -> Result<BTreeSet<BatchCode>, StoreError> {
    let (made, _) = state.ledger.store().load(&rows.clone().map(|row| Key::Record(row.record)).collect()).await?;
    let bought = made.into_iter().filter_map(|row| match row {
        Row::Record(row) if row.states == Kind::Receive && row.other_side == Some(party) => Some(row.id),
        _ => None,
    });
    let bought: BTreeSet<RecordId> = bought.collect();
    Ok(rows.filter(|row| bought.contains(&row.record)).map(|row| row.code).collect())
}

/// The form that takes an amount of a batch back.
pub(super) fn address(row: &BatchRow, left: i64, acting: &Acting) -> String {
    let amount = typed(Quantity::new(row.measure(), left).ok()).replace(' ', "+");
    format!("/app/return?batch={}&amount={amount}&for={}", row.code, acting.field())
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::Return, &who, &state).await?;
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    let mut page = form(&who, &acting, &fields, &FieldErrors::default())?;
    let back = sent_back(acting.party, &state).await.or_refuse(&who)?;
    let store = state.ledger.store();
    let buyers = parties(&**store, back.iter().map(|one| one.ship.party).collect()).await.or_refuse(&who)?;
    for one in &back {
        let code = one.row.code;
        let buyer = buyers.get(&one.ship.party).map(|row| party_words(who.lang, row)).unwrap_or_default();
        let left = amount_of(who.lang, one.row.product, one.left);
        let text = match who.lang {
            Lang::Zh => format!("{buyer}发回 {left}（{code}）"),
            Lang::En => format!("{buyer} sends back {left} ({code})"),
        };
        page = page.offer(address(&one.row, one.left, &acting), text);
    }
    Ok(page.answer())
}

fn form(who: &SignedIn, acting: &Acting, typed: &Fields, errors: &FieldErrors) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let fields = vec![
        packages_field(lang),
        Field::line("batch", lang.t("按重量退回的批次", "Or the batch that comes back by weight"))
            .either()
            .hint(lang.t("货上的批次码；一次一个批次", "the batch code on the goods; one batch at a time")),
        Field::line("amount", lang.t("收回多少（要写单位）", "How much came back, with its unit")).optional().hint(
            lang.t("带码的包装不用填，少了、破了才填实数", "not needed for packages, unless some of it is missing"),
        ),
        Field::list("reason", lang.t("退货原因", "Reason"), choices(ReturnReason::ALL, lang)),
        Field::new("date", lang.t("收回日期", "Day it came back"), Look::Day),
    ];
    Ok(FormPage::new(who, lang.t("收退货", "Take goods back"), "/app/return", fields, typed, errors)?
        .lead(lang.t(
            "货已退到您手上时登记。退回的货另成一个批次，先冻结，品牌办放行后才能再用；退回的溯源码不能再用。",
            "Once the goods are with you. They become a batch of their own, held until the office releases it; codes that \
             came back are not used again.",
        ))
        .acting(acting)
        .button(lang.t("下一步：核对", "Next: check it"))
        .link("/app/ship", lang.t("我要把货退给卖方：发货", "I send goods back to a seller: ship them")))
}

/// What comes back of one batch.
struct Back {
    row: BatchRow,
    packages: Option<OfBatch>,
    amount: String,
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let acting = Acting::of(fields.text("for"), Kind::Return, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    if fields.ticked("edit") {
        return Ok(form(&who, &acting, &fields, &FieldErrors::default())?.answer());
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let reason = fields.text("reason").parse::<ReturnReason>().ok();
    if reason.is_none() {
        errors.put("reason", lang.t("请选择原因", "Choose the reason"));
    }
    let back = back(&who, &fields, &mut errors, &state).await?;
    let (Some(date), Some(reason), true) = (date, reason, errors.is_empty()) else {
        return Ok(form(&who, &acting, &fields, &errors)?.answer());
    };
    if !fields.ticked("told") {
        return Ok(told(&who, &acting, &fields, &back, reason, &state).await?.answer());
    }
    let drafts: Vec<Draft> = back.iter().map(|one| draft(one, &acting, reason, date)).collect();
    let count = drafts.len();
    match send(&who, &fields, drafts, &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let (at, place) = position(&refusal.place, count);
            let by_codes = back.get(at).is_some_and(|one| one.packages.is_some());
            let words = lang.t(&refusal.zh, &refusal.en);
            match place {
                "/occurred_at" => errors.put("date", words),
                place if place.starts_with("/amounts/ranges") => errors.put("packages", words),
                "/details/ship" => errors.put("batch", words),
                place if place.starts_with("/amounts") || place.starts_with("/outputs") => errors.put("amount", words),
                place if place.starts_with("/inputs") => errors.put(if by_codes { "packages" } else { "batch" }, words),
                _ => errors.put_above(words),
            }
            Ok(form(&who, &acting, &fields, &errors)?.answer())
        }
    }
}

/// What was typed, batch by batch, or what is wrong with it.
async fn back(
    who: &SignedIn,
    fields: &Fields,
    errors: &mut FieldErrors,
    state: &AppState,
) -> Result<Vec<Back>, PageRefusal> {
    let lang = who.lang;
    let packages = packages::read(fields.text("packages"), "packages", errors, lang, state).await.or_refuse(who)?;
    let by_weight = fields.typed("batch").map(BatchCode::parse_typed);
    if let Some(Err(error)) = &by_weight {
        errors.put("batch", lang.t(&error.zh(), &error.to_string()));
    }
    match (fields.typed("packages").is_some(), fields.typed("batch").is_some()) {
        (true, true) => errors.put(
            "batch",
            lang.t("带码的包装和按重量的请分两次登记", "Record packages and what comes by weight one after the other"),
        ),
        (false, false) => errors.put(
            "packages",
            lang.t("请扫描溯源码，或在下面填写批次和数量", "Scan package codes, or name a batch and an amount below"),
        ),
        _ => {}
    }
    let by_weight = by_weight.and_then(Result::ok);
    let codes = packages.iter().map(|one| one.batch).chain(by_weight);
    let mut rows = rows_of(codes, state).await.or_refuse(who)?;
    let mut back = Vec::new();
    if let Some(code) = by_weight {
        match rows.remove(&code) {
            Some(row) => back.push((row, None)),
            None => errors.put(
                "batch",
                lang.t(
                    &format!("系统里没有批次 {code}；请核对批次码"),
                    &format!("there is no batch {code}; compare it"),
                ),
            ),
        }
    }
    for one in packages {
        if let Some(row) = rows.remove(&one.batch) {
            back.push((row, Some(one)));
        }
    }
    if back.len() > 1 && fields.typed("amount").is_some() {
        errors.put(
            "amount",
            lang.t(
                "这些包装属于几个批次；要填实数请一个批次一次",
                "These packages are of several batches; state an amount for one at a time",
            ),
        );
    }
    let mut stated = Vec::new();
    for (row, packages) in back {
        let whole = packages.as_ref().and_then(|one| Quantity::new(row.measure(), one.amount()).ok());
        let amount = match (fields.typed("amount"), whole) {
            (None, Some(whole)) => typed(Some(whole)),
            (text, _) => match Stated::parse(text.unwrap_or_default(), row.measure()) {
                Ok(stated) => stated.typed().to_owned(),
                Err(error) => {
                    errors.put("amount", lang.t(&error.zh(), &error.to_string()));
                    String::new()
                }
            },
        };
        stated.push(Back { row, packages, amount });
    }
    Ok(stated)
}

/// What it means, before it is stored.
async fn told(
    who: &SignedIn,
    acting: &Acting,
    fields: &Fields,
    back: &[Back],
    reason: ReturnReason,
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let sent = ["packages", "batch", "amount", "reason", "date"];
    let mut page = confirming(who, lang.t("核对退货", "Check the return"), "/app/return", fields, &sent)?
        .acting(acting)
        .fact(lang.t("退货原因", "Reason"), lang.t(reason.zh(), reason.en()))
        .fact(lang.t("收回日期", "Day"), fields.text("date"));
    let packages: Vec<OfBatch> = back.iter().filter_map(|one| one.packages.clone()).collect();
    page = packages::facts(page, &packages, who, state).await?;
    for one in back {
        let product = lang.t(one.row.product.zh(), one.row.product.en());
        if one.packages.is_none() {
            page = page.fact(lang.t("批次", "Batch"), format!("{} · {product}", one.row.code));
        }
        // The words of a quantity show 斤 and kg, so that a wrong unit is seen.
        let words = Stated::parse(&one.amount, one.row.measure())
            .map(|stated| amount_of(lang, one.row.product, stated.quantity().value()));
        page = page.fact(lang.t("收回", "Came back"), words.unwrap_or_default());
    }
    Ok(page.button(lang.t("确认收回，等待放行", "Take them back, to be released")))
}

fn draft(back: &Back, acting: &Acting, reason: ReturnReason, date: OccurredAt) -> Draft {
    let mut draft = blank(Kind::Return, date, json!({"reason": reason}));
    draft.actor = acting.actor();
    draft.inputs = vec![input(&back.row.code, None)];
    draft.outputs = vec![output(back.amount.clone())];
    draft.ranges = back.packages.as_ref().map(OfBatch::ranges).unwrap_or_default();
    draft
}
