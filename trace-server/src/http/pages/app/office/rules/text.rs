//! A rules table as text that a person can change: one row a line, so that a fault's line is the row's.
//!
//! It deliberately lacks the canonical bytes, of which the digest is taken.

use std::fmt::Write as _;

use serde_json::Value;

/// The table as JSON, one row a line. Rows stand in the order of their names.
pub fn written(table: &Value) -> String {
    let Value::Object(parts) = table else { return table.to_string() };
    let mut text = String::from("{\n");
    for (i, (name, part)) in parts.iter().enumerate() {
        let comma = if i + 1 < parts.len() { "," } else { "" };
        let _ = match part {
            Value::Object(rows) if rows.values().all(Value::is_object) => {
                let rows: Vec<String> = rows.iter().map(|(name, row)| format!("    {}: {row}", quoted(name))).collect();
                writeln!(text, "  {}: {{\n{}\n  }}{comma}", quoted(name), rows.join(",\n"))
            }
            Value::Array(rows) if !rows.is_empty() => {
                let rows: Vec<String> = rows.iter().map(|row| format!("    {row}")).collect();
                writeln!(text, "  {}: [\n{}\n  ]{comma}", quoted(name), rows.join(",\n"))
            }
            other => writeln!(text, "  {}: {other}{comma}", quoted(name)),
        };
    }
    text.push('}');
    text
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
        assert!(line.contains("\"value\":600"), "{line}");
    }
}
