//! What a record states beside its batches, in words, for the page of the record.
//!
//! It lacks who may see it: whoever sees the page may see the amounts.

use trace_core::quantity::Quantity;
use trace_core::record::kinds::{Inspect, Plant, Process, Produce};
use trace_core::record::{Amounts, CodeRange, Details};
use trace_core::state::RecordRow;
use trace_core::tianma::Product;

use super::words::{amount_of, quantity_words, range_words};
use crate::http::pages::language::Lang;
use crate::http::pages::telling::{measured, word};

/// A label and what stands beside it.
type Said = (&'static str, String);

/// What a record states beside batches and their amounts, with the name of each.
pub(super) fn details_of(details: &Details, row: &RecordRow, amounts: &Amounts, lang: Lang) -> Vec<Said> {
    let reason = |zh: &str, en: &str| (lang.t("原因", "Reason"), lang.t(zh, en).to_owned());
    let ranges = |ranges: &[CodeRange]| {
        let words = ranges.iter().map(move |range| (lang.t("溯源码", "Package codes"), range_words(lang, range)));
        words.collect::<Vec<_>>()
    };
    match details {
        Details::Recall(recall) => {
            let mut said = vec![
                reason(recall.reason.zh(), recall.reason.en()),
                (lang.t("范围", "Scope"), lang.t(recall.scope.zh(), recall.scope.en()).to_owned()),
                (lang.t("召回到", "Down to"), lang.t(recall.stage.zh(), recall.stage.en()).to_owned()),
                (lang.t("涉及批次", "Batches reached"), row.recalled.len().to_string()),
            ];
            said.extend(ranges(&recall.ranges));
            said
        }
        Details::Hold(hold) => {
            let mut said = vec![reason(hold.reason.zh(), hold.reason.en())];
            said.extend(ranges(&hold.ranges));
            said
        }
        Details::Certify(certify) => {
            let basis = lang.t(certify.basis.zh(), certify.basis.en()).to_owned();
            vec![(lang.t("承诺依据", "What it rests on"), basis)]
        }
        Details::Consent(consent) => {
            let shown = consent.fields.iter().map(|field| lang.t(field.zh(), field.en())).collect::<Vec<_>>();
            let nothing = lang.t("什么都不公开", "nothing");
            let shown = if shown.is_empty() { nothing.to_owned() } else { shown.join(lang.t("、", ", ")) };
            vec![(lang.t("同意公开", "May be shown"), shown)]
        }
        Details::Inspect(inspect) => inspected(inspect, lang),
        Details::Produce(produce) => made(produce, amounts, lang),
        Details::Plant(plant) => planted(plant, amounts, lang),
        Details::Process(process) => worked(process, lang),
        Details::RegisterParty(party) => vec![
            (lang.t("主体编号", "Id of the party"), party.party.to_string()),
            (lang.t("身份", "Role"), word(party.role, lang).to_owned()),
        ],
        Details::RegisterSite(site) => {
            let mut said = vec![
                (lang.t("地点编号", "Id of the site"), site.site.to_string()),
                (lang.t("主体编号", "Id of the party"), site.party.to_string()),
            ];
            said.extend(site.tenure.map(|one| (lang.t("土地权属", "Land"), word(one, lang).to_owned())));
            said
        }
        _ => Vec::new(),
    }
}

fn inspected(inspect: &Inspect, lang: Lang) -> Vec<Said> {
    let mut said = vec![
        (lang.t("结论", "Verdict"), word(inspect.verdict, lang).to_owned()),
        (lang.t("标准", "Standard"), word(inspect.standard, lang).to_owned()),
    ];
    said.extend(inspect.results.iter().map(|one| (word(one.item, lang), measured(one.item, one.mg_per_kg, lang))));
    said
}

fn made(produce: &Produce, amounts: &Amounts, lang: Lang) -> Vec<Said> {
    let mut said = Vec::new();
    let mut put = |zh, en, words: Option<String>| said.extend(words.map(|words| (lang.t(zh, en), words)));
    put("菌株", "Strain", produce.strain.as_ref().map(ToString::to_string));
    put("接种日期", "Inoculated", produce.inoculated_on.map(|day| day.to_string()));
    if let Some(contaminated) = &amounts.contaminated {
        let bottles = |count: i64| amount_of(lang, Product::ArmillariaBottle, count);
        let contaminated = contaminated.quantity().value();
        let passed: i64 = amounts.outputs.iter().map(|stated| stated.quantity().value()).sum();
        put("污染报废", "Contaminated", Some(bottles(contaminated)));
        put("一共生产", "Made in all", Some(bottles(passed + contaminated)));
    }
    let passed = if produce.passed { lang.t("合格", "passed") } else { lang.t("不合格", "failed") };
    put("自检", "Own check", Some(passed.to_owned()));
    said
}

fn planted(plant: &Plant, amounts: &Amounts, lang: Lang) -> Vec<Said> {
    let mut said = Vec::new();
    let mut put = |zh, en, words: Option<String>| said.extend(words.map(|words| (lang.t(zh, en), words)));
    put("种法", "Method", Some(word(plant.method, lang).to_owned()));
    put("繁殖方式", "Propagation", plant.propagation.map(|one| word(one, lang).to_owned()));
    put("窝数", "Planting holes", amounts.holes.as_ref().map(|stated| stated.quantity().value().to_string()));
    let species: Vec<&str> = plant.wood.iter().map(|one| word(*one, lang)).collect();
    put("菌材", "Wood", Some(species.join(lang.t("、", ", "))).filter(|words| !words.is_empty()));
    put("菌材重量", "Weight of the wood", amounts.wood.as_ref().map(|stated| quantity_words(lang, stated.quantity())));
    put("采伐许可证号", "Felling permit", plant.wood_permit.as_ref().map(ToString::to_string));
    said
}

fn worked(process: &Process, lang: Lang) -> Vec<Said> {
    let mut said = vec![(lang.t("工艺", "Method"), word(process.method, lang).to_owned())];
    said.extend(how(process, lang));
    said
}

/// How work was done, as far as it is stated; on the page before storing, too.
pub(super) fn how(process: &Process, lang: Lang) -> Vec<Said> {
    let mut said = Vec::new();
    let mut put = |zh, en, words: Option<String>| said.extend(words.map(|words| (lang.t(zh, en), words)));
    put("天麻大小", "Size of the tubers", process.tuber_size.map(|one| word(one, lang).to_owned()));
    put("蒸制分钟数", "Minutes in the steam", process.minutes.map(|minutes| minutes.to_string()));
    let heat = process.temperatures.map(|t| format!("{}–{} ℃", t.min_celsius, t.max_celsius));
    put("温度", "Temperature", heat);
    put("小时数", "Hours", process.hours.map(|hours| hours.to_string()));
    put("燃料", "Fuel", process.fuel.map(|one| word(one, lang).to_owned()));
    let fumigated = |yes| if yes { lang.t("熏过", "yes") } else { lang.t("没有", "no") };
    let in_one = process.tianma_mg_per_unit.and_then(|mg| Quantity::mass_mg(mg.into()).ok());
    put("每件含天麻", "Tianma in one unit", in_one.map(|mass| quantity_words(lang, mass)));
    put("硫磺熏蒸", "Fumigated with sulphur", process.sulphur_fumigated.map(|yes| fumigated(yes).to_owned()));
    said
}
