//! What goes out: the log's records as rows, the same in three formats, and amounts for those alone who may see them.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};
use serde_json::Value;
use trace_core::record::Kind;
use trace_core::tianma::PartyRole;
use trace_server::export::{RecordsError, RowFormat, Wanted, records};
use trace_server::ledger::Viewer;
use trace_tests::engines::Database;
use trace_tests::household::{COOP, OFFICE, RIVAL, World};

use crate::village::{LIST, WANG, import, stored, world};

type Rows = Vec<BTreeMap<String, String>>;

async fn written(world: &World, wanted: &Wanted, format: RowFormat, path: &Path) -> u64 {
    records(&world.ledger, wanted, format, path).await.unwrap()
}

/// Headings and cells as rows by name; empty cells are left out.
fn named(mut lines: impl Iterator<Item = Vec<String>>) -> Rows {
    let names = lines.next().unwrap();
    let row = |cells: Vec<String>| {
        names.iter().cloned().zip(cells).filter(|(_, cell)| !cell.is_empty()).collect::<BTreeMap<_, _>>()
    };
    lines.map(row).collect()
}

fn of_csv(path: &Path) -> Rows {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    named(text.lines().map(|line| line.split(',').map(str::to_owned).collect()))
}

fn of_lines(path: &Path) -> Rows {
    let cell = |value: Value| match value {
        Value::String(text) => text,
        Value::Array(values) => values.iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    };
    let row = |line: &str| {
        let object: BTreeMap<String, Value> = serde_json::from_str(line).unwrap();
        object.into_iter().map(|(name, value)| (name, cell(value))).filter(|(_, cell)| !cell.is_empty()).collect()
    };
    std::fs::read_to_string(path).unwrap().lines().map(row).collect()
}

fn of_workbook(path: &Path) -> Rows {
    let mut book: Xlsx<_> = calamine::open_workbook(path).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    let cell = |data: &Data| match data {
        Data::Empty => String::new(),
        other => other.to_string(),
    };
    named(range.rows().map(|row| row.iter().map(cell).collect::<Vec<_>>()).collect::<Vec<_>>().into_iter())
}

/// The same rows out of each format.
async fn thrice(world: &World, wanted: &Wanted) -> Rows {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let count = written(world, wanted, RowFormat::Csv, &path("a.csv")).await;
    assert_eq!(written(world, wanted, RowFormat::JsonLines, &path("a.jsonl")).await, count);
    assert_eq!(written(world, wanted, RowFormat::Xlsx, &path("a.xlsx")).await, count);
    let rows = of_csv(&path("a.csv"));
    assert_eq!(rows.len() as u64, count);
    assert_eq!(of_lines(&path("a.jsonl")), rows);
    assert_eq!(of_workbook(&path("a.xlsx")), rows);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing half is left");
    let again = records(&world.ledger, wanted, RowFormat::Csv, &path("a.csv")).await.unwrap_err();
    assert!(matches!(again, RecordsError::File { .. }) && again.to_string().contains("nothing is overwritten"));
    rows
}

pub async fn three_formats_say_the_same(database: Database) {
    let world = world(&database).await;
    stored(&import(&world), LIST).await;
    let all = thrice(&world, &Wanted::default()).await;
    assert_eq!(all.len() as u64, world.store().head().await.unwrap().frontier.size());
    assert!(all.iter().enumerate().all(|(at, row)| row["index"] == at.to_string()), "oldest first, none left out");
    assert!(all.iter().all(|row| !row.contains_key("output_amounts")), "amounts are not public");
    let wanted = Wanted { kind: Some(Kind::Harvest), since: Some("2026-11-19".parse().unwrap()), ..Wanted::default() };
    let rows = thrice(&world, &wanted).await;
    assert_eq!(rows.iter().map(|row| &*row["occurred_at"]).collect::<Vec<_>>(), ["2026-11-19", "2026-11-20"]);
    // Each row is the record in the ledger.
    let view = world.ledger.record(rows[0]["id"].parse().unwrap(), None).await.unwrap().unwrap();
    assert_eq!(rows[0]["inputs"], view.entry.record.inputs[0].batch.to_string());
    assert_eq!(rows[0]["outputs"], view.row.outputs[0].to_string());
    assert_eq!((&*rows[0]["actor"], &*rows[0]["entered_by"]), (&*WANG.to_string(), &*COOP.to_string()));
    assert_eq!((&*rows[0]["standing"], &*rows[0]["void"]), ("settled", "false"));
}

pub async fn amounts_are_for_those_who_may_see_them(database: Database) {
    let world = world(&database).await;
    stored(&import(&world), LIST).await;
    let wanted =
        |party, role| Wanted { viewer: Some(Viewer { party, role }), kind: Some(Kind::Harvest), ..Wanted::default() };
    for (party, role) in [(WANG, PartyRole::Household), (COOP, PartyRole::Coop), (OFFICE, PartyRole::Office)] {
        let rows = thrice(&world, &wanted(party, role)).await;
        let typed: Vec<&str> = rows.iter().map(|row| &*row["output_amounts"]).collect();
        assert_eq!(typed, ["120斤", "80斤", "60 kg"], "{role}");
        assert_eq!(rows[1]["output_values"], "40000000 mg");
    }
    assert_eq!(thrice(&world, &wanted(RIVAL, PartyRole::Processor)).await.len(), 0);
}
