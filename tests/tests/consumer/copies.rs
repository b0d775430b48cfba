//! What gives a copied code away: the rules by what a consumer and the office are told, and how guessing is slowed.

use serde_json::{Value, json};
use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing, PackageCode};
use trace_core::record::Kind;
use trace_server::store::{SuspicionFilter, SuspicionRow};
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::PROCESSOR;

use crate::kiosk::{Kiosk, PHONE, Page};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// What the office is told, newest first.
async fn suspicions(kiosk: &Kiosk) -> Vec<SuspicionRow> {
    let filter = SuspicionFilter { settled: false, before: None, limit: 100 };
    kiosk.world.store().suspicions(&filter).await.unwrap()
}

fn facts(row: &SuspicionRow) -> Value {
    serde_json::from_str(&row.facts).unwrap()
}

async fn rules(kiosk: &Kiosk) -> Vec<String> {
    suspicions(kiosk).await.into_iter().map(|row| row.rule).collect()
}

async fn from(kiosk: &Kiosk, region: &str, path: &str) -> Page {
    kiosk.get_with(path, &[("user-agent", PHONE), ("x-region", region)]).await
}

async fn from_address(kiosk: &Kiosk, address: &str, path: &str) -> Page {
    kiosk.get_with(path, &[("user-agent", PHONE), ("x-forwarded-for", address)]).await
}

pub async fn nothing_travels_that_fast(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let path = format!("/t/{}", kiosk.code(issue, 0));
    assert_eq!(from(&kiosk, "CN-YN", &path).await.state(), "genuine");
    kiosk.world.pass_ms(20 * MINUTE_MS);
    assert_eq!(from(&kiosk, "cn-sc", &path).await.state(), "opened_before", "across a border it may be a step");
    kiosk.world.pass_ms(10 * MINUTE_MS);
    let page = from(&kiosk, "CN-HL", &path).await;
    assert_eq!(page.state(), "suspected");
    page.says(&["它在四川被打开，10 分钟之内又在约", "公里外的黑龙江被打开", "此前共打开过 2 次", "直播"]);
    page.omits(&["假货"]);
    let page = from(&kiosk, "CN-HL", &format!("{path}?lang=en")).await;
    page.says(&["It was opened in Sichuan, and within 10 minutes in Heilongjiang", "opened 3 times before"]);
    // Three regions in a day are a finding of their own; the page says the graver one.
    let [row, other] = &suspicions(&kiosk).await[..] else { panic!("two suspicions, kept once each") };
    assert_eq!(other.rule, "regions");
    assert_eq!((row.issue, row.index, &*row.rule), (issue, 0, "speed"));
    let facts = facts(row);
    assert_eq!((&facts["from"], &facts["to"], &facts["minutes"]), (&json!("CN-SC"), &json!("CN-HL"), &json!(10)));
    let scans = kiosk.world.store().scans(issue, 0, 10).await.unwrap();
    let regions: Vec<_> = scans.iter().rev().map(|scan| scan.region.unwrap().to_string()).collect();
    assert_eq!(regions, ["CN-YN", "CN-SC", "CN-HL", "CN-HL"]);
    // Four hours are enough for an airliner, and neither opening is anybody's fault.
    let other = format!("/t/{}", kiosk.code(issue, 1));
    from(&kiosk, "CN-YN", &other).await;
    kiosk.world.pass_ms(240 * MINUTE_MS);
    assert_eq!(from(&kiosk, "CN-HL", &other).await.state(), "opened_before");
}

pub async fn many_regions_in_a_day(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let path = format!("/t/{}", kiosk.code(issue, 0));
    for (region, state) in [("CN-YN", "genuine"), ("CN-GZ", "opened_before"), ("CN-HN", "suspected")] {
        assert_eq!(from(&kiosk, region, &path).await.state(), state, "{region}");
        kiosk.world.pass_ms(8 * 60 * MINUTE_MS);
    }
    let page = from(&kiosk, "", &path).await;
    page.says(&["24 小时之内，它在 3 个地区被打开过：贵州、湖南、云南"]);
    assert_eq!(rules(&kiosk).await, ["regions"]);
    let slow = format!("/t/{}", kiosk.code(issue, 1));
    for region in ["CN-YN", "CN-GZ", "CN-HN"] {
        assert_ne!(from(&kiosk, region, &slow).await.state(), "suspected", "a journey of days");
        kiosk.world.pass_ms(DAY_MS);
    }
}

/// The kiosk trusts its own side of the socket as a proxy; who else says a region is the unit tests' matter.
pub async fn regions_come_from_proxy_or_table(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let path = format!("/t/{}", kiosk.code(issue, 0));
    let forwarded = ("x-forwarded-for", "198.51.100.7");
    kiosk.get_with(&path, &[("user-agent", PHONE), forwarded]).await;
    kiosk.get_with(&path, &[("user-agent", PHONE), forwarded, ("x-region", "CN-JL")]).await;
    kiosk.get_with(&path, &[("user-agent", PHONE), forwarded, ("x-region", "somewhere")]).await;
    kiosk.get_with(&path, &[("user-agent", PHONE), ("x-forwarded-for", "203.0.113.7")]).await;
    let scans = kiosk.world.store().scans(issue, 0, 10).await.unwrap();
    let regions: Vec<_> = scans.iter().rev().map(|scan| scan.region.map(|region| region.to_string())).collect();
    let known = |code: &str| Some(code.to_owned());
    assert_eq!(regions, [known("CN-HL"), known("CN-JL"), known("CN-HL"), None]);
}

pub async fn a_hundred_openings_are_many(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let path = format!("/t/{}", kiosk.code(issue, 0));
    for _ in 0..99 {
        assert_ne!(kiosk.get(&path).await.state(), "suspected");
    }
    let page = kiosk.get(&path).await;
    assert_eq!(page.state(), "suspected");
    page.says(&["它已被打开 100 次以上", "此前共打开过 99 次"]);
    for _ in 0..40 {
        kiosk.get(&path).await.says(&["疑似复制的码"]);
    }
    let rows = suspicions(&kiosk).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(facts(&rows[0])["openings"], 100, "what goes on is not written again each time");
    assert_eq!(kiosk.world.store().scans(issue, 0, 1000).await.unwrap().len(), 140, "and every opening is counted");
}

pub async fn late_openings_are_for_the_office(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let path = |index| format!("/t/{}", kiosk.code(issue, index));
    kiosk.get(&path(0)).await;
    kiosk.world.pass_ms(180 * DAY_MS);
    let page = kiosk.get_as("Mozilla/5.0 (iPhone)", &path(0)).await;
    assert_eq!(page.state(), "opened_before", "it may be the buyer again");
    let rows = suspicions(&kiosk).await;
    assert_eq!((rows.len(), &*rows[0].rule), (1, "opened_long_after"));
    assert_eq!(facts(&rows[0])["days"], 180);
    kiosk.get(&path(1)).await;
    assert_eq!(rules(&kiosk).await.len(), 1, "half a year on a shelf is nothing");
    kiosk.world.pass_ms(915 * DAY_MS);
    assert_eq!(kiosk.get(&path(2)).await.state(), "genuine");
    let rows = suspicions(&kiosk).await;
    assert_eq!((&*rows[0].rule, rows[0].index), ("first_opening_late", 2));
    assert_eq!(facts(&rows[0])["days"], 1095);
}

pub async fn what_left_circulation_is_noted(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let (sale, issue) = kiosk.some_packages().await;
    let path = |index| format!("/t/{}", kiosk.code(issue, index));
    let spoil = json!({"issue": issue, "reason": "misprint", "give_back": false});
    world.append(PROCESSOR, draft(Kind::VoidCodes, spoil).names(sale).ranging(codes(issue, 5, 6))).await;
    let back = draft(Kind::Return, json!({"reason": "damaged"})).names(sale).keeps("250g").ranging(codes(issue, 7, 7));
    world.append(PROCESSOR, back).await;
    for agent in ["curl/8.5.0", "WhatsApp/2.23.20"] {
        kiosk.get_as(agent, &path(5)).await;
    }
    assert!(suspicions(&kiosk).await.is_empty(), "robots");
    assert_eq!(kiosk.get(&path(5)).await.state(), "void");
    world.pass_ms(MINUTE_MS);
    assert_eq!(kiosk.get(&path(7)).await.state(), "returned");
    world.pass_ms(MINUTE_MS);
    kiosk.get(&path(5)).await;
    let rows = suspicions(&kiosk).await;
    let told: Vec<_> = rows.iter().map(|row| (row.index, &*row.rule, facts(row)["returned"] == true)).collect();
    assert_eq!(told, [(7, "out_of_circulation", true), (5, "out_of_circulation", false)]);
    // What goes on shows itself again after a while.
    world.pass_ms(10 * MINUTE_MS);
    kiosk.get(&path(5)).await;
    let rows = suspicions(&kiosk).await;
    assert_eq!((rows.len(), rows[0].index), (2, 5));
    assert_eq!(rows[0].last_at.as_unix_ms() - rows[0].first_at.as_unix_ms(), 12 * MINUTE_MS);
}

pub async fn a_lost_roll_shows_itself(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let open = async |index| kiosk.get(&format!("/t/{}", kiosk.code(issue, index))).await;
    // Some in circulation beside them are none of the run.
    for index in [26, 27, 28, 29] {
        assert_eq!(open(index).await.state(), "genuine");
    }
    for index in [30, 31, 33, 39] {
        assert_eq!(open(index).await.state(), "not_activated");
        open(index).await;
    }
    assert!(suspicions(&kiosk).await.is_empty());
    assert_eq!(open(35).await.state(), "not_activated");
    let [row] = &suspicions(&kiosk).await[..] else { panic!("one row for the run") };
    assert_eq!((row.issue, row.index, &*row.rule), (issue, 0, "run_of_not_activated"));
    let facts = facts(row);
    assert_eq!((&facts["from"], &facts["to"], &facts["codes"]), (&json!(30), &json!(39), &json!(5)));
    // The same five over a week are samples on a desk.
    let (_, other) = kiosk.some_packages().await;
    for index in [30, 31, 33, 39, 35] {
        kiosk.get(&format!("/t/{}", kiosk.code(other, index))).await;
        kiosk.world.pass_ms(DAY_MS);
    }
    assert_eq!(suspicions(&kiosk).await.len(), 1);
}

pub async fn a_code_that_was_never_issued_is_noted(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let no_issue = IssueNumber::new(77).unwrap();
    for (issue, index) in [(no_issue, 3), (issue, 40)] {
        let path = format!("/t/{}", kiosk.code(issue, index));
        kiosk.get_as("curl/8.5.0", &path).await;
        let page = kiosk.get(&path).await;
        assert_eq!((page.status, page.state()), (404, "unknown"), "a consumer is told nothing of keys");
        page.omits(&["密钥"]);
        kiosk.world.pass_ms(MINUTE_MS);
    }
    let rows = suspicions(&kiosk).await;
    let told: Vec<_> = rows.iter().map(|row| (row.issue, row.index, &*row.rule)).collect();
    assert_eq!(told, [(issue, 40, "never_issued"), (no_issue, 3, "never_issued")]);
    assert_eq!(facts(&rows[0])["key"], 1);
    // Who has the key can make any number of them; the database takes some, and more a while later.
    for index in 0..250 {
        kiosk.get(&format!("/t/{}", kiosk.code(no_issue, 1000 + index))).await;
    }
    let many = SuspicionFilter { settled: false, before: None, limit: 1000 };
    assert_eq!(kiosk.world.store().suspicions(&many).await.unwrap().len(), 200);
    kiosk.world.pass_ms(11 * MINUTE_MS);
    kiosk.get(&format!("/t/{}", kiosk.code(no_issue, 5000))).await;
    assert_eq!(kiosk.world.store().suspicions(&many).await.unwrap().len(), 201);
}

/// The evidence file of a code says as much as its page, so it is no way around.
pub async fn guessing_by_evidence_files_is_slowed_too(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (batch, issue) = kiosk.some_packages().await;
    let stranger = KeyRing::new(vec![CodeKey::new(1, [9; 32]).unwrap()]).unwrap();
    let path = |code: PackageCode| format!("/b/{batch}/evidence?code={code}");
    let guess = |index| path(stranger.encode(1, issue, CodeIndex::new(index).unwrap()).unwrap());
    let ask = async |address: &str, path: String| {
        kiosk.request(reqwest::Method::GET, &path, &[("x-forwarded-for", address)]).await
    };
    for index in 0..30 {
        assert_eq!(ask("203.0.113.7", guess(index)).await.status(), 404);
    }
    let slowed = ask("203.0.113.7", guess(30)).await;
    assert_eq!((slowed.status().as_u16(), slowed.headers()["retry-after"].to_str().unwrap()), (429, "5"));
    let problem: Value = slowed.json().await.unwrap();
    assert_eq!((&problem["rule"], &problem["place"]), (&"package_code_guesses".into(), &"/code".into()), "{problem}");
    assert!(problem["zh"].as_str().unwrap().contains("请 5 秒后"), "{problem}");
    // One measure for both ways; genuine codes are never slowed.
    assert_eq!(
        ask("203.0.113.7", format!("/t/{}", stranger.encode(1, issue, CodeIndex::new(31).unwrap()).unwrap()))
            .await
            .status(),
        429
    );
    for _ in 0..40 {
        assert_ne!(ask("203.0.113.7", path(kiosk.code(issue, 0))).await.status(), 429);
    }
    assert_eq!(ask("203.0.113.8", guess(32)).await.status(), 404);
}

pub async fn guessing_is_slowed_and_genuine_codes_are_not(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let stranger = KeyRing::new(vec![CodeKey::new(1, [9; 32]).unwrap()]).unwrap();
    let guess = |index| stranger.encode(1, issue, CodeIndex::new(index).unwrap()).unwrap();
    let client = ("x-forwarded-for", "203.0.113.7");
    let path = |index| format!("/t/{}", guess(index));
    for index in 0..30 {
        assert_eq!(from_address(&kiosk, client.1, &path(index)).await.status, 404);
    }
    let page = from_address(&kiosk, client.1, &path(30)).await;
    assert_eq!(page.status, 429);
    page.says(&["查无此码", "请 5 秒后再", "扫描真码不受影响"]);
    let english = format!("{}?lang=en", path(31));
    let response = kiosk.request(reqwest::Method::GET, &english, &[("user-agent", PHONE), client]).await;
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "5"));
    assert!(response.text().await.unwrap().contains("type another one after 5 seconds"));
    // The same address opens genuine codes as always, and other addresses type wrong as always.
    let genuine = format!("/t/{}", kiosk.code(issue, 0));
    for _ in 0..50 {
        assert_eq!(kiosk.get_with(&genuine, &[("user-agent", PHONE), client]).await.status, 200);
    }
    assert_eq!(from_address(&kiosk, "203.0.113.8", &path(32)).await.status, 404);
    kiosk.world.pass_ms(5_000);
    assert_eq!(from_address(&kiosk, client.1, &path(33)).await.status, 404);
    // All addresses together are slowed, too; who has a genuine code in the hand still opens it.
    let mut answers = std::collections::BTreeMap::new();
    for n in 0..1_100_u32 {
        let address = format!("198.18.{}.{}", n / 250, n % 250);
        *answers.entry(from_address(&kiosk, &address, &path(100 + n)).await.status).or_insert(0) += 1;
    }
    // The 32 before have come back in the five seconds, all but the last.
    assert_eq!(answers.into_iter().collect::<Vec<_>>(), [(404, 999), (429, 101)]);
    let fresh = [("user-agent", PHONE), ("x-forwarded-for", "198.19.0.1")];
    assert_eq!(kiosk.get_with(&format!("/t/{}", kiosk.code(issue, 1)), &fresh).await.state(), "genuine");
}
