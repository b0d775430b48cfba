//! What a correction may change beside day and amounts, kind by kind: a table of the details and of the batches'
//! attributes, and one way to show, read and set whatever stands in it.
//!
//! It deliberately judges nothing: what a kind allows is the core's to say.

use jiff::civil::Date;
use serde_json::{Map, Value, json};
use trace_core::code::Gtin14;
use trace_core::id::Stage;
use trace_core::quantity::{Measure, Quantity, Stated};
use trace_core::record::{Kind, Output};
use trace_core::tianma::{
    Channel, Condition, Form, Fuel, FungusSpecies, Generation, Grade, Origin, PlantMethod, Propagation, ReturnReason,
    Season, SeedSource, SizeClass, TuberSize,
};

use crate::http::pages::app::form::{Field, Look, choices};
use crate::http::pages::language::Lang;

/// Kinds that a page can correct.
pub fn correctable(kind: Kind) -> bool {
    use Kind::{BringIn, Harvest, Pack, Plant, Process, Produce, Receive, Return, Ship};
    matches!(kind, BringIn | Harvest | Pack | Plant | Process | Produce | Receive | Return | Ship)
}

/// How a fact is typed.
#[derive(Clone, Copy)]
enum Typed {
    List(fn(Lang) -> Vec<(String, String)>),
    Text,
    Day,
    Whole,
    Yes,
    Gtin,
    Amount(Measure),
}

/// Something that a record says, under its key in the details or the attributes; `a/b` is `b` within `a`.
#[derive(Clone, Copy)]
pub struct Fact {
    key: &'static str,
    zh: &'static str,
    en: &'static str,
    typed: Typed,
    optional: bool,
}

const fn must(key: &'static str, zh: &'static str, en: &'static str, typed: Typed) -> Fact {
    Fact { key, zh, en, typed, optional: false }
}

const fn may(key: &'static str, zh: &'static str, en: &'static str, typed: Typed) -> Fact {
    Fact { key, zh, en, typed, optional: true }
}

const FORM: Fact = may("form", "变型", "Form", Typed::List(|lang| choices(Form::ALL, lang)));
const GRADE: Fact = may("grade", "等级", "Grade", Typed::List(|lang| choices(Grade::ALL, lang)));
const STRAIN: Fact = may("strain", "菌株", "Strain", Typed::Text);
const GENERATION: Fact = may("generation", "代数", "Generation", Typed::List(|lang| choices(Generation::ALL, lang)));
const SIZE: Fact = may("size_class", "大小", "Size class", Typed::List(|lang| choices(SizeClass::ALL, lang)));
const SOURCE: Fact = may("source", "种源", "Source of the seed", Typed::List(|lang| choices(SeedSource::ALL, lang)));
const PROPAGATION: Fact =
    may("propagation", "有性或无性", "From capsules or tubers", Typed::List(|lang| choices(Propagation::ALL, lang)));

/// What the details of a kind say; of lots also by what was made.
pub fn of_details(kind: Kind, outputs: &[Output]) -> Vec<Fact> {
    let fungus = outputs.iter().any(|output| output.stage == Stage::Fungus);
    let passed = must("passed", "自检合格", "Passed its own check", Typed::Yes);
    match kind {
        Kind::Plant => vec![
            must("method", "种植方式", "Method", Typed::List(|lang| choices(PlantMethod::ALL, lang))),
            Fact { optional: false, ..FORM },
            PROPAGATION,
            may("wood_permit", "采伐许可", "Permit of the wood", Typed::Text),
        ],
        Kind::Pack => vec![
            must("net_content", "每包净含量", "Net content of one package", Typed::Amount(Measure::Mass)),
            may("shelf_life_months", "保质期（月）", "Shelf life, months", Typed::Whole),
            may("gtin", "商品条码 GTIN", "GTIN (bar code number)", Typed::Gtin),
        ],
        Kind::Ship => {
            vec![may("channel", "销售渠道", "Channel", Typed::List(|lang| choices(Channel::ALL, lang)))]
        }
        Kind::Produce if fungus => vec![
            may("species", "菌种", "Species", Typed::List(|lang| choices(FungusSpecies::ALL, lang))),
            STRAIN,
            may("inoculated_on", "接种日期", "Day of inoculation", Typed::Day),
            passed,
        ],
        Kind::Produce => vec![Fact { optional: false, ..GENERATION }, SIZE, passed],
        Kind::BringIn => vec![
            must("origin", "从哪里来", "Where it is from", Typed::List(|lang| choices(Origin::ALL, lang))),
            may("place", "产地", "Place of origin", Typed::Text),
        ],
        Kind::Return => {
            vec![must("reason", "退货原因", "Reason", Typed::List(|lang| choices(ReturnReason::ALL, lang)))]
        }
        Kind::Harvest => vec![
            must("season", "季节", "Season", Typed::List(|lang| choices(Season::ALL, lang))),
            must("final", "这一茬采完了", "The planting is dug up", Typed::Yes),
        ],
        Kind::Receive => {
            vec![must("condition", "货况", "Condition", Typed::List(|lang| choices(Condition::ALL, lang)))]
        }
        Kind::Process => vec![
            may("temperatures/min_celsius", "最低温度 ℃", "Lowest temperature, °C", Typed::Whole),
            may("temperatures/max_celsius", "最高温度 ℃", "Highest temperature, °C", Typed::Whole),
            may("fuel", "燃料", "Fuel", Typed::List(|lang| choices(Fuel::ALL, lang))),
            may("hours", "小时数", "Hours", Typed::Whole),
            may("minutes", "蒸制分钟数", "Minutes in the steam", Typed::Whole),
            may(
                "tuber_size",
                "蒸制的天麻大小",
                "Size of the steamed tubers",
                Typed::List(|lang| choices(TuberSize::ALL, lang)),
            ),
            may("sulphur_fumigated", "用硫磺熏蒸过", "Fumigated with sulphur", Typed::Yes),
        ],
        _ => Vec::new(),
    }
}

/// What is said of a batch that the kind made; what follows from its inputs or details is not asked again.
pub fn of_output(kind: Kind, output: &Output) -> &'static [Fact] {
    match (kind, output.stage) {
        (Kind::BringIn, Stage::Fungus) => &[STRAIN],
        (Kind::BringIn, Stage::Seed) => &[FORM, GENERATION, SIZE, SOURCE, PROPAGATION],
        (Kind::BringIn, Stage::Harvest | Stage::Processing) => &[FORM, GRADE],
        (Kind::Harvest, Stage::Seed) => &[FORM, GENERATION, SIZE, SOURCE],
        (Kind::Harvest, Stage::Harvest) => &[FORM],
        (Kind::Produce, Stage::Seed) => &[FORM, SOURCE],
        (Kind::Process, Stage::Processing) => &[GRADE],
        _ => &[],
    }
}

/// Attributes that follow from the details, which the core fills in anew.
pub fn following(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Plant => &["form", "propagation"],
        Kind::Produce => &["generation", "size_class", "strain"],
        _ => &[],
    }
}

impl Fact {
    /// The field of the form, behind what tells whose fact it is.
    pub fn name(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.key.replace('/', "-"))
    }

    /// Whether a place within the same object speaks of it.
    pub fn is_at(&self, pointer: &str) -> bool {
        pointer == self.key || self.key.split('/').next() == Some(pointer)
    }

    /// The field that asks for it.
    pub fn field(&self, prefix: &str, of: &str, lang: Lang) -> Field {
        let (name, label) = (self.name(prefix), format!("{} {of}", lang.t(self.zh, self.en)));
        let label = label.trim_end();
        let field = match self.typed {
            Typed::List(offered) => Field::list(&name, label, offered(lang)),
            Typed::Yes => Field::list(
                &name,
                label,
                [("yes", lang.t("是", "yes")), ("no", lang.t("否", "no"))]
                    .map(|(value, label)| (value.to_owned(), label.to_owned()))
                    .into(),
            ),
            Typed::Day => Field::new(&name, label, Look::Day),
            Typed::Text | Typed::Whole | Typed::Gtin | Typed::Amount(_) => Field::line(name, label),
        };
        if self.optional { field.optional() } else { field }
    }

    /// What the object says of it, as one would type it.
    pub fn of(&self, object: &Value) -> String {
        match object.pointer(&format!("/{}", self.key)) {
            None => String::new(),
            Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(other) => {
                let quantity = serde_json::from_value::<Quantity>(other.clone()).ok();
                let stated = quantity.and_then(|quantity| Stated::of(quantity).ok());
                stated.map(|stated| stated.typed().to_owned()).unwrap_or_default()
            }
        }
    }

    /// Says it anew.
    ///
    /// # Errors
    /// What is wrong with what was typed, in the reader's language.
    pub fn set(&self, object: &mut Map<String, Value>, text: &str, lang: Lang) -> Result<(), String> {
        if text.is_empty() {
            if !self.optional {
                return Err(lang.t("这一项要填", "this has to be filled in").to_owned());
            }
            put(object, self.key, None);
            return Ok(());
        }
        let value = match self.typed {
            Typed::List(_) | Typed::Text => json!(text),
            Typed::Day => json!(text.parse::<Date>().map_err(|_| {
                let zh = format!("日期“{text}”看不懂，请写成 2026-11-20 这样");
                lang.t(&zh, &format!("'{text}' is no date; write it as 2026-11-20")).to_owned()
            })?),
            Typed::Yes => json!(text == "yes"),
            Typed::Whole => json!(text.parse::<u32>().map_err(|_| {
                let zh = format!("“{text}”应是整数，例如 60");
                lang.t(&zh, &format!("'{text}' should be a whole number such as 60")).to_owned()
            })?),
            Typed::Gtin => json!(Gtin14::parse(text).map_err(|error| {
                let zh = format!("“{text}”不是有效的 GTIN：应为 8 到 14 位数字，最后一位是校验位");
                lang.t(&zh, &error.to_string()).to_owned()
            })?),
            Typed::Amount(usual) => {
                // In the measure that it has: what was counted is not weighed now.
                let before = object.get(self.key).cloned().map(serde_json::from_value::<Quantity>);
                let measure = before.and_then(Result::ok).map_or(usual, Quantity::measure);
                let stated = Stated::parse(text, measure);
                json!(stated.map_err(|error| lang.t(&error.zh(), &error.to_string()).to_owned())?.quantity())
            }
        };
        put(object, self.key, Some(value));
        Ok(())
    }
}

/// Puts a value under a key, or takes it away; an object that is empty then is taken away too.
fn put(object: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    match (key.split_once('/'), value) {
        (Some((outer, inner)), value) => {
            let mut within = object.remove(outer).and_then(|one| one.as_object().cloned()).unwrap_or_default();
            put(&mut within, inner, value);
            if !within.is_empty() {
                object.insert(outer.to_owned(), Value::Object(within));
            }
        }
        (None, Some(value)) => drop(object.insert(key.to_owned(), value)),
        (None, None) => drop(object.remove(key)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn what_is_typed_again_is_the_same() {
        let before = json!({"net_content": {"unit": "mg", "value": 250_000}, "shelf_life_months": 24});
        let mut after = before.as_object().unwrap().clone();
        for fact in of_details(Kind::Pack, &[]) {
            let text = fact.of(&before);
            fact.set(&mut after, &text, Lang::Zh).unwrap();
        }
        assert_eq!(Value::Object(after), before);
    }

    #[test]
    fn a_fact_within_another_comes_and_goes() {
        let facts = of_details(Kind::Process, &[]);
        let mut object = Map::new();
        facts[0].set(&mut object, "55", Lang::Zh).unwrap();
        assert_eq!(Value::Object(object.clone()), json!({"temperatures": {"min_celsius": 55}}));
        assert!(facts[0].is_at("temperatures") && facts[0].is_at("temperatures/min_celsius"));
        facts[0].set(&mut object, "", Lang::Zh).unwrap();
        assert!(object.is_empty());
        assert!(facts[0].set(&mut object, "x", Lang::Zh).is_err());
    }

    #[test]
    fn every_kind_that_can_be_corrected_may_be() {
        for kind in Kind::ALL.iter().copied().filter(|kind| correctable(*kind)) {
            assert!(kind.shape().revisable, "{kind}");
            assert!(!of_details(kind, &[]).is_empty(), "{kind}");
        }
    }
}
