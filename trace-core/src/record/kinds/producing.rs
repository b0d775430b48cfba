//! Lots of fungus and of seed: what a factory, a nursery or a grower makes, and what it says of it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::forms::keep_form_of_seed;
use super::growing::warn_generation;
use super::{KindRules, Shaped};
use crate::id::Stage;
use crate::judge::{Case, Findings, party_acted_for};
use crate::record::canonical::MAX_INPUTS;
use crate::record::sealed::Group;
use crate::record::{Beside, InputUse, Name, RecordBody, Refusal, Shape};
use crate::state::{Stop, View};
use crate::tianma::{FungusSpecies, Generation, PartyRole, Product, SizeClass};

/// A factory or nursery makes bottles of fungus, or seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Produce {
    /// Of a fungus: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub species: Option<FungusSpecies>,
    /// Its strain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strain: Option<Name>,
    /// The day on which it was inoculated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inoculated_on: Option<Date>,
    /// Of seed: its generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<Generation>,
    /// Of seed tubers: their size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_class: Option<SizeClass>,
    /// Whether the lot passed the producer's own check.
    pub passed: bool,
}

impl Shaped for Produce {
    const SHAPE: Shape = Shape {
        actors: &[PartyRole::FungusFactory, PartyRole::Nursery, PartyRole::Household, PartyRole::Coop],
        input_use: InputUse::Draws,
        inputs: (0, MAX_INPUTS),
        input_stages: &[Stage::Fungus, Stage::Seed],
        outputs: (1, 20),
        output_stages: &[Stage::Fungus, Stage::Seed],
        must_seal: &[Group::Amounts],
        beside: &[Beside::Contaminated],
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Produce {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        for (i, output) in body.outputs.iter().enumerate() {
            let needs = match output.product {
                Product::MycenaBottle => Some(FungusSpecies::Mycena),
                Product::ArmillariaBottle => Some(FungusSpecies::Armillaria),
                _ => None,
            };
            if self.species != needs {
                let words = |species: Option<FungusSpecies>| match species {
                    Some(species) => (species.zh(), species.code()),
                    None => ("没有写", "nothing"),
                };
                let (product, needs, received) = (output.product, words(needs), words(self.species));
                return Err(Refusal::invalid(
                    "produce_contradicts",
                    format!("/outputs/{i}/product"),
                    format!("产品是{}，菌种种类应为：{}；收到的是：{}", product.zh(), needs.0, received.0),
                    format!("the product is {}; its species: {}, received: {}", product.code(), needs.1, received.1),
                ));
            }
            if needs.is_none() && self.generation.is_none() {
                return Err(Refusal::invalid(
                    "produce_contradicts",
                    format!("/outputs/{i}/product"),
                    format!("产品是{}，要写明代数", output.product.zh()),
                    format!("the product is {}; it needs its generation", output.product.code()),
                ));
            }
        }
        self.check_inoculation(body)
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
        if !self.passed {
            findings.hold("not_passed", "自检不合格，冻结待处理", "the lot did not pass the producer's own check");
        }
        if self.species.is_none() && case.amounts.contaminated.is_some() {
            return Err(only_of_fungus("/amounts/contaminated", ["污染数", "contaminated bottles"]).into());
        }
        let rows = case.inputs(view)?;
        keep_form_of_seed(case, &rows)?;
        warn_generation(self.generation, case, findings);
        // A nursery breeds from the wild, too; whoever else has seed dug it somewhere, and then it is a harvest.
        let maker = party_acted_for(case, view)?;
        let grower = view.party(maker)?.is_some_and(|row| matches!(row.role, PartyRole::Household | PartyRole::Coop));
        let seed = |stage: Stage| stage == Stage::Seed;
        if grower
            && case.record.outputs.iter().any(|output| seed(output.stage))
            && !rows.iter().any(|row| seed(row.stage))
        {
            findings.warn(
                "seed_source",
                "自留种没有写明从哪一茬采来；请登记为采收，在地天麻作来源",
                "own seed names neither a planting nor other seed; record it as a harvest of its planting",
            );
        }
        Ok(())
    }
}

impl Produce {
    /// Bottles are inoculated before they can pass a check, and seed never is.
    fn check_inoculation(&self, body: &RecordBody) -> Result<(), Refusal> {
        let Some(inoculated) = self.inoculated_on else { return Ok(()) };
        if self.species.is_none() {
            return Err(only_of_fungus("/details/inoculated_on", ["接种日期", "a day of inoculation"]));
        }
        let day = body.occurred_at.date();
        if inoculated > day {
            return Err(Refusal::invalid(
                "inoculation_date",
                "/details/inoculated_on",
                format!("接种日期 {inoculated} 晚于记录的日期 {day}；请核对"),
                format!("inoculated on {inoculated}, after the day of the record, {day}; check both"),
            ));
        }
        Ok(())
    }
}

fn only_of_fungus(place: &str, [zh, en]: [&str; 2]) -> Refusal {
    Refusal::invalid(
        "produce_contradicts",
        place,
        format!("只有菌种才写{zh}；请去掉"),
        format!("only a lot of fungus has {en}; leave it out"),
    )
}
