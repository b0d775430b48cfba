//! The verdict in words: a headline in both languages, and what it means for the one who holds the package.

use jiff::tz::Offset;
use trace_core::tianma::{Product, RecallStage};
use trace_core::time::{ReceivedAt, Zone};

use crate::http::pages::language::Lang;
use crate::http::pages::telling::{copy_reason, say, word};
use crate::scan::{Disagreement, Openings, Reason, Recall, Scan, Verdict};

/// A verdict in words.
pub(super) struct VerdictView {
    /// How it is drawn: `good`, `note`, `warn` or `stop`.
    pub tone: &'static str,
    /// For programs and tests: the state's name.
    pub state: &'static str,
    /// The headline.
    pub title: &'static str,
    /// The headline in the other language.
    pub beside: &'static str,
    /// What it means, a line each.
    pub says: Vec<String>,
}

/// Tone, name, and headline in both languages.
fn headline(verdict: &Verdict) -> (&'static str, &'static str, &'static str, &'static str) {
    match verdict {
        Verdict::Unknown => ("stop", "unknown", "查无此码", "Not in the system"),
        Verdict::Disagrees(_) => ("stop", "disagrees", "地址与溯源码不符", "Address and code disagree"),
        Verdict::NotActivated => ("warn", "not_activated", "已赋码 · 未激活", "Issued, not activated"),
        Verdict::Genuine => ("good", "genuine", "真码", "Genuine code"),
        Verdict::OpenedBefore(_) => ("note", "opened_before", "真码 · 此前打开过", "Genuine code, opened before"),
        Verdict::Suspected { .. } => ("warn", "suspected", "疑似复制的码", "Suspected copy"),
        Verdict::Void => ("stop", "void", "此码已作废", "This code is void"),
        Verdict::Returned => ("warn", "returned", "此件已退货", "This package was returned"),
        Verdict::Held => ("warn", "held", "冻结待查", "Held for checking"),
        Verdict::Recalled(_) => ("stop", "recalled", "召回", "Recalled"),
    }
}

pub(super) fn view(scan: &Scan, lang: Lang) -> VerdictView {
    let (mut tone, mut state, mut zh, mut en) = headline(&scan.verdict);
    let mut says = meaning(scan, lang);
    if scan.key_withdrawn {
        // What is said of openings stands; that the code is genuine is what nobody can say any more.
        if matches!(scan.verdict, Verdict::Genuine | Verdict::OpenedBefore(_)) {
            (tone, state, zh, en) = ("warn", "key_withdrawn", "此码的密钥已停用", "The key of this code was withdrawn");
        }
        let text = lang.t(
            "签发这个码的密钥可能已泄露，已经停用：别人也可能造出查得到的码。仅凭这个码不能认定商品，请核对包装和批次，并向销售者或品牌办询问。",
            "The key that made this code may have become known to others and was withdrawn: they could make codes that are found here, too. Do not rely on the code alone; compare package and batch, and ask the seller or the brand office.",
        );
        says.insert(0, text.to_owned());
    }
    let counts = matches!(scan.verdict, Verdict::Genuine | Verdict::OpenedBefore(_) | Verdict::Suspected { .. });
    if counts && !scan.counted {
        let text = lang.t(
            "本次打开未计入次数，因此不能说这是不是第一次打开。",
            "This opening was not counted, so the page cannot say whether it is the first.",
        );
        says.push(text.to_owned());
    }
    VerdictView { tone, state, title: lang.t(zh, en), beside: lang.other().t(zh, en), says }
}

fn meaning(scan: &Scan, lang: Lang) -> Vec<String> {
    let product = scan.package.as_ref().map(|package| package.batch.product);
    let one = |zh: &str, en: &str| vec![lang.t(zh, en).to_owned()];
    match &scan.verdict {
        Verdict::Unknown => one(
            "本系统没有签发过这个码。请与包装上印的 20 位字符核对；照着输入仍查不到的，请不要当作有溯源的产品，并向销售者或品牌办反映。",
            "This system never issued the code. Compare the 20 characters printed on the package; if they are the same, do not take it for a traced product, and tell the seller or the brand office.",
        ),
        Verdict::Disagrees(found) => disagreement(scan, *found, lang),
        Verdict::NotActivated => one(
            "码是本系统签发的，但销售者还没有登记投入流通。如果您已经买到这件商品，请向销售者询问。未激活前的打开不计入次数。",
            "This system issued the code, but the seller has not put it into circulation. If you bought this package, ask the seller. Openings before that do not count.",
        ),
        Verdict::Genuine if scan.counted => one(
            "本系统签发，已投入流通。这是第一次打开。",
            "Issued by this system and in circulation. This is the first opening.",
        ),
        Verdict::Genuine => one("本系统签发，已投入流通。", "Issued by this system and in circulation."),
        Verdict::OpenedBefore(openings) => opened_before(*openings, scan.zone, lang),
        Verdict::Suspected { openings, reason } => suspected(*openings, reason, scan.zone, lang),
        Verdict::Void => one(
            "码已作废，不应出现在售卖的商品上。请不要购买，并向销售者或品牌办反映。",
            "The code was taken out of circulation and should not be on goods for sale. Do not buy it; tell the seller or the brand office.",
        ),
        Verdict::Returned => one(
            "这一件已登记为退货，在隔离中。如果又在售卖，请向品牌办反映。",
            "This package was recorded as returned and is in quarantine. If it is on sale again, tell the brand office.",
        ),
        Verdict::Held => one(
            "这一批或这一件被冻结，等待品牌办核查，暂停流通。核查结束前请先不要使用。",
            "This batch or package is frozen until the brand office has checked it. Please do not use it until then.",
        ),
        Verdict::Recalled(recall) => recalled(*recall, product, lang),
    }
}

/// What a recall means for whoever holds a package.
pub(in crate::http::pages) fn recalled(recall: Recall, product: Option<Product>, lang: Lang) -> Vec<String> {
    let mut says = vec![do_not_use(product, lang).to_owned()];
    if let Some(reason) = recall.reason {
        let reason = word(reason, lang);
        says.push(say!(lang, "召回原因：{reason}。", "Reason: {reason}."));
    }
    says.push(
        match recall.stage {
            Some(RecallStage::Trade) => lang.t(
                "正从经营环节召回；已经买到的，请联系销售者。",
                "It is being called back from the trade; if you bought it, contact the seller.",
            ),
            _ => lang.t("请联系销售者退货。", "Contact the seller to return it."),
        }
        .to_owned(),
    );
    says
}

fn do_not_use(product: Option<Product>, lang: Lang) -> &'static str {
    if product.is_some_and(Product::is_cosmetic) {
        lang.t("这件商品正在召回，请停止使用。", "This product is under recall. Stop using it.")
    } else {
        lang.t("这件商品正在召回，请不要食用。", "This product is under recall. Do not eat it.")
    }
}

fn suspected(openings: Option<Openings>, reason: &Reason, zone: Zone, lang: Lang) -> Vec<String> {
    let mut says = vec![
        lang.t("码是本系统签发的，但它的打开情况不像一件商品：", "This system issued the code, but it is not opened as that of one package:").to_owned(),
        copy_reason(reason, lang),
        lang.t(
            "直播、照片里展示过的码也会这样；但如果您买到的是没有拆封的商品，它的码可能是从别处复制的。请核对包装，并向销售者或品牌办询问。",
            "A code shown in a live stream or a photograph does that too; but if you bought a sealed package, its code may have been copied from another. Compare the package, and ask the seller or the brand office.",
        )
        .to_owned(),
    ];
    says.push(match openings {
        Some(Openings { count, first_at, .. }) => {
            let first = moment(first_at, zone);
            say!(
                lang,
                "此前共打开过 {count} 次，第一次在 {first}。",
                "It was opened {count} times before, first on {first}."
            )
        }
        None => lang.t("这是第一次打开。", "This is the first opening.").to_owned(),
    });
    says
}

fn opened_before(openings: Openings, zone: Zone, lang: Lang) -> Vec<String> {
    let (count, own) = (openings.count, openings.by_this_device);
    let first = moment(openings.first_at, zone);
    let mut says = vec![say!(
        lang,
        "本系统签发，已投入流通。此前被打开过 {count} 次，第一次在 {first}。",
        "Issued by this system and in circulation. It was opened {count} times before, first on {first}."
    )];
    if own > 0 {
        says.push(say!(lang, "其中 {own} 次是今天用这台设备打开的。", "{own} of them were today on this device."));
    }
    if own < count {
        says.push(
            lang.t(
                "再次打开不等于假货：朋友、店员都可能扫过。如果包装完好而第一次打开早在您购买之前，请向销售者询问。",
                "Opened again does not mean fake: friends or shop staff may have scanned it. If the package is sealed and the first opening was long before you bought it, ask the seller.",
            )
            .to_owned(),
        );
    }
    says
}

fn disagreement(scan: &Scan, found: Disagreement, lang: Lang) -> Vec<String> {
    let what = match (found.gtin, found.batch) {
        (true, true) => lang.t("商品条码和批次", "product and batch"),
        (true, false) => lang.t("商品条码", "product"),
        _ => lang.t("批次", "batch"),
    };
    let mut says = vec![say!(
        lang,
        "溯源码是本系统签发的，但地址里的{what}与它不符。地址被改动过，或印错了。请不要据此认定这件商品，并向品牌办反映。",
        "This system issued the code, but the {what} in the address is another. The address was changed or misprinted. Do not rely on it; tell the brand office."
    )];
    if let Some(package) = &scan.package {
        let (batch, product) = (package.batch.code, word(package.batch.product, lang));
        says.push(say!(
            lang,
            "这个码签发给批次 {batch}（{product}）。",
            "The code was issued to batch {batch} ({product})."
        ));
        if !package.batch.recalls.is_empty() {
            says.push(lang.t("该批次正在召回。", "That batch is under recall.").to_owned());
        }
    }
    says
}

/// An instant on the clock of the ledger's zone, to the minute.
fn moment(at: ReceivedAt, zone: Zone) -> String {
    let offset = Offset::from_seconds(i32::from(zone.minutes()) * 60).unwrap_or(Offset::UTC);
    let timestamp = jiff::Timestamp::from_millisecond(at.as_unix_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let clock = offset.to_datetime(timestamp);
    format!("{} {:02}:{:02}", clock.date(), clock.hour(), clock.minute())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn times_are_told_on_the_clock_of_the_ledger() {
        let at: ReceivedAt = "2026-11-20T23:04:05.678Z".parse().unwrap();
        assert_eq!(moment(at, Zone::CHINA), "2026-11-21 07:04");
    }
}
