//! A household with a name and two named plots that let the co-op enter its harvests, and files to hand in.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::json;
use trace_core::id::{PartyId, RecordId, SiteId};
use trace_core::record::Kind;
use trace_core::state::RecordRow;
use trace_server::import::{Checked, Count, Import, ImportError};
use trace_server::store::RecordFilter;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, OFFICE, World};

/// 王大山 of 小草坝.
pub const WANG: PartyId = PartyId::from_random([41; 10]);
/// His plot 3号地.
pub const THIRD: SiteId = SiteId::from_random([41; 10]);
/// His plot 后山.
pub const HILL: SiteId = SiteId::from_random([42; 10]);

/// A list of three harvests, as a clerk keeps it.
pub const LIST: &str = "姓名,村,地块,日期,数量,采完\n王大山,小草坝,3号地,2026-11-18,120斤,\n\
                        王大山,小草坝,后山,2026-11-19,80斤,否\n王大山,,3号地,2026-11-20,60 kg,是\n";

pub async fn world(database: &Database) -> World {
    let store = trace_server::store::open(database.url()).await.unwrap();
    let world = World::with_keys(store, database.keys());
    world.settle().await;
    settle(&world, WANG, "王大山", "小草坝", &[(THIRD, "3号地"), (HILL, "后山")]).await;
    for site in [THIRD, HILL] {
        world.plant(WANG, site, "1亩").await;
    }
    world
}

/// A household of this name, its plots, and its grant to the co-op.
pub async fn settle(world: &World, id: PartyId, name: &str, village: &str, plots: &[(SiteId, &str)]) {
    let mut party = draft(Kind::RegisterParty, json!({"party": id, "role": "household", "village": village}));
    party.person = Some(json!({"name": name}));
    let mut drafts = vec![party];
    for (site, label) in plots {
        let details = json!({"site": site, "party": id, "kind": "plot", "altitude_m": 1800});
        let mut plot = draft(Kind::RegisterSite, details).covering("3亩");
        plot.place = Some(json!({"label": label}));
        drafts.push(plot);
    }
    drafts.push(draft(Kind::Grant, json!({"from": id, "to": COOP, "kinds": ["harvest"], "until": "2090-12-31"})));
    world.send(OFFICE, drafts).await.expect("a household");
}

/// The co-op's import.
pub fn import(world: &World) -> Import<'_> {
    Import { ledger: &world.ledger, submitter: COOP, household: None }
}

/// Checks a file; the check stores nothing.
pub async fn checked(import: &Import<'_>, file: impl AsRef<[u8]>) -> Checked {
    let before = import.ledger.store().head().await.unwrap();
    let checked = import.check(file.as_ref()).await.unwrap();
    assert_eq!(import.ledger.store().head().await.unwrap(), before, "a check stores nothing");
    checked
}

/// Stores a file in which nothing is wrong.
pub async fn stored(import: &Import<'_>, file: impl AsRef<[u8]>) -> (usize, usize) {
    let checked = checked(import, file).await;
    assert_eq!(checked.wrong, [], "{:?}", checked.wrong);
    let told = checked.count();
    let count = import.store(checked).await.unwrap();
    assert_eq!(count, told, "what was told before");
    let Count { stored, repeated, refused } = count;
    assert_eq!(refused, 0);
    (stored, repeated)
}

/// What is wrong with a file, in Chinese and English; nothing of it can be stored.
pub async fn wrong(import: &Import<'_>, file: impl AsRef<[u8]>) -> Vec<(String, String)> {
    let checked = checked(import, file).await;
    assert!(!checked.wrong.is_empty(), "nothing is wrong");
    assert_eq!(checked.count().stored, 0);
    let before = import.ledger.store().head().await.unwrap();
    let refused = import.store(checked).await.unwrap_err();
    assert_eq!(import.ledger.store().head().await.unwrap(), before, "all or nothing");
    let ImportError::Wrong(wrong) = refused else { panic!("{refused}") };
    wrong.iter().map(|one| (one.zh(), one.en())).collect()
}

/// Every harvest in the ledger, newest first.
pub async fn harvests(world: &World) -> Vec<RecordRow> {
    let filter = RecordFilter { states: Some(Kind::Harvest), limit: 500, ..RecordFilter::default() };
    world.store().records(&filter).await.unwrap()
}

/// What a harvest weighs, as it was typed.
pub async fn typed(world: &World, record: RecordId) -> String {
    world.ledger.amounts(record).await.unwrap().unwrap().outputs[0].typed().to_owned()
}

/// The list as a workbook whose days are days.
pub fn workbook(list: &str) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let day = Format::new().set_num_format("yyyy/m/d");
    for (row, line) in (0..).zip(list.lines()) {
        for (column, cell) in (0..).zip(line.split(',')) {
            match ExcelDateTime::parse_from_str(cell) {
                Ok(date) if cell.len() == 10 => sheet.write_datetime_with_format(row, column, date, &day).unwrap(),
                _ => sheet.write_string(row, column, cell).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}
