//! A rules table as text that a person can change: one row a line, so that a fault's line is the row's.
//!
//! It deliberately lacks the canonical bytes, of which the digest is taken.

use serde_json::{Map, Value};
use trace_core::tianma::FigureKey;

/// What a reader looks for comes first: in the table, and in each row. What is not named here follows by name.
const FIRST: [&str; 12] = [
    "version",
    "title",
    "figures",
    "dry_fresh_by_form",
    "protected_forms",
    "result_limits",
    "standard",
    "item",
    "form",
    "limit",
    "value",
    "unit",
];

/// The table as JSON, one row a line, the figures in the order of their list.
pub fn written(table: &Value) -> String {
    let Value::Object(parts) = table else { return table.to_string() };
    let mut text = Vec::new();
    for (name, part) in ordered(parts) {
        let rows: Vec<String> = match part {
            Value::Object(rows) if name == "figures" => {
                let known = FigureKey::ALL.iter().filter_map(|key| rows.get_key_value(key.code()));
                known.map(|(name, row)| format!("    {}: {}", quoted(name), on_one_line(row))).collect()
            }
            Value::Array(rows) => rows.iter().map(|row| format!("    {}", on_one_line(row))).collect(),
            _ => Vec::new(),
        };
        let (open, close) = if part.is_array() { ('[', ']') } else { ('{', '}') };
        text.push(if rows.is_empty() {
            format!("  {}: {}", quoted(name), on_one_line(part))
        } else {
            format!("  {}: {open}\n{}\n  {close}", quoted(name), rows.join(",\n"))
        });
    }
    format!("{{\n{}\n}}", text.join(",\n"))
}

fn on_one_line(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields = ordered(fields).into_iter().map(|(name, value)| format!("{}: {value}", quoted(name)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn ordered(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    fields
}

fn quoted(name: &str) -> Value {
    Value::String(name.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use trace_core::tianma::RulesTable;

    use super::*;

    #[test]
    fn what_is_written_reads_as_the_same_table() {
        let table = RulesTable::builtin().unwrap();
        let text = written(&table.to_value().unwrap());
        assert_eq!(RulesTable::parse(text.as_bytes()).unwrap(), table);
        let line = text.lines().find(|line| line.contains("\"yield_warn\"")).unwrap();
        assert!(line.starts_with(r#"    "yield_warn": {"value": 600, "unit": "kg/亩", "#), "{line}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines[0], lines[1]), ("{", "  \"version\": 1,"));
        assert!(lines[4].contains(FigureKey::ALL[0].code()), "{}", lines[4]);
    }
}
