//! On the plot, and what is there from before: bring in, plant, tend, harvest.
//!
//! It lacks lots of fungus and seed, which are [`super::producing`]'s.

use serde::{Deserialize, Serialize};

use super::forms::same_form;
use super::land::{fresh_mg, grown_long_enough, judge_yield, opened_site, rested, still_open, was_free};
use super::planting::{judge_ground, judge_means};
use super::{KindRules, Shaped, draws_and_makes};
use crate::balance::Effect;
use crate::id::Stage;
use crate::judge::{Case, Findings};
use crate::record::canonical::MAX_INPUTS;
use crate::record::sealed::Group;
use crate::record::shape::ANY_STAGE;
use crate::record::{Beside, InputUse, Name, RecordBody, Refusal, RegisteredCode, Shape};
use crate::state::{Stop, View};
use crate::tianma::{
    Form, Generation, Origin, PartyRole, PlantMethod, Propagation, Season, TendOperation, WoodSpecies,
};

/// Stock that was there before the system, or comes from outside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BringIn {
    /// Where it is from; `outside` and `unknown` taint all that descends from it.
    pub origin: Origin,
    /// County or place of origin, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Name>,
}

impl Shaped for BringIn {
    const SHAPE: Shape = Shape {
        outputs: (1, 100),
        output_stages: ANY_STAGE,
        must_seal: &[Group::Amounts],
        may_seal: &[Group::Terms],
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for BringIn {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        if self.origin == Origin::Outside && self.place.is_none() {
            return Err(Refusal::invalid(
                "place_missing",
                "/details/place",
                "外地来货要写明产地",
                "stock from outside needs the place that it comes from",
            ));
        }
        let plantings = body.outputs.iter().filter(|output| output.stage == Stage::Planting).count();
        if plantings > 0 && (plantings > 1 || body.site.is_none() || body.outputs.len() > 1) {
            return Err(planting_needs_site());
        }
        Ok(())
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
        if self.origin.taints() {
            findings.warn(
                "outside_origin",
                format!("来源为“{}”，由它产生的批次都会注明", self.origin.zh()),
                format!("origin '{}': all that descends from it will say so", self.origin.code()),
            );
        }
        if self.origin == Origin::BeforeSystem
            && let Some(ledger) = view.ledger()?
            && case.record.actor != case.office
            && case.record.entered_by != Some(case.office)
        {
            // Otherwise anybody could bring in untainted stock at any time, and the land's cap would mean nothing. The
            // day that the record itself claims proves nothing, so the day of its arrival counts too.
            let days = i64::try_from(case.rules.opening_stock_days()).unwrap_or(i64::MAX);
            let last = ledger.founded_on.saturating_add(jiff::Span::new().try_days(days).unwrap_or_default());
            let founded_on = ledger.founded_on;
            if case.record.occurred_at.date() > founded_on || case.zone.date_at(case.received_at) > last {
                findings.hold(
                    "late_opening_stock",
                    format!("账本创立于 {founded_on}，{last} 以后登记的期初存货须经品牌办核实放行"),
                    format!(
                        "the ledger was founded on {founded_on}; opening stock of a later day, or told after {last}, \
                         needs the office"
                    ),
                );
            }
        }
        for output in &case.record.outputs {
            warn_generation(output.attributes.generation, case, findings);
        }
        was_free(case, view)?;
        still_open(case, view)
    }

    fn effects(&self, case: &Case<'_>, _view: &mut View) -> Result<Vec<Effect>, Stop> {
        let mut effects = draws_and_makes(case);
        effects.extend(opened_site(case));
        Ok(effects)
    }
}

/// Seed tubers and fungus go into a plot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plant {
    /// How.
    pub method: PlantMethod,
    /// Which form.
    pub form: Form,
    /// From seed or from tubers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propagation: Option<Propagation>,
    /// Species of the wood laid in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wood: Vec<WoodSpecies>,
    /// Reference of the wood's permit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wood_permit: Option<RegisteredCode>,
}

impl Shaped for Plant {
    const SHAPE: Shape = Shape {
        actors: &[PartyRole::Household, PartyRole::Coop, PartyRole::Nursery],
        input_use: InputUse::Draws,
        inputs: (1, MAX_INPUTS),
        input_stages: &[Stage::Seed, Stage::Fungus],
        outputs: (1, 1),
        output_stages: &[Stage::Planting],
        must_seal: &[Group::Amounts],
        beside: &[Beside::Holes, Beside::Wood],
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Plant {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        if body.site.is_none() {
            return Err(planting_needs_site());
        }
        let forms = body.outputs.iter().filter_map(|output| output.attributes.form);
        if let Some(other) = forms.into_iter().find(|form| *form != self.form) {
            return Err(Refusal::invalid(
                "form_contradicts",
                "/outputs/0/attributes/form",
                format!("种植记录写的是{}，产出批次写的是{}；两处要一致", self.form.zh(), other.zh()),
                format!(
                    "the planting is of form {}, its output says {}; both must be the same",
                    self.form.code(),
                    other.code()
                ),
            ));
        }
        Ok(())
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
        let rows = case.inputs(view)?;
        if !rows.iter().any(|row| row.stage == Stage::Seed) {
            let zh: Vec<_> = rows.iter().map(|row| format!("{}（{}）", row.code, row.product.zh())).collect();
            let en: Vec<_> = rows.iter().map(|row| format!("{} ({})", row.code, row.product.code())).collect();
            return Err(Refusal::invalid(
                "seed_missing",
                "/inputs",
                format!("种植要写明用了哪批种子；写的来源都不是种子：{}", zh.join("、")),
                format!("a planting needs a batch of seed; none of its inputs is one: {}", en.join(", ")),
            )
            .into());
        }
        same_form(self.form, &rows, "/details/form")?;
        judge_means(self.propagation, case, &rows, findings);
        judge_ground(case, findings);
        for row in &rows {
            warn_generation(row.attributes.generation, case, findings);
        }
        if let Some(id) = case.record.site
            && let Some(site) = view.site(id)?
            && let Some(metres) = site.altitude_m
        {
            let protected = case.rules.protected_altitude_m();
            if !protected.contains(&u64::from(metres)) {
                let (low, high) = (protected.start(), protected.end());
                findings.warn(
                    "altitude",
                    format!("海拔 {metres} 米，不在原产地要求的 {low}-{high} 米之内"),
                    format!("{metres} m above sea level lies outside {low}-{high} m of the protected origin"),
                );
            }
        }
        was_free(case, view)?;
        rested(case, view, findings)?;
        still_open(case, view)
    }

    fn effects(&self, case: &Case<'_>, _view: &mut View) -> Result<Vec<Effect>, Stop> {
        let mut effects = draws_and_makes(case);
        effects.extend(opened_site(case));
        Ok(effects)
    }
}

/// Work on a planting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tend {
    /// What was done.
    pub operation: TendOperation,
    /// Registered name of what was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_name: Option<Name>,
    /// Its registration number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegisteredCode>,
    /// Why, in a word: the pest or the lack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Name>,
}

impl Shaped for Tend {
    const SHAPE: Shape = Shape {
        actors: &[PartyRole::Household, PartyRole::Coop, PartyRole::Nursery],
        input_use: InputUse::SpeaksOf,
        inputs: (1, MAX_INPUTS),
        input_stages: &[Stage::Planting],
        may_seal: &[Group::Amounts],
        // What was applied to each planting, and the area that was treated.
        applies: true,
        beside: &[Beside::Area],
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Tend {
    fn check_alone(&self, _body: &RecordBody) -> Result<(), Refusal> {
        if self.operation == TendOperation::PestControl && self.input_name.is_none() {
            return Err(Refusal::invalid(
                "input_missing",
                "/details/input_name",
                "防治病虫要写明所用投入品的登记名称（农产品质量安全法第二十七条）",
                "pest control needs the registered name of what was applied (Farm Produce Quality Law, art. 27)",
            ));
        }
        Ok(())
    }
}

/// A harvest, one of several or the last of a planting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Harvest {
    /// Winter or spring tianma.
    pub season: Season,
    /// Whether the planting is dug up with it.
    #[serde(rename = "final")]
    pub is_final: bool,
}

impl Shaped for Harvest {
    const SHAPE: Shape = Shape {
        actors: &[PartyRole::Household, PartyRole::Coop, PartyRole::Nursery],
        input_use: InputUse::Descends,
        inputs: (1, 1),
        input_stages: &[Stage::Planting],
        outputs: (1, 10),
        output_stages: &[Stage::Harvest, Stage::Seed],
        must_seal: &[Group::Amounts],
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Harvest {
    fn judge(&self, case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
        let Some(planting) = case.inputs(view)?.into_iter().next() else {
            return Ok(());
        };
        // A harvest of before may be corrected, but none is moved to a planting that is closed.
        let was_here = match case.record.supersedes {
            Some(old) => view.edges_of(old)?.iter().any(|edge| edge.batch == planting.code),
            None => false,
        };
        if planting.closings > 0 && !was_here {
            return Err(Refusal::conflict(
                "planting_closed",
                "/inputs/0/batch",
                format!("{} 已登记最后一次采收", planting.code),
                format!("planting {} was closed by its final harvest", planting.code),
            )
            .into());
        }
        if let Some(form) = planting.attributes.form {
            for (i, output) in case.record.outputs.iter().enumerate() {
                if let Some(other) = output.attributes.form.filter(|other| *other != form) {
                    return Err(Refusal::invalid(
                        "form_contradicts",
                        format!("/outputs/{i}/attributes/form"),
                        format!("这块地种的是{}，不能采出{}", form.zh(), other.zh()),
                        format!("the planting is of form {}; so is its harvest, and not {}", form.code(), other.code()),
                    )
                    .into());
                }
            }
        }
        grown_long_enough(case, &planting, view, findings)?;
        judge_yield(case, &planting, findings)
    }

    fn effects(&self, case: &Case<'_>, view: &mut View) -> Result<Vec<Effect>, Stop> {
        let mut effects = draws_and_makes(case);
        let Some(planting) = case.inputs(view)?.into_iter().next() else {
            return Ok(effects);
        };
        effects.push(Effect::Harvest { batch: planting.code, amount: fresh_mg(case) });
        if self.is_final {
            let on = Some(case.record.occurred_at.date());
            effects.push(Effect::Close { batch: planting.code, site: planting.site, area: planting.made, on });
        }
        Ok(effects)
    }
}

fn planting_needs_site() -> Refusal {
    Refusal::invalid(
        "site_missing",
        "/site",
        "种植要写明地块，一条记录一个地块",
        "a planting names its plot, one plot a record",
    )
}

/// Seed degenerates: from a certain generation on this is noted.
pub(super) fn warn_generation(generation: Option<Generation>, case: &Case<'_>, findings: &mut Findings) {
    if let Some(generation) = generation
        && u64::from(generation.number()) >= case.rules.generation_warn_from()
    {
        findings.warn(
            "generation",
            format!("种子为{}，三代以后退化", generation.zh()),
            format!(
                "seed of generation {}: it degenerates from G{} on",
                generation.number(),
                case.rules.generation_warn_from()
            ),
        );
    }
}
