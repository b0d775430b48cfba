//! The completion itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Draft, DraftInput, DraftOutput, Randomness};
use crate::code::CodeIndex;
use crate::id::{BatchCode, PartyId, RecordId, Stage};
use crate::quantity::{Measure, Quantity, QuantityError, Stated};
use crate::record::sealed::{Commitment, Group, Opening, Salt};
use crate::record::{
    Amounts, Attributes, CodeRange, Details, Input, InputUse, Kind, Origin, Output, Record, RecordBody, Refusal,
};
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
        let commitment = opening
            .commitment(&draft.uid)
            .map_err(|e| Refusal::invalid("sealed_value", place, format!("密封内容不对：{e}"), e.to_string()))?;
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
    BatchCode::parse_typed(text).map_err(|e| Refusal::invalid("batch_code", place, e.zh(), e.to_string()))
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
    match both[..] {
        [stage] => Ok(stage),
        _ => Err(Refusal::invalid(
            "stage_missing",
            format!("{place}/stage"),
            format!("{}可以在几个环节，请写明", product.zh()),
            format!("{} may stand at {} stages here; state which", product.code(), both.len()),
        )),
    }
}

/// A code that no batch has.
fn new_code(draft: &Draft, stage: Stage, random: &mut Randomness, view: &mut View) -> Result<BatchCode, Stop> {
    loop {
        let code = BatchCode::new(stage, draft.occurred_at.date(), random.bytes::<4>()).map_err(|e| {
            Refusal::invalid("occurred_at", "/occurred_at", format!("日期不能用于批次码：{e}"), e.to_string())
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

fn amounts(
    draft: &Draft,
    rows: &[BatchRow],
    outputs: &[Output],
    details: &Details,
    view: &mut View,
) -> Result<Amounts, Stop> {
    let mut amounts = Amounts { ranges: draft.ranges.clone(), ..Amounts::default() };
    let shape = details.kind().shape();
    if let (Details::IssueCodes(issue), Some(count)) = (details, draft.count) {
        let (range, drawn) = issued(issue.issue, count, rows.first())?;
        amounts.ranges = vec![range];
        amounts.inputs = vec![drawn];
    } else if shape.input_use == InputUse::Draws {
        let packed = crate::record::kinds::packed(&draft.ranges, view)?;
        for (i, (input, row)) in draft.inputs.iter().zip(rows).enumerate() {
            let place = format!("/inputs/{i}/amount");
            let amount = match (&input.amount, packed.get(&row.code)) {
                (Some(text), _) => stated(text, row.measure(), &place)?,
                (None, Some(holds)) => of_packages(row, *holds, &place)?,
                (None, None) => return Err(amount_missing(&place).into()),
            };
            amounts.inputs.push(amount);
        }
    } else if shape.applies && draft.inputs.iter().any(|input| input.amount.is_some()) {
        for (i, input) in draft.inputs.iter().enumerate() {
            let place = format!("/inputs/{i}/amount");
            let Some(text) = &input.amount else { return Err(amount_missing(&place).into()) };
            amounts.inputs.push(applied(text, &place)?);
        }
    } else if let Some(i) = draft.inputs.iter().position(|input| input.amount.is_some()) {
        return Err(Refusal::invalid(
            "amount_unexpected",
            format!("/inputs/{i}/amount"),
            "这类记录不从来源批次扣减数量",
            "this kind of record takes nothing from its inputs; leave the amount out",
        )
        .into());
    }
    for (i, (typed, output)) in draft.outputs.iter().zip(outputs).enumerate() {
        amounts.outputs.push(stated(&typed.amount, output.product.measure(), &format!("/outputs/{i}/amount"))?);
    }
    if let Some(text) = &draft.area {
        amounts.area = Some(stated(text, Measure::Area, "/area")?);
    }
    Ok(amounts)
}

/// The range of a new issue, and what its packages take from the sale batch.
fn issued(issue: crate::code::IssueNumber, count: u32, row: Option<&BatchRow>) -> Result<(CodeRange, Stated), Refusal> {
    let bad = |zh: &str, en: &str| Refusal::invalid("codes_count", "/count", zh, en);
    let last = count.checked_sub(1).ok_or_else(|| bad("码的个数至少为 1", "at least one code"))?;
    let end = CodeIndex::new(last)
        .map_err(|_| bad("一批最多 134,217,728 个码", "at most 134,217,728 codes in one issue (27 bits)"))?;
    let start = CodeIndex::new(0).map_err(|_| bad("码段不对", "no such range"))?;
    let net = row.and_then(|row| row.attributes.net_content).ok_or_else(|| {
        Refusal::invalid(
            "net_content",
            "/inputs/0/batch",
            "这个批次没有净含量，不能赋码",
            "that batch has no net content; pack it first",
        )
    })?;
    let drawn = net
        .value()
        .checked_mul(i64::from(count))
        .and_then(|value| Quantity::new(net.measure(), value).ok())
        .and_then(|quantity| Stated::of(quantity).ok())
        .ok_or_else(|| bad("数量太大", "that is more than any batch can hold"))?;
    Ok((CodeRange { issue, from: start, to: end }, drawn))
}

fn stated(text: &str, measure: Measure, place: &str) -> Result<Stated, Refusal> {
    Stated::parse(text, measure).map_err(|e: QuantityError| Refusal::invalid("quantity", place, e.zh(), e.to_string()))
}

/// What packages under codes hold, which nobody need type.
fn of_packages(row: &BatchRow, holds: i64, place: &str) -> Result<Stated, Refusal> {
    Quantity::new(row.measure(), holds)
        .and_then(Stated::of)
        .map_err(|e: QuantityError| Refusal::invalid("quantity", place, e.zh(), e.to_string()))
}

/// What was applied to a planting: a weight or a count.
fn applied(text: &str, place: &str) -> Result<Stated, Refusal> {
    Stated::parse(text, Measure::Count).or_else(|_| stated(text, Measure::Mass, place))
}

fn amount_missing(place: &str) -> Refusal {
    Refusal::invalid("amount_missing", place, "请写数量和单位，例如 320斤", "state amount and unit, for instance 320斤")
}

fn openings(draft: &Draft, amounts: &Amounts, random: &mut Randomness) -> Result<Vec<Opening>, Refusal> {
    let mut values = Vec::new();
    if !amounts.is_empty() {
        let value = serde_json::to_value(amounts)
            .map_err(|e| Refusal::invalid("sealed_value", "/amounts", format!("数量不对：{e}"), e.to_string()))?;
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
        crate::record::typed::<crate::record::Place>(value.clone(), "/place")?;
        values.push((Group::Place, value.clone()));
    }
    let mut openings = Vec::with_capacity(values.len());
    for (group, value) in values {
        let salt = Salt::from_bytes(&random.bytes::<16>())
            .map_err(|e| Refusal::invalid("sealed_value", "", e.to_string(), e.to_string()))?;
        openings.push(Opening::new(group, salt, value));
    }
    Ok(openings)
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
                return Err(Refusal::invalid(
                    "sealed_unexpected",
                    place,
                    "记录里没有这个密封内容",
                    "the record has no commitment to this group",
                ));
            };
            opening
                .verify(&record.uid, commitment)
                .map_err(|e| Refusal::invalid("sealed_value", place, format!("与承诺不符：{e}"), e.to_string()))?;
            if opening.group() == Group::Amounts {
                amounts = Amounts::from_value(opening.value().clone())?;
            }
        }
        for group in record.sealed.keys() {
            if openings.iter().filter(|opening| opening.group() == *group).count() != 1 {
                return Err(Refusal::invalid(
                    "sealed_missing",
                    format!("/openings/{}", group.code()),
                    format!("缺少密封内容“{}”的原值，或给了两次", group.code()),
                    format!("the opening of '{}' is missing or given twice", group.code()),
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
