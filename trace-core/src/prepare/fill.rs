//! The completion itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::amounts::amounts;
use super::{Draft, DraftInput, DraftOutput, Randomness};
use crate::id::{BatchCode, PartyId, RecordId, Stage};
use crate::malformed;
use crate::record::sealed::{Commitment, Group, Opening, Salt, SealedError};
use crate::record::{Amounts, Attributes, Details, Input, Kind, Origin, Output, Record, RecordBody, Refusal};
use crate::state::{BatchRow, Key, Stop, View};
use crate::tianma::Product;

/// What the ledger knows and a draft does not say.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// Origin of the log.
    pub origin: Origin,
    /// Who sends the draft.
    pub submitter: PartyId,
    /// Version of the code key for new issues.
    pub key_version: u8,
}

/// A record with what only its parties may open.
#[derive(Debug, Clone)]
pub struct Completed {
    /// The record.
    pub record: Record,
    /// The values behind its commitments.
    pub openings: Vec<Opening>,
    /// Its amounts, typed.
    pub amounts: Amounts,
}

/// Completes a draft. `group` holds the records of the same request before it.
///
/// # Errors
/// [`Stop::Missing`] if rows are to be loaded first; [`Stop::Refused`] with the place in the draft.
pub fn complete(
    draft: &Draft,
    group: &[Completed],
    defaults: &Defaults,
    random: &mut Randomness,
    view: &mut View,
) -> Result<Completed, Stop> {
    let actor = draft.actor.unwrap_or(defaults.submitter);
    let inputs = inputs(draft, group, view)?;
    let rows = rows_of(&inputs, view)?;
    let details = details(draft, group, defaults, &rows, view)?;
    let mut outputs = Vec::with_capacity(draft.outputs.len());
    for (i, output) in draft.outputs.iter().enumerate() {
        let filled = fill_output(draft, i, output, &rows, details.stated(), random, view)?;
        outputs.push(filled);
    }
    let amounts = amounts(draft, &rows, &outputs, details.stated(), view)?;
    let openings = openings(draft, &amounts, random)?;
    let mut sealed: BTreeMap<Group, Commitment> = BTreeMap::new();
    for opening in &openings {
        let place = format!("/{}", opening.group().code());
        let commitment = opening.commitment(&draft.uid).map_err(|e| sealed_value(place, &e))?;
        sealed.insert(opening.group(), commitment);
    }
    let record = Record::new(RecordBody {
        log: defaults.origin.clone(),
        uid: draft.uid,
        actor,
        entered_by: (actor != defaults.submitter).then_some(defaults.submitter),
        site: draft.site,
        occurred_at: draft.occurred_at,
        inputs,
        outputs,
        details,
        evidence: draft.evidence.clone(),
        sealed,
        supersedes: draft.supersedes,
    })?;
    Ok(Completed { record, openings, amounts })
}

/// `#0` or `#0/1`: record and output of the group.
fn reference(text: &str) -> Option<(usize, usize)> {
    let rest = text.strip_prefix('#')?;
    let (record, output) = rest.split_once('/').unwrap_or((rest, "0"));
    Some((record.parse().ok()?, output.parse().ok()?))
}

fn earlier<'a>(group: &'a [Completed], index: usize, place: &str) -> Result<&'a Completed, Refusal> {
    group.get(index).ok_or_else(|| {
        Refusal::invalid(
            "group_reference",
            place,
            format!("“#{index}”不是这一组里更早的记录"),
            format!("'#{index}' names no earlier record of this group"),
        )
    })
}

fn inputs(draft: &Draft, group: &[Completed], view: &mut View) -> Result<Vec<Input>, Stop> {
    if draft.inputs.len() > crate::record::canonical::MAX_INPUTS {
        return Err(crate::record::too_many_inputs(draft.inputs.len()).into());
    }
    let mut codes = Vec::with_capacity(draft.inputs.len());
    for (i, input) in draft.inputs.iter().enumerate() {
        codes.push(input_code(input, group, &format!("/inputs/{i}/batch"))?);
    }
    view.want(codes.iter().map(|code| Key::Batch(*code)))?;
    let mut inputs = Vec::with_capacity(codes.len());
    for (i, (code, typed)) in codes.into_iter().zip(&draft.inputs).enumerate() {
        let newest = view.batch(code)?.map(|row| row.record);
        let Some(newest) = newest else {
            return Err(crate::judge::unknown_batch(&code.to_string(), &format!("/inputs/{i}/batch")).into());
        };
        inputs.push(Input { batch: code, record: typed.record.unwrap_or(newest) });
    }
    Ok(inputs)
}

fn input_code(input: &DraftInput, group: &[Completed], place: &str) -> Result<BatchCode, Refusal> {
    if let Some((record, output)) = reference(&input.batch) {
        let made = earlier(group, record, place)?.record.outputs.get(output);
        return made.map(|output| output.batch).ok_or_else(|| {
            Refusal::invalid(
                "group_reference",
                place,
                format!("“{}”没有这个产出", input.batch),
                format!("'{}' names no output of that record", input.batch),
            )
        });
    }
    batch_code(&input.batch, place)
}

fn batch_code(text: &str, place: &str) -> Result<BatchCode, Refusal> {
    BatchCode::parse_typed(text).map_err(|error| {
        let (en, zh) = malformed::words(&error.to_string(), Some(&Value::from(text)));
        Refusal::invalid("batch_code", place, zh, en)
    })
}

fn rows_of(inputs: &[Input], view: &mut View) -> Result<Vec<BatchRow>, Stop> {
    let mut rows = Vec::with_capacity(inputs.len());
    for input in inputs {
        rows.extend(view.batch(input.batch)?.cloned());
    }
    Ok(rows)
}

fn details(
    draft: &Draft,
    group: &[Completed],
    defaults: &Defaults,
    rows: &[BatchRow],
    view: &mut View,
) -> Result<Details, Stop> {
    let mut value = draft.details.clone();
    resolve(&mut value, group, "/details")?;
    if draft.kind == Kind::IssueCodes
        && let Value::Object(fields) = &mut value
    {
        if let Some(ledger) = view.ledger()? {
            fields.entry("issue").or_insert_with(|| json!(ledger.next_issue));
        }
        fields.entry("key_version").or_insert_with(|| json!(defaults.key_version));
    }
    if draft.states() == Kind::Return
        && draft.ranges.is_empty()
        && let Some(row) = rows.first()
    {
        let party = draft.actor.unwrap_or(defaults.submitter);
        super::shipment::name_shipment(&mut value, draft, row, party, view)?;
    }
    Ok(Details::from_value(draft.kind, value)?)
}

/// Puts ids in the place of `"#0"` anywhere in the details.
fn resolve(value: &mut Value, group: &[Completed], place: &str) -> Result<(), Refusal> {
    match value {
        Value::String(text) => {
            if let Some((index, _)) = reference(text) {
                *text = earlier(group, index, place)?.record.id().to_string();
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                resolve(field, group, &format!("{place}/{key}"))?;
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                resolve(item, group, &format!("{place}/{i}"))?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn fill_output(
    draft: &Draft,
    position: usize,
    typed: &DraftOutput,
    rows: &[BatchRow],
    details: &Details,
    random: &mut Randomness,
    view: &mut View,
) -> Result<Output, Stop> {
    let place = format!("/outputs/{position}");
    let first = rows.first();
    let kept = matches!(details.kind(), Kind::Receive | Kind::Return);
    let product = match (typed.product, details) {
        (Some(product), _) => product,
        (None, Details::Pack(pack)) => pack.product,
        (None, Details::Plant(_)) => Product::Planting,
        (None, Details::Harvest(_)) => Product::FreshTianma,
        (None, _) => match first {
            Some(row) if kept => row.product,
            _ => {
                return Err(Refusal::invalid(
                    "product_missing",
                    format!("{place}/product"),
                    "请写明产品",
                    "state the product",
                )
                .into());
            }
        },
    };
    let stage = match typed.stage {
        Some(stage) => stage,
        None if kept => first.map_or(product.stages()[0], |row| row.stage),
        None => only_stage(details.kind(), product, &place)?,
    };
    let attributes = attributes(typed, details, rows, kept);
    let batch = match &typed.batch {
        Some(text) => batch_code(text, &format!("{place}/batch"))?,
        None => new_code(draft, stage, random, view)?,
    };
    Ok(Output { batch, stage, product, attributes })
}

/// The stage that kind and product leave open.
fn only_stage(kind: Kind, product: Product, place: &str) -> Result<Stage, Refusal> {
    let both: Vec<Stage> =
        product.stages().iter().copied().filter(|stage| kind.shape().output_stages.contains(stage)).collect();
    if let [stage] = both[..] {
        return Ok(stage);
    }
    // Where the kind takes the product at none, the kind's own stages are no answer: those of the product are.
    let all = if both.is_empty() { product.stages() } else { &both };
    let (zh, en): (Vec<_>, Vec<_>) = all.iter().map(|stage| (stage.zh(), stage.code())).unzip();
    Err(Refusal::invalid(
        "stage_missing",
        format!("{place}/stage"),
        format!("{}可以在几个环节，请写明：{}", product.zh(), zh.join("、")),
        format!("{} may stand at several stages here; state which: {}", product.code(), en.join(", ")),
    ))
}

/// A code that no batch has.
fn new_code(draft: &Draft, stage: Stage, random: &mut Randomness, view: &mut View) -> Result<BatchCode, Stop> {
    loop {
        let code = BatchCode::new(stage, draft.occurred_at.date(), random.bytes::<4>()).map_err(|e| {
            Refusal::invalid("occurred_at", "/occurred_at", format!("日期不能用于批次码：{}", e.zh()), e.to_string())
        })?;
        if view.batch(code)?.is_none() {
            return Ok(code);
        }
    }
}

/// The new codes that [`complete`] will most likely give to a draft's outputs, from the same stream: asking whether they
/// are free together with everything else that a draft names saves a round of loading. Wrong or missing ones only cost
/// that round.
pub fn likely_codes(draft: &Draft, random: &mut Randomness) -> Vec<BatchCode> {
    let kind = draft.states();
    let input_stage = draft.inputs.first().and_then(|input| BatchCode::parse_typed(&input.batch).ok());
    let mut codes = Vec::new();
    for typed in draft.outputs.iter().filter(|typed| typed.batch.is_none()) {
        let bytes = random.bytes::<4>();
        let product = typed.product.or(match kind {
            Kind::Plant => Some(Product::Planting),
            Kind::Harvest => Some(Product::FreshTianma),
            Kind::Pack => draft.details.get("product").and_then(Value::as_str).and_then(|code| code.parse().ok()),
            _ => None,
        });
        let made = product.and_then(|product| only_stage(kind, product, "").ok());
        let kept =
            matches!(kind, Kind::Receive | Kind::Return).then_some(input_stage.map(|code| code.stage())).flatten();
        let code = typed.stage.or(kept).or(made).map(|stage| BatchCode::new(stage, draft.occurred_at.date(), bytes));
        codes.extend(code.and_then(Result::ok));
    }
    codes
}

/// What the inputs agree on goes over to the output; what the details say too.
fn attributes(typed: &DraftOutput, details: &Details, rows: &[BatchRow], kept: bool) -> Attributes {
    fn common<T: PartialEq + Clone>(rows: &[BatchRow], of: impl Fn(&Attributes) -> &Option<T>) -> Option<T> {
        let first = of(&rows.first()?.attributes).clone()?;
        rows.iter().all(|row| of(&row.attributes).as_ref() == Some(&first)).then_some(first)
    }
    let mut out = typed.attributes.clone();
    if kept && out.is_empty() && rows.len() == 1 {
        return rows[0].attributes.clone();
    }
    match details {
        Details::Plant(plant) => {
            out.form.get_or_insert(plant.form);
            out.propagation = out.propagation.or(plant.propagation);
        }
        Details::Produce(produce) => {
            out.generation = out.generation.or(produce.generation);
            out.size_class = out.size_class.or(produce.size_class);
            out.strain = out.strain.or_else(|| produce.strain.clone());
        }
        Details::Pack(pack) => {
            out.net_content = Some(pack.net_content);
            out.gtin = pack.gtin;
            out.shelf_life_months = pack.shelf_life_months;
        }
        _ => {}
    }
    out.form = out.form.or_else(|| common(rows, |a| &a.form));
    if kept || matches!(details.kind(), Kind::Pack | Kind::Process) {
        out.grade = out.grade.or_else(|| common(rows, |a| &a.grade));
    }
    out
}

fn openings(draft: &Draft, amounts: &Amounts, random: &mut Randomness) -> Result<Vec<Opening>, Refusal> {
    let mut values = Vec::new();
    if !amounts.is_empty() {
        let value = serde_json::to_value(amounts)
            .map_err(|e| Refusal::invalid("sealed_value", "/amounts", "数量不能写成 JSON", e.to_string()))?;
        values.push((Group::Amounts, value));
    }
    if let Some(value) = &draft.terms {
        crate::record::typed::<crate::record::Terms>(value.clone(), "/terms")?;
        values.push((Group::Terms, value.clone()));
    }
    if let Some(value) = &draft.person {
        crate::record::typed::<crate::record::Person>(value.clone(), "/person")?;
        values.push((Group::Person, value.clone()));
    }
    if let Some(value) = &draft.place {
        crate::record::typed::<crate::record::Place>(value.clone(), "/place")?.check()?;
        values.push((Group::Place, value.clone()));
    }
    let mut openings = Vec::with_capacity(values.len());
    for (group, value) in values {
        let salt = Salt::from_bytes(&random.bytes::<16>()).map_err(|e| sealed_value(String::new(), &e))?;
        openings.push(Opening::new(group, salt, value));
    }
    Ok(openings)
}

/// A private value that cannot be committed to, or is not the one that was.
fn sealed_value(place: impl Into<String>, error: &SealedError) -> Refusal {
    Refusal::invalid("sealed_value", place, format!("密封内容不对：{}", error.zh()), error.to_string())
}

impl Completed {
    /// Opens a complete record that came with its openings: every commitment has its value and the other way round.
    ///
    /// # Errors
    /// A [`Refusal`] that names the group which is missing, unexpected or does not fit its commitment.
    pub fn from_signed(record: Record, openings: Vec<Opening>) -> Result<Self, Refusal> {
        let mut amounts = Amounts::default();
        for opening in &openings {
            let place = format!("/openings/{}", opening.group().code());
            let Some(commitment) = record.sealed.get(&opening.group()) else {
                let group = opening.group().code();
                return Err(Refusal::invalid(
                    "sealed_unexpected",
                    place,
                    format!("记录里没有密封内容“{group}”的承诺，请去掉它的原值"),
                    format!("the record has no commitment to '{group}'; leave its opening out"),
                ));
            };
            opening.verify(&record.uid, commitment).map_err(|e| sealed_value(place, &e))?;
            let value = opening.value();
            match opening.group() {
                Group::Amounts => amounts = Amounts::from_value(value.clone())?,
                Group::Place => crate::record::typed::<crate::record::Place>(value.clone(), "/place")?.check()?,
                Group::Person => drop(crate::record::typed::<crate::record::Person>(value.clone(), "/person")?),
                Group::Terms => drop(crate::record::typed::<crate::record::Terms>(value.clone(), "/terms")?),
            }
        }
        for group in record.sealed.keys() {
            let count = openings.iter().filter(|opening| opening.group() == *group).count();
            if count != 1 {
                return Err(Refusal::invalid(
                    "sealed_missing",
                    format!("/openings/{}", group.code()),
                    format!("密封内容“{}”的原值给了 {count} 次，应为 1 次", group.code()),
                    format!("the opening of '{}' stands there {count} times; it must stand once", group.code()),
                ));
            }
        }
        Ok(Self { record, openings, amounts })
    }

    /// The records' ids, for naming in an answer.
    pub fn id(&self) -> RecordId {
        self.record.id()
    }
}
