//! Everything that is written, searched for what must not be in it.

use serde_json::json;
use trace_core::id::{PartyId, SiteId};
use trace_core::record::Kind;
use trace_core::tianma::PersonalField;
use trace_server::ledger::random;
use trace_tests::drafting::draft;
use trace_tests::engines::Database;
use trace_tests::household::OFFICE;
use trace_tests::search::{Needles, files, find, of_bytes, spellings};

use crate::county::{AMOUNT_MG, County, KEY};

const NAME: &str = "欧阳青山翠";
const TELEPHONE: &str = "13987654321";
const LABEL: &str = "老鹰岩背后那块";
const LATITUDE: i32 = 276_543_219;

pub async fn nothing_private_is_in_it(database: Database) {
    let county = County::settle(database).await;
    let of = county.every_state().await;
    let (party, site) = (PartyId::from_random(random().unwrap()), SiteId::from_random(random().unwrap()));
    let mut person = draft(Kind::RegisterParty, json!({"party": party, "role": "household", "village": "小草坝"}));
    person.person = Some(json!({"name": NAME, "telephone": TELEPHONE}));
    county.world.append(OFFICE, person).await;
    let mut plot = draft(Kind::RegisterSite, json!({"site": site, "party": party, "kind": "plot"}));
    plot.area = Some("2亩".to_owned());
    plot.place = Some(json!({"label": LABEL, "latitude_e7": LATITUDE, "longitude_e7": 1_041_783_310}));
    county.world.append(OFFICE, plot).await;
    // On a page that cannot be called back even what the pages of the service show by consent is left out.
    let everything: Vec<&str> = PersonalField::ALL.iter().map(|field| field.code()).collect();
    county.world.append(party, draft(Kind::Consent, json!({"party": party, "fields": everything}))).await;
    let dug = county.world.fresh(party, "3kg").await;
    county.export().await.unwrap();
    let all = files(&county.out());
    assert!(all.len() > 10, "{all:?}");
    assert!(!find(&all, &spellings("a batch of the household", &dug.to_string())).is_empty());
    let public = find(&all, &spellings("the batch", &of.sale.to_string()));
    assert!(!public.is_empty(), "the search finds what is there");
    let mut needles = Needles::new();
    for (what, text) in [
        ("a name", NAME),
        ("a telephone", TELEPHONE),
        ("a place", LABEL),
        ("a position", &LATITUDE.to_string()),
        ("an amount", AMOUNT_MG),
        ("an amount as it was typed", "123.457891"),
    ] {
        needles.extend(spellings(what, text));
    }
    for index in 0..40 {
        needles.extend(spellings("a package code", &county.code(of.issue, index).to_string()));
        needles.extend(spellings("a package code in groups", &county.code(of.issue, index).grouped()));
    }
    needles.extend(of_bytes("the code key", &KEY));
    let secret = std::fs::read_to_string(&county.state.config.log_key_file).unwrap();
    let secret = secret.split_whitespace().find(|word| word.starts_with("PRIVATE+KEY")).unwrap();
    // PRIVATE+KEY+name+id+key: base64 has a `+` of its own, so the key is all that follows the fourth.
    needles.extend(of_bytes("the log's key", secret.splitn(5, '+').nth(4).unwrap().as_bytes()));
    assert_eq!(find(&all, &needles), [""; 0]);
}
