//! What amounts say of a step and of packages: sentences with gaps. Pages that are sent fill them here; while people
//! type, `static/work.js` fills the very same ones, which stand with units and figures in the form's `data-live`.
//!
//! It deliberately has no figure of its own: they are those of the rules table, and the ledger looks at what is sent.

use std::collections::BTreeMap;

use serde::Serialize;
use trace_core::quantity::{Measure, Quantity};
use trace_core::tianma::{DryFreshBounds, Form, Product, RulesTable};

use crate::http::pages::app::words::quantity_words;
use crate::http::pages::language::Lang;

/// A sentence and how bad it is: a class of the style.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    pub class: &'static str,
    pub words: String,
    /// Whether the ledger would refuse what this is said of.
    #[serde(skip)]
    pub refused: bool,
}

impl Said {
    fn new(class: &'static str, words: String) -> Self {
        Self { class, words, refused: false }
    }

    fn refused(words: String) -> Self {
        Self { class: "bad", words, refused: true }
    }
}

/// What is said of a ratio: the worst bound that it is above, else whether it is below the least, else that it is
/// usual. In kilograms dry for ten thousand fresh.
#[derive(Debug, Clone, Serialize)]
pub struct Scale {
    above: [(u64, Said); 3],
    below: (u64, Said),
    usual: Said,
}

impl Scale {
    fn of(bounds: DryFreshBounds, lang: Lang) -> Self {
        let said = |class, zh: String, en: String| Said::new(class, lang.t(&zh, &en).to_owned());
        let (refuse, hold) = (share(bounds.refuse_above), share(bounds.hold_above));
        let (least, most) = (share(bounds.warn_below), share(bounds.warn_above));
        let unusual = said(
            "warn",
            format!("一般为 {least}–{most}，请再核对"),
            format!("{least} to {most} is usual; check the amounts again"),
        );
        Self {
            above: [
                (
                    bounds.refuse_above,
                    Said::refused(
                        lang.t(
                            &format!("任何天麻都不会超过 {refuse}，不能保存"),
                            &format!("no tianma gives more than {refuse}: it will be refused"),
                        )
                        .to_owned(),
                    ),
                ),
                (
                    bounds.hold_above,
                    said(
                        "bad",
                        format!("超过 {hold}，保存后会被冻结，等品牌办核查"),
                        format!("above {hold} it is held until the office has checked it"),
                    ),
                ),
                (bounds.warn_above, unusual.clone()),
            ],
            below: (bounds.warn_below, unusual),
            usual: said(
                "good",
                format!("在一般范围 {least}–{most} 之内"),
                format!("within the usual {least} to {most}"),
            ),
        }
    }

    fn said(&self, dry: i64, fresh: i64) -> &Said {
        let per_10000 = i128::from(dry) * 10_000;
        let bound = |bound: u64| i128::from(bound) * i128::from(fresh);
        let above = self.above.iter().find(|(least, _)| per_10000 > bound(*least));
        match above {
            Some((_, said)) => said,
            None if per_10000 < bound(self.below.0) => &self.below.1,
            None => &self.usual,
        }
    }
}

/// Parts of ten thousand as people read them: `0.25`.
fn share(per_10000: u64) -> String {
    format!("{}.{:02}", per_10000 / 10_000, per_10000 % 10_000 / 100)
}

/// Everything that the script needs to say what the server would say.
#[derive(Debug, Clone, Serialize)]
pub struct Live {
    /// Spellings of units by measure, in base units.
    units: BTreeMap<&'static str, BTreeMap<&'static str, i64>>,
    /// Whether digits stand in groups of three.
    grouped: bool,
    mass: String,
    piece: String,
    pieces: String,
    left: &'static str,
    over: &'static str,
    step: Option<OfStep>,
    pack: Option<OfPack>,
}

/// The sentences of a step of work.
#[derive(Debug, Clone, Serialize)]
struct OfStep {
    made: &'static str,
    ratio: &'static str,
    loss: &'static str,
    gain: [Said; 2],
    scanned: &'static str,
    /// Products that fall out of the one that goes in by drying.
    dries: Vec<&'static str>,
    /// By form; the one without a name is for several forms, and for none.
    scales: BTreeMap<&'static str, Scale>,
}

/// The sentences of packing.
#[derive(Debug, Clone, Serialize)]
struct OfPack {
    whole: &'static str,
    broken: &'static str,
    /// What the batch holds, in base units.
    holds: i64,
}

impl Live {
    /// Units and amounts alone, for a form that is only summed up.
    pub fn sums(lang: Lang) -> Self {
        let units = [("mass", Measure::Mass), ("count", Measure::Count)];
        // The core's own words with gaps where its digits stand.
        let one_kg = quantity_words(lang, Quantity::kg(1));
        Self {
            units: units.into_iter().map(|(name, measure)| (name, measure.spellings().collect())).collect(),
            grouped: lang == Lang::En,
            mass: one_kg.replacen('1', "{kg}", 1).replacen('2', "{jin}", 1),
            piece: quantity_words(lang, Quantity::count(1)).replacen('1', "{n}", 1),
            pieces: quantity_words(lang, Quantity::count(2)).replacen('2', "{n}", 1),
            left: lang.t("还剩 {amount}", "leaves {amount}"),
            over: lang.t("比剩余多 {amount}，不能保存", "{amount} more than is left: it will be refused"),
            step: None,
            pack: None,
        }
    }

    /// For a step: what dries, and what is usual of each form, where something does.
    pub fn step(dries: &[Product], rules: Option<&RulesTable>, lang: Lang) -> Self {
        let forms = Form::ALL.iter().map(|form| (form.code(), Some(*form))).chain([("", None)]);
        let scales = |rules: &RulesTable| {
            forms.map(|(code, form)| (code, Scale::of(rules.dry_fresh_per_10000(form), lang))).collect()
        };
        let step = OfStep {
            made: lang.t("产出合计 {amount}", "comes out: {amount}"),
            ratio: ratio_words(lang),
            loss: loss_words(lang),
            gain: gain(lang),
            scanned: lang.t("扫描的批次在下一页一起计算", "batches that were scanned are counted in on the next page"),
            dries: dries.iter().map(|product| product.code()).collect(),
            scales: rules.map(scales).unwrap_or_default(),
        };
        Self { step: Some(step), ..Self::sums(lang) }
    }

    /// For packages out of a batch that holds so much.
    pub fn pack(holds: i64, lang: Lang) -> Self {
        let pack = OfPack {
            whole: lang.t("{n} 包 × {net} = {amount}", "{n} × {net} = {amount}"),
            broken: lang.t(
                "其中 {amount} 不够一包，留在包装批次里，不能赋码",
                "of it {amount} is less than a package: it stays in the batch of packages without a code",
            ),
            holds,
        };
        let left = lang.t("原批次还剩 {amount}", "leaves {amount} in the batch that it comes from");
        Self { pack: Some(pack), left, ..Self::sums(lang) }
    }

    /// As the form's attribute.
    pub fn attribute(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What is left of a batch when so much is taken.
    pub fn left(&self, lang: Lang, measure: Measure, holds: i64, taken: i64) -> Said {
        let amount = Quantity::new(measure, (holds - taken).abs()).map(|one| quantity_words(lang, one));
        let words = |sentence| fill(sentence, &[("amount", &*amount.unwrap_or_default())]);
        if taken > holds { Said::refused(words(self.over)) } else { Said::new("good", words(self.left)) }
    }

    /// How many packages of this net content there are in an amount, and what stays in the batch.
    pub fn packages(&self, lang: Lang, net: Quantity, packed: Quantity) -> Vec<Said> {
        let Some(pack) = self.pack.as_ref().filter(|_| net.value() > 0 && net.measure() == packed.measure()) else {
            return Vec::new();
        };
        let words = |value: i64| Quantity::new(net.measure(), value).map(|one| quantity_words(lang, one));
        let good = |words| Said::new("good", words);
        let whole = packed.value() / net.value();
        let amount = words(whole * net.value()).unwrap_or_default();
        let gaps = [("n", &*whole.to_string()), ("net", &quantity_words(lang, net)), ("amount", &amount)];
        let mut said = vec![good(fill(pack.whole, &gaps))];
        let rest = packed.value() % net.value();
        if rest > 0 {
            let rest = words(rest).unwrap_or_default();
            said.push(Said::new("warn", fill(pack.broken, &[("amount", &rest)])));
        }
        said.push(self.left(lang, net.measure(), pack.holds, packed.value()));
        said
    }
}

fn ratio_words(lang: Lang) -> &'static str {
    lang.t("干鲜比 {share}（{inverse} 出干 1）", "dry to fresh {share} ({inverse} for 1 dry)")
}

fn loss_words(lang: Lang) -> &'static str {
    lang.t("损耗 {share} %", "loss {share} %")
}

fn gain(lang: Lang) -> [Said; 2] {
    let words = lang.t("产出多于投入", "More comes out than went in");
    let refused = lang.t("不能保存，请核对数量和单位", "it will be refused; check amounts and units");
    [words, refused].map(|words| Said::refused(words.to_owned()))
}

/// The ratio of what is dry to what was fresh, and what to think of it.
pub fn drying(rules: &RulesTable, form: Option<Form>, dry: i64, fresh: i64, lang: Lang) -> [Said; 2] {
    let per_10000 = i128::from(dry) * 10_000 / i128::from(fresh.max(1));
    let shown = share(u64::try_from(per_10000).unwrap_or(0) + 50);
    let inverse = i128::from(fresh) * 100 / i128::from(dry.max(1));
    let inverse = format!("{}.{:02}", inverse / 100, inverse % 100);
    let usual = Scale::of(rules.dry_fresh_per_10000(form), lang).said(dry, fresh).clone();
    let words = fill(ratio_words(lang), &[("share", &shown), ("inverse", &inverse)]);
    [Said { words, ..usual.clone() }, usual]
}

/// What was lost where nothing dries; nothing where nothing went in.
pub fn loss(lang: Lang, went_in: i64, came_out: i64) -> Vec<Said> {
    if went_in <= 0 {
        return Vec::new();
    }
    if came_out > went_in {
        return gain(lang).into();
    }
    let per_1000 = i128::from(went_in - came_out) * 1_000 / i128::from(went_in);
    let share = format!("{}.{}", per_1000 / 10, per_1000 % 10);
    vec![Said::new("good", fill(loss_words(lang), &[("share", &share)]))]
}

fn fill(sentence: &str, gaps: &[(&str, &str)]) -> String {
    gaps.iter().fold(sentence.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn words(said: &[Said]) -> Vec<&str> {
        said.iter().map(|one| &*one.words).collect()
    }

    #[test]
    fn loss_is_said_in_tenths_of_a_percent() {
        assert_eq!(words(&loss(Lang::En, 1_000, 965)), ["loss 3.5 %"]);
        assert!(loss(Lang::En, 1_000_000, 1_000_001)[0].refused, "a millionth more is more");
        assert_eq!(words(&loss(Lang::Zh, 1_000, 1_000)), ["损耗 0.0 %"]);
        assert!(loss(Lang::Zh, 0, 0).is_empty());
    }

    #[test]
    fn a_ratio_is_usual_up_to_its_bounds() {
        let bounds = DryFreshBounds { warn_below: 1_800, warn_above: 3_400, hold_above: 3_600, refuse_above: 4_800 };
        let scale = Scale::of(bounds, Lang::Zh);
        let class = |dry| scale.said(dry, 10_000).class;
        assert_eq!([1_799, 1_800, 3_400, 3_401, 3_601].map(class), ["warn", "good", "good", "warn", "bad"]);
        assert_eq!(scale.said(4_801, 10_000).words, "任何天麻都不会超过 0.48，不能保存");
    }

    #[test]
    fn the_scripts_words_are_the_cores_words_with_gaps() {
        let live = Live::sums(Lang::Zh);
        assert_eq!([&*live.mass, &*live.pieces], ["{kg} kg（{jin} 斤）", "{n} 件"]);
        let live = Live::sums(Lang::En);
        assert_eq!([&*live.mass, &*live.piece, &*live.pieces], ["{kg} kg ({jin} jin)", "{n} piece", "{n} pieces"]);
        assert_eq!(live.units["mass"]["斤"], 500_000);
    }

    #[test]
    fn packages_are_whole_and_the_rest_is_told() {
        let live = Live::pack(10_000_000, Lang::En);
        let net = Quantity::mass_mg(300_000).unwrap();
        let said = live.packages(Lang::En, net, Quantity::kg(10));
        assert_eq!(said[0].words, "33 × 0.3 kg (0.6 jin) = 9.9 kg (19.8 jin)");
        assert_eq!(
            said[1].words,
            "of it 0.1 kg (0.2 jin) is less than a package: it stays in the batch of packages without a code"
        );
        assert_eq!(said[2].words, "leaves 0 kg (0 jin) in the batch that it comes from");
        let over = live.packages(Lang::En, net, Quantity::kg(12));
        assert_eq!((over[1].refused, &*over[1].words), (true, "2 kg (4 jin) more than is left: it will be refused"));
    }
}
