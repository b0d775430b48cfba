//! One record before the ledger: everything that judging needs beside the view.

use jiff::civil::Date;

use crate::balance::Sight;
use crate::id::{BatchCode, PartyId, RecordId};
use crate::quantity::{Measure, Quantity, Stated};
use crate::record::{Amounts, Beside, Details, InputUse, Kind, Record, Refusal, range_words};
use crate::state::{BatchRow, Stop, View};
use crate::tianma::RulesTable;
use crate::time::{ReceivedAt, Zone};

/// A record with its opened amounts and the circumstances of its arrival.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The record.
    pub record: &'a Record,
    /// Its opened amounts.
    pub amounts: &'a Amounts,
    /// The rules table in force.
    pub rules: &'a RulesTable,
    /// Digest of that table.
    pub rules_digest: RecordId,
    /// When the ledger took the record.
    pub received_at: ReceivedAt,
    /// The founding time zone.
    pub zone: Zone,
    /// The brand office.
    pub office: PartyId,
    /// The index that the entry gets.
    pub index: u64,
    /// Whether it carries a valid signature of its actor.
    pub signed: bool,
}

impl Case<'_> {
    /// What the record states: a correction states what it corrects to.
    pub fn stated(&self) -> &Details {
        self.record.details.stated()
    }

    /// Whether the record replaces an earlier version of a fact.
    pub fn is_correction(&self) -> bool {
        self.record.kind() == Kind::Correct
    }

    /// The day on which authority must still hold: what has ended permits nothing more, also nothing that is dated back.
    pub fn latest_day(&self) -> Date {
        self.record.occurred_at.date().max(self.zone.date_at(self.received_at))
    }

    /// What the submitter may be told of a batch of this owner.
    pub fn sight(&self, owner: PartyId) -> Sight {
        if self.record.actor == owner || self.record.actor == self.office { Sight::Amounts } else { Sight::Outline }
    }

    /// The rows of the inputs, in their order.
    ///
    /// # Errors
    /// [`Stop::Missing`] if they are not loaded, [`Stop::Refused`] if one does not exist.
    pub fn inputs(&self, view: &mut View) -> Result<Vec<BatchRow>, Stop> {
        let mut rows = Vec::with_capacity(self.record.inputs.len());
        for (i, input) in self.record.inputs.iter().enumerate() {
            match view.batch(input.batch)? {
                Some(row) => rows.push(row.clone()),
                None => {
                    return Err(unknown_batch(&input.batch.to_string(), &format!("/inputs/{i}/batch")).into());
                }
            }
        }
        Ok(rows)
    }

    /// The codes of the inputs, in their order.
    pub(crate) fn input_batches(&self) -> Vec<BatchCode> {
        self.record.inputs.iter().map(|input| input.batch).collect()
    }

    /// Base units drawn from the input at this position; 0 where none is stated.
    pub fn drawn(&self, position: usize) -> i64 {
        self.amounts.inputs.get(position).map_or(0, |stated| stated.quantity().value())
    }

    /// Base units of the output at this position; 0 where none is stated.
    pub fn made(&self, position: usize) -> i64 {
        self.amounts.outputs.get(position).map_or(0, |stated| stated.quantity().value())
    }

    pub(super) fn check_time(&self) -> Result<(), Refusal> {
        let occurred = self.record.occurred_at;
        if let Err(error) = occurred.check_zone(self.zone) {
            return Err(Refusal::invalid(
                "time_zone",
                "/occurred_at",
                format!("时间写法不对：{}", error.zh()),
                error.to_string(),
            ));
        }
        if occurred.is_future(self.received_at, self.zone) {
            return Err(Refusal::invalid(
                "future",
                "/occurred_at",
                format!("日期 {occurred} 在将来；应为今天或以前"),
                format!("{occurred} lies in the future; it must be today or earlier (10 minutes of grace)"),
            ));
        }
        Ok(())
    }

    /// Amounts stand for every batch that needs one, in its measure, and for no other.
    pub(super) fn check_amounts(&self) -> Result<(), Refusal> {
        let shape = self.record.details.shape();
        let applied = shape.applies && !self.amounts.inputs.is_empty();
        let inputs = if shape.input_use == InputUse::Draws || applied { self.record.inputs.len() } else { 0 };
        count("inputs", "来源", self.amounts.inputs.len(), inputs)?;
        count("outputs", "产出", self.amounts.outputs.len(), self.record.outputs.len())?;
        for (i, stated) in self.amounts.outputs.iter().enumerate() {
            let product = self.record.outputs[i].product;
            measure_fits(stated, product.measure(), &format!("/amounts/outputs/{i}"))?;
        }
        for (i, stated) in self.amounts.inputs.iter().enumerate().filter(|_| applied) {
            let measure = stated.quantity().measure();
            let wanted = if measure == Measure::Area { Measure::Mass } else { measure };
            measure_fits(stated, wanted, &format!("/amounts/inputs/{i}"))?;
        }
        for which in Beside::ALL {
            let Some(stated) = self.amounts.beside(which) else { continue };
            if !shape.beside.contains(&which) {
                let typed = stated.typed();
                return Err(self.unexpected(which.field(), [which.zh(), which.en()], [typed, typed]));
            }
            measure_fits(stated, which.measure(), &format!("/amounts/{}", which.field()))?;
        }
        if !self.amounts.ranges.is_empty() && !shape.ranges {
            let ranges = range_words(&self.amounts.ranges);
            return Err(self.unexpected("ranges", ["码段", "ranges of package codes"], [&ranges.0, &ranges.1]));
        }
        Ok(())
    }

    fn unexpected(&self, field: &str, [zh, en]: [&str; 2], received: [&str; 2]) -> Refusal {
        let kind = self.stated().kind();
        Refusal::invalid(
            "amount_unexpected",
            format!("/amounts/{field}"),
            format!("“{}”不写{zh}，收到的是 {}；请去掉", kind.zh(), received[0]),
            format!("a '{kind}' states no {en}, received: {}; leave it out", received[1]),
        )
    }
}

fn count(field: &str, zh: &str, received: usize, wanted: usize) -> Result<(), Refusal> {
    if received == wanted {
        return Ok(());
    }
    Err(Refusal::invalid(
        "amount_count",
        format!("/amounts/{field}"),
        format!("{zh}数量写了 {received} 个，应为 {wanted} 个，每个批次一个"),
        format!("{received} amounts of {field}; there must be {wanted}, one for each batch"),
    ))
}

/// The amount is in the measure of the batch, and not zero.
pub(super) fn measure_fits(stated: &Stated, measure: Measure, place: &str) -> Result<(), Refusal> {
    let quantity: Quantity = stated.quantity();
    if quantity.measure() != measure {
        return Err(Refusal::invalid(
            "wrong_unit",
            place,
            format!("“{}”的单位不对，这里要写{}", stated.typed(), units_zh(measure)),
            format!("'{}' has the wrong unit; {} is wanted here", stated.typed(), units_en(measure)),
        ));
    }
    if quantity.is_zero() {
        return Err(Refusal::invalid(
            "zero_amount",
            place,
            format!("“{}”是零；数量应大于零", stated.typed()),
            format!("'{}' is nothing; the amount must be more than zero", stated.typed()),
        ));
    }
    Ok(())
}

fn units_zh(measure: Measure) -> &'static str {
    match measure {
        Measure::Mass => "重量（斤、公斤）",
        Measure::Area => "面积（亩、平方米）",
        Measure::Count => "件数（瓶、袋、个）",
    }
}

fn units_en(measure: Measure) -> &'static str {
    match measure {
        Measure::Mass => "a weight (kg, 斤)",
        Measure::Area => "an area (m², 亩)",
        Measure::Count => "a count (瓶/袋/个)",
    }
}

pub(crate) fn unknown_record(id: RecordId, place: &str) -> Refusal {
    Refusal::not_found(
        "unknown_record",
        place,
        format!("系统里没有记录 {id}；请核对指纹"),
        format!("there is no record {id} in this ledger; check the id"),
    )
}

pub(crate) fn unknown_batch(code: &str, place: &str) -> Refusal {
    Refusal::not_found(
        "unknown_batch",
        place,
        format!("系统里没有批次 {code}；请核对批次码"),
        format!("there is no batch {code} in this ledger; check the code"),
    )
}
