//! Goods become packages.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::forms::keep_form;
use super::making::warn_loss;
use super::{KindRules, Shaped, draws_and_makes};
use crate::balance::Effect;
use crate::code::Gtin14;
use crate::id::Stage;
use crate::judge::{Case, Findings};
use crate::quantity::{Measure, Quantity, said_or_not, words};
use crate::record::canonical::MAX_INPUTS;
use crate::record::sealed::Group;
use crate::record::{InputUse, Output, RecordBody, Refusal, Shape};
use crate::state::{Stop, View};
use crate::tianma::{MatterState, PartyRole, Product};

/// Goods become a sale batch of packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// What is in the packages.
    pub product: Product,
    /// What one package holds.
    pub net_content: Quantity,
    /// GTIN-14 of the product, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<Gtin14>,
    /// Shelf life in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf_life_months: Option<u8>,
}

impl Shaped for Pack {
    const SHAPE: Shape = Shape {
        actors: &[PartyRole::Processor, PartyRole::Seller, PartyRole::Coop, PartyRole::Household],
        input_use: InputUse::Draws,
        inputs: (1, MAX_INPUTS),
        input_stages: &[Stage::Harvest, Stage::Processing, Stage::Sale],
        outputs: (1, 1),
        output_stages: &[Stage::Sale],
        must_seal: &[Group::Amounts],
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Pack {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        let Some(output) = body.outputs.first() else {
            return Ok(());
        };
        self.check_output(output)?;
        if self.net_content.is_zero() || self.net_content.measure() != self.product.measure() {
            return Err(Refusal::invalid(
                "net_content",
                "/details/net_content",
                format!(
                    "净含量 {} 不行；{}按{}计，且大于零",
                    self.net_content.zh(),
                    self.product.zh(),
                    self.product.measure().zh()
                ),
                format!(
                    "the net content is {}; that of {} is a {} above zero",
                    self.net_content.en(),
                    self.product.code(),
                    self.product.measure().en()
                ),
            ));
        }
        Ok(())
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
        let rows = case.inputs(view)?;
        for (i, row) in rows.iter().enumerate() {
            // What was steamed is as wet, and fresh no more.
            let fresh = |product: Product| product.state() == MatterState::Fresh && product != Product::SteamedTianma;
            // A fresh harvest may be packed as fresh tianma; everything else keeps its product.
            if row.product != self.product && !(fresh(row.product) && self.product == Product::FreshTianma) {
                return Err(Refusal::invalid(
                    "transition",
                    format!("/inputs/{i}/batch"),
                    format!("{} 是{}，不能包装成{}", row.code, row.product.zh(), self.product.zh()),
                    format!(
                        "batch {} is {}; it cannot be packed as {}",
                        row.code,
                        row.product.code(),
                        self.product.code()
                    ),
                )
                .into());
            }
        }
        keep_form(case, &rows)?;
        let (input, output) = ((0..rows.len()).map(|i| case.drawn(i)).sum::<i64>(), case.made(0));
        if output > input {
            let (i, o) = (words(self.product.measure(), input), words(self.product.measure(), output));
            return Err(Refusal::invalid(
                "more_out_than_in",
                "/amounts/outputs/0",
                format!("投入 {}，包装 {}，包装的不能多于投入的", i.0, o.0),
                format!("{} was taken and {} is packed; no more can be packed than is taken from the inputs", i.1, o.1),
            )
            .into());
        }
        if let Some(usual) = case.rules.handling_loss_warn_above_per_10000() {
            warn_loss("loss", usual, self.product.measure(), [input, output], findings);
        }
        Ok(self.judge_size(case, findings)?)
    }

    fn effects(&self, case: &Case<'_>, _view: &mut View) -> Result<Vec<Effect>, Stop> {
        Ok(draws_and_makes(case))
    }
}

impl Pack {
    /// A package far from the usual ones mostly means another unit: what no package holds is refused.
    fn judge_size(&self, case: &Case<'_>, findings: &mut Findings) -> Result<(), Refusal> {
        if self.net_content.measure() != Measure::Mass {
            return Ok(());
        }
        let within = |grams: &RangeInclusive<u64>| {
            let mg = i128::from(self.net_content.value());
            (i128::from(*grams.start()) * 1_000..=i128::from(*grams.end()) * 1_000).contains(&mg)
        };
        let range = |grams: &RangeInclusive<u64>| {
            let (least, most) = (grams.start(), grams.end());
            (format!("{least}-{most} 克"), format!("{least} to {most} g"))
        };
        let (net, product) = (self.net_content, self.product);
        if let Some(possible) = case.rules.pack_possible_g().filter(|possible| !within(possible)) {
            let possible = range(&possible);
            return Err(Refusal::invalid(
                "pack_size",
                "/details/net_content",
                format!("一件净含量写的是 {}；应在 {} 之间，请核对单位", net.zh(), possible.0),
                format!("one package is said to hold {}; it holds {}: check the unit", net.en(), possible.1),
            ));
        }
        let usual = if product.state() == MatterState::Fresh {
            case.rules.pack_fresh_g()
        } else {
            let [small, _, sack] = case.rules.pack_dry_g();
            small..=sack
        };
        if !within(&usual) {
            let usual = range(&usual);
            findings.warn(
                "pack_size",
                format!("一件净含量 {}；{}一般为 {}", net.zh(), product.zh(), usual.0),
                format!("one package holds {}; {} is usual for {}", net.en(), usual.1, product.code()),
            );
        }
        Ok(())
    }

    /// What stands on the output is what the details say.
    fn check_output(&self, output: &Output) -> Result<(), Refusal> {
        let said = &output.attributes;
        let number = |number: Option<String>| match number {
            Some(number) => (number.clone(), number),
            None => ("没有写".to_owned(), "nothing".to_owned()),
        };
        let gtin = |gtin: Option<Gtin14>| number(gtin.map(|gtin| gtin.to_string()));
        let months = |months: Option<u8>| number(months.map(|months| months.to_string()));
        let product = |product: Product| (product.zh().to_owned(), product.code().to_owned());
        let (field, [zh, en], found, wanted) = if output.product != self.product {
            ("product", ["产品", "product"], product(output.product), product(self.product))
        } else if said.net_content != Some(self.net_content) {
            let (found, wanted) = (said_or_not(said.net_content), said_or_not(Some(self.net_content)));
            ("attributes/net_content", ["净含量", "net content"], found, wanted)
        } else if said.gtin != self.gtin {
            ("attributes/gtin", ["GTIN", "GTIN"], gtin(said.gtin), gtin(self.gtin))
        } else if said.shelf_life_months != self.shelf_life_months {
            let (found, wanted) = (months(said.shelf_life_months), months(self.shelf_life_months));
            ("attributes/shelf_life_months", ["保质期（月）", "shelf life in months"], found, wanted)
        } else {
            return Ok(());
        };
        Err(Refusal::invalid(
            "pack_contradicts",
            format!("/outputs/0/{field}"),
            format!("产出批次的{zh}：{}；包装记录的：{}；两处要一致", found.0, wanted.0),
            format!("{en} of the output: {}, of the details: {}; both must be the same", found.1, wanted.1),
        ))
    }
}
