//! Parties and sites on pages: the office lets a co-op register its village, and what is registered is changed.

use serde_json::json;
use trace_core::id::{PartyId, RecordId, SiteId};
use trace_core::record::sealed::Group;
use trace_core::record::{Kind, Person, Place};
use trace_core::state::{Key, PartyRow, Row};
use trace_server::store::PartyFilter;
use trace_tests::drafting::draft;
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, FIRST_PLOT, OFFICE, PROCESSOR, SECOND, SECOND_PLOT, SELLER};

use crate::desk::{Desk, Page};

const REGISTER: &str = "/app/office/register";
const SITES: &str = "/app/office/register/site";

async fn row(desk: &Desk, id: PartyId) -> PartyRow {
    let (rows, _) = desk.world.store().load(&[Key::Party(id)].into()).await.expect("the store");
    rows.into_iter().find_map(|row| if let Row::Party(row) = row { Some(row) } else { None }).expect("the party")
}

async fn person(desk: &Desk, id: PartyId) -> Person {
    let record = row(desk, id).await.person_record();
    let found = desk.world.ledger.personal(&[record], Group::Person).await.expect("the store").remove(&record);
    found.expect("a person").read().expect("not erased")
}

async fn place(desk: &Desk, record: RecordId) -> Place {
    let found = desk.world.ledger.personal(&[record], Group::Place).await.expect("the store").remove(&record);
    found.expect("a place").read().expect("not erased")
}

fn with_uid(desk: &Desk, fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = [("uid".to_owned(), desk.uid())];
    own.into_iter().chain(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
}

async fn post(desk: &Desk, who: PartyId, path: &str, fields: &[(&str, &str)]) -> Page {
    desk.post(who, path, &with_uid(desk, fields)).await
}

async fn new_household(desk: &Desk, who: PartyId, village: &str) -> PartyId {
    let fields = [("role", "household"), ("village", village), ("person", "王小明"), ("telephone", "138 0000 0000")];
    post(desk, who, REGISTER, &fields).await.record();
    let filter = PartyFilter { village: Some(village.to_owned()), limit: 9, ..PartyFilter::default() };
    desk.world.store().parties(&filter).await.expect("the parties")[0].id
}

pub async fn a_coop_registers_its_village(database: Database) {
    let desk = Desk::open(database).await;
    for path in [REGISTER, SITES, "/app/office/register/parties", "/app/office/register/agent"] {
        desk.get(COOP, path).await.says(403, "you are signed in as");
    }
    assert!(!desk.get(COOP, "/app/households").await.body.contains(REGISTER));
    let agent = desk.get(OFFICE, "/app/office/register/agent").await;
    agent.says(200, &COOP.to_string());
    assert!(!agent.body.contains(&PROCESSOR.to_string()), "a village's clerk is a co-op's");
    let grant = [("to", COOP.to_string()), ("until", "2027-12-31".to_owned())];
    let grant: Vec<(&str, &str)> = grant.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let given = post(&desk, OFFICE, "/app/office/register/agent", &grant).await.record();

    let list = desk.get(COOP, "/app/households").await;
    list.says(200, REGISTER).says(200, SITES);
    assert!(!list.body.contains(&OFFICE.to_string()), "the office is no household: {}", list.body);
    let form = desk.get(COOP, REGISTER).await;
    form.says(200, "value=\"household\"").says(200, "value=\"小草坝\"");
    assert!(!form.body.contains("laboratory") && !form.body.contains("/app/office/erase"), "{}", form.body);
    let party = new_household(&desk, COOP, "大桥村").await;
    let registered = row(&desk, party).await;
    assert_eq!(registered.registered_by, Some(COOP));
    let record = desk.world.record(registered.record).await;
    assert_eq!((record.actor, record.entered_by), (OFFICE, Some(COOP)));
    // Its clerk finds the id on the record, and the household in the list.
    desk.get(COOP, &format!("/app/records/{}", record.id)).await.says(200, &party.to_string());
    desk.get(COOP, "/app/office/register/parties").await.says(200, "王小明").says(200, &party.to_string());
    let id = party.to_string();
    let plot = [("party", &*id), ("kind", "plot"), ("area", "2亩"), ("label", "3号地")];
    post(&desk, COOP, SITES, &plot).await.record();
    // A firm, and a plot for whom it did not register.
    let firm = [("role", "laboratory"), ("organisation", "检测站")];
    post(&desk, COOP, REGISTER, &firm).await.says(422, "id=\"role-wrong\"");
    let foreign = SECOND.to_string();
    let plot = [("party", &*foreign), ("kind", "plot"), ("area", "2亩")];
    post(&desk, COOP, SITES, &plot).await.says(422, "id=\"party-wrong\"").says(422, "was not registered by");

    // What is registered is changed: its own, not that of others.
    let change = format!("/app/office/register/party/{party}");
    let page = desk.get(COOP, &change).await;
    page.says(200, "3号地").says(200, "value=\"大桥村\"");
    let fields =
        [("record", &*page.value("record")), ("village", "小桥村")].map(|(name, value)| (name, value.to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    post(&desk, COOP, &change, &fields).await.record();
    assert_eq!(person(&desk, party).await.name.as_str(), "王小明", "a new village leaves the name");
    let change = format!("/app/office/register/party/{SECOND}");
    let site = format!("{SITES}/{SECOND_PLOT}");
    for path in [&change, &site] {
        assert_eq!(desk.get(COOP, path).await.status, 404, "{path}");
        assert_eq!(post(&desk, COOP, path, &[("village", "别处"), ("area", "9亩")]).await.status, 404, "{path}");
        assert_eq!(desk.get(SELLER, path).await.status, 403, "{path}");
    }
    // A household lets the co-op change what is registered of it.
    let allow = [("to", COOP.to_string()), ("until", "2027-12-31".to_owned()), ("kind-register_party", "1".to_owned())];
    let allow: Vec<(&str, &str)> = allow.iter().map(|(name, value)| (*name, value.as_str())).collect();
    post(&desk, SECOND, "/app/grants/new", &allow).await.record();
    desk.get(COOP, &change).await.says(200, "value=\"小草坝\"");
    assert_eq!(desk.get(COOP, &site).await.status, 404, "its plots are another kind");
    let end = format!("/app/grants/{given}/end");
    desk.get(OFFICE, "/app/office/grants").await.says(200, &end);
    post(&desk, OFFICE, &end, &[]).await;
    assert_eq!(desk.get(COOP, REGISTER).await.status, 403);
}

pub async fn a_party_is_changed(database: Database) {
    let desk = Desk::open(database).await;
    let party = new_household(&desk, OFFICE, "大桥村").await;
    let path = format!("/app/office/register/party/{party}");
    desk.get(OFFICE, &format!("/app/office/grants?party={party}")).await.says(200, &path);
    let page = desk.get(OFFICE, &path).await;
    assert!(!page.body.contains("王小明") && !page.body.contains("13800000000"), "what is sealed stays sealed");
    let shown = page.value("record");
    let send = async |fields: &[(&str, &str)]| post(&desk, OFFICE, &path, fields).await;
    let fields = [("record", &*shown), ("village", "大桥村")];
    send(&fields).await.says(422, "Nothing is changed");
    send(&[("village", "大桥村13800000000")]).await.says(422, "id=\"village-wrong\"");
    send(&[("village", "大桥村"), ("telephone", "12")]).await.says(422, "id=\"telephone-wrong\"");
    desk.world.append(party, draft(Kind::Consent, json!({"party": party, "fields": ["full_name"]}))).await;
    desk.get(OFFICE, &path).await.says(200, "until it consents anew");
    let fields = [("record", &*shown), ("village", "小桥村"), ("telephone", "139 1111 2222")];
    let record = send(&fields).await.record();
    let (row_now, person_now) = (row(&desk, party).await, person(&desk, party).await);
    assert_eq!((row_now.record, row_now.village.expect("a village").as_str()), (record, "小桥村"));
    assert_eq!(person_now.name.as_str(), "王小明", "it was not typed, and stays");
    assert_eq!(person_now.telephone.expect("a number").as_str(), "13911112222");
    assert!(row_now.consents.is_empty());
    // Whoever saw the older version is told.
    let stale = [("record", &*shown), ("village", "别处")];
    send(&stale).await.says(422, "newer version");
    send(&[("village", "小桥村"), ("person", "王小红"), ("no_telephone", "1")]).await.record();
    let person_now = person(&desk, party).await;
    assert_eq!((person_now.name.as_str(), person_now.telephone), ("王小红", None));
    // A firm is called by another name; a household has none in public.
    let firm = format!("/app/office/register/party/{SELLER}");
    desk.get(OFFICE, &firm).await.says(200, "value=\"网店\"");
    post(&desk, OFFICE, &firm, &[("organisation", "新网店"), ("village", "小草坝")]).await.record();
    assert_eq!(row(&desk, SELLER).await.organisation.expect("a name").as_str(), "新网店");
    post(&desk, OFFICE, &firm, &[("village", "小草坝")]).await.says(422, "id=\"organisation-wrong\"");
    assert_eq!(desk.get(FIRST, &path).await.status, 403, "a party asks the office");
}

pub async fn a_site_is_changed(database: Database) {
    let desk = Desk::open(database).await;
    let first = FIRST.to_string();
    desk.get(OFFICE, SITES).await.says(200, "It is private");
    let sited = async |position: &str, outline: &str| {
        let fields = [
            ("party", &*first),
            ("kind", "plot"),
            ("area", "2亩"),
            ("label", "3号地"),
            ("position", position),
            ("outline", outline),
        ];
        post(&desk, OFFICE, SITES, &fields).await
    };
    sited("104.148137, 27.632455", "").await.says(422, "id=\"position-wrong\"").says(422, "longitude written first");
    sited("27.6 190", "").await.says(422, "id=\"position-wrong\"");
    sited("", "27 104\n27 105").await.says(422, "id=\"outline-wrong\"");
    let record = sited("28.1234567, 104.148137", "27 104\n27 105\n28 104").await.record();
    let had = place(&desk, record).await;
    assert_eq!((had.latitude_e7, had.longitude_e7), (Some(281_234_567), Some(1_041_481_370)));
    assert_eq!((had.outline_e7.len(), had.label.expect("a name").as_str()), (3, "3号地"));
    let bytes = desk.world.ledger.record(record, None).await.expect("a store").expect("a record");
    assert!(!String::from_utf8_lossy(bytes.entry.record.bytes()).contains("281234567"), "the place is sealed");
    let sites = desk.world.store().sites(FIRST).await.expect("the sites");
    let site: SiteId = sites.iter().find(|site| site.record == record).expect("the site").id;

    let path = format!("{SITES}/{site}");
    desk.get(OFFICE, &format!("/app/office/register/party/{FIRST}")).await.says(200, &path);
    let page = desk.get(OFFICE, &path).await;
    page.says(200, "3号地").says(200, "value=\"2亩\"");
    assert!(!page.body.contains("28.12"), "the old position is not shown: {}", page.body);
    let area = page.value("area");
    let send = async |fields: &[(&str, &str)]| post(&desk, OFFICE, &path, fields).await;
    let changed = send(&[("area", &area), ("altitude", "1750"), ("label", "5号地")]).await.record();
    let now = place(&desk, changed).await;
    assert_eq!((now.latitude_e7, now.outline_e7.len()), (Some(281_234_567), 3), "left empty it stays");
    assert_eq!(now.label.expect("a name").as_str(), "5号地");
    let row = desk.world.site(site).await;
    assert_eq!((row.altitude_m, row.area_cm2), (Some(1750), Some(13_333_333)));
    let changed = send(&[("area", "3亩"), ("no_position", "1")]).await.record();
    let now = place(&desk, changed).await;
    assert_eq!((now.latitude_e7, now.outline_e7.len()), (None, 0));
    assert_eq!(now.label.expect("a name").as_str(), "5号地");
    send(&[("area", "3亩"), ("altitude", "hoch")]).await.says(422, "id=\"altitude-wrong\"");
    send(&[("area", "")]).await.says(422, "id=\"area-wrong\"");
    // Less than what is planted.
    desk.world.plant(FIRST, FIRST_PLOT, "2亩").await;
    let planted = format!("{SITES}/{FIRST_PLOT}");
    post(&desk, OFFICE, &planted, &[("area", "1亩")]).await.says(422, "id=\"area-wrong\"");
    assert_eq!(desk.get(FIRST, &path).await.status, 403);
}
