//! Small words: days, shares, parties, the names of rules.

use std::collections::BTreeSet;

use jiff::civil::Date;
use trace_core::quantity::{Measure, Quantity, format_kg};
use trace_core::record::Name;
use trace_core::tianma::{PartyRole, Vocabulary};

use crate::http::pages::language::Lang;
use crate::scan::story::{Manner, Who};

/// A sentence in the reader's language; both are format strings over the same names.
macro_rules! say {
    ($lang:expr, $zh:literal, $en:literal $(,)?) => {
        match $lang {
            $crate::http::pages::language::Lang::Zh => format!($zh),
            $crate::http::pages::language::Lang::En => format!($en),
        }
    };
}
pub(in crate::http::pages) use say;

/// A word of the vocabulary.
pub(in crate::http::pages) fn word<V: Vocabulary>(word: V, lang: Lang) -> &'static str {
    lang.t(word.zh(), word.en())
}

/// Words of a list, one after the other.
pub(super) fn words<V: Vocabulary + Ord>(list: &BTreeSet<V>, lang: Lang) -> String {
    joined(list.iter().map(|one| word(*one, lang).to_owned()), lang)
}

/// One after the other, with the language's comma.
pub(super) fn joined(parts: impl IntoIterator<Item = String>, lang: Lang) -> String {
    let parts: Vec<String> = parts.into_iter().collect();
    parts.join(lang.t("、", ", "))
}

/// Who stands behind a record.
pub(super) fn manner(manner: Manner, lang: Lang) -> String {
    match manner {
        Manner::Signed(role) => {
            let role = word(role, lang);
            say!(lang, "由{role}签名", "signed by the {role}")
        }
        Manner::Website => lang.t("在网站录入", "entered on the website").to_owned(),
        Manner::Clerk => lang.t("代录", "entered by an agent").to_owned(),
        Manner::Office => lang.t("由品牌办录入", "entered by the brand office").to_owned(),
    }
}

/// A day.
pub(in crate::http::pages) fn day(date: Date) -> String {
    date.to_string()
}

/// A range of whole numbers with its unit.
pub(super) fn range((low, high): (u16, u16), unit: &str) -> String {
    if low == high { format!("{low} {unit}") } else { format!("{low}–{high} {unit}") }
}

/// A share as people read it: to the whole percent, and never "0 %" of something or "100 %" of not all.
pub(super) fn percent(ppm: u32, lang: Lang) -> String {
    match ppm {
        0 => "0 %".to_owned(),
        1..10_000 => lang.t("不到 1 %", "less than 1 %").to_owned(),
        1_000_000.. => "100 %".to_owned(),
        990_001.. => lang.t("99 % 以上", "more than 99 %").to_owned(),
        _ => {
            let rounded = (ppm + 5_000) / 10_000;
            say!(lang, "约 {rounded} %", "about {rounded} %")
        }
    }
}

/// Whoever did something: an organisation by its name, a household by its village.
pub(in crate::http::pages) fn who(who: &Who, lang: Lang) -> String {
    let role = word(who.role, lang);
    match (&who.organisation, &who.village) {
        (Some(name), _) if who.role != PartyRole::Household => name.to_string(),
        (_, Some(village)) => say!(lang, "{village}{role}", "a {role} of {village}"),
        _ => role.to_owned(),
    }
}

/// A place's name, or that it is not on record.
pub(super) fn plain_name(name: Option<&Name>, lang: Lang) -> String {
    name.map_or_else(|| lang.t("村名无记录", "village not on record").to_owned(), Name::to_string)
}

/// What a rule looks at. Rules of a later version have no words here yet, so their own name is shown.
pub(super) fn rule_words(rule: &str, lang: Lang) -> String {
    let (zh, en) = match rule {
        "dry_ratio" => ("干鲜比不在常见范围", "the ratio of dry to fresh is unusual"),
        "yield" => ("亩产高于常见范围", "the yield is above the usual range"),
        "altitude" => ("地块海拔不在原产地范围", "a plot lies outside the altitudes of the protected origin"),
        "generation" => ("种子代数偏高", "the seed is of a late generation"),
        "no_armillaria" => ("种植时没有登记蜜环菌", "no Armillaria was named at planting"),
        "seed_source" => ("自留种没有写明从哪一茬采来", "own seed names no planting that it was dug from"),
        "no_mycena" => ("有性繁殖没有登记萌发菌", "no Mycena was named at planting from seed"),
        "seed_amount" => ("种麻用量不在常见范围", "the amount of seed for the area is unusual"),
        "fungus_amount" => ("菌种用量不在常见范围", "the amount of fungus for the area is unusual"),
        "wood_amount" => ("菌材用量不在常见范围", "the amount of wood for the area is unusual"),
        "holes" => ("窝数不在常见范围", "the number of planting holes for the area is unusual"),
        "steam_minutes" => ("蒸制时间不在常见范围", "the time in the steam is unusual"),
        "steamed_late" => ("不是采收当天蒸制", "steamed later than on the day it was dug"),
        "sulphur" => ("用硫磺熏蒸", "fumigated with sulphur"),
        "replanted" => ("地块采完不久又种", "ground was planted again soon after it was dug"),
        "coal" => ("用煤烘干", "dried with coal"),
        "drying_temperature" => ("干燥温度不在常见范围", "the drying temperature is unusual"),
        "pack_size" => ("一件的净含量不在常见范围", "a package holds unusually little or much"),
        "slicing_loss" => ("切片或打粉损耗偏高", "the loss in slicing or milling is high"),
        "loss" => (
            "分级、合批、分批、拼配或包装损耗偏高",
            "much was lost in grading, pooling, splitting, blending or packing",
        ),
        "not_passed" => ("生产者自检未通过", "the producer's own check was not passed"),
        "growing_time" => ("种下不久就采收", "dug too soon after it was planted"),
        "late_opening_stock" => ("系统启用后才补登的期初存货", "opening stock that was entered after the start"),
        "quarantine" => ("退货隔离", "returned goods in quarantine"),
        "stock_gain" => ("盘盈", "a gain at stock-take"),
        "inspection_failed" => ("检验不合格", "an inspection failed"),
        "corrected_while_held" => ("冻结期间更正", "corrected while held"),
        other => return other.to_owned(),
    };
    lang.t(zh, en).to_owned()
}

/// What one package holds, as labels have it: grams below a kilogram.
pub(in crate::http::pages) fn net_words(net: Quantity, lang: Lang) -> String {
    match (net.measure(), net.value()) {
        (Measure::Mass, mg) if mg < 1_000_000 && mg % 1_000 == 0 => {
            let grams = mg / 1_000;
            say!(lang, "{grams} 克", "{grams} g")
        }
        (Measure::Mass, mg) => {
            let kg = format_kg(mg);
            say!(lang, "{kg} 千克", "{kg} kg")
        }
        (_, count) => say!(lang, "{count} 件", "{count} pcs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_share_is_rounded_to_nothing_or_to_all() {
        let shown = |ppm| percent(ppm, Lang::Zh);
        assert_eq!(shown(0), "0 %");
        assert_eq!(shown(1), "不到 1 %");
        assert_eq!(shown(9_999), "不到 1 %");
        assert_eq!(shown(14_999), "约 1 %");
        assert_eq!(shown(15_000), "约 2 %");
        assert_eq!(shown(380_400), "约 38 %");
        assert_eq!(shown(990_000), "约 99 %");
        assert_eq!(shown(999_999), "99 % 以上");
        assert_eq!(shown(1_000_000), "100 %");
    }

    #[test]
    fn a_household_is_told_by_its_village_even_if_it_had_a_name() {
        let household =
            Who {
                role: PartyRole::Household, village: "龙海村".parse().ok(), organisation: "王大山".parse().ok()
            };
        assert_eq!(who(&household, Lang::Zh), "龙海村农户");
        assert_eq!(who(&household, Lang::En), "a household of 龙海村");
    }
}
