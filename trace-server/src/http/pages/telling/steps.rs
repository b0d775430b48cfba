//! Steps of the way in words.

use std::collections::{BTreeMap, BTreeSet};

use trace_core::id::BatchCode;
use trace_core::record::Name;
use trace_core::tianma::{PartyRole, ProcessMethod};

use super::words::{day, joined, manner, net_words, percent, plain_name, range, say, who, word, words};
use crate::http::pages::language::Lang;
use crate::scan::story::{Late, Manner, Receipts, Step, VillageHarvest, What, Who};

/// As many villages, sellers or makers as it names; the rest is counted.
const NAMED_MAX: usize = 6;

/// A step in words.
pub struct StepView {
    /// The first day.
    pub from: String,
    /// The last day, if it is another.
    pub to: Option<String>,
    /// What was done.
    pub title: String,
    /// What is known of it, a line each.
    pub lines: Vec<String>,
    /// That it was typed in late, if so.
    pub late: Option<String>,
    /// How its records came in.
    pub manners: Vec<MannerView>,
    /// The batches that it made, if they are few.
    pub batches: Vec<String>,
    /// How many batches it made, if they are many.
    pub more_batches: Option<String>,
}

/// How records came in, in words.
pub struct MannerView {
    /// The words, with the number where there are several ways.
    pub words: String,
    /// Whether the party's own signature stands under them.
    pub signed: bool,
}

pub(super) fn step(step: &Step, lang: Lang) -> StepView {
    let (title, lines) = tell(&step.what, lang);
    let (batches, more_batches) = batches(&step.made, lang);
    StepView {
        from: day(step.from),
        to: (step.to != step.from).then(|| day(step.to)),
        title,
        lines: lines.into_iter().filter(|line| !line.is_empty()).collect(),
        late: step.late.map(|found| late(found, step.records, lang)),
        manners: manners(&step.manners, lang),
        batches,
        more_batches,
    }
}

fn manners(found: &BTreeMap<Manner, usize>, lang: Lang) -> Vec<MannerView> {
    let counted = |(one, count): (&Manner, &usize)| {
        let words = manner(*one, lang);
        let words = if found.len() == 1 { words } else { say!(lang, "{words} {count} 条", "{count} {words}") };
        MannerView { words, signed: matches!(one, Manner::Signed(_)) }
    };
    found.iter().map(counted).collect()
}

/// Both dates of what was typed in late.
pub(super) fn late(late: Late, of: usize, lang: Lang) -> String {
    let (occurred, received, count) = (day(late.occurred), day(late.received), late.records);
    if of <= 1 {
        say!(lang, "补登：发生于 {occurred}，{received} 才登记", "Late: happened on {occurred}, recorded on {received}")
    } else {
        say!(
            lang,
            "补登：{of} 条记录中 {count} 条登记较晚，最晚的发生于 {occurred}，{received} 才登记",
            "Late: {count} of {of} records; the latest happened on {occurred} and was recorded on {received}"
        )
    }
}

fn batches(made: &BTreeSet<BatchCode>, lang: Lang) -> (Vec<String>, Option<String>) {
    let count = made.len();
    if count <= 3 {
        return (made.iter().map(BatchCode::to_string).collect(), None);
    }
    (Vec::new(), Some(say!(lang, "{count} 个批次", "{count} batches")))
}

fn tell(what: &What, lang: Lang) -> (String, Vec<String>) {
    match what {
        What::Fungus { species, strains, inoculated, makers } => {
            let strains = joined(strains.iter().map(Name::to_string), lang);
            let title = lang.t("两菌生产", "Fungus").to_owned();
            let inoculated = match inoculated {
                Some((first, last)) if first == last => day(*first),
                Some((first, last)) => format!("{} – {}", day(*first), day(*last)),
                None => String::new(),
            };
            let lines = vec![
                words(species, lang),
                labelled(("菌株", "Strain"), &strains, lang),
                labelled(("接种", "Inoculated"), &inoculated, lang),
                people(makers, lang),
            ];
            (title, lines)
        }
        What::Seed { sources, generations, makers } => {
            let counted = |(source, count): (&_, &usize)| format!("{} {count}", word(*source, lang));
            let sources = joined(sources.iter().map(counted), lang);
            let sources = if sources.is_empty() {
                String::new()
            } else {
                say!(lang, "种源（批次数）：{sources}", "Source (batches): {sources}")
            };
            let generations = labelled(("代数", "Generation"), &words(generations, lang), lang);
            (lang.t("良种", "Seed").to_owned(), vec![sources, generations, people(makers, lang)])
        }
        What::BroughtIn { stock, batches, product, by } => {
            let (product, origin) = (word(*product, lang), word(stock.origin, lang));
            let title = say!(lang, "转入：{product}", "Brought in: {product}");
            let counted = Lang::counted(batches, "batch", "batches");
            let from = match &stock.place {
                Some(place) => {
                    say!(lang, "来源：{origin}（{place}），{batches} 个批次", "From: {origin} ({place}), {counted}")
                }
                None => say!(lang, "来源：{origin}，{batches} 个批次", "From: {origin}, {counted}"),
            };
            let before = lang.t("此前的经过：无记录", "What was before that: no record").to_owned();
            (title, vec![from, before, people(by, lang)])
        }
        What::Planting { .. } => planting(what, lang),
        What::Tending { operations, applied } => {
            let counted = |(operation, count): (&_, &usize)| format!("{} {count}", word(*operation, lang));
            let operations = joined(operations.iter().map(counted), lang);
            let applied = joined(applied.iter().map(Name::to_string), lang);
            let operations = say!(lang, "作业（次）：{operations}", "Operations (times): {operations}");
            let applied = if applied.is_empty() {
                lang.t("投入品：没有登记", "Applied: nothing on record").to_owned()
            } else {
                labelled(("投入品", "Applied"), &applied, lang)
            };
            (lang.t("田间管理", "Tending").to_owned(), vec![operations, applied])
        }
        What::Harvest { households, villages, seasons } => {
            let seasons = words(seasons, lang);
            let title = say!(lang, "采收 {seasons}", "Harvest of {seasons}");
            let counted = Lang::counted(households, "household", "households");
            let count = say!(lang, "{households} 户", "{counted}");
            (title, vec![count, harvest_villages(villages, lang)])
        }
        What::Supply { product, receivers, receipts } => {
            let product = word(*product, lang);
            let title = say!(lang, "发放：{product}", "Supplied: {product}");
            let receivers = say!(lang, "{receivers} 个种植者收到", "Received by {receivers} growers");
            (title, vec![receivers, handover(receipts, lang)])
        }
        What::Receipt { by, from, receipts } => {
            let by = who(by, lang);
            (say!(lang, "{by}收货", "Received by {by}"), vec![sellers(from, lang), handover(receipts, lang)])
        }
        What::Process { .. } => process(what, lang),
        What::Pack { by, product, net_content } => {
            let (by, product) = (who(by, lang), word(*product, lang));
            let net = net_content.map(|net| net_words(net, lang)).unwrap_or_default();
            let net = labelled(("每件净含量", "Net content"), &net, lang);
            (say!(lang, "包装：{product}", "Packed: {product}"), vec![by, net])
        }
        What::Return { by } => {
            let by = who(by, lang);
            (lang.t("退货后再流通", "Returned, then sold again").to_owned(), vec![by])
        }
    }
}

fn planting(what: &What, lang: Lang) -> (String, Vec<String>) {
    let What::Planting { plots, villages, methods, forms, propagations, altitude_m, tenures } = what else {
        return (String::new(), Vec::new());
    };
    let named = villages.iter().take(NAMED_MAX);
    let named = named.map(|(village, plots)| {
        let village = plain_name(village.as_ref(), lang);
        say!(lang, "{village} {plots} 块", "{village} {plots}")
    });
    let mut places = joined(named, lang);
    places.push_str(&and_more(villages.len(), lang));
    let forms = words(forms, lang);
    let altitude = match altitude_m {
        Some(metres) => range(*metres, lang.t("米", "m")),
        None => lang.t("无记录", "no record").to_owned(),
    };
    let counted = Lang::counted(plots, "plot", "plots");
    let lines = vec![
        say!(lang, "{plots} 块地：{places}", "{counted}: {places}"),
        labelled(
            ("方式", "Method"),
            &joined(
                [words(methods, lang), words(propagations, lang)].into_iter().filter(|text| !text.is_empty()),
                lang,
            ),
            lang,
        ),
        labelled(("海拔", "Altitude"), &altitude, lang),
        labelled(("土地", "Land"), &words(tenures, lang), lang),
    ];
    (say!(lang, "种植 {forms}", "Planting of {forms}"), lines)
}

fn process(what: &What, lang: Lang) -> (String, Vec<String>) {
    let What::Process { by, method, from, makes, celsius, hours, minutes, fumigated, fuels, tianma_mg_per_unit } = what
    else {
        return (String::new(), Vec::new());
    };
    let (name, makes) = (word(*method, lang), words(makes, lang));
    let by = who(by, lang);
    let mut lines = vec![by];
    if *from > 1 {
        lines.push(say!(lang, "由 {from} 个批次合成", "Out of {from} batches"));
    }
    let heated = matches!(method, ProcessMethod::Dry | ProcessMethod::Steam);
    if heated || celsius.is_some() || hours.is_some() || minutes.is_some() || !fuels.is_empty() {
        let temperature = celsius.map_or_else(|| not_recorded(lang), |celsius| range(celsius, "℃"));
        let time = match (minutes, hours) {
            (Some(minutes), _) => range(*minutes, lang.t("分钟", "min")),
            (None, Some(hours)) => range(*hours, lang.t("小时", "h")),
            (None, None) => not_recorded(lang),
        };
        let fuel = if fuels.is_empty() { not_recorded(lang) } else { words(fuels, lang) };
        lines.push(say!(
            lang,
            "温度 {temperature}，时间 {time}，热源 {fuel}",
            "Temperature {temperature}, time {time}, heated with {fuel}"
        ));
    }
    lines.extend(fumigated.map(|fumigated| {
        let (zh, en) = if fumigated {
            ("用硫磺熏蒸过", "Fumigated with sulphur")
        } else {
            ("没有用硫磺熏蒸（加工方填写）", "Not fumigated with sulphur, by the processor's word")
        };
        lang.t(zh, en).to_owned()
    }));
    if let Some(mg) = tianma_mg_per_unit {
        let grams = format!("{}.{:03}", mg / 1000, mg % 1000);
        let grams = grams.trim_end_matches('0').trim_end_matches('.');
        lines.push(say!(lang, "每件含天麻 {grams} 克", "{grams} g of tianma in each"));
    }
    // The name of the method says what it makes, except where it may be anything.
    let anything =
        matches!(method, ProcessMethod::Recipe | ProcessMethod::Pool | ProcessMethod::Split | ProcessMethod::Blend);
    let title = if anything { say!(lang, "{name}：{makes}", "{name}: {makes}") } else { name.to_owned() };
    (title, lines)
}

fn harvest_villages(villages: &BTreeMap<Option<Name>, VillageHarvest>, lang: Lang) -> String {
    let mut by_share: Vec<_> = villages.iter().collect();
    by_share.sort_by_key(|(_, row)| std::cmp::Reverse((row.share_ppm, row.households)));
    let named = by_share.iter().take(NAMED_MAX).map(|(village, row)| {
        let (village, households) = (plain_name(village.as_ref(), lang), row.households);
        match row.share_ppm {
            Some(ppm) => {
                let share = percent(ppm, lang);
                say!(lang, "{village} {households} 户（{share}）", "{village} {households} ({share})")
            }
            None => say!(lang, "{village} {households} 户", "{village} {households}"),
        }
    });
    let mut text = joined(named, lang);
    text.push_str(&and_more(villages.len(), lang));
    text
}

fn sellers(from: &BTreeMap<Who, usize>, lang: Lang) -> String {
    let named = from.iter().take(NAMED_MAX).map(|(seller, count)| {
        let name = who(seller, lang);
        if seller.organisation.is_some() {
            return name;
        }
        let role = word(seller.role, lang);
        let place = plain_name(seller.village.as_ref(), lang);
        say!(lang, "{place}{role} {count} 户", "{count} of {place} ({role})")
    });
    let mut text = joined(named, lang);
    text.push_str(&and_more(from.len(), lang));
    labelled(("来自", "From"), &text, lang)
}

fn handover(receipts: &Receipts, lang: Lang) -> String {
    let Receipts { confirmed, unconfirmed, disputed } = *receipts;
    let mut parts = Vec::new();
    let mut part = |count: usize, text: String| {
        if count > 0 {
            parts.push(text);
        }
    };
    part(confirmed, say!(lang, "{confirmed} 次经对方确认", "{confirmed} confirmed by the other side"));
    part(unconfirmed, say!(lang, "{unconfirmed} 次未确认", "{unconfirmed} not confirmed"));
    part(disputed, say!(lang, "{disputed} 次有异议", "{disputed} disputed"));
    labelled(("交接", "Handover"), &joined(parts, lang), lang)
}

fn people(makers: &BTreeSet<Who>, lang: Lang) -> String {
    let (households, firms): (Vec<&Who>, Vec<&Who>) =
        makers.iter().partition(|maker| maker.role == PartyRole::Household);
    let mut lines: Vec<String> = Vec::new();
    if !firms.is_empty() {
        let named = joined(firms.iter().take(NAMED_MAX).map(|firm| who(firm, lang)), lang);
        lines.push(named + &and_more(firms.len(), lang));
    }
    if !households.is_empty() {
        let villages = households.iter().take(NAMED_MAX).map(|one| plain_name(one.village.as_ref(), lang));
        let villages = joined(villages, lang) + &and_more(households.len(), lang);
        lines.push(say!(lang, "农户（{villages}）", "households of {villages}"));
    }
    joined(lines, lang)
}

fn and_more(count: usize, lang: Lang) -> String {
    if count <= NAMED_MAX { String::new() } else { say!(lang, " 等 {count} 处", " and others, {count} in all") }
}

fn not_recorded(lang: Lang) -> String {
    lang.t("无记录", "not recorded").to_owned()
}

/// A label before its text; nothing without text.
fn labelled(label: (&str, &str), text: &str, lang: Lang) -> String {
    if text.is_empty() {
        return String::new();
    }
    let label = lang.t(label.0, label.1);
    say!(lang, "{label}：{text}", "{label}: {text}")
}
