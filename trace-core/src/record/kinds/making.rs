//! In the workshop: process, and adjust the stock.

use serde::{Deserialize, Serialize};

use super::forms::keep_form;
use super::steaming::{check_steaming, judge_steaming};
use super::{KindRules, Shaped};
use crate::balance::Effect;
use crate::id::{BatchCode, Stage};
use crate::judge::{Case, Findings};
use crate::quantity::{Measure, words};
use crate::record::canonical::MAX_INPUTS;
use crate::record::sealed::Group;
use crate::record::{InputUse, RecordBody, Refusal, Shape};
use crate::state::{BatchRow, RecordRow, Stop, View};
use crate::tianma::{
    AdjustReason, Form, Fuel, PartyRole, ProcessMethod, Product, TuberSize, is_drying_step, transition_allowed,
};

/// Temperatures of a process, whole degrees Celsius.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Temperatures {
    /// The lowest.
    pub min_celsius: u16,
    /// The highest.
    pub max_celsius: u16,
}

/// One step of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Which.
    pub method: ProcessMethod,
    /// At which temperatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperatures: Option<Temperatures>,
    /// Heated with what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<Fuel>,
    /// For how many hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u16>,
    /// Of steaming: for how many minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u16>,
    /// Of steaming: how large the tubers were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuber_size: Option<TuberSize>,
    /// Whether it was fumigated with sulphur; nothing where nobody says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sulphur_fumigated: Option<bool>,
    /// Of a recipe: milligrams of tianma in one unit of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tianma_mg_per_unit: Option<u32>,
}

impl Shaped for Process {
    const SHAPE: Shape = Shape {
        actors: &[PartyRole::Processor, PartyRole::Household, PartyRole::Coop, PartyRole::Seller],
        input_use: InputUse::Draws,
        inputs: (1, MAX_INPUTS),
        input_stages: &[Stage::Harvest, Stage::Processing],
        outputs: (1, 50),
        output_stages: &[Stage::Processing],
        must_seal: &[Group::Amounts],
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Process {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        if let Some(Temperatures { min_celsius: min, max_celsius: max }) = self.temperatures
            && min > max
        {
            return Err(Refusal::invalid(
                "temperatures",
                "/details/temperatures",
                format!("最低温度 {min} ℃ 高于最高温度 {max} ℃；请把低的写在前面"),
                format!("the lowest temperature, {min} °C, is above the highest, {max} °C; the lower one comes first"),
            ));
        }
        self.check_recipe()?;
        check_steaming(self)?;
        let (sources, products) = (body.inputs.len(), body.outputs.len());
        if sources > 1 && !self.method.takes_many_inputs() {
            return Err(self.too_many("/inputs", sources, ["来源批次", "inputs"]));
        }
        if products > 1 && !self.method.makes_many_outputs() {
            return Err(self.too_many("/outputs", products, ["产出批次", "outputs"]));
        }
        Ok(())
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
        let rows = case.inputs(view)?;
        for (i, row) in rows.iter().enumerate() {
            for (k, output) in case.record.outputs.iter().enumerate() {
                if !transition_allowed(self.method, row.product, output.product) {
                    return Err(not_made(self.method, row, output.product, i, k).into());
                }
            }
        }
        keep_form(case, &rows)?;
        self.judge_heat(case, findings);
        judge_steaming(self, case, &rows, findings);
        if self.sulphur_fumigated == Some(true) {
            findings.hold(
                "sulphur",
                "用硫磺熏蒸过，冻结待查；放行后也不能标示产地",
                "fumigated with sulphur; it is held, and gets no mark of origin after its release either",
            );
        }
        self.judge_mass(case, &rows, findings)
    }
}

impl Process {
    fn check_recipe(&self) -> Result<(), Refusal> {
        let (zh, en) = match (self.method == ProcessMethod::Recipe, self.tianma_mg_per_unit) {
            (true, Some(1..)) | (false, None | Some(0)) => return Ok(()),
            (true, None) => (
                "“配方”要写明每件含天麻多少毫克".to_owned(),
                "a recipe states the milligrams of tianma in one unit".to_owned(),
            ),
            (true, Some(mg)) => (
                format!("“配方”写的每件含天麻 {mg} 毫克，应大于零"),
                format!("this recipe has {mg} mg of tianma in one unit; it must be more than zero"),
            ),
            (false, Some(mg)) => (
                format!("“{}”不是配方，却写了每件含天麻 {mg} 毫克；请去掉", self.method.zh()),
                format!("{} is no recipe, yet states {mg} mg of tianma in one unit; leave it out", self.method.code()),
            ),
        };
        Err(Refusal::invalid("recipe", "/details/tianma_mg_per_unit", zh, en))
    }

    fn too_many(&self, place: &str, count: usize, [zh, en]: [&str; 2]) -> Refusal {
        Refusal::invalid(
            "method_shape",
            place,
            format!("“{}”有 {count} 个{zh}，应为 1 个；请每个另记一条", self.method.zh()),
            format!("{} has {count} {en}, and takes 1; make a record for each", self.method.code()),
        )
    }

    fn judge_heat(&self, case: &Case<'_>, findings: &mut Findings) {
        if self.method != ProcessMethod::Dry {
            return;
        }
        let usual = case.rules.drying_celsius();
        if let Some(t) = self.temperatures
            && !(usual.contains(&u64::from(t.min_celsius)) && usual.contains(&u64::from(t.max_celsius)))
        {
            findings.warn(
                "drying_temperature",
                format!("干燥 {}-{} ℃，一般为 {}-{} ℃", t.min_celsius, t.max_celsius, usual.start(), usual.end()),
                format!(
                    "dried at {}-{} °C; {}-{} °C is usual",
                    t.min_celsius,
                    t.max_celsius,
                    usual.start(),
                    usual.end()
                ),
            );
        }
        if self.fuel == Some(Fuel::Coal) {
            findings.warn("coal", "用煤烘干会留下二氧化硫，请送检", "coal leaves sulphur dioxide; have it tested");
        }
    }

    /// Nothing comes out that did not go in; drying within the water balance of the tuber.
    fn judge_mass(&self, case: &Case<'_>, rows: &[BatchRow], findings: &mut Findings) -> Result<(), Stop> {
        let outputs = &case.record.outputs;
        let dries = |row: &BatchRow| outputs.iter().any(|output| is_drying_step(row.product, output.product));
        let (mut fresh, mut rest) = (0, 0);
        for (i, row) in rows.iter().enumerate() {
            *(if dries(row) { &mut fresh } else { &mut rest }) += case.drawn(i);
        }
        let output = self.output_mass(case);
        if fresh > 0 {
            // What went in dry comes out as it is; the water balance is of the fresh part.
            return judge_ratio(case, rows, fresh, (output - rest).max(0), findings);
        }
        let measure = rows.first().map_or(Measure::Mass, BatchRow::measure);
        let (i, o) = (words(measure, rest), words(measure, output));
        if output > rest {
            return Err(Refusal::invalid(
                "more_out_than_in",
                "/amounts/outputs",
                format!("投入 {}，产出 {}，产出不能多于投入", i.0, o.0),
                format!("{} went in and {} came out; no more can come out than went in", i.1, o.1),
            )
            .into());
        }
        match self.method {
            ProcessMethod::Slice | ProcessMethod::Powder => {
                let usual = case.rules.slicing_loss_warn_above_per_10000();
                warn_loss("slicing_loss", usual, measure, [rest, output], findings);
            }
            ProcessMethod::Grade | ProcessMethod::Pool | ProcessMethod::Split | ProcessMethod::Blend => {
                if let Some(usual) = case.rules.handling_loss_warn_above_per_10000() {
                    warn_loss("loss", usual, measure, [rest, output], findings);
                }
            }
            ProcessMethod::Wash | ProcessMethod::Steam | ProcessMethod::Dry | ProcessMethod::Recipe => {}
        }
        Ok(())
    }

    /// What came out, in the base unit of what went in: of a recipe, the tianma in its units.
    fn output_mass(&self, case: &Case<'_>) -> i64 {
        let per_unit = self.tianma_mg_per_unit.map_or(1, i64::from);
        let all = (0..case.record.outputs.len()).map(|i| case.made(i).saturating_mul(per_unit));
        all.fold(0, i64::saturating_add)
    }
}

/// What is lost between input and output, where that is more than so many parts of 10,000.
pub(super) fn warn_loss(rule: &str, usual: u64, measure: Measure, [input, output]: [i64; 2], findings: &mut Findings) {
    let lost = (i128::from(input) - i128::from(output)) * 10_000;
    if lost > i128::from(usual) * i128::from(input) {
        let (i, o) = (words(measure, input), words(measure, output));
        findings.warn(
            rule,
            format!("投入 {}，产出 {}，损耗超过 {}%", i.0, o.0, usual / 100),
            format!("{} went in, {} came out: the loss is above {} %", i.1, o.1, usual / 100),
        );
    }
}

/// dry / fresh, against the bounds of the form; the arithmetic stands in the words.
fn judge_ratio(
    case: &Case<'_>,
    rows: &[BatchRow],
    input_mg: i64,
    output_mg: i64,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let mut forms = rows.iter().map(|row| row.attributes.form);
    let first: Option<Form> = forms.next().flatten();
    let form = if forms.all(|form| form == first) { first } else { None };
    let bounds = case.rules.dry_fresh_per_10000(form);
    let ratio = i128::from(output_mg) * 10_000 / i128::from(input_mg.max(1));
    let exact = |bound: u64| i128::from(output_mg) * 10_000 > i128::from(bound) * i128::from(input_mg);
    let (fresh, dry) = (words(Measure::Mass, input_mg), words(Measure::Mass, output_mg));
    let hundredths = (ratio + 50) / 100;
    let shown = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let zh = format!("投料 {} 得干品 {}，干鲜比 {shown}", fresh.0, dry.0);
    let en = format!("{} dry from {} fresh is {shown}", dry.1, fresh.1);
    let bound = |per_10000: u64| format!("{}.{:02}", per_10000 / 10_000, per_10000 % 10_000 / 100);
    if exact(bounds.refuse_above) {
        let most = bound(bounds.refuse_above);
        return Err(Refusal::invalid(
            "dry_ratio",
            "/amounts/outputs",
            format!("{zh}；任何天麻都不会超过 {most}"),
            format!("{en}; no form of tianma gives more than {most}"),
        )
        .into());
    }
    if exact(bounds.hold_above) {
        let most = bound(bounds.hold_above);
        findings.hold("dry_ratio", format!("{zh}，超过 {most}，冻结待查"), format!("{en}; above {most} it is held"));
    } else if exact(bounds.warn_above) || ratio < i128::from(bounds.warn_below) {
        let (least, most) = (bound(bounds.warn_below), bound(bounds.warn_above));
        findings.warn("dry_ratio", format!("{zh}，一般为 {least}-{most}"), format!("{en}; {least} to {most} is usual"));
    }
    Ok(())
}

fn not_made(method: ProcessMethod, row: &BatchRow, to: Product, i: usize, k: usize) -> Refusal {
    Refusal::invalid(
        "transition",
        format!("/outputs/{k}/product"),
        format!("“{}”不能把{}（来源 {}）做成{}", method.zh(), row.product.zh(), i + 1, to.zh()),
        format!("{} does not make {} out of {} (input {})", method.code(), to.code(), row.product.code(), row.code),
    )
}

/// Which way a stock adjustment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Less is there.
    Less,
    /// More is there; held until the office has looked.
    More,
}

/// What is there differs from the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// Why.
    pub reason: AdjustReason,
    /// Which way.
    pub direction: Direction,
}

impl Shaped for Adjust {
    const SHAPE: Shape = Shape {
        input_use: InputUse::Draws,
        inputs: (1, 1),
        input_stages: &[Stage::Fungus, Stage::Seed, Stage::Harvest, Stage::Processing, Stage::Sale],
        // What is held or recalled may still be lost, sampled or destroyed; `judge` refuses a gain.
        frozen_inputs: true,
        must_seal: &[Group::Amounts],
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Adjust {
    fn check_alone(&self, _body: &RecordBody) -> Result<(), Refusal> {
        if self.direction == Direction::More && self.reason != AdjustReason::StockTake {
            return Err(Refusal::invalid(
                "gain_reason",
                "/details/reason",
                format!("“{}”不会多出来；只有“{}”才会", self.reason.zh(), AdjustReason::StockTake.zh()),
                format!("'{}' finds no more; only '{}' can", self.reason.code(), AdjustReason::StockTake.code()),
            ));
        }
        Ok(())
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
        for row in case.inputs(view)? {
            let gone = row.void || !(row.recalls.is_empty() && row.holds.is_empty());
            if row.void || (gone && self.direction == Direction::More) {
                let (zh, en) = match () {
                    () if row.void => ("已作废，不能再调整", "was voided; its stock is not adjusted any more"),
                    () if row.recalls.is_empty() => {
                        ("被冻结，放行前不能盘盈", "is held; it cannot gain before its release")
                    }
                    () => ("在召回中，解除前不能盘盈", "is under recall; it cannot gain before that is lifted"),
                };
                return Err(Refusal::conflict(
                    "held_batch",
                    "/inputs/0/batch",
                    format!("批次 {} {zh}", row.code),
                    format!("batch {} {en}", row.code),
                )
                .into());
            }
        }
        if self.direction == Direction::More {
            findings.hold("stock_gain", "盘盈须经品牌办放行才计入", "a gain counts once the office has released it");
        }
        Ok(())
    }

    fn effects(&self, case: &Case<'_>, _view: &mut View) -> Result<Vec<Effect>, Stop> {
        let Some(input) = case.record.inputs.first() else {
            return Ok(Vec::new());
        };
        let (batch, amount) = (input.batch, case.drawn(0));
        Ok(vec![match self.direction {
            Direction::Less => Effect::Draw { batch, amount },
            Direction::More => Effect::Gain { batch, amount, counted: false },
        }])
    }

    /// The gain itself waits; the batch stays free.
    fn frozen(&self, _case: &Case<'_>) -> Vec<BatchCode> {
        Vec::new()
    }
}

impl Adjust {
    /// A released gain counts from now on.
    pub(super) fn count_gain(row: &mut RecordRow, view: &mut View) -> Result<(), Stop> {
        for effect in &mut row.effects {
            if let Effect::Gain { batch, amount, counted: counted @ false } = effect {
                *counted = true;
                if let Some(batch) = view.edit_batch(*batch)? {
                    batch.made += *amount;
                }
            }
        }
        Ok(())
    }
}
