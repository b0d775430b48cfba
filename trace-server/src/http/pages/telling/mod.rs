//! A story in words: what the pages of a package and of a batch share, in the reader's language.
//!
//! Everything that is not known is said plainly here, and nothing is said of health.

mod copying;
mod origin;
mod people;
mod quality;
mod steps;
mod told;
mod words;

use trace_core::record::Level;
use trace_core::tianma::Product;

pub(super) use copying::reason as copy_reason;
pub use origin::OriginView;
pub use people::{PeopleView, people};
pub use quality::{CertificateView, TestView, measured};
pub use steps::StepView;
pub use told::{Told, ToldStories};
pub(super) use words::{day, net_words, say, who, word};

use super::language::Lang;
use crate::scan::Story;
use crate::scan::story::{Manner, What, Withheld};
use words::rule_words;

/// As many record ids as a page lists; the rest is counted, so that a batch of 500 lots stays a small page.
const RECORDS_SHOWN_MAX: usize = 16;

/// A label and what stands beside it.
pub struct Fact {
    /// The label.
    pub label: &'static str,
    /// The value.
    pub value: String,
    /// Where the value leads, if anywhere.
    pub href: Option<String>,
}

/// A record to check.
pub struct RecordView {
    /// The id.
    pub id: String,
    /// Its first digits.
    pub short: String,
    /// What it states.
    pub states: &'static str,
    /// When that happened.
    pub on: String,
    /// How it came in.
    pub manner: String,
    /// Whether its party's own signature stands under it.
    pub signed: bool,
}

/// A story in words.
pub struct Telling {
    /// The steps from seed to sale.
    pub steps: Vec<StepView>,
    /// Tests of this very batch.
    pub own_tests: Vec<TestView>,
    /// Tests of batches that it was made of.
    pub earlier_tests: Vec<TestView>,
    /// How many more of those there are.
    pub earlier_tests_left_out: usize,
    /// Certificates of this very batch.
    pub certificates: Vec<CertificateView>,
    /// How many certificates earlier batches have.
    pub earlier_certificates: usize,
    /// What it is made of.
    pub origin: OriginView,
    /// What is not known, and what somebody denies.
    pub unknown: Vec<String>,
    /// What rules noted.
    pub notes: Vec<String>,
    /// The records to check.
    pub records: Vec<RecordView>,
    /// How many more there are.
    pub records_left_out: usize,
    /// Whether batches and records have addresses of their own.
    pub linked: bool,
    /// Who should not eat it (notice 2023 No. 9 of the food and medicine list); `None` for what is not eaten.
    pub advice: Option<&'static str>,
}

impl Telling {
    /// Puts a story into words. `mark` is the name of the origin mark.
    pub fn of(story: &Story, mark: &str, lang: Lang) -> Self {
        let (own, earlier): (Vec<_>, Vec<_>) = story.tests.iter().partition(|test| test.own);
        let view = |test: &&_| quality::test(test, lang);
        let own_certificates = story.certificates.iter().filter(|certificate| certificate.own);
        Self {
            steps: story.steps.iter().map(|step| steps::step(step, lang)).collect(),
            own_tests: own.iter().map(view).collect(),
            earlier_tests: earlier.iter().take(quality::EARLIER_SHOWN_MAX).map(view).collect(),
            earlier_tests_left_out: earlier.len().saturating_sub(quality::EARLIER_SHOWN_MAX),
            certificates: own_certificates.clone().map(|certificate| quality::certificate(certificate, lang)).collect(),
            earlier_certificates: story.certificates.len() - own_certificates.count(),
            origin: origin::origin(story, mark, lang),
            unknown: unknown(story, lang),
            notes: notes(story, lang),
            records: story.records.iter().take(RECORDS_SHOWN_MAX).map(|mark| record(mark, lang)).collect(),
            records_left_out: story.records.len().saturating_sub(RECORDS_SHOWN_MAX),
            linked: true,
            advice: advice(story.batch.product, lang),
        }
    }

    /// The same on a page that stands alone.
    pub fn alone(self) -> Self {
        Self { linked: false, ..self }
    }
}

fn record(mark: &crate::scan::story::RecordMark, lang: Lang) -> RecordView {
    let id = mark.id.to_string();
    let short = id.chars().take(12).collect();
    RecordView {
        id,
        short,
        states: lang.t(mark.states.zh(), mark.states.en()),
        on: day(mark.on),
        manner: words::manner(mark.manner, lang),
        signed: matches!(mark.manner, Manner::Signed(_)),
    }
}

fn advice(product: Product, lang: Lang) -> Option<&'static str> {
    product.is_food().then(|| {
        lang.t(
            "不建议孕妇、哺乳期妇女及婴幼儿食用。按传统方式适量食用。",
            "Not advised for pregnant or nursing women and infants. Eat in the traditional way and in moderation.",
        )
    })
}

/// What is not known of the way, said plainly.
fn unknown(story: &Story, lang: Lang) -> Vec<String> {
    let has = |wanted: fn(&What) -> bool| story.steps.iter().any(|step| wanted(&step.what));
    let fungus = |what: &What| match what {
        What::Fungus { .. } => true,
        What::BroughtIn { product, .. } => matches!(product, Product::MycenaBottle | Product::ArmillariaBottle),
        _ => false,
    };
    let seed = |what: &What| match what {
        What::Seed { .. } => true,
        What::BroughtIn { product, .. } => matches!(product, Product::SeedTuber | Product::SeedCapsule),
        _ => false,
    };
    let mut unknown: Vec<String> = Vec::new();
    let mut missing = |known: bool, zh: &str, en: &str| {
        if !known {
            unknown.push(lang.t(zh, en).to_owned());
        }
    };
    missing(has(fungus), "所用菌种：无记录", "The fungus that was used: no record");
    missing(has(seed), "种子来源：无记录", "Where the seed came from: no record");
    missing(has(|what| matches!(what, What::Planting { .. })), "种植：无记录", "Planting: no record");
    missing(has(|what| matches!(what, What::Harvest { .. })), "采收：无记录", "Harvest: no record");
    missing(
        has(|what| matches!(what, What::Tending { .. })),
        "田间管理和用药：无记录",
        "Work on the plots and what was applied: no record",
    );
    if story.origin.brought_in_ppm.is_none() {
        missing(false, "各来源所占份额：无法算出", "The shares of the sources cannot be worked out");
    }
    let open = story.receipts.unconfirmed;
    if open > 0 {
        let all = open + story.receipts.confirmed + story.receipts.disputed;
        let (handovers, are) = (Lang::counted(all, "handover", "handovers"), Lang::counted(open, "is", "are"));
        unknown.push(say!(
            lang,
            "{all} 次交接中，有 {open} 次卖方尚未确认",
            "Of {handovers}, {are} not confirmed by the seller"
        ));
    }
    unknown
}

/// What was noted, denied or changed.
fn notes(story: &Story, lang: Lang) -> Vec<String> {
    let mut notes = Vec::new();
    if story.origin.withheld.contains(&Withheld::Sulphur) {
        let (zh, en) =
            ("加工时用硫磺熏蒸过，会留下二氧化硫", "It was fumigated with sulphur, which leaves sulphur dioxide");
        notes.push(lang.t(zh, en).to_owned());
    }
    let (disputed, corrected) = (story.receipts.disputed, story.corrections);
    let (held, recalled) = (story.held_before, story.recalled_before);
    if recalled > 0 {
        notes.push(say!(
            lang,
            "来源中有 {recalled} 个批次正在召回",
            "{recalled} of the batches that it was made of are under recall now"
        ));
    }
    if held > 0 {
        notes.push(say!(
            lang,
            "来源中有 {held} 个批次目前被冻结待查",
            "{held} of the batches that it was made of are frozen now"
        ));
    }
    if disputed > 0 {
        let are = Lang::counted(disputed, "handover is", "handovers are");
        notes.push(say!(lang, "{disputed} 次交接被卖方提出异议", "{are} disputed by the seller"));
    }
    if corrected > 0 {
        let are = Lang::counted(corrected, "record is a corrected version", "records are corrected versions");
        notes.push(say!(
            lang,
            "{corrected} 条记录是更正后的版本；原记录仍保留在日志中",
            "{are}; the log keeps what stood there before"
        ));
    }
    for ((level, rule), count) in &story.findings {
        // Said already, with its number.
        if rule == "unconfirmed" || rule == "outside_origin" {
            continue;
        }
        let what = rule_words(rule, lang);
        let records = Lang::counted(count, "record", "records");
        notes.push(match level {
            Level::Hold => say!(
                lang,
                "规则冻结：{what}（{count} 条记录；放行须由品牌办核查）",
                "Held by rule: {what} ({records}; only the office releases after checking)"
            ),
            Level::Warning => {
                say!(lang, "规则提示：{what}（{count} 条记录）", "Noted by rule: {what} ({records})")
            }
        });
    }
    notes
}
