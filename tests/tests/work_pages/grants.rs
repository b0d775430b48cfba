//! Who may enter for whom: a party sees the grants it gave, gives one and ends one; the office ends one for it.

use serde_json::json;
use trace_core::id::PartyId;
use trace_core::record::Kind;
use trace_tests::drafting::{DAY, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, OFFICE, PROCESSOR, RIVAL, SECOND, SECOND_PLOT};

use crate::desk::{Desk, token};

fn fields(desk: &Desk, to: &str, until: &str, kinds: &[&str]) -> Vec<(String, String)> {
    let mut fields =
        vec![("uid".to_owned(), desk.uid()), ("to".to_owned(), to.to_owned()), ("until".to_owned(), until.to_owned())];
    fields.extend(kinds.iter().map(|kind| (format!("kind-{kind}"), "1".to_owned())));
    fields
}

pub async fn a_household_gives_and_ends_a_grant(database: Database) {
    let desk = Desk::open(database).await;
    desk.world.plant(SECOND, SECOND_PLOT, "1亩").await;
    desk.get(SECOND, "/app").await.says(200, "/app/grants");
    desk.get(SECOND, "/app/grants").await.says(200, "No grant is in force");
    let form = desk.get(SECOND, "/app/grants/new").await;
    form.says(200, &COOP.to_string()).says(200, "needs no confirmation");
    assert!(!form.body.contains(" checked"), "nothing is ticked for it: {}", form.body);
    let post = async |fields: &[(String, String)]| desk.post(SECOND, "/app/grants/new", fields).await;
    let coop = COOP.to_string();
    post(&fields(&desk, "", "2027-12-31", &["harvest"])).await.says(422, "id=\"to-wrong\"");
    post(&fields(&desk, &coop, "2020-12-31", &["harvest"])).await.says(422, "id=\"until-wrong\"");
    post(&fields(&desk, &coop, "2027-12-31", &[])).await.says(422, "at least one kind").says(422, "selected");
    let good = fields(&desk, &coop, "2027-12-31", &["harvest", "tend"]);
    let record = post(&good).await.record();
    assert_eq!(post(&good).await.record(), record, "pressed twice");
    let row = desk.world.record(record).await;
    assert_eq!((row.actor, row.entered_by), (SECOND, None), "the household itself gave it");
    let list = desk.get_zh(SECOND, "/app/grants").await;
    list.says(200, "采收").says(200, "2027-12-31").says(200, &format!("/app/grants/{record}/end"));
    assert_eq!(desk.get(COOP, &format!("/app/harvest?for={SECOND}")).await.status, 200);
    // Another household's grants are not told of.
    let end = format!("/app/grants/{record}/end");
    let others = desk.get(FIRST, "/app/grants").await;
    assert!(!others.body.contains(&record.to_string()), "{}", others.body);
    for party in [FIRST, COOP, PROCESSOR] {
        assert_eq!(desk.get(party, &end).await.status, 404);
        assert_eq!(desk.post(party, &end, &[("uid", desk.uid())]).await.status, 404);
    }
    let page = desk.get(SECOND, &end).await;
    page.says(200, "what was entered stands");
    let press = [("uid", page.value("uid"))];
    let ended = desk.post(SECOND, &end, &press).await;
    assert_eq!((ended.status, ended.location.as_str()), (303, "/app/grants?note=grant_ended"));
    let size = desk.entries().await;
    assert_eq!(desk.post(SECOND, &end, &press).await.status, 303, "pressed twice");
    assert_eq!(desk.entries().await, size);
    assert_eq!(desk.get(COOP, &format!("/app/harvest?for={SECOND}")).await.status, 403, "ended");
    let list = desk.get(SECOND, "/app/grants?note=grant_ended").await;
    list.says(200, "The grant is ended").says(200, ">ended<").says(200, "No grant is in force");
    // A second look at the ended one offers nothing to press; a form that was open says why.
    let page = desk.get(SECOND, &end).await;
    assert!(!page.body.contains("name=\"uid\""), "{}", page.body);
    let late = desk.post_in(SECOND, &end, &[("uid", desk.uid())], "zh", &token(SECOND)).await;
    late.says(422, &format!("授权 {record} 已经终止"));
}

/// By village, by the other side's name, and by a person's whole name, which is not shown; not by a piece of one.
async fn found_by_words(desk: &Desk, grant: &str) {
    let registered = desk.world.ledger.party(SECOND).await.unwrap().unwrap().record;
    let mut registration = draft(Kind::RegisterParty, json!({"party": SECOND, "role": "household", "village": "荞山"}));
    registration.person = Some(json!({"name": "李秀英", "telephone": "10087654321"}));
    registration.supersedes = Some(registered);
    desk.world.append(OFFICE, registration).await;
    let page = async |typed: &str| desk.get(OFFICE, &format!("/app/office/grants?party={typed}")).await;
    let (village, other_village) = ("%E8%8D%9E%E5%B1%B1", "%E5%B0%8F%E8%8D%89%E5%9D%9D");
    let of_village = page(village).await;
    of_village.says(200, grant);
    assert!(!of_village.body.contains(&format!("?party={FIRST}")), "the other village's: {}", of_village.body);
    page(other_village).await.says(200, &format!("?party={FIRST}"));
    // 云上合作社 holds both grants.
    page("%E4%BA%91%E4%B8%8A").await.says(200, grant).says(200, &format!("?party={FIRST}"));
    let by_name = page("%E6%9D%8E%E7%A7%80%E8%8B%B1").await;
    by_name.says(200, grant);
    assert_eq!(by_name.body.matches("李秀英").count(), 1, "as it was typed, and nowhere else: {}", by_name.body);
    page("%E6%9D%8E%E7%A7%80").await.says(200, "id=\"party-wrong\"");
    // The id that other forms ask for stands there, also of who has no grant.
    let row = |party| format!("<span class=\"code\">{party}</span>");
    by_name.says(200, &row(SECOND)).says(200, &format!("/app/office/erase?party={SECOND}"));
    assert!(!by_name.body.contains(&row(FIRST)), "{}", by_name.body);
    page("%E7%AC%AC%E4%BA%8C%E5%8A%A0%E5%B7%A5").await.says(200, &row(RIVAL)).says(200, "No grant is in force");
    let all = page("%E5%B0%8F%E8%8D%89%E5%9D%9D").await;
    assert!(!all.body.contains("<details"), "the village stands in the names of one household: {}", all.body);
    for number in 101..=105 {
        let details = json!({"party": PartyId::from_random([number; 10]), "role": "household", "village": "牛街"});
        desk.world.append(OFFICE, draft(Kind::RegisterParty, details)).await;
    }
    page("%E7%89%9B%E8%A1%97").await.says(200, "<details").says(200, "The 5 parties that fit");
    let nobody = PartyId::from_random([99; 10]);
    page(&nobody.to_string()).await.says(200, "id=\"party-wrong\"");
    let wrong = [("uid", desk.uid()), ("party", "王大山".to_owned()), ("reason", "requested".to_owned())];
    let wrong = desk.post(OFFICE, "/app/office/erase", &wrong).await;
    wrong.says(422, "id=\"party-wrong\"").says(422, "href=\"/app/office/grants\"");
}

pub async fn the_office_ends_a_grant(database: Database) {
    let desk = Desk::open(database).await;
    let details = json!({"from": SECOND, "to": COOP, "kinds": ["tend", "receive"], "until": "2027-12-31"});
    let record = desk.world.append(OFFICE, draft(Kind::Grant, details)).await.record.id();
    desk.get(OFFICE, "/app").await.says(200, "/app/office/grants");
    let newest = desk.get(OFFICE, "/app/office/grants").await;
    newest.says(200, &record.to_string()).says(200, &format!("?party={FIRST}"));
    let of_second = desk.get(OFFICE, &format!("/app/office/grants?party={SECOND}")).await;
    of_second.says(200, &format!("/app/grants/{record}/end"));
    assert!(!of_second.body.contains(&format!("?party={FIRST}")), "the grants of one party: {}", of_second.body);
    desk.get(OFFICE, "/app/office/grants?party=wang").await.says(200, "id=\"party-wrong\"").says(200, "value=\"wang\"");
    found_by_words(&desk, &record.to_string()).await;
    // What the office wrote down for it, the household sees and may end too.
    desk.get(SECOND, "/app/grants").await.says(200, &format!("/app/grants/{record}/end"));
    let end = format!("/app/grants/{record}/end");
    let page = desk.get(OFFICE, &end).await;
    let ended = desk.post(OFFICE, &end, &[("uid", page.value("uid"))]).await;
    assert_eq!(ended.location, format!("/app/office/grants?party={SECOND}&note=grant_ended"));
    assert_eq!(desk.get(COOP, &format!("/app/tend?for={SECOND}")).await.status, 403);
    desk.get(SECOND, "/app/grants").await.says(200, ">ended<");
}

/// More than a plot gives is refused to its grower and to a clerk; the office enters it, without a grant, and it is held.
pub async fn the_office_enters_what_is_above_the_cap(database: Database) {
    let desk = Desk::open(database).await;
    let planting = desk.world.plant(SECOND, SECOND_PLOT, "1亩").await;
    let page = format!("/app/harvest?for={SECOND}");
    desk.get(OFFICE, &format!("/app/office/grants?party={SECOND}")).await.says(200, &page);
    let of_firm = desk.get(OFFICE, &format!("/app/office/grants?party={PROCESSOR}")).await;
    assert!(!of_firm.body.contains("/app/harvest"), "a firm that digs nothing: {}", of_firm.body);
    desk.get(OFFICE, &page).await.says(200, &planting.to_string());
    let fields = |whom: PartyId| {
        let typed = [("plot", planting.to_string()), ("weight", "1200kg".to_owned()), ("date", DAY.to_owned())];
        [&[("uid", desk.uid()), ("for", whom.to_string())], &typed[..]].concat()
    };
    desk.post(SECOND, "/app/harvest/store", &fields(SECOND)).await.says(422, "ask the office to enter");
    let record = desk.post(OFFICE, "/app/harvest/store", &fields(SECOND)).await.record();
    let row = desk.world.record(record).await;
    assert_eq!((row.actor, row.entered_by, row.held), (SECOND, Some(OFFICE), true));
    // Nothing else without a grant, and nothing for whom nobody knows.
    desk.get(OFFICE, &format!("/app/receive?for={SECOND}")).await.says(403, "");
    let nobody = PartyId::from_random([99; 10]);
    assert_eq!(desk.get(OFFICE, &format!("/app/harvest?for={nobody}")).await.status, 403);
}
