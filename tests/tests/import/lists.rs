//! What goes in, and that it goes in once.

use serde_json::json;
use trace_core::id::{PartyId, Uid};
use trace_server::import::{Import, template};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, FIRST_PLOT};

use crate::village::{HILL, LIST, THIRD, WANG, checked, harvests, import, stored, typed, workbook, world};

pub async fn the_same_list_again_stores_nothing(database: Database) {
    let world = world(&database).await;
    let import = import(&world);
    assert_eq!(stored(&import, LIST).await, (3, 0));
    let rows = harvests(&world).await;
    let who: Vec<_> = rows.iter().map(|row| (row.actor, row.entered_by, row.site)).collect();
    assert_eq!(who, [(WANG, Some(COOP), Some(THIRD)), (WANG, Some(COOP), Some(HILL)), (WANG, Some(COOP), Some(THIRD))]);
    assert_eq!(rows[0].occurred_at.to_string(), "2026-11-20");
    assert_eq!(typed(&world, rows[0].id).await, "60 kg");
    // 3号地 is dug up by now, and its rows are known all the same.
    let before = world.store().head().await.unwrap();
    assert_eq!(stored(&import, LIST).await, (0, 3));
    assert_eq!(world.store().head().await.unwrap(), before);
    // Two at once store it once.
    let more = format!("{LIST}王大山,小草坝,后山,2026-11-20,70斤,\n");
    let (one, other) = (checked(&import, &more).await, checked(&import, &more).await);
    let (one, other) = tokio::join!(import.store(one), import.store(other));
    assert_eq!(one.unwrap().stored + other.unwrap().stored, 1);
    assert_eq!(harvests(&world).await.len(), 4);
}

pub async fn three_spellings_are_one_list(database: Database) {
    let world = world(&database).await;
    let import = import(&world);
    assert_eq!(stored(&import, workbook(LIST)).await, (3, 0));
    // As a spreadsheet program saves it again, with English headings in another order, and the ids for the names.
    let english = format!(
        "\u{feff}amount;household;final;day;plot;season\r\n120斤;{WANG};no;2026/11/18;{THIRD};dongma\r\n\
         80斤;{WANG};;2026/11/19;后山;冬麻\r\n120斤;{WANG};yes;2026/11/20;3号地;\r\n"
    );
    assert_eq!(stored(&import, english).await, (0, 3), "60 kg are 120斤");
    // Columns that people keep for themselves change nothing.
    let remarked = format!("序号,household,plot,day,amount,Remarks\n1,{WANG},后山,2026-11-19,80斤,雨后挖的\n");
    assert_eq!(stored(&import, remarked).await, (0, 1));
    let filled = format!("{}{WANG},,,3号地,2026-11-18,120斤,,\r\n", template());
    assert_eq!(stored(&import, filled).await, (0, 1));
    assert_eq!(harvests(&world).await.len(), 3);
}

pub async fn a_list_that_grew_stores_its_new_rows(database: Database) {
    let world = world(&database).await;
    let import = import(&world);
    let head = "姓名,地块,日期,数量\n";
    let (one, two) = ("王大山,后山,2026-11-18,80斤\n", "王大山,后山,2026-11-19,80斤\n");
    assert_eq!(stored(&import, format!("{head}{one}")).await, (1, 0));
    assert_eq!(stored(&import, format!("{head}{one}\n{two}")).await, (1, 1));
    assert_eq!(stored(&import, format!("{head}{two}{one}{two}")).await, (1, 2), "the same twice in a list is twice");
    assert_eq!(harvests(&world).await.len(), 3);
}

pub async fn one_household_needs_no_names(database: Database) {
    let world = world(&database).await;
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let list = format!("plot,day,amount\n{planting},2026-11-20,90斤\n");
    let one = |submitter: PartyId| Import { ledger: &world.ledger, submitter, household: Some(FIRST) };
    assert_eq!(stored(&one(COOP), &list).await, (1, 0));
    let row = harvests(&world).await.remove(0);
    assert_eq!((row.actor, row.entered_by), (FIRST, Some(COOP)));
    assert_eq!(stored(&one(FIRST), &list).await, (1, 0), "a list of somebody else is another list");
    let row = harvests(&world).await.remove(0);
    assert_eq!((row.actor, row.entered_by), (FIRST, None));
}

pub async fn json_lines_are_one_group(database: Database) {
    let world = world(&database).await;
    let office = Import { ledger: &world.ledger, submitter: trace_tests::household::OFFICE, household: None };
    let (party, site) = (PartyId::from_random([77; 10]), trace_core::id::SiteId::from_random([77; 10]));
    let line = |uid: u8, kind: &str, details: serde_json::Value| json!({"uid": Uid::from_bytes([uid; 16]), "kind": kind, "occurred_at": "2026-11-20", "details": details});
    let mut registered = line(1, "register_party", json!({"party": party, "role": "household", "village": "钟鸣"}));
    registered["person"] = json!({"name": "李小河"});
    let mut plot = line(2, "register_site", json!({"site": site, "party": party, "kind": "plot"}));
    plot["area"] = "2亩".into();
    let file = format!("{registered}\n\n{plot}\n");
    assert_eq!(stored(&office, &file).await, (2, 0));
    assert!(world.ledger.party(party).await.unwrap().is_some());
    assert_eq!(stored(&office, file.replace("\n\n", "\r\n")).await, (0, 2), "the same lines");
    // The second line is refused, so the first is not stored; it is the third of the file.
    let file = file.replace(&party.to_string(), &PartyId::from_random([78; 10]).to_string()).replace("0101", "1101");
    let wrong = crate::village::wrong(&office, &file).await;
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].1.starts_with("row 3, /uid: the uid"), "{wrong:?}");
    let wrong = crate::village::wrong(&office, "{\"uid\": 3}\n{\"kind\": \"ship\"").await;
    assert!(wrong[0].0.starts_with("第 1 行 ") && wrong[1].1.starts_with("row 2"), "{wrong:?}");
}
