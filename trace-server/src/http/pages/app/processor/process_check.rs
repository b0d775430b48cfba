//! A step of work before it is stored: the sums, the ratio against the usual one, and the records that it becomes.
//! More than 500 inputs are pooled first, in the same group.

use askama::Template;
use axum::response::Response;
use serde_json::json;
use trace_core::id::{BatchCode, PartyId};
use trace_core::prepare::{Draft, DraftInput, DraftOutput};
use trace_core::quantity::{Quantity, Stated};
use trace_core::record::{Attributes, Kind, Refusal, canonical};
use trace_core::state::BatchRow;
use trace_core::tianma::{ProcessMethod, RulesTable, is_drying_step};

use super::live::{self, Live, Said};
use super::process::Step;
use super::stock::{sum, typed};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::sending::{blank, input, number_after};
use crate::http::pages::app::stated::how;
use crate::http::pages::app::words::quantity_words;
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::ledger::position;

/// Inputs that the check lists one by one; the rest is a number.
const LISTED: usize = 20;

/// Fields of the form that the check carries on as they are.
const CARRIED: [&str; 14] = [
    "uid",
    "for",
    "from",
    "method",
    "date",
    "site",
    "min_celsius",
    "max_celsius",
    "fuel",
    "hours",
    "minutes",
    "tuber_size",
    "sulphur",
    "per_unit",
];

#[derive(Template)]
#[template(path = "app/process_check.html")]
struct CheckPage {
    shell: Shell,
    lang: Lang,
    hidden: Vec<(String, String)>,
    method: &'static str,
    date: String,
    whom: Option<String>,
    inputs: Vec<(String, String, Said)>,
    more: usize,
    input_total: String,
    outputs: Vec<(String, String)>,
    output_total: String,
    /// What the amounts say of the step.
    ratio: Vec<Said>,
    /// Whether the ledger would refuse the ratio: then there is nothing to store.
    refused: bool,
    pools: usize,
    fumigated: bool,
    /// What else was filled in.
    said: Vec<(&'static str, String)>,
}

/// The page that shows the ratio before storing.
pub(super) async fn show(
    who: &SignedIn,
    acting: &Acting,
    fields: &Fields,
    step: &Step,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let mut hidden: Vec<(String, String)> = Vec::new();
    for name in CARRIED {
        hidden.extend(fields.typed(name).map(|value| (name.to_owned(), value.to_owned())));
    }
    for (row, stated) in &step.inputs {
        hidden.push(("pick".to_owned(), row.code.to_string()));
        hidden.push((format!("a-{}", row.code), stated.typed().to_owned()));
    }
    for (i, (product, grade, stated)) in step.outputs.iter().enumerate() {
        hidden.push((format!("product-{i}"), product.code().to_owned()));
        hidden.push((format!("out-{i}"), stated.typed().to_owned()));
        hidden.extend(grade.map(|grade| (format!("grade-{i}"), grade.code().to_owned())));
    }
    let words = |stated: &Stated| quantity_words(lang, stated.quantity());
    let live = Live::sums(lang);
    let of_input = |(row, one): &(BatchRow, Stated)| {
        let left = live.left(lang, row.measure(), row.remaining(), one.quantity().value());
        (row.code.to_string(), words(one), left)
    };
    let total = |quantity: Option<Quantity>| quantity.map(|one| quantity_words(lang, one)).unwrap_or_default();
    let outputs = step.outputs.iter().map(|(product, grade, stated)| {
        let grade = grade.map(|grade| format!(" · {}", lang.t(grade.zh(), grade.en()))).unwrap_or_default();
        (format!("{}{grade}", lang.t(product.zh(), product.en())), words(stated))
    });
    let mut inputs: Vec<(String, String, Said)> = step.inputs.iter().map(of_input).collect();
    // What is wrong is never among those that are only counted.
    inputs.sort_by_key(|(_, _, left)| !left.refused);
    let ratio = ratio(who, step, state).await?;
    Ok(page(&CheckPage {
        shell: who.shell(),
        lang,
        hidden,
        // Of what stays in a batch the ledger has the word: the step may be stored already, and only its answer lost.
        refused: pools(step).is_empty() && ratio.iter().any(|one| one.refused),
        method: lang.t(step.details.method.zh(), step.details.method.en()),
        date: step.date.to_string(),
        whom: acting.name.clone(),
        more: inputs.len().saturating_sub(LISTED),
        inputs: inputs.into_iter().take(LISTED).collect(),
        input_total: total(sum(step.inputs.iter().map(|(_, stated)| stated))),
        outputs: outputs.collect(),
        output_total: total(sum(step.outputs.iter().map(|(_, _, stated)| stated))),
        ratio,
        pools: pools(step).len(),
        fumigated: step.details.sulphur_fumigated == Some(true),
        said: how(&step.details, lang),
    }))
}

/// The ratio of what comes out to what goes in, and what is usual.
async fn ratio(who: &SignedIn, step: &Step, state: &AppState) -> Result<Vec<Said>, PageRefusal> {
    let dries = |row: &BatchRow| step.outputs.iter().any(|(product, ..)| is_drying_step(row.product, *product));
    let (mut fresh, mut rest) = (0_i64, 0_i64);
    for (row, stated) in &step.inputs {
        *(if dries(row) { &mut fresh } else { &mut rest }) += stated.quantity().value();
    }
    let made: i64 = step.outputs.iter().map(|(_, _, stated)| stated.quantity().value()).sum();
    let made = made.saturating_mul(step.details.tianma_mg_per_unit.map_or(1, i64::from));
    if fresh == 0 {
        return Ok(live::loss(who.lang, rest, made));
    }
    let rules = rules(who, state).await?;
    let mut forms = step.inputs.iter().map(|(row, _)| row.attributes.form);
    let first = forms.next().flatten();
    let form = if forms.all(|form| form == first) { first } else { None };
    Ok(live::drying(&rules, form, (made - rest).max(0), fresh, who.lang).into())
}

/// The rules table in force.
pub(in crate::http::pages::app) async fn rules(who: &SignedIn, state: &AppState) -> Result<RulesTable, PageRefusal> {
    let ledger = state.ledger.ledger_row().await.or_refuse(who)?;
    let digest = ledger.ok_or_else(|| who.refuse(Problem::internal()))?.rules;
    let bytes = state.ledger.store().rules_table(digest).await.or_refuse(who)?;
    let table = bytes.and_then(|bytes| RulesTable::parse(&bytes).ok());
    table.ok_or_else(|| who.refuse(Problem::internal()))
}

/// Which inputs are pooled before the step, by their positions; empty where one record takes them all. A pool is of
/// one product, and of one form as far as that goes.
fn pools(step: &Step) -> Vec<Vec<usize>> {
    if step.inputs.len() <= canonical::MAX_INPUTS {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..step.inputs.len()).collect();
    order.sort_by_key(|i| (step.inputs[*i].0.product, step.inputs[*i].0.attributes.form));
    let mut pools: Vec<Vec<usize>> = Vec::new();
    for i in order {
        let product = step.inputs[i].0.product;
        match pools.last_mut() {
            Some(pool) if pool.len() < canonical::MAX_INPUTS && step.inputs[pool[0]].0.product == product => {
                pool.push(i);
            }
            _ => pools.push(vec![i]),
        }
    }
    pools
}

/// The records that the step becomes: pools first, then the step itself.
pub(super) fn drafts(step: &Step, actor: Option<PartyId>) -> Vec<Draft> {
    let pools = pools(step);
    let mut drafts = Vec::with_capacity(pools.len() + 1);
    let mut inputs: Vec<DraftInput> = Vec::new();
    for (k, pool) in pools.iter().enumerate() {
        let total = typed(sum(pool.iter().map(|i| &step.inputs[*i].1)));
        let mut draft = blank(Kind::Process, step.date, json!({"method": ProcessMethod::Pool}));
        draft.actor = actor;
        draft.site = step.site;
        draft.inputs = pool.iter().map(|i| of_stock(&step.inputs[*i])).collect();
        draft.outputs = vec![DraftOutput {
            batch: None,
            stage: None,
            product: pool.first().map(|i| step.inputs[*i].0.product),
            attributes: Attributes::default(),
            amount: total.clone(),
        }];
        drafts.push(draft);
        inputs.push(input(&format!("#{k}"), Some(total)));
    }
    if pools.is_empty() {
        inputs = step.inputs.iter().map(of_stock).collect();
    }
    let mut draft = blank(Kind::Process, step.date, json!(step.details));
    draft.actor = actor;
    draft.site = step.site;
    draft.inputs = inputs;
    draft.outputs = step
        .outputs
        .iter()
        .map(|(product, grade, stated)| DraftOutput {
            batch: None,
            stage: None,
            product: Some(*product),
            attributes: Attributes { grade: *grade, ..Attributes::default() },
            amount: stated.typed().to_owned(),
        })
        .collect();
    drafts.push(draft);
    drafts
}

fn of_stock((row, stated): &(BatchRow, Stated)) -> DraftInput {
    input(&row.code, Some(stated.typed().to_owned()))
}

/// Puts what the ledger says beside the batch or the output that it speaks of.
pub(super) fn put_refusal(errors: &mut FieldErrors, refusal: &Refusal, step: &Step, pooled: usize, lang: Lang) {
    let words = lang.t(&refusal.zh, &refusal.en);
    let (record, place) = position(&refusal.place, pooled + 1);
    let position = number_after(place, "/amounts/inputs/").or_else(|| number_after(place, "/inputs/"));
    let of_batch = |i: usize| -> Option<BatchCode> {
        let i = if pooled == 0 { i } else { *pools(step).get(record)?.get(i)? };
        step.inputs.get(i).map(|(row, _)| row.code)
    };
    if let Some(code) = position.and_then(of_batch) {
        errors.put(format!("a-{code}"), words);
    } else if place.starts_with("/outputs") || place.starts_with("/amounts/outputs") {
        let i = number_after(place, "/amounts/outputs/").or_else(|| number_after(place, "/outputs/")).unwrap_or(0);
        errors.put(format!("out-{i}"), words);
    } else if place.starts_with("/occurred_at") {
        errors.put("date", words);
    } else if place.starts_with("/details/temperatures") {
        errors.put("min_celsius", words);
    } else if place.starts_with("/details/minutes") {
        errors.put("minutes", words);
    } else if place.starts_with("/details/tuber_size") {
        errors.put("tuber_size", words);
    } else if place.starts_with("/details/tianma_mg_per_unit") {
        errors.put("per_unit", words);
    } else if place.starts_with("/site") {
        errors.put("site", words);
    } else {
        errors.put_above(words);
    }
}
