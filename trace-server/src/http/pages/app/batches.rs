//! The batches of a party: what is left of each, and how it stands.

use std::collections::BTreeSet;

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::record::Kind;
use trace_core::state::{BatchRow, Key, RecordRow, Row, Standing};
use trace_core::tianma::PartyRole;

use super::processor::TRADERS;
use super::words::{amount, amount_of, batch_state, moment, names_to, parties, short, zone};
use super::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::Fields;
use crate::http::pages::language::Lang;
use crate::store::{BatchFilter, StoreError};

/// Batches on one page.
const PAGE: u32 = 50;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/batches", get(list)).route("/app/batches/{code}", get(detail))
}

/// A line of the list.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub code: String,
    pub stage: &'static str,
    pub product: &'static str,
    pub date: String,
    pub made: String,
    pub left: String,
    pub state: &'static str,
    pub class: &'static str,
}

impl Line {
    pub(super) fn of(row: &BatchRow, lang: Lang) -> Self {
        let (state, class) = batch_state(lang, row);
        let area = row.stage == Stage::Planting;
        Self {
            code: row.code.to_string(),
            stage: lang.t(row.stage.zh(), row.stage.en()),
            product: lang.t(row.product.zh(), row.product.en()),
            date: row.occurred_at.date().to_string(),
            made: amount_of(lang, row.product, row.made),
            // A planting is not drawn from; what counts is whether it is closed.
            left: if area || row.remaining() == 0 {
                String::new()
            } else {
                amount_of(lang, row.product, row.remaining())
            },
            state,
            class,
        }
    }
}

/// The newest batches of a party, for the start page too.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn newest(party: PartyId, limit: u32, lang: Lang, state: &AppState) -> Result<Vec<Line>, StoreError> {
    let filter = BatchFilter { owner: Some(party), limit, ..BatchFilter::default() };
    Ok(state.ledger.store().batches(&filter).await?.iter().map(|row| Line::of(row, lang)).collect())
}

#[derive(Template)]
#[template(path = "app/batches.html")]
struct BatchesPage {
    shell: Shell,
    lang: Lang,
    stages: Vec<(&'static str, &'static str, bool)>,
    all: bool,
    lines: Vec<Line>,
    next: Option<String>,
}

async fn list(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let chosen = Stage::ALL.into_iter().find(|one| one.code() == fields.text("stage"));
    let after = fields.typed("after").and_then(|text| BatchCode::parse(text).ok());
    let filter = BatchFilter { owner: Some(who.party()), stage: chosen, after, limit: PAGE, ..BatchFilter::default() };
    let rows = state.ledger.store().batches(&filter).await.or_refuse(&who)?;
    let next = rows
        .last()
        .filter(|_| rows.len() == PAGE as usize)
        .map(|row| format!("/app/batches?stage={}&after={}", chosen.map_or("", Stage::code), row.code));
    let lang = who.lang;
    let stages = Stage::ALL.into_iter().map(|one| (one.code(), lang.t(one.zh(), one.en()), Some(one) == chosen));
    Ok(page(&BatchesPage {
        shell: who.shell(),
        lang,
        stages: stages.collect(),
        all: chosen.is_none(),
        lines: rows.iter().map(|row| Line::of(row, lang)).collect(),
        next,
    }))
}

/// One record that speaks of the batch.
#[derive(Debug, Clone)]
struct Event {
    id: String,
    short: String,
    kind: &'static str,
    date: String,
    received: String,
    amount: String,
    note: &'static str,
}

#[derive(Template)]
#[template(path = "app/batch.html")]
struct BatchPage {
    shell: Shell,
    lang: Lang,
    line: Line,
    attributes: Vec<(&'static str, String)>,
    figures: Vec<(&'static str, String)>,
    reasons: Vec<String>,
    owner: String,
    ways: Vec<(String, &'static str)>,
    events: Vec<Event>,
}

async fn detail(
    State(state): State<AppState>,
    who: SignedIn,
    Path(code): Path<String>,
) -> Result<Response, PageRefusal> {
    let store = state.ledger.store();
    // The same words for a batch of others and for none: a code tells nothing.
    let absent = || who.refuse(Problem::absent(format!("您名下没有批次 {code}"), format!("no batch {code} is yours")));
    let Ok(parsed) = BatchCode::parse_typed(&code) else { return Err(absent()) };
    let (rows, edges) = store.load(&[Key::Batch(parsed), Key::Uses(parsed)].into()).await.or_refuse(&who)?;
    let row = rows.into_iter().find_map(|row| if let Row::Batch(row) = row { Some(row) } else { None });
    let row = row.filter(|row| row.owner == who.party() || who.role() == PartyRole::Office).ok_or_else(absent)?;
    let mut ids: BTreeSet<RecordId> = edges.iter().map(|edge| edge.record).collect();
    ids.insert(row.record);
    ids.extend(row.holds.iter().chain(&row.recalls));
    let (records, _) = store.load(&ids.into_iter().map(Key::Record).collect()).await.or_refuse(&who)?;
    let mut records: Vec<RecordRow> =
        records.into_iter().filter_map(|row| if let Row::Record(row) = row { Some(row) } else { None }).collect();
    records.sort_by_key(|record| record.index);
    let lang = who.lang;
    let zone = zone(&**store).await.or_refuse(&who)?;
    let event = |record: &RecordRow| {
        let drawn: i64 =
            edges.iter().filter(|edge| edge.record == record.id && edge.live).map(|edge| edge.amount).sum();
        Event {
            id: record.id.to_string(),
            short: short(&record.id),
            kind: lang.t(record.kind.zh(), record.kind.en()),
            date: record.occurred_at.to_string().chars().take(16).collect::<String>().replace('T', " "),
            received: moment(record.received_at, zone),
            amount: if drawn > 0 { amount_of(lang, row.product, drawn) } else { String::new() },
            note: record_note(lang, record),
        }
    };
    let owners = parties(&**store, [row.owner].into()).await.or_refuse(&who)?;
    let owner = names_to(who.party(), &state.ledger, lang, &owners).await.or_refuse(&who)?.remove(&row.owner);
    let mut reasons = Vec::new();
    for hold in &row.holds {
        reasons.extend(why_held(*hold, &who, &state).await.or_refuse(&who)?);
    }
    Ok(page(&BatchPage {
        shell: who.shell(),
        lang,
        line: Line::of(&row, lang),
        attributes: attributes(&row, lang),
        figures: figures(&row, lang),
        reasons,
        owner: owner.unwrap_or_else(|| row.owner.to_string()),
        ways: ways(&row, &records, &who),
        events: records.iter().map(event).collect(),
    }))
}

/// From whom a batch was bought.
fn seller(row: &BatchRow, records: &[RecordRow]) -> Option<PartyId> {
    let made_it = records.iter().find(|record| record.id == row.record && record.states == Kind::Receive);
    made_it.and_then(|record| record.other_side)
}

/// What its owner, or the office, can do with a batch now.
fn ways(row: &BatchRow, records: &[RecordRow], who: &SignedIn) -> Vec<(String, &'static str)> {
    let (lang, code) = (who.lang, row.code);
    let mut ways = vec![(format!("/app/batches/{code}/lineage"), lang.t("谱系图", "Lineage"))];
    if who.role() == PartyRole::Office {
        if matches!(row.stage, Stage::Fungus | Stage::Seed) {
            ways.push((format!("/app/batches/{code}/reached"), lang.t("种到了哪些地块", "Which plots it reached")));
        }
        if row.stage == Stage::Sale {
            ways.push((format!("/app/office/codes/{code}"), lang.t("赋码和打印记录", "Codes and prints")));
        }
        ways.push((format!("/app/hold?batch={code}"), lang.t("冻结", "Hold")));
        ways.push((format!("/app/office/recall?batch={code}"), lang.t("召回", "Recall")));
        return ways;
    }
    if matches!(row.stage, Stage::Fungus | Stage::Seed) {
        ways.push((format!("/app/batches/{code}/reached"), lang.t("种到了哪些地块", "Which plots it reached")));
    }
    if row.stage == Stage::Planting && row.closings == 0 && !row.void {
        ways.push((format!("/app/harvest?plot={code}"), lang.t("登记采收", "Harvest")));
        ways.push((format!("/app/tend?plot={code}"), lang.t("田间管理", "Work on it")));
    }
    let trades = TRADERS.contains(&who.role());
    let free = !row.void && row.holds.is_empty() && row.recalls.is_empty() && row.remaining() > 0;
    if trades && row.stage == Stage::Sale {
        ways.push((format!("/app/codes/{code}"), lang.t("赋码", "Package codes")));
    } else if trades && free && matches!(row.stage, Stage::Harvest | Stage::Processing) {
        ways.push((format!("/app/process?from={}", row.product.code()), lang.t("加工", "Process")));
        ways.push((format!("/app/pack?batch={code}"), lang.t("包装", "Pack")));
    }
    if free && row.stage != Stage::Planting {
        ways.push((format!("/app/ship?batch={code}"), lang.t("发货", "Ship")));
        if let Some(seller) = seller(row, records) {
            ways.push((format!("/app/ship?batch={code}&to={seller}"), lang.t("退给卖方", "Send back to the seller")));
        }
    }
    // What went outside by weight can come back by weight; a buyer of this ledger ships it back.
    let outside = |record: &RecordRow| record.states == Kind::Ship && record.other_side.is_none() && !record.void;
    if row.allotted > row.returned - row.returned_coded && records.iter().any(outside) {
        ways.push((format!("/app/return?batch={code}"), lang.t("收退货", "Take goods back")));
    }
    if trades && matches!(row.stage, Stage::Harvest | Stage::Processing | Stage::Sale) {
        ways.push((format!("/app/certify?batch={code}"), lang.t("开合格证", "Certificate")));
    }
    if !row.void && row.remaining() > 0 && row.stage != Stage::Planting {
        ways.push((format!("/app/adjust?batch={code}"), lang.t("损耗、盘点", "Loss, stock-take")));
    }
    ways
}

/// How a record stands, in a few words.
pub(super) fn record_note(lang: Lang, record: &RecordRow) -> &'static str {
    if record.void {
        lang.t("已作废", "void")
    } else if record.superseded_by.is_some() {
        lang.t("已被更正", "replaced")
    } else if record.standing == Standing::Disputed {
        lang.t("有异议", "disputed")
    } else if record.standing == Standing::Unconfirmed {
        lang.t("未确认", "unconfirmed")
    } else if record.held {
        lang.t("冻结中", "held")
    } else {
        ""
    }
}

/// The words of what holds it, as far as this reader may see them.
async fn why_held(hold: RecordId, who: &SignedIn, state: &AppState) -> Result<Vec<String>, StoreError> {
    let Some(view) = state.ledger.record(hold, Some(&who.viewer())).await? else { return Ok(Vec::new()) };
    let lang = who.lang;
    let words: Vec<String> = view
        .findings
        .unwrap_or_default()
        .iter()
        .filter(|finding| finding.mark.level == trace_core::record::Level::Hold)
        .map(|finding| lang.t(&finding.zh, &finding.en).to_owned())
        .collect();
    if words.is_empty() {
        let kind = view.row.kind;
        return Ok(vec![match lang {
            Lang::Zh => format!("记录 {}（{}）", short(&hold), kind.zh()),
            Lang::En => format!("record {} ({})", short(&hold), kind.en()),
        }]);
    }
    Ok(words)
}

fn attributes(row: &BatchRow, lang: Lang) -> Vec<(&'static str, String)> {
    let known = &row.attributes;
    let mut list = Vec::new();
    let mut put = |zh, en, value: Option<String>| list.extend(value.map(|value| (lang.t(zh, en), value)));
    put("变型", "Form", known.form.map(|one| lang.t(one.zh(), one.en()).to_owned()));
    put("代数", "Generation", known.generation.map(|one| lang.t(one.zh(), one.en()).to_owned()));
    put("大小", "Size class", known.size_class.map(|one| lang.t(one.zh(), one.en()).to_owned()));
    put("菌株", "Strain", known.strain.as_ref().map(ToString::to_string));
    put("繁殖方式", "Propagation", known.propagation.map(|one| lang.t(one.zh(), one.en()).to_owned()));
    put("采收日期（最早）", "First dug on", row.dug_on.map(|day| day.to_string()));
    put("等级", "Grade", known.grade.map(|one| lang.t(one.zh(), one.en()).to_owned()));
    put("种源", "Seed source", known.source.map(|one| lang.t(one.zh(), one.en()).to_owned()));
    put("规格", "Net content", known.net_content.map(|net| crate::http::pages::telling::net_words(net, lang)));
    list
}

fn figures(row: &BatchRow, lang: Lang) -> Vec<(&'static str, String)> {
    let mut list = Vec::new();
    let mut put = |zh, en, value: i64| {
        if value > 0 {
            list.push((lang.t(zh, en), amount_of(lang, row.product, value)));
        }
    };
    if row.stage == Stage::Planting {
        put("面积", "Area", row.made);
        if row.harvested_mg > 0 {
            let words = amount(lang, trace_core::quantity::Measure::Mass, row.harvested_mg);
            list.push((lang.t("已采鲜重", "Fresh weight harvested"), words));
        }
        return list;
    }
    put("共有", "Made", row.made);
    put("已用或已售", "Used or sold", row.drawn);
    put("已发出待收", "Shipped, not yet received", row.allotted);
    put("已赋码", "Under package codes", row.coded);
    put("退回", "Returned", row.returned);
    list.push((lang.t("剩余", "Left"), amount_of(lang, row.product, row.remaining())));
    list
}
