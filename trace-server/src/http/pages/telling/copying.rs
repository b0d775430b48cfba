//! Why a code is suspected to be copied, in words with the facts: for the consumer's page and the office's list.

use trace_core::region::Region;

use super::words::{joined, say};
use crate::http::pages::language::Lang;
use crate::scan::Reason;

/// A region's name, or its code where this program has no name for it.
fn region(region: Region, lang: Lang) -> String {
    region.province().map_or_else(|| region.to_string(), |province| lang.t(province.zh, province.en).to_owned())
}

/// What was found, in one sentence.
pub(in crate::http::pages) fn reason(reason: &Reason, lang: Lang) -> String {
    match reason {
        Reason::Speed { from, to, km, minutes } => {
            let (from, to) = (region(*from, lang), region(*to, lang));
            say!(
                lang,
                "它在{from}被打开，{minutes} 分钟之内又在约 {km} 公里外的{to}被打开；没有什么能把一件商品这么快送到。",
                "It was opened in {from}, and within {minutes} minutes in {to}, some {km} km away; nothing carries a package that fast."
            )
        }
        Reason::Regions { regions, hours } => {
            let count = regions.len();
            let names = joined(regions.iter().map(|one| region(*one, lang)), lang);
            say!(
                lang,
                "{hours} 小时之内，它在 {count} 个地区被打开过：{names}。",
                "Within {hours} hours it was opened in {count} regions: {names}."
            )
        }
        Reason::DevicesOnADay { devices, on } => say!(
            lang,
            "一天之内（{on}）至少有 {devices} 台不同的设备打开过它；一件商品很少一天经过这么多人的手。",
            "At least {devices} different devices opened it on one day ({on}); one package is rarely in so many hands."
        ),
        Reason::Openings { openings } => say!(
            lang,
            "它已被打开 {openings} 次以上，远多于一件商品通常的次数。",
            "It was opened {openings} times or more, far more often than one package is."
        ),
        Reason::FirstOpeningLate { days } => say!(
            lang,
            "它投入流通 {days} 天以后才第一次被打开。",
            "It was opened for the first time {days} days after it was put into circulation."
        ),
        Reason::OpenedLongAfter { days } => say!(
            lang,
            "第一次打开之后 {days} 天，又被另一台设备打开；隔了一天以上，同一台设备也会显示为另一台。",
            "Another device opened it {days} days after the first opening; after more than a day the same device looks like another, too."
        ),
        Reason::OutOfCirculation { returned: true } => lang
            .t(
                "它已登记为退货，此后又被打开：这件商品可能又在售卖。",
                "It was recorded as returned and opened after that: the package may be on sale again.",
            )
            .to_owned(),
        Reason::OutOfCirculation { returned: false } => lang
            .t(
                "它已作废，此后又被打开：应当销毁的标签或商品可能在外流通。",
                "It was voided and opened after that: labels or goods that should be gone may be about.",
            )
            .to_owned(),
        Reason::RunOfNotActivated { from, to, codes, hours } => {
            // As they are printed: from 1.
            let (from, to) = (from + 1, to + 1);
            say!(
                lang,
                "{hours} 小时之内，第 {from} 至 {to} 号中有 {codes} 个未激活的码被接连打开：可能丢了一卷标签，或没有激活就售出了。",
                "Within {hours} hours {codes} codes that are not activated were opened between numbers {from} and {to}: a roll of labels may be lost, or packages sold before they were activated."
            )
        }
        Reason::NeverIssued { key } => say!(
            lang,
            "它由本系统的第 {key} 版赋码密钥生成，却不属于任何赋码批：密钥可能已经泄露，请立即更换密钥。",
            "Version {key} of this system's code key made it, but no code issue holds it: the key may be in other hands; change it at once."
        ),
    }
}
