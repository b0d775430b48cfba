//! Goods arrive: from a list of what is shipped here, or by scanning batch codes; then the amounts, and one record
//! for each seller, all together or none. What is asked where less arrives than was shipped is in `short`.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::prepare::Draft;
use trace_core::quantity::{Measure, Quantity, Stated};
use trace_core::record::{Kind, Refusal};
use trace_core::state::BatchRow;
use trace_core::tianma::{Condition, Form, Grade, Product};
use trace_core::time::OccurredAt;

use super::arriving::{shipments, start, waiting};
use super::live::Live;
use super::short::{self, Rest};
use super::stock::{rows_of, sum, typed};
use super::{OWNERS, lines};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields, new_uid};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::{Choice, Field, Look, choices};
use crate::http::pages::app::sending::{answered, blank, day, done, input, number_after, output, send};
use crate::http::pages::app::terms;
use crate::http::pages::app::words::{parties, party_words, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::ledger::position;
use crate::store::StoreError;

/// Shipments of which the terms are told above a receipt.
const OFFERED_MAX: usize = 5;
/// Most lines of one receipt form.
const LINES_MAX: usize = 500;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/receive", get(show).post(store)).route("/app/receive/check", get(show).post(check))
}

/// A line of the form with what is known of its batch.
#[derive(Debug, Clone, Default)]
struct Line {
    code: String,
    amount: String,
    ship: String,
    about: String,
    code_wrong: Option<String>,
    amount_wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "app/receive_lines.html")]
struct LinesPage {
    shell: Shell,
    lang: Lang,
    acting: Acting,
    uid: String,
    date: String,
    today: String,
    date_wrong: Option<String>,
    above: Vec<String>,
    conditions: Vec<Choice>,
    apart: bool,
    /// What may be said of what did not arrive, where that was asked.
    rest: Vec<Choice>,
    rest_wrong: Option<String>,
    lines: Vec<Line>,
    /// Price, sum and conditions, which may be left open.
    terms: Vec<Field>,
    /// What the seller wrote of them in the shipment.
    offered: Vec<(&'static str, String)>,
    live: String,
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let asked = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(asked.text("for"), Kind::Receive, &who, &state).await?;
    let open = shipments(acting.party, &state).await.or_refuse(&who)?;
    if let Ok(wanted) = asked.text("ship").parse::<RecordId>()
        && let Some(row) = open.iter().find(|row| row.id == wanted)
    {
        let rows = rows_of(waiting(row).map(|(batch, _)| batch), &state).await.or_refuse(&who)?;
        let mut fields = vec![("date".to_owned(), today(&state).await.or_refuse(&who)?.to_string())];
        for (batch, left) in waiting(row) {
            fields.push(("batch".to_owned(), batch.to_string()));
            let measure = rows.get(&batch).map_or(batch_measure(batch), BatchRow::measure);
            let left = Quantity::new(measure, left).ok();
            fields.push(("amount".to_owned(), typed(left)));
            fields.push(("ship".to_owned(), row.id.to_string()));
        }
        return lines_page(&who, acting, &Fields::of(fields), &FieldErrors::default(), &state).await;
    }
    start(&who, acting, &asked, None, open, &state).await
}

/// Before a batch is known its stage tells what it is weighed or counted in, well enough for a first look.
fn batch_measure(code: BatchCode) -> Measure {
    match code.stage() {
        Stage::Fungus => Measure::Count,
        Stage::Planting => Measure::Area,
        _ => Measure::Mass,
    }
}

/// The scanned codes become lines with amounts.
async fn check(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let acting = Acting::of(fields.text("for"), Kind::Receive, &who, &state).await?;
    let scanned = lines::read(fields.text("codes"));
    let open = shipments(acting.party, &state).await.or_refuse(&who)?;
    if scanned.is_empty() || scanned.len() > LINES_MAX {
        let words = match who.lang {
            Lang::Zh if scanned.is_empty() => "请扫描或填写批次码".to_owned(),
            Lang::En if scanned.is_empty() => "Scan or type batch codes".to_owned(),
            Lang::Zh => format!("共 {} 个批次码，一次最多 {LINES_MAX} 个；请分几次收货", scanned.len()),
            Lang::En => {
                format!("{} batch codes; at most {LINES_MAX} at once, receive the rest after that", scanned.len())
            }
        };
        return start(&who, acting, &fields, Some(words), open, &state).await;
    }
    let mut lines = vec![("date".to_owned(), today(&state).await.or_refuse(&who)?.to_string())];
    lines.push(("uid".to_owned(), fields.text("uid").to_owned()));
    let known = scanned.iter().filter_map(|line| BatchCode::parse_typed(&line.code).ok());
    let rows = rows_of(known, &state).await.or_refuse(&who)?;
    let mut seen: Vec<String> = Vec::new();
    for line in scanned {
        // Scanned twice is one batch; a second amount is kept for the person to see.
        let code = BatchCode::parse_typed(&line.code).map_or(line.code, |code| code.to_string());
        if seen.contains(&code) && line.amount.is_empty() {
            continue;
        }
        let shipped = open.iter().find_map(|row| {
            let left = waiting(row).find(|(batch, _)| batch.to_string() == code)?.1;
            Some((row.id, left))
        });
        let amount = match (&line.amount, shipped) {
            (typed, _) if !typed.is_empty() => typed.clone(),
            (_, Some((_, left))) => {
                let parsed = BatchCode::parse_typed(&code).ok();
                let known = |code: BatchCode| rows.get(&code).map_or_else(|| batch_measure(code), BatchRow::measure);
                typed(Quantity::new(parsed.map_or(Measure::Mass, known), left).ok())
            }
            _ => String::new(),
        };
        lines.push(("batch".to_owned(), code.clone()));
        lines.push(("amount".to_owned(), amount));
        lines.push(("ship".to_owned(), shipped.map(|(id, _)| id.to_string()).unwrap_or_default()));
        seen.push(code);
    }
    let fields = Fields::of(lines);
    let mut errors = FieldErrors::default();
    // Amounts are asked for on the page that follows; only codes can be wrong already.
    read(&fields, &mut errors, who.lang, &state).await.or_refuse(&who)?;
    let errors = errors.only(|field| field.starts_with("batch-"));
    lines_page(&who, acting, &fields, &errors, &state).await
}

/// A line that can be stored.
pub(super) struct Given {
    position: usize,
    pub(super) row: BatchRow,
    pub(super) amount: Stated,
    pub(super) ship: Option<RecordId>,
    /// What it lacked and is written off.
    lacked: Option<Stated>,
}

/// Reads every line, so that all that is wrong is said at once.
async fn read(
    fields: &Fields,
    errors: &mut FieldErrors,
    lang: Lang,
    state: &AppState,
) -> Result<Vec<Given>, StoreError> {
    let typed: Vec<(&str, &str, &str)> = fields
        .all("batch")
        .zip(fields.all("amount"))
        .zip(fields.all("ship"))
        .map(|((batch, amount), ship)| (batch, amount, ship))
        .collect();
    let codes = typed.iter().filter_map(|(batch, _, _)| BatchCode::parse_typed(batch).ok());
    let rows = rows_of(codes, state).await?;
    let mut given = Vec::new();
    for (i, (batch, amount, ship)) in typed.into_iter().enumerate() {
        if batch.is_empty() && amount.is_empty() {
            continue;
        }
        let row = match BatchCode::parse_typed(batch) {
            Err(error) => {
                errors.put(format!("batch-{i}"), lang.t(&error.zh(), &error.to_string()));
                None
            }
            Ok(code) => {
                let row = rows.get(&code);
                if row.is_none() {
                    errors.put(
                        format!("batch-{i}"),
                        match lang {
                            Lang::Zh => format!("系统里没有批次 {code}；请核对"),
                            Lang::En => format!("there is no batch {code} in this ledger; check the code"),
                        },
                    );
                }
                row
            }
        };
        let measure = row.map_or(Measure::Mass, BatchRow::measure);
        match (row, Stated::parse(amount, measure)) {
            (Some(row), Ok(amount)) => {
                given.push(Given { position: i, row: row.clone(), amount, ship: ship.parse().ok(), lacked: None });
            }
            (_, Err(error)) => errors.put(format!("amount-{i}"), lang.t(&error.zh(), &error.to_string())),
            (None, Ok(_)) => {}
        }
    }
    if given.is_empty() && errors.is_empty() {
        errors.put_above(lang.t("请至少填写一个批次", "Name at least one batch"));
    }
    Ok(given)
}

/// What goes into one record: one seller, one kind of goods.
type Lot = (PartyId, Stage, Product, Option<RecordId>, Option<Form>, Option<Grade>, usize);

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let acting = Acting::of(fields.text("for"), Kind::Receive, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let mut given = read(&fields, &mut errors, who.lang, &state).await.or_refuse(&who)?;
    let condition = fields.text("condition").parse::<Condition>().unwrap_or(Condition::ALL[0]);
    let open = shipments(acting.party, &state).await.or_refuse(&who)?;
    let agreed = terms::read(&fields, &mut errors, who.lang);
    let (lacking, rest) = (short::told(&given, &open, who.lang), Rest::read(&fields));
    if !lacking.is_empty() && rest.is_none() {
        let ask = who.lang.t("其余的怎么了？请选择", "choose what became of the rest");
        errors.put(short::FIELD, format!("{}{}{ask}", lacking.join("、"), who.lang.t("。", "; ")));
    }
    let (Some(date), true) = (date, errors.is_empty()) else {
        return lines_page(&who, acting, &fields, &errors, &state).await;
    };
    if let Some(Rest::Gone(_)) = rest {
        let lacked = short::taken_whole(&mut given, &open);
        given.iter_mut().zip(lacked).for_each(|(one, lacked)| one.lacked = lacked);
    }
    let mut lots: BTreeMap<Lot, Vec<Given>> = BTreeMap::new();
    for one in given {
        let known = &one.row.attributes;
        let apart = if fields.ticked("apart") { one.position } else { 0 };
        let lot = (one.row.owner, one.row.stage, one.row.product, one.ship, known.form, known.grade, apart);
        lots.entry(lot).or_default().push(one);
    }
    let lots: Vec<Vec<Given>> = lots.into_values().collect();
    if lots.len() > 1 && terms::names_a_sum(agreed.as_ref()) {
        terms::one_sum_for_several(&mut errors, who.lang);
        return lines_page(&who, acting, &fields, &errors, &state).await;
    }
    let of_lot = |lot: &Vec<Given>| Draft { terms: agreed.clone(), ..draft(lot, &acting, condition, date) };
    let mut drafts: Vec<Draft> = lots.iter().map(of_lot).collect();
    if let Some(Rest::Gone(reason)) = rest {
        // Behind all receipts, so that a place in the answer still names its lot.
        drafts.extend(lots.iter().enumerate().filter_map(|(receipt, lot)| {
            let lacked: Vec<Stated> = lot.iter().filter_map(|one| one.lacked.clone()).collect();
            short::written_off(receipt, &lacked, reason, &acting, date)
        }));
    }
    let sent = drafts.len();
    match send(&who, &fields, drafts, &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            put_refusal(&mut errors, &refusal, (&lots, sent), who.lang);
            lines_page(&who, acting, &fields, &errors, &state).await
        }
    }
}

fn draft(lot: &[Given], acting: &Acting, condition: Condition, date: OccurredAt) -> Draft {
    let ship = lot.first().and_then(|one| one.ship);
    let details = match ship {
        Some(ship) => json!({"condition": condition, "ship": ship}),
        None => json!({"condition": condition}),
    };
    let mut draft = blank(Kind::Receive, date, details);
    draft.actor = acting.actor();
    draft.inputs = lot.iter().map(|one| input(&one.row.code, Some(one.amount.typed().to_owned()))).collect();
    let made = match lot {
        [one] => one.amount.typed().to_owned(),
        several => typed(sum(several.iter().map(|one| &one.amount))),
    };
    draft.outputs = vec![output(made)];
    draft
}

fn put_refusal(errors: &mut FieldErrors, refusal: &Refusal, (lots, sent): (&[Vec<Given>], usize), lang: Lang) {
    let words = lang.t(&refusal.zh, &refusal.en);
    let (lot, place) = position(&refusal.place, sent);
    let line = |prefix: &str| {
        let position = number_after(place, prefix)?;
        lots.get(lot)?.get(position).map(|one| one.position)
    };
    let of_one = lots.get(lot).filter(|lot| lot.len() == 1).map(|lot| lot[0].position);
    if let Some(i) = line("/amounts/inputs/") {
        errors.put(format!("amount-{i}"), words);
    } else if let Some(i) = line("/inputs/") {
        let field = if place.ends_with("/amount") { "amount" } else { "batch" };
        errors.put(format!("{field}-{i}"), words);
    } else if place.starts_with("/occurred_at") {
        errors.put("date", words);
    } else if let (Some(i), true) = (of_one, place.starts_with("/amounts") || place.starts_with("/outputs")) {
        errors.put(format!("amount-{i}"), words);
    } else {
        errors.put_above(words);
    }
}

/// The terms of the shipments that are taken up, where the signed-in party is their other side.
async fn offered(
    who: &SignedIn,
    fields: &Fields,
    state: &AppState,
) -> Result<Vec<(&'static str, String)>, PageRefusal> {
    let ships: BTreeSet<RecordId> = fields.all("ship").filter_map(|ship| ship.parse().ok()).collect();
    let mut offered = Vec::new();
    for ship in ships.into_iter().take(OFFERED_MAX) {
        let view = state.ledger.record(ship, Some(&who.viewer())).await.or_refuse(who)?;
        offered.extend(view.iter().flat_map(|view| terms::words(&terms::of(view), who.lang)));
    }
    Ok(offered)
}

async fn lines_page(
    who: &SignedIn,
    acting: Acting,
    fields: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let codes = fields.all("batch").filter_map(|batch| BatchCode::parse_typed(batch).ok());
    let rows = rows_of(codes, state).await.or_refuse(who)?;
    let sellers = rows.values().map(|row| row.owner).collect();
    let sellers = parties(&**state.ledger.store(), sellers).await.or_refuse(who)?;
    let about = |batch: &str| {
        let row = BatchCode::parse_typed(batch).ok().and_then(|code| rows.get(&code))?;
        let seller = sellers.get(&row.owner).map(|seller| party_words(lang, seller)).unwrap_or_default();
        Some(format!("{} · {} · {}", lang.t(row.product.zh(), row.product.en()), seller, row.occurred_at.date()))
    };
    let typed = fields.all("batch").zip(fields.all("amount")).zip(fields.all("ship"));
    let lines = typed.enumerate().map(|(i, ((batch, amount), ship))| Line {
        code: batch.to_owned(),
        amount: amount.to_owned(),
        ship: ship.to_owned(),
        about: about(batch).unwrap_or_default(),
        code_wrong: errors.of(&format!("batch-{i}")).map(str::to_owned),
        amount_wrong: errors.of(&format!("amount-{i}")).map(str::to_owned),
    });
    let uid = match fields.uid() {
        Some(uid) => uid,
        None => new_uid().or_refuse(who)?,
    };
    let conditions = choices(Condition::ALL, lang).into_iter();
    let mut response = page(&LinesPage {
        shell: who.shell(),
        lang,
        acting,
        uid: uid.to_string(),
        date: fields.text("date").to_owned(),
        today: today(state).await.or_refuse(who)?.to_string(),
        date_wrong: errors.of("date").map(str::to_owned),
        above: errors.above().to_vec(),
        conditions: conditions
            .map(|(value, label)| Choice { chosen: value == fields.text("condition"), value, label })
            .collect(),
        apart: fields.ticked("apart"),
        rest: if errors.of(short::FIELD).is_some() || fields.typed(short::FIELD).is_some() {
            short::choices(fields.text(short::FIELD), lang)
        } else {
            Vec::new()
        },
        rest_wrong: errors.of(short::FIELD).map(str::to_owned),
        lines: lines.collect(),
        terms: terms::fields(lang).into_iter().map(|field| field.filled(fields, errors)).collect(),
        offered: offered(who, fields, state).await?,
        live: Live::sums(lang).attribute(),
    });
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}
