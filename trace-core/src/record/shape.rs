//! What a record of each kind may hold, and the check of a record on its own, before any ledger is asked.

use std::collections::BTreeSet;

use super::canonical::MAX_INPUTS;
use super::sealed::Group;
use super::{Beside, Details, Record, RecordBody, Refusal, too_many_inputs};
use crate::id::Stage;
use crate::record::Kind;
use crate::tianma::PartyRole;

/// What a kind does with the batches that it names as inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputUse {
    /// It names none.
    None,
    /// It takes an amount from each.
    Draws,
    /// It takes nothing, but what it makes descends from them (a harvest of a planting, a return).
    Descends,
    /// It only speaks of them.
    SpeaksOf,
}

/// What a record of a kind looks like. Data, one constant a kind.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a table's row: each answers a question of its own, in any mixture")]
pub struct Shape {
    /// Roles of the actors that may make such a record; empty: any.
    pub actors: &'static [PartyRole],
    /// What it does with its inputs.
    pub input_use: InputUse,
    /// Fewest and most inputs.
    pub inputs: (usize, usize),
    /// Stages that an input may have.
    pub input_stages: &'static [Stage],
    /// Whether an input may belong to another party than the actor.
    pub foreign_inputs: bool,
    /// Whether held, recalled or void inputs may be named.
    pub frozen_inputs: bool,
    /// Fewest and most outputs.
    pub outputs: (usize, usize),
    /// Stages that an output may have.
    pub output_stages: &'static [Stage],
    /// Sealed groups that it must have.
    pub must_seal: &'static [Group],
    /// Sealed groups that it may have besides.
    pub may_seal: &'static [Group],
    /// Whether its amounts may state what was applied to each input, though nothing is drawn from it.
    pub applies: bool,
    /// Whether its amounts may state ranges of package codes.
    pub ranges: bool,
    /// Which amounts it may state that belong to no batch.
    pub beside: &'static [Beside],
    /// Whether `supersedes` may, must (`correct`, `void`) or must not stand there.
    pub supersedes: Option<bool>,
    /// Whether a `correct` or `void` may supersede it.
    pub revisable: bool,
}

/// Every stage.
pub(crate) const ANY_STAGE: &[Stage] =
    &[Stage::Fungus, Stage::Seed, Stage::Planting, Stage::Harvest, Stage::Processing, Stage::Sale];

impl Shape {
    /// A kind without batches or private values; the others say what they have more.
    pub(crate) const PLAIN: Self = Self {
        actors: &[],
        input_use: InputUse::None,
        inputs: (0, 0),
        input_stages: &[],
        foreign_inputs: false,
        frozen_inputs: false,
        outputs: (0, 0),
        output_stages: &[],
        must_seal: &[],
        may_seal: &[],
        applies: false,
        ranges: false,
        beside: &[],
        supersedes: Some(false),
        revisable: false,
    };

    /// A kind that only speaks of one or more batches, whoever owns them and whatever their state.
    pub(crate) const SPEAKS: Self = Self {
        input_use: InputUse::SpeaksOf,
        inputs: (1, MAX_INPUTS),
        input_stages: ANY_STAGE,
        foreign_inputs: true,
        frozen_inputs: true,
        ..Self::PLAIN
    };
}

/// Checks a record on its own.
pub(super) fn check(body: &RecordBody) -> Result<(), Refusal> {
    let shape = body.details.shape();
    check_inputs(body, shape)?;
    check_outputs(body, shape)?;
    check_sealed(body, shape)?;
    check_supersedes(body)?;
    if body.entered_by == Some(body.actor) {
        return Err(Refusal::invalid(
            "entered_by_actor",
            "/entered_by",
            format!("代录人 {} 就是主体自己，请去掉“代录人”", body.actor),
            format!("entered_by names the actor itself, {}; leave it out", body.actor),
        ));
    }
    body.details.own_rules().check_alone(body)
}

fn check_inputs(body: &RecordBody, shape: &Shape) -> Result<(), Refusal> {
    let count = body.inputs.len();
    if count > MAX_INPUTS {
        return Err(too_many_inputs(count));
    }
    count_within("inputs", "来源批次", count, shape.inputs)?;
    let mut seen = BTreeSet::new();
    for (i, input) in body.inputs.iter().enumerate() {
        // Only a refusal needs its place in words.
        let place = || format!("/inputs/{i}/batch");
        if !seen.insert(input.batch) {
            let code = input.batch;
            return Err(Refusal::invalid(
                "batch_named_twice",
                place(),
                format!("来源批次 {code} 写了两次，请合成一行"),
                format!("batch {code} stands twice among the inputs; add the two amounts up in one line"),
            ));
        }
        if body.outputs.iter().any(|output| output.batch == input.batch) {
            return Err(Refusal::invalid(
                "cycle",
                place(),
                format!("批次 {} 不能由自己产生", input.batch),
                format!("batch {} cannot be made from itself", input.batch),
            ));
        }
        stage_fits(input.batch.stage(), shape.input_stages, place)?;
    }
    Ok(())
}

fn check_outputs(body: &RecordBody, shape: &Shape) -> Result<(), Refusal> {
    count_within("outputs", "产出批次", body.outputs.len(), shape.outputs)?;
    let mut seen = BTreeSet::new();
    for (i, output) in body.outputs.iter().enumerate() {
        let place = |field: &str| format!("/outputs/{i}/{field}");
        if !seen.insert(output.batch) {
            return Err(Refusal::invalid(
                "batch_named_twice",
                place("batch"),
                format!("产出批次 {} 写了两次", output.batch),
                format!("batch {} stands twice among the outputs; each output has its own code", output.batch),
            ));
        }
        stage_fits(output.stage, shape.output_stages, || place("stage"))?;
        if output.batch.stage() != output.stage {
            return Err(Refusal::invalid(
                "batch_code_stage",
                place("batch"),
                format!("批次码 {} 的首字母应为 {}", output.batch, output.stage.letter()),
                format!(
                    "batch code {} must begin with {} for stage {}",
                    output.batch,
                    output.stage.letter(),
                    output.stage.code()
                ),
            ));
        }
        // A correction may move the date; the code then keeps the day that it was given on.
        if body.supersedes.is_none() && output.batch.date() != body.occurred_at.date() {
            return Err(Refusal::invalid(
                "batch_code_date",
                place("batch"),
                format!("批次码 {} 的日期应为 {}", output.batch, body.occurred_at.date()),
                format!("batch code {} must carry the day of occurred_at, {}", output.batch, body.occurred_at.date()),
            ));
        }
        if !output.product.stages().contains(&output.stage) {
            return Err(Refusal::invalid(
                "product_stage",
                place("product"),
                format!(
                    "{}不会出现在“{}”环节，应为：{}",
                    output.product.zh(),
                    output.stage.zh(),
                    stages(output.product.stages()).0
                ),
                format!(
                    "{} does not occur at stage {}; it must be {}",
                    output.product.code(),
                    output.stage.code(),
                    stages(output.product.stages()).1
                ),
            ));
        }
    }
    Ok(())
}

fn count_within(field: &str, zh: &str, count: usize, (least, most): (usize, usize)) -> Result<(), Refusal> {
    if (least..=most).contains(&count) {
        return Ok(());
    }
    let (zh_want, en_want) = if least == most {
        (format!("应为 {least} 个"), format!("exactly {least}"))
    } else {
        (format!("应为 {least} 到 {most} 个"), format!("{least} to {most}"))
    };
    Err(Refusal::invalid(
        "batch_count",
        format!("/{field}"),
        format!("有 {count} 个{zh}，{zh_want}"),
        format!("{count} {field}; this kind of record has {en_want}"),
    ))
}

fn stage_fits(stage: Stage, allowed: &[Stage], place: impl FnOnce() -> String) -> Result<(), Refusal> {
    if allowed.contains(&stage) {
        return Ok(());
    }
    let (zh, en) = stages(allowed);
    Err(Refusal::invalid(
        "wrong_stage",
        place(),
        format!("“{}”环节的批次不能用在这里，应为：{zh}", stage.zh()),
        format!("a batch of stage {} cannot stand here; it must be of {en}", stage.code()),
    ))
}

/// Stages as a refusal lists them.
fn stages(stages: &[Stage]) -> (String, String) {
    let zh: Vec<_> = stages.iter().map(|stage| stage.zh()).collect();
    let en: Vec<_> = stages.iter().map(|stage| stage.code()).collect();
    (zh.join("、"), en.join(", "))
}

fn check_sealed(body: &RecordBody, shape: &Shape) -> Result<(), Refusal> {
    for group in shape.must_seal {
        if !body.sealed.contains_key(group) {
            return Err(Refusal::invalid(
                "sealed_missing",
                "/sealed",
                format!("缺少密封内容“{}”", group.code()),
                format!("the sealed group '{}' is missing", group.code()),
            ));
        }
    }
    for group in body.sealed.keys() {
        if !shape.must_seal.contains(group) && !shape.may_seal.contains(group) {
            return Err(Refusal::invalid(
                "sealed_unexpected",
                format!("/sealed/{}", group.code()),
                format!("这类记录没有密封内容“{}”", group.code()),
                format!("this kind of record has no sealed group '{}'", group.code()),
            ));
        }
    }
    Ok(())
}

fn check_supersedes(body: &RecordBody) -> Result<(), Refusal> {
    let kind = body.details.kind();
    let place = "/supersedes";
    match (body.supersedes, kind.shape().supersedes) {
        (Some(id), Some(false)) => Err(Refusal::invalid(
            "supersedes_unexpected",
            place,
            format!("“{}”不能替换别的记录（写了 {id}）；要更正请用“更正”", kind.zh()),
            format!("a {kind} does not supersede a record, here {id}; send a `correct`"),
        )),
        (None, Some(true)) => Err(Refusal::invalid(
            "supersedes_missing",
            place,
            "缺少要替换的记录指纹",
            "supersedes is missing: name the id of the newest version",
        )),
        _ => Ok(()),
    }
}

impl Details {
    /// The shape of what the record states.
    pub fn shape(&self) -> &'static Shape {
        self.stated().kind().shape()
    }
}

impl Record {
    /// Whether this record uses up or descends from its inputs, so that voiding what made them would break it.
    pub fn uses_inputs(&self) -> bool {
        matches!(self.details.shape().input_use, InputUse::Draws | InputUse::Descends)
    }
}

impl Kind {
    /// Whether a record of this kind stands for itself and may not be corrected in place.
    pub fn is_revision(self) -> bool {
        matches!(self, Self::Correct | Self::Void)
    }
}
