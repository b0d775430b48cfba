//! What a party lets be shown of its persons: field by field, on the public pages, until it is taken back or erased.

use serde_json::json;
use trace_core::id::{BatchCode, PartyId};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::tianma::{PartyRole, PersonalField};
use trace_tests::drafting::draft;
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, OFFICE, RIVAL, World};

use crate::face::House;
use crate::market::{Person, erase, person, registration, request, row, uid, world};

const ALL: [PersonalField; 5] = [
    PersonalField::FamilyName,
    PersonalField::FullName,
    PersonalField::Telephone,
    PersonalField::SiteNames,
    PersonalField::SitePositions,
];

/// A field list that is empty is left out.
fn sheet(party: PartyId, fields: &[PersonalField]) -> Draft {
    let mut details = json!({"party": party});
    if !fields.is_empty() {
        details["fields"] = json!(fields);
    }
    draft(Kind::Consent, details)
}

async fn consent(world: &World, one: &Person, fields: &[PersonalField]) {
    world.append(one.party, sheet(one.party, fields)).await;
}

/// A batch that was dug from the person's plot.
async fn dug(world: &World, one: &Person) -> BatchCode {
    let planting = world.plant(one.party, one.site, "1亩").await;
    world.harvest(one.party, planting, "300kg").await
}

/// Each value with the field that shows it, as a page would have it.
fn values(one: &Person) -> [(PersonalField, String); 5] {
    let hundredths = (one.latitude_e7 + 50_000) / 100_000;
    let position = format!("{}.{:02}°N 104.18°E", hundredths / 100, hundredths % 100);
    [
        (PersonalField::FamilyName, format!("{}*", one.name.chars().next().unwrap())),
        (PersonalField::FullName, one.name.clone()),
        (PersonalField::Telephone, one.telephone.clone()),
        (PersonalField::SiteNames, one.label.clone()),
        (PersonalField::SitePositions, position),
    ]
}

pub async fn each_field_is_shown_by_its_own_consent(database: Database) {
    let house = House::open(database).await;
    let (one, other) = (&house.one, person(&house.world).await);
    let batch = dug(&house.world, one).await;
    dug(&house.world, &other).await;
    let page = format!("/b/{batch}");
    let shown = async |fields: &[PersonalField]| {
        let text = house.get("", &page).await.text;
        for (field, value) in values(one) {
            // A whole name takes the place of its first character.
            let hidden = field == PersonalField::FamilyName && fields.contains(&PersonalField::FullName);
            assert_eq!(text.contains(&value), fields.contains(&field) && !hidden, "{field}: {fields:?}");
        }
        assert_eq!(text.contains("愿意公开信息的人"), !fields.is_empty());
        assert!(!text.contains(&other.name) && !text.contains(&other.label));
    };
    shown(&[]).await;
    consent(&house.world, &other, &ALL).await;
    for field in ALL {
        consent(&house.world, one, &[field]).await;
        shown(&[field]).await;
    }
    consent(&house.world, one, &ALL).await;
    shown(&ALL).await;
    consent(&house.world, one, &[]).await;
    shown(&[]).await;
    consent(&house.world, one, &ALL).await;
    erase(&house.world, one.party).await;
    shown(&[]).await;
}

pub async fn a_farmer_chooses_on_a_page(database: Database) {
    let house = House::open(database).await;
    let one = &house.one;
    let batch = dug(&house.world, one).await;
    let cookie = house.session(&one.login).await;
    assert!(house.get(&cookie, "/app").await.text.contains("/app/consent"), "the start page leads there");
    let form = house.get(&cookie, "/app/consent").await;
    for (_, value) in values(one).iter().take(4) {
        assert!(form.text.contains(value), "one sees what a tick would show: {value}");
    }
    assert!(!form.text.contains(" checked"));
    let uid = uid().to_string();
    let fields = [("uid", &*uid), ("seen", ""), ("family_name", "1"), ("telephone", "1")];
    let done = house.send(&cookie, "/app/consent", &fields).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let record = house.get(&cookie, done.location.split('?').next().unwrap()).await.text;
    assert!(record.contains("公开个人信息") && record.contains("姓（如 王*）、电话"), "{record}");
    let public = house.get("", done.location.split('?').next().unwrap().trim_start_matches("/app")).await.text;
    assert!(public.contains("family_name") && !public.contains(&one.telephone), "{public}");
    let form = house.get(&cookie, "/app/consent").await.text;
    assert_eq!(form.matches(" checked").count(), 2);
    assert!(house.get("", &format!("/b/{batch}")).await.text.contains(&one.telephone));
    // The same again says that nothing changed, and stores nothing.
    let fresh = crate::market::uid().to_string();
    let seen = "family_name telephone";
    let again = [("uid", &*fresh), ("seen", seen), ("family_name", "1"), ("telephone", "1")];
    let again = house.send(&cookie, "/app/consent", &again).await;
    assert!(again.status == 422 && again.text.contains("没有变化"), "{}", again.text);
    // A page that was opened before may not give what was not given then, but may take back.
    let open = crate::market::uid().to_string();
    let old = [("uid", &*open), ("seen", ""), ("telephone", "1"), ("full_name", "1")];
    let old = house.send(&cookie, "/app/consent", &old).await;
    assert!(old.status == 422 && old.text.contains("在别处改过"), "{}", old.text);
    assert_eq!(old.text.matches(" checked").count(), 2, "as it is now");
    let last = crate::market::uid().to_string();
    assert_eq!(house.send(&cookie, "/app/consent", &[("uid", &*last), ("seen", "")]).await.status, 303);
    assert!(!house.get("", &format!("/b/{batch}")).await.text.contains(&one.telephone), "gone at once");
}

pub async fn the_api_tells_what_is_consented_to(database: Database) {
    let house = House::open(database).await;
    let token = house.token(RIVAL, PartyRole::Processor).await;
    let party = house.one.party.to_string();
    let read = async || {
        let request = house.client.get(format!("{}/api/v1/parties/{party}", house.base)).bearer_auth(&token);
        house.answer(request).await.json()
    };
    assert_eq!(read().await["consents"], json!([]));
    consent(&house.world, &house.one, &[PersonalField::Telephone, PersonalField::FamilyName]).await;
    let answer = read().await;
    assert_eq!(answer["consents"], json!(["family_name", "telephone"]));
    assert!(!answer.to_string().contains(&house.one.telephone), "{answer}");
}

pub async fn it_is_the_partys_own_word_and_ends_with_the_person(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    // Neither the office nor a clerk with a grant for the kind says it for a household.
    let for_it = sheet(one.party, &ALL);
    assert_eq!(world.refusal(OFFICE, for_it.clone()).await.rule, "foreign_consent");
    let mut for_it = for_it;
    for_it.actor = Some(one.party);
    assert_eq!(world.refusal(OFFICE, for_it.clone()).await.rule, "foreign_consent");
    let grant = json!({"from": one.party, "to": RIVAL, "kinds": ["consent"], "until": "2027-12-31"});
    world.append(OFFICE, draft(Kind::Grant, grant)).await;
    let refusal = world.refusal(RIVAL, for_it).await;
    assert_eq!((&*refusal.rule, &*refusal.place), ("foreign_consent", "/entered_by"));
    let unknown = draft(Kind::Consent, json!({"party": one.party, "fields": ["citizen_id"]}));
    assert!(world.refusal(one.party, unknown).await.place.starts_with("/details"));
    assert_eq!(world.refusal(one.party, sheet(one.party, &[])).await.rule, "consent_unchanged");
    consent(&world, &one, &ALL).await;
    assert_eq!(world.refusal(one.party, sheet(one.party, &ALL)).await.rule, "consent_unchanged");
    assert_eq!(row(&world, one.party).await.consents, ALL.into());
    // Another village leaves it; another person has consented to nothing.
    let mut moved = registration(one.party, "", "", Some(one.registered));
    moved.person = None;
    let moved = world.append(OFFICE, moved).await.record.id();
    assert_eq!(row(&world, one.party).await.consents, ALL.into());
    let other = request(OFFICE, vec![registration(one.party, "赵六", "13800000002", Some(moved))]);
    world.ledger.append(other).await.unwrap();
    assert_eq!(row(&world, one.party).await.consents, [].into());
    // But either may take it back, since a person may have no log-in left; nothing new may come with it.
    consent(&world, &one, &ALL[..2]).await;
    let by = |submitter, fields: &[PersonalField]| {
        let mut sheet = sheet(one.party, fields);
        sheet.actor = Some(one.party);
        (submitter, sheet)
    };
    let (office, wider) = by(OFFICE, &ALL[1..3]);
    assert_eq!(world.refusal(office, wider).await.rule, "foreign_consent");
    let (office, narrower) = by(OFFICE, &ALL[..1]);
    world.append(office, narrower).await;
    assert_eq!(row(&world, one.party).await.consents, ALL[..1].iter().copied().collect());
    let (clerk, nothing) = by(RIVAL, &[]);
    world.append(clerk, nothing).await;
    let (stranger, nothing) = by(FIRST, &[]);
    assert_eq!(world.refusal(stranger, nothing).await.rule, "no_grant");
    // Nothing can be shown of whom nothing is kept.
    consent(&world, &one, &ALL).await;
    erase(&world, one.party).await;
    assert_eq!(row(&world, one.party).await.consents, [].into());
    assert_eq!(world.refusal(one.party, sheet(one.party, &ALL)).await.rule, "party_erased");
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// A party whose records must be signed can give no consent without, but take back any part of it.
pub async fn taking_it_back_needs_no_signature(database: Database) {
    let world = world(&database).await;
    world.append(FIRST, sheet(FIRST, &ALL)).await;
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    world.append(FIRST, draft(Kind::RegisterKey, json!({"key": key, "signed_only": true}))).await;
    world.append(FIRST, sheet(FIRST, &ALL[1..3])).await;
    assert_eq!(world.refusal(FIRST, sheet(FIRST, &ALL)).await.rule, "signature_missing");
    assert_eq!(world.refusal(FIRST, sheet(FIRST, &ALL[..1])).await.rule, "signature_missing", "another in its place");
    world.append(FIRST, sheet(FIRST, &[])).await;
    assert_eq!(row(&world, FIRST).await.consents, [].into());
}
