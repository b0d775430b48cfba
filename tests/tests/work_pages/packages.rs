//! Packages under codes leave by their codes: typed, pasted, scanned, in ranges; told once more before they are stored.

use serde_json::json;
use trace_core::code::{CodeIndex, IssueNumber, PackageCode};
use trace_core::id::{BatchCode, PartyId, Stage};
use trace_core::record::Kind;
use trace_core::state::CodeState;
use trace_core::tianma::Product;
use trace_tests::drafting::{DAY, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, OFFICE, PROCESSOR, RIVAL, SECOND, SELLER};

use crate::desk::{Desk, Page, token};

/// A sale batch of this party, all of it under codes of 250 g.
pub async fn packed(desk: &Desk, owner: PartyId, amount: &str, count: u32) -> (BatchCode, IssueNumber) {
    let dried = desk.world.stock(owner, Stage::Processing, Product::DriedTianma, amount).await;
    let sale = desk.world.pack(owner, dried, amount).await;
    (sale, desk.world.issue_codes(owner, sale, count).await)
}

/// The code of a package by its number from 1, as it is printed.
pub fn code(desk: &Desk, issue: IssueNumber, number: u32) -> PackageCode {
    desk.keys().encode(1, issue, CodeIndex::new(number - 1).expect("an index")).expect("a code")
}

/// Sends the fields, and from the page that tells what they mean, sends them on.
pub async fn confirmed(desk: &Desk, party: PartyId, path: &str, fields: &[(&str, String)]) -> Page {
    let page = desk.post(party, path, fields).await;
    page.says(200, "Nothing is stored yet");
    desk.post(party, path, &page.hidden(path)).await
}

fn shipment(desk: &Desk, packages: String, lines: &str) -> Vec<(&'static str, String)> {
    vec![
        ("uid", desk.uid()),
        ("to", SELLER.to_string()),
        ("lines", lines.to_owned()),
        ("packages", packages),
        ("date", DAY.to_owned()),
    ]
}

async fn states(desk: &Desk, issue: IssueNumber, wanted: CodeState) -> Vec<(u32, u32)> {
    let row = desk.world.issue(issue).await;
    let ranges = row.ranges.iter().filter(|(state, ..)| *state == wanted);
    ranges.map(|(_, range, _)| (range.from.get() + 1, range.to.get() + 1)).collect()
}

pub async fn packages_go_by_their_codes(database: Database) {
    let desk = Desk::open(database).await;
    let (sale, issue) = packed(&desk, PROCESSOR, "10kg", 40).await;
    let loose = desk.world.fresh(PROCESSOR, "100kg").await;
    desk.get(PROCESSOR, &format!("/app/issues/{issue}")).await.says(200, &format!("/app/ship?packages={issue}:1-40"));
    let open = desk.get(PROCESSOR, &format!("/app/ship?packages={issue}:1-40")).await;
    open.says(200, &format!(">{issue}:1-40</textarea>"));
    let (one, two, last) = (code(&desk, issue, 1), code(&desk, issue, 2), code(&desk, issue, 20));
    // A scanner's addresses, a code that was scanned twice, one typed in groups, a range by its ends, one by number.
    let typed = format!(
        "HTTPS://TRACE.EXAMPLE.CN/T/{one}\r\n{one}，{}\r\n{} 到 {last}\r\n{issue}:31-32",
        two.grouped().to_lowercase(),
        code(&desk, issue, 3),
    );
    let before = desk.entries().await;
    let fields = shipment(&desk, typed, &format!("{loose} 40公斤"));
    let told = desk.post(PROCESSOR, "/app/ship", &fields).await;
    told.says(200, "Nothing is stored yet").says(200, "22 packages").says(200, "5.5 kg").says(200, &sale.to_string());
    told.says(200, "numbers 1 to 20").says(200, "numbers 31 to 32").says(200, "40公斤");
    let mut change = told.hidden("/app/ship");
    change.push(("edit".to_owned(), "1".to_owned()));
    desk.post(PROCESSOR, "/app/ship", &change).await.says(200, "31-32</textarea>").says(200, "40公斤</textarea>");
    assert_eq!(desk.entries().await, before, "nothing is stored before it was told");
    let record = desk.post(PROCESSOR, "/app/ship", &told.hidden("/app/ship")).await.record();
    assert_eq!(desk.post(PROCESSOR, "/app/ship", &told.hidden("/app/ship")).await.record(), record, "pressed twice");
    assert_eq!(desk.entries().await, before + 1);
    assert_eq!(states(&desk, issue, CodeState::Shipped).await, [(1, 20), (31, 32)]);
    assert_eq!(desk.world.batch(loose).await.allotted, 40_000_000);
    let slip = desk.get_zh(PROCESSOR, &format!("/app/records/{record}")).await;
    slip.says(200, "第 1 到 20 个").says(200, "第 31 到 32 个");
    // The same packages do not go twice, and the form says so with what was typed.
    let again = shipment(&desk, format!("{issue}:20-25"), "");
    let told = desk.post(PROCESSOR, "/app/ship", &again).await;
    let refused = desk.post(PROCESSOR, "/app/ship", &told.hidden("/app/ship")).await;
    refused.says(422, "id=\"packages-wrong\"").says(422, &format!(">{issue}:20-25</textarea>"));
}

pub async fn what_is_wrong_with_codes_is_told(database: Database) {
    let desk = Desk::open(database).await;
    let (_, issue) = packed(&desk, PROCESSOR, "10kg", 40).await;
    let (_, other) = packed(&desk, PROCESSOR, "1kg", 4).await;
    let (one, far) = (code(&desk, issue, 1), code(&desk, other, 1));
    let before = desk.entries().await;
    let mut misread = one.to_string();
    let changed = if misread.starts_with('0') { "1" } else { "0" };
    misread.replace_range(0..1, changed);
    for (packages, zh, en) in [
        (format!("{issue}:1-41"), "只有 40 个码", "has 40 codes only"),
        (format!("{issue}:0-4"), "序号应从 1 起", "count from 1"),
        (format!("{issue}:9-4"), "从小到大", "go up"),
        ("999:1-4".to_owned(), "没有赋码批 999", "no code issue 999"),
        ("3公斤".to_owned(), "溯源码", "package code"),
        (misread, "请核对有没有看错字符", "may be wrong"),
        (format!("{one} 到 {far}"), "两头不是同一个赋码批", "two issues"),
        (String::new(), "请填写批次和数量，或溯源码", "or package codes"),
    ] {
        let fields = shipment(&desk, packages.clone(), "");
        desk.post_in(PROCESSOR, "/app/ship", &fields, "zh", &token(PROCESSOR)).await.says(422, zh);
        let page = desk.post(PROCESSOR, "/app/ship", &fields).await;
        page.says(422, en).says(422, &format!(">{packages}</textarea>"));
    }
    // Another's packages: the ledger refuses, beside the field.
    let told = desk.post(RIVAL, "/app/ship", &shipment(&desk, format!("{issue}:1-4"), "")).await;
    desk.post(RIVAL, "/app/ship", &told.hidden("/app/ship")).await.says(422, "id=\"packages-wrong\"");
    assert_eq!(desk.entries().await, before, "nothing of it is stored");
}

/// A clerk ships for a household that let it, by weight and by codes; whose it is stands in the record.
pub async fn a_clerk_ships_for_a_household(database: Database) {
    let desk = Desk::open(database).await;
    let batch = desk.world.fresh(SECOND, "100kg").await;
    let own = desk.world.fresh(COOP, "100kg").await;
    let path = format!("/app/ship?for={SECOND}");
    assert_eq!(desk.get(COOP, &path).await.status, 403, "not before it is let");
    let grant = json!({"from": SECOND, "to": COOP, "kinds": ["ship"], "until": "2027-12-31"});
    desk.world.append(OFFICE, draft(Kind::Grant, grant)).await;
    desk.get(COOP, "/app/households").await.says(200, &path);
    let page = desk.get(COOP, &format!("{path}&batch={batch}")).await;
    page.says(200, &format!("{batch} 100 kg")).says(200, &format!("name=\"for\" value=\"{SECOND}\""));
    let fields = |batch: BatchCode, party: PartyId| {
        let mut fields = shipment(&desk, String::new(), &format!("{batch} 320斤"));
        fields.push(("for", party.to_string()));
        fields
    };
    desk.post(COOP, "/app/ship", &fields(own, SECOND)).await.says(422, "id=\"lines-wrong\"");
    assert_eq!(desk.post(COOP, "/app/ship", &fields(batch, FIRST)).await.status, 403, "no grant of this one");
    let over = desk.post(COOP, "/app/ship", &fields(batch, SECOND)).await;
    over.says(422, "320斤").says(422, &format!("name=\"for\" value=\"{SECOND}\""));
    let mut good = fields(batch, SECOND);
    good[2].1 = format!("{batch} 80公斤");
    let row = desk.world.record(desk.post(COOP, "/app/ship", &good).await.record()).await;
    assert_eq!((row.actor, row.entered_by, row.other_side), (SECOND, Some(COOP), Some(SELLER)));
    assert_eq!(desk.world.batch(batch).await.allotted, 80_000_000);
    // Packages of the household go by their codes too.
    let (_, issue) = packed(&desk, SECOND, "1kg", 4).await;
    let mut fields = shipment(&desk, format!("{issue}:1-4"), "");
    fields.push(("for", SECOND.to_string()));
    let row = desk.world.record(confirmed(&desk, COOP, "/app/ship", &fields).await.record()).await;
    assert_eq!((row.actor, row.entered_by), (SECOND, Some(COOP)));
    assert_eq!(states(&desk, issue, CodeState::Shipped).await, [(1, 4)]);
}
