//! What a batch is made of, and the origin mark, in words and as a bar of shares.

use super::words::{percent, plain_name, range, say, word};
use crate::http::pages::language::Lang;
use crate::scan::Story;
use crate::scan::story::{Grown, What, Withheld};

/// What a batch is made of, in words.
pub struct OriginView {
    /// Whether all conditions of the mark are met.
    pub marked: bool,
    /// The mark, or that it is withheld.
    pub title: String,
    /// Why, a line each.
    pub reasons: Vec<String>,
    /// The sources with their shares, the largest first; empty where shares cannot be worked out.
    pub parts: Vec<PartView>,
}

/// One source with its share.
pub struct PartView {
    /// Its name.
    pub name: String,
    /// Its share in words.
    pub share: String,
    /// Where its piece of the bar begins, in thousandths of the bar.
    pub from: u32,
    /// How long its piece is, in thousandths.
    pub length: u32,
    /// How the piece is drawn: `own`, `old` for stock from before the system, `out` for what taints.
    pub class: &'static str,
}

pub(super) fn origin(story: &Story, mark: &str, lang: Lang) -> OriginView {
    let origin = &story.origin;
    let marked = origin.withheld.is_empty();
    let made = story.batch.product.is_tianma();
    let title = match (marked, made) {
        (true, true) => {
            say!(
                lang,
                "「{mark}」产地条件：按记录全部符合",
                "“{mark}”: all conditions of origin are met by the records"
            )
        }
        (true, false) => say!(
            lang,
            "所用天麻：「{mark}」产地条件按记录全部符合",
            "The tianma in it meets all conditions of “{mark}” by the records"
        ),
        (false, _) => say!(lang, "不标示「{mark}」产地", "The mark “{mark}” is withheld"),
    };
    let mut reasons: Vec<String> = origin.withheld.iter().map(|reason| why(*reason, story, lang)).collect();
    if marked {
        reasons.push(
            lang.t(
                "变型、采收季节、登记地块和海拔都符合，没有外地或来源不明的部分。",
                "Form, season, registered plots and altitude fit, and nothing came from outside.",
            )
            .to_owned(),
        );
        reasons.push(age(story, lang));
    }
    OriginView { marked, title, reasons, parts: parts(story, lang) }
}

/// The age that the origin notice asks for, as far as records tell it.
fn age(story: &Story, lang: Lang) -> String {
    let Grown { months, least_years, old_enough } = story.origin.grown;
    match months {
        _ if old_enough => say!(
            lang,
            "从种下到采收都满 {least_years} 年，原产地公告要求的年限符合。",
            "All of it was in the ground for {least_years} years and more, as the origin notice asks."
        ),
        Some(months) => {
            let months = range(months, lang.t("个月", "months"));
            say!(
                lang,
                "原产地公告还要求满 {least_years} 年：从种下到采收 {months}，种麻此前长了多久没有记录，年限无法核对。",
                "The origin notice asks for {least_years} years as well: {months} from planting to harvest, and how long the tubers \
                 had grown before is not on record, so the age cannot be checked."
            )
        }
        None => say!(
            lang,
            "原产地公告还要求满 {least_years} 年：种植日期没有记录，年限无法核对。",
            "The origin notice asks for {least_years} years as well: the day of planting is not on record, so the age cannot be \
             checked."
        ),
    }
}

fn why(reason: Withheld, story: &Story, lang: Lang) -> String {
    let share_of = |tainting: trace_core::tianma::Origin| {
        let shares = story.origin.brought_in_ppm.as_ref()?;
        let found = shares.iter().filter(|(stock, _)| stock.origin == tainting);
        let names: Vec<String> =
            found.clone().filter_map(|(stock, _)| stock.place.as_ref()).map(ToString::to_string).collect();
        Some((percent(found.map(|(_, ppm)| ppm).sum(), lang), names.join(lang.t("、", ", "))))
    };
    match reason {
        Withheld::Outside => match share_of(trace_core::tianma::Origin::Outside) {
            Some((share, place)) => say!(lang, "{share} 来自外地（{place}）", "{share} comes from outside ({place})"),
            None => lang.t("有一部分来自外地", "Part of it comes from outside").to_owned(),
        },
        Withheld::UnknownOrigin => match share_of(trace_core::tianma::Origin::Unknown) {
            Some((share, _)) => say!(lang, "{share} 来源不明", "{share} is of unknown origin"),
            None => lang.t("有一部分来源不明", "Part of it is of unknown origin").to_owned(),
        },
        Withheld::BeforeSystem => match share_of(trace_core::tianma::Origin::BeforeSystem) {
            Some((share, _)) => say!(
                lang,
                "{share} 是系统启用前的存货，没有地块记录",
                "{share} was in stock before the system began; no plot is on record"
            ),
            None => lang.t("有一部分是系统启用前的存货", "Part of it was in stock before the system began").to_owned(),
        },
        Withheld::OutsideSeed => lang
            .t("所用种子或菌种来自外地或来源不明", "It grew from seed or fungus from outside or of unknown origin")
            .to_owned(),
        Withheld::Form => lang
            .t("变型不在保护范围，或无记录", "Its form is not one of the protected origin, or not on record")
            .to_owned(),
        Withheld::Plot => lang.t("有一部分不是采自登记的地块", "Part of it was dug from no registered plot").to_owned(),
        Withheld::Altitude => lang
            .t("有地块海拔不在保护范围，或无记录", "A plot's altitude is outside the protected range, or not on record")
            .to_owned(),
        Withheld::Season => {
            lang.t("有一部分不是在保护采收季节采收", "Part of it was dug outside the protected season").to_owned()
        }
        Withheld::Age => {
            let years = story.origin.grown.least_years;
            say!(
                lang,
                "有一部分从播种到采收不满 {years} 年，不到原产地公告要求的年限",
                "Part of it was dug less than {years} years after it was sown, younger than the origin notice asks"
            )
        }
        Withheld::Sulphur => lang
            .t("有一部分用硫磺熏蒸过，不能标示产地", "Part of it was fumigated with sulphur, which disqualifies it")
            .to_owned(),
        Withheld::Frozen => {
            lang.t("谱系中有批次被冻结、召回或作废", "A batch of its lineage is frozen, recalled or void").to_owned()
        }
        Withheld::NoHarvest => lang.t("没有可以追溯到的采收记录", "No harvest can be traced").to_owned(),
    }
}

/// Sources by village and by where stock was brought in from.
fn parts(story: &Story, lang: Lang) -> Vec<PartView> {
    let mut sources: Vec<(String, u32, &'static str)> = Vec::new();
    for step in &story.steps {
        if let What::Harvest { villages, .. } = &step.what {
            let shares = villages.iter().filter_map(|(village, row)| Some((village, row.share_ppm?)));
            sources.extend(shares.map(|(village, ppm)| (plain_name(village.as_ref(), lang), ppm, "own")));
        }
    }
    for (stock, ppm) in story.origin.brought_in_ppm.iter().flatten() {
        let origin = word(stock.origin, lang);
        let name = stock
            .place
            .as_ref()
            .map_or_else(|| origin.to_owned(), |place| say!(lang, "{origin} {place}", "{origin}: {place}"));
        sources.push((name, *ppm, if stock.origin.taints() { "out" } else { "old" }));
    }
    sources.sort_by_key(|(_, ppm, _)| std::cmp::Reverse(*ppm));
    let mut from = 0;
    let shown = sources.into_iter().take(8);
    shown
        .map(|(name, ppm, class)| {
            let part =
                PartView { name, share: percent(ppm, lang), from: from / 1_000, length: ppm.div_ceil(1_000), class };
            from += ppm;
            part
        })
        .collect()
}
