//! Tests and certificates in words, with the numbers as people know them.

use trace_core::tianma::{Limit, ResultItem, Verdict};

use super::steps::late;
use super::words::{day, who, word};
use crate::http::pages::language::Lang;
use crate::scan::story::{Certificate, Measured, Test};

/// As many tests of earlier batches as a page shows; the rest is counted.
pub(super) const EARLIER_SHOWN_MAX: usize = 4;

/// From here on, in mg/kg, people speak of percent: 0.1 %.
const PERCENT_FROM_MG_PER_KG: u64 = 1_000;

/// A laboratory's result in words.
pub struct TestView {
    /// The batch that was tested.
    pub batch: String,
    /// Who tested.
    pub laboratory: String,
    /// When.
    pub on: String,
    /// That it was typed in late, if so.
    pub late: Option<String>,
    /// Against which standard.
    pub standard: &'static str,
    /// The verdict.
    pub verdict: &'static str,
    /// Whether it passed.
    pub passed: bool,
    /// What was measured.
    pub results: Vec<ResultView>,
    /// Id of the record.
    pub record: String,
}

/// A measured value in words.
pub struct ResultView {
    /// What was measured.
    pub item: &'static str,
    /// How much.
    pub value: String,
    /// The limit.
    pub limit: String,
    /// Within the limit, beyond it, or no limit known.
    pub verdict: Option<&'static str>,
    /// Whether it is beyond the limit.
    pub failed: bool,
}

/// A certificate in words.
pub struct CertificateView {
    /// Who vouches.
    pub by: String,
    /// When.
    pub on: String,
    /// On what it rests.
    pub basis: &'static str,
    /// Id of the record.
    pub record: String,
}

pub(super) fn test(test: &Test, lang: Lang) -> TestView {
    TestView {
        batch: test.batch.to_string(),
        laboratory: who(&test.laboratory, lang),
        on: day(test.on),
        late: test.late.map(|found| late(found, 1, lang)),
        standard: word(test.standard, lang),
        verdict: word(test.verdict, lang),
        passed: test.verdict == Verdict::Pass,
        results: test.results.iter().map(|found| result(*found, lang)).collect(),
        record: test.record.to_string(),
    }
}

pub(super) fn certificate(certificate: &Certificate, lang: Lang) -> CertificateView {
    CertificateView {
        by: who(&certificate.by, lang),
        on: day(certificate.on),
        basis: word(certificate.basis, lang),
        record: certificate.record.to_string(),
    }
}

fn result(found: Measured, lang: Lang) -> ResultView {
    let passed = found.limit.map(|limit| limit.judge(u64::from(found.mg_per_kg)));
    let in_percent = found.item != ResultItem::So2
        && u64::from(found.mg_per_kg).max(found.limit.and_then(Limit::mg_per_kg).unwrap_or(0))
            >= PERCENT_FROM_MG_PER_KG;
    let value = match (found.mg_per_kg, found.item) {
        (0, _) => lang.t("未检出", "not detected").to_owned(),
        (mg_per_kg, _) => amount(u64::from(mg_per_kg), in_percent),
    };
    let limit = match found.limit {
        Some(limit) => match limit.mg_per_kg() {
            Some(bound) => format!("{} {}", word(limit.kind(), lang), amount(bound, in_percent)),
            None => word(limit.kind(), lang).to_owned(),
        },
        None => lang.t("限量无记录", "no limit on record").to_owned(),
    };
    ResultView {
        item: word(found.item, lang),
        value,
        limit,
        verdict: passed.map(|verdict| word(verdict, lang)),
        failed: passed == Some(Verdict::Fail),
    }
}

/// A measured value alone, as on the page of its record.
pub fn measured(item: ResultItem, mg_per_kg: u32, lang: Lang) -> String {
    result(Measured { item, mg_per_kg, limit: None }, lang).value
}

/// Milligrams in a kilogram as such, or as percent (10,000 mg/kg are 1 %) with two decimals and as many more as it has: what
/// fails by little shall not read as the limit itself.
fn amount(mg_per_kg: u64, in_percent: bool) -> String {
    if in_percent {
        let (percent, hundredths, rest) = (mg_per_kg / 10_000, mg_per_kg % 10_000 / 100, mg_per_kg % 100);
        let rest = format!("{rest:02}");
        format!("{percent}.{hundredths:02}{}\u{a0}%", rest.trim_end_matches('0'))
    } else {
        format!("{mg_per_kg}\u{a0}mg/kg")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_units_that_people_know() {
        let shown = |item, mg_per_kg, limit| result(Measured { item, mg_per_kg, limit }, Lang::Zh);
        let gastrodin = shown(ResultItem::GastrodinAndPhba, 4_100, Some(Limit::AtLeast(2_500)));
        assert_eq!((&*gastrodin.value, &*gastrodin.limit), ("0.41\u{a0}%", "不低于 0.25\u{a0}%"));
        let short = shown(ResultItem::GastrodinAndPhba, 2_499, Some(Limit::AtLeast(2_500)));
        assert_eq!((&*short.value, short.failed), ("0.2499\u{a0}%", true));
        let so2 = shown(ResultItem::So2, 1_200, Some(Limit::AtMost(400)));
        assert_eq!((&*so2.value, &*so2.limit, so2.failed), ("1200\u{a0}mg/kg", "不超过 400\u{a0}mg/kg", true));
        let pesticides = shown(ResultItem::BannedPesticides, 0, Some(Limit::Absent));
        assert_eq!((&*pesticides.value, pesticides.verdict), ("未检出", Some("合格")));
        let unknown = shown(ResultItem::Water, 120_000, None);
        assert_eq!((&*unknown.value, unknown.verdict), ("12.00\u{a0}%", None));
        assert!(unknown.limit.contains("无记录"));
    }
}
