//! What counts as an opening of a package.

use std::sync::Arc;

use reqwest::Method;
use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing};
use trace_tests::engines::Database;
use trace_tests::raw;

use crate::kiosk::{GTIN, Kiosk, PHONE};

async fn counting(kiosk: &Kiosk, issue: IssueNumber, index: u32) -> usize {
    let scans = kiosk.world.store().scans(issue, index, 100).await.unwrap();
    scans.iter().filter(|scan| scan.counts).count()
}

pub async fn the_second_opening_is_told_of_the_first(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let path = format!("/t/{}", kiosk.code(issue, 0));
    let first = kiosk.get(&path).await;
    assert_eq!(first.state(), "genuine");
    first.says(&["这是第一次打开"]);
    // The world's clock stands at 2026-11-20T08:00Z, which is 16:00 in the ledger's zone.
    kiosk.world.pass_ms(60_000);
    let again = kiosk.get(&path).await;
    assert_eq!(again.state(), "opened_before");
    again.says(&["此前被打开过 1 次", "2026-11-20 16:00", "其中 1 次是今天用这台设备打开的"]);
    again.omits(&["再次打开不等于假货"]);
    let other = kiosk.get_as("Mozilla/5.0 (iPhone)", &path).await;
    other.says(&["此前被打开过 2 次", "再次打开不等于假货"]);
    other.omits(&["用这台设备"]);
    // The next day the same telephone has another mark.
    kiosk.world.pass_ms(24 * 3_600_000);
    kiosk.get(&path).await.omits(&["用这台设备"]);
    assert_eq!(
        kiosk.get(&format!("/t/{}", kiosk.code(issue, 1))).await.state(),
        "genuine",
        "each package counts alone"
    );
    let scans = kiosk.world.store().scans(issue, 0, 10).await.unwrap();
    assert_eq!(scans[1].device.len(), 8);
    assert_eq!(scans[3].device, scans[2].device);
    assert_ne!(scans[2].device, scans[0].device, "marks do not outlive their day");
}

/// A verdict does not hang on the counter: without its table the page says that it did not count.
pub async fn the_page_answers_when_it_cannot_count(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    raw::execute(&kiosk.database, "ALTER TABLE scans RENAME TO scans_gone").await;
    let path = format!("/t/{}", kiosk.code(issue, 0));
    let page = kiosk.get(&path).await;
    assert_eq!((page.status, page.state()), (200, "genuine"));
    page.says(&["本次打开未计入次数", "从种到卖"]);
    page.omits(&["这是第一次打开"]);
    kiosk.get(&format!("{path}?lang=en")).await.says(&["This opening was not counted"]);
    raw::execute(&kiosk.database, "ALTER TABLE scans_gone RENAME TO scans").await;
    kiosk.get(&path).await.says(&["这是第一次打开"]);
}

pub async fn only_people_who_open_the_page_count(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let path = format!("/t/{}", kiosk.code(issue, 0));
    for agent in [
        "Mozilla/5.0 (compatible; Baiduspider/2.0)",
        "WeChatShareExtensionNew/8.0.40.35 CFNetwork/1410",
        "",
        "curl/8.5.0",
    ] {
        let page = kiosk.get_as(agent, &path).await;
        assert_eq!(page.state(), "genuine", "{agent}");
        page.says(&["本次打开未计入次数"]);
    }
    for header in [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-purpose", "preview")] {
        let response = kiosk.request(Method::GET, &path, &[("user-agent", PHONE), header]).await;
        assert!(response.text().await.unwrap().contains("本次打开未计入次数"), "{header:?}");
    }
    let robots = kiosk.world.store().scans(issue, 0, 100).await.unwrap();
    assert_eq!((robots.len(), counting(&kiosk, issue, 0).await), (7, 0));
    let head = kiosk.request(Method::HEAD, &path, &[("user-agent", PHONE)]).await;
    assert_eq!(head.status(), 200);
    assert_eq!(kiosk.world.store().scans(issue, 0, 100).await.unwrap().len(), 7, "HEAD opens nothing");
    kiosk.get(&path).await.says(&["这是第一次打开"]);
    let robot = kiosk.get_as("curl/8.5.0", &path).await;
    assert_eq!(robot.state(), "opened_before");
    assert_eq!(counting(&kiosk, issue, 0).await, 1);
}

pub async fn one_of_many_at_once_is_the_first(database: Database) {
    let kiosk = Arc::new(Kiosk::open(database).await);
    let (_, issue) = kiosk.some_packages().await;
    let path = format!("/t/{}", kiosk.code(issue, 0));
    let openings = (0..24).map(|i| {
        let (kiosk, path) = (Arc::clone(&kiosk), path.clone());
        tokio::spawn(async move { kiosk.get_as(&format!("Mozilla/5.0 (phone {})", i % 8), &path).await })
    });
    let mut seen = Vec::new();
    for opening in openings.collect::<Vec<_>>() {
        let page = opening.await.unwrap();
        let before = page
            .html
            .split("此前被打开过 ")
            .nth(1)
            .map_or(0, |text| text.split(' ').next().unwrap().parse::<u32>().unwrap());
        assert_eq!(page.state(), if before == 0 { "genuine" } else { "opened_before" });
        seen.push(before);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..24).collect::<Vec<u32>>(), "each was told another number of openings before it");
}

pub async fn before_activation_nothing_counts(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (sale, issue) = kiosk.some_packages().await;
    let path = format!("/t/{}", kiosk.code(issue, 35));
    for _ in 0..3 {
        assert_eq!(kiosk.get(&path).await.state(), "not_activated");
    }
    assert_eq!(counting(&kiosk, issue, 35).await, 0);
    kiosk.activate(sale, issue, 30, 39).await;
    let page = kiosk.get(&path).await;
    assert_eq!(page.state(), "genuine");
    page.says(&["这是第一次打开"]);
}

pub async fn a_changed_address_does_not_use_up_the_first_opening(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (sale, issue) = kiosk.some_packages().await;
    let code = kiosk.code(issue, 0);
    let page = kiosk.get(&format!("/01/{GTIN}/10/R261120-0000000/21/{code}")).await;
    assert_eq!(page.state(), "disagrees");
    page.says(&[&sale.to_string()]);
    assert_eq!(kiosk.get(&kiosk.long(sale, code)).await.state(), "genuine");
}

/// A code that no key made is known for a guess without the database: it is answered even when that is broken.
pub async fn a_guess_touches_no_table(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    for table in ["issues", "ledger", "scans", "packages", "batches"] {
        raw::execute(&kiosk.database, &format!("ALTER TABLE {table} RENAME TO {table}_gone")).await;
    }
    let other = KeyRing::new(vec![CodeKey::new(1, [8; 32]).unwrap()]).unwrap();
    let guess = other.encode(1, issue, CodeIndex::new(0).unwrap()).unwrap();
    let page = kiosk.get(&format!("/t/{guess}")).await;
    assert_eq!((page.status, page.state()), (404, "unknown"));
    let ours = kiosk.get(&format!("/t/{}", kiosk.code(issue, 0))).await;
    assert_eq!(ours.status, 503, "one of ours cannot be answered then");
    ours.says(&["暂时无法查询", "这不说明商品有问题"]);
}

/// The rule speaks of devices on one day: neither one device that opens it often, nor many over weeks.
pub async fn many_devices_on_one_day_look_like_copies(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (sale, issue) = kiosk.some_packages().await;
    let at = |index| kiosk.long(sale, kiosk.code(issue, index));
    for _ in 0..30 {
        kiosk.get(&at(0)).await;
    }
    assert_eq!(kiosk.get(&at(0)).await.state(), "opened_before", "one device, however often");
    for week in 0..12 {
        kiosk.get_as(&format!("Mozilla/5.0 (telephone {week})"), &at(1)).await;
        kiosk.world.pass_ms(7 * 86_400_000);
    }
    assert_eq!(kiosk.get(&at(1)).await.state(), "opened_before", "a package that is handed on");
    for person in 0..9 {
        let page = kiosk.get_as(&format!("Mozilla/5.0 (telephone {person})"), &at(2)).await;
        assert_ne!(page.state(), "suspected", "{person}");
    }
    let page = kiosk.get_as("Mozilla/5.0 (telephone 9)", &at(2)).await;
    assert_eq!(page.state(), "suspected");
    page.says(&["疑似复制的码", "至少有 10 台不同的设备", "此前共打开过 9 次", "直播"]);
    page.omits(&["假货"]);
    // It stays so on later days, for the first device too, and does not touch its neighbours.
    kiosk.world.pass_ms(3 * 86_400_000);
    let page = kiosk.get_as("Mozilla/5.0 (telephone 0)", &format!("{}?lang=en", at(2))).await;
    assert_eq!(page.state(), "suspected");
    page.says(&["Suspected copy", "At least 10 different devices"]);
    assert_eq!(kiosk.get(&at(3)).await.state(), "genuine");
}
