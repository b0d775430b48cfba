//! The county in small, `fixtures/yiliang`, embedded in the binary so that the demonstration works from anywhere, and
//! read line by line: every row of a table and every line of a record file becomes one [`Line`].
//!
//! It resolves no label and knows no ledger.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use trace_core::id::RecordId;

/// A file of the fixtures: name and text.
type File = (&'static str, &'static str);

/// A row of a table: its place, and its filled columns.
type TableRow = (String, Map<String, Value>);

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../fixtures/yiliang/", $name)))),*]
    };
}

/// The record files, in the order in which they are loaded; the founding stands before the tables.
const RECORDS: &[File] = files!["records/2023-24.jsonl", "records/2024-25.jsonl", "records/2025-26.jsonl"];
const FOUNDING: &[File] = files!["records/founding.jsonl"];
const TABLES: &[File] = files!["parties.csv", "sites.csv", "grants.csv"];
const USERS: &[File] = files!["users.csv"];

/// A fixture that cannot be read. The fixtures are part of the program, so a test meets it before any user.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct FixtureError {
    /// File and line.
    pub place: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// One record to be sent, its labels still unresolved.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// File and line, for messages.
    pub place: String,
    /// Label of the record.
    pub label: String,
    /// Label of the party that sends it.
    pub submitter: String,
    /// The day on which it reaches the ledger.
    pub entered: Date,
    /// The draft.
    pub draft: Map<String, Value>,
    /// The findings that it gets, as `level:rule`.
    pub expect: Vec<String>,
    /// Label of the key that signs it.
    pub sign: Option<String>,
    /// Of a `found` or `set_rules`: what the table changes of the built-in one (RFC 7396 merge patch).
    pub rules: Option<Value>,
    /// SHA-256 of the line.
    pub digest: RecordId,
}

#[derive(Deserialize)]
struct Wire {
    label: String,
    #[serde(rename = "as")]
    submitter: String,
    entered: Option<Date>,
    occurred_at: String,
    #[serde(default)]
    expect: Vec<String>,
    sign: Option<String>,
    rules: Option<Value>,
    #[serde(flatten)]
    draft: Map<String, Value>,
}

/// Somebody who may sign in.
#[derive(Debug, Clone)]
pub(super) struct User {
    /// What the person types.
    pub login: String,
    /// Label of the party.
    pub party: String,
    /// The name to greet with.
    pub display_name: String,
    /// The telephone number, which may be typed as well.
    pub telephone: String,
}

/// Every record of the county, in the order of loading.
pub(super) fn lines() -> Result<Vec<Line>, FixtureError> {
    let mut lines = Vec::with_capacity(2500);
    for file in FOUNDING {
        record_lines(file, &mut lines)?;
    }
    for file in TABLES {
        for (place, row) in rows(file)? {
            lines.push(line(place, &registration(file.0, &row).to_string())?);
        }
    }
    for file in RECORDS {
        record_lines(file, &mut lines)?;
    }
    Ok(lines)
}

/// The people who may sign in.
pub(super) fn users() -> Result<Vec<User>, FixtureError> {
    let mut users = Vec::new();
    for file in USERS {
        for (_, row) in rows(file)? {
            let of = |name: &str| text(&row, name).to_owned();
            let (login, party) = (of("login"), of("party"));
            users.push(User { login, party, display_name: of("display_name"), telephone: of("telephone") });
        }
    }
    Ok(users)
}

fn record_lines((name, all): &File, lines: &mut Vec<Line>) -> Result<(), FixtureError> {
    for (number, json) in (1..).zip(all.lines()).filter(|(_, json)| !json.trim().is_empty()) {
        lines.push(line(format!("{name}:{number}"), json)?);
    }
    Ok(())
}

fn line(place: String, json: &str) -> Result<Line, FixtureError> {
    let wrong = |problem: String| FixtureError { place: place.clone(), problem };
    let wire: Wire = serde_json::from_str(json).map_err(|e| wrong(e.to_string()))?;
    let day = wire.occurred_at.get(..10).unwrap_or_default();
    let occurred: Date = day.parse().map_err(|e| wrong(format!("occurred_at '{}': {e}", wire.occurred_at)))?;
    let mut draft = wire.draft;
    draft.insert("occurred_at".to_owned(), wire.occurred_at.into());
    Ok(Line {
        label: wire.label,
        submitter: wire.submitter,
        entered: wire.entered.unwrap_or(occurred),
        draft,
        expect: wire.expect,
        sign: wire.sign,
        rules: wire.rules,
        digest: RecordId::of(json.as_bytes()),
        place,
    })
}

/// The rows of a table by column. Tables hold no commas or quotes within a field; one that does is refused.
fn rows((name, all): &File) -> Result<Vec<TableRow>, FixtureError> {
    let mut lines = (1..).zip(all.lines());
    let header: Vec<&str> = lines.next().map(|(_, line)| line.split(',').collect()).unwrap_or_default();
    let mut rows = Vec::new();
    for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("{name}:{number}");
        let fields: Vec<&str> = line.split(',').collect();
        if fields.len() != header.len() || line.contains('"') {
            let (have, want) = (fields.len(), header.len());
            return Err(FixtureError {
                place,
                problem: format!("{have} fields; {want} without quotes are wanted: {}", header.join(",")),
            });
        }
        let filled = header.iter().zip(fields).filter(|(_, field)| !field.is_empty());
        rows.push((place, filled.map(|(name, field)| ((*name).to_owned(), field.into())).collect()));
    }
    Ok(rows)
}

fn text<'a>(row: &'a Map<String, Value>, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// A row of a table as the office's record.
fn registration(file: &str, row: &Map<String, Value>) -> Value {
    let of = |column: &str| text(row, column);
    let reference = |column: &str| Value::from(format!("@{}", text(row, column)));
    let mut details = Map::new();
    let mut copy = |columns: &[&str]| {
        let found = columns.iter().filter_map(|column| Some(((*column).to_owned(), row.get(*column)?.clone())));
        details.extend(found);
    };
    let (kind, label) = match file {
        "parties.csv" => {
            copy(&["role", "village", "organisation"]);
            details.insert("party".to_owned(), reference("label"));
            ("register_party", format!("rec-party-{}", of("label")))
        }
        "sites.csv" => {
            copy(&["kind", "village", "tenure"]);
            details.insert("site".to_owned(), reference("label"));
            details.insert("party".to_owned(), reference("party"));
            if let Ok(metres) = of("altitude_m").parse::<u16>() {
                details.insert("altitude_m".to_owned(), metres.into());
            }
            ("register_site", format!("rec-site-{}", of("label")))
        }
        _ => {
            copy(&["until"]);
            details.insert("from".to_owned(), reference("from"));
            details.insert("to".to_owned(), reference("to"));
            details.insert("kinds".to_owned(), of("kinds").split_whitespace().collect());
            ("grant", of("label").to_owned())
        }
    };
    let mut line = json!({
        "label": label, "as": "office", "kind": kind, "occurred_at": of("day"), "details": details,
    });
    private(row, &mut line);
    line
}

/// What of a row is sealed: names and telephones, areas and positions.
fn private(row: &Map<String, Value>, line: &mut Value) {
    let of = |column: &str| row.get(column).cloned();
    if let Some(name) = of("person") {
        line["person"] = json!({ "name": name });
        if let Some(telephone) = of("telephone") {
            line["person"]["telephone"] = telephone;
        }
    }
    if let Some(area) = of("area") {
        line["area"] = area;
    }
    let mut place = Map::new();
    place.extend(of("place").map(|label| ("label".to_owned(), label)));
    for column in ["latitude_e7", "longitude_e7"] {
        let degrees = text(row, column).parse::<i32>().ok();
        place.extend(degrees.map(|value| (column.to_owned(), value.into())));
    }
    if !place.is_empty() {
        line["place"] = place.into();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn every_fixture_reads_and_no_label_stands_twice() {
        let lines = lines().unwrap();
        let mut labels: Vec<&str> = lines.iter().map(|line| line.label.as_str()).collect();
        let count = labels.len();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), count);
        assert_eq!(lines[0].label, "rec-found");
        assert!(users().unwrap().len() >= 8);
    }

    #[test]
    fn a_broken_line_names_its_place() {
        let error = line("records/x.jsonl:7".to_owned(), r#"{"label":"a","as":"b","occurred_at":"2024-02-30"}"#);
        let message = error.unwrap_err().to_string();
        assert!(message.starts_with("records/x.jsonl:7: ") && message.contains("2024-02-30"), "{message}");
        let short = rows(&("t.csv", "a,b\n1,2\n3\n")).unwrap_err().to_string();
        assert!(short.starts_with("t.csv:3: 1 fields"), "{short}");
    }

    #[test]
    fn empty_fields_are_left_out() {
        let rows = rows(&("parties.csv", "label,role,village\nx,seller,\n")).unwrap();
        assert!(!rows[0].1.contains_key("village"));
        assert_eq!(registration("parties.csv", &rows[0].1)["details"]["party"], "@x");
    }
}
