//! A rules table row by row in words, and what differs between two tables.

use std::collections::BTreeMap;

use serde_json::Value;
use trace_core::tianma::{FigureKey, Form, LimitKind, ResultItem, Standard, Tag, Vocabulary};

use crate::http::pages::language::Lang;

/// A row as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is of.
    pub name: String,
    /// Its code in the table.
    pub code: String,
    /// What it says: the number with its unit, a list, a text.
    pub says: String,
    /// Where it comes from and how sure it is.
    pub source: String,
}

/// A row that differs; a side without the row is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The row's name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// In the table in force.
    pub before: Option<String>,
    /// In the new one.
    pub after: Option<String>,
}

/// All rows in the order of the table's parts; the version is none of them.
pub fn lines(table: &Value, lang: Lang) -> Vec<Line> {
    let mut lines = Vec::new();
    let part = |name: &str| table.get(name).unwrap_or(&Value::Null);
    let mut put = |name: String, code: String, says: String, row: &Value| {
        lines.push(Line { name, code, says, source: source(row, lang) });
    };
    put(lang.t("标题", "Title").to_owned(), "title".to_owned(), text(part("title")), &Value::Null);
    for key in FigureKey::ALL {
        let row = &part("figures")[key.code()];
        if row.is_object() {
            let says = figure(&row["value"], &text(&row["unit"]));
            put(lang.t(key.zh(), key.en()).to_owned(), key.code().to_owned(), says, row);
        }
    }
    for row in rows(part("dry_fresh_by_form")) {
        let form = worded::<Form>(&row["form"], lang);
        let bounds = ["warn_below", "warn_above", "hold_above", "refuse_above"].map(|bound| text(&row[bound]));
        let says = format!("{} {}", bounds.join(" / "), text(&row["unit"]));
        let name = match lang {
            Lang::Zh => format!("{form}干鲜比（提示下限/提示上限/暂扣/拒绝）"),
            Lang::En => format!("dry/fresh of {form} (warn below / warn above / hold / refuse)"),
        };
        put(name, format!("dry_fresh_by_form, {}", text(&row["form"])), says, row);
    }
    let row = part("protected_forms");
    let forms: Vec<String> = rows(&row["forms"]).map(|form| worded::<Form>(form, lang)).collect();
    let name = lang.t("原产地保护的变型", "Forms of the protected origin").to_owned();
    put(name, "protected_forms".to_owned(), forms.join(lang.t("、", ", ")), row);
    for row in rows(part("result_limits")) {
        let (item, standard) = (worded::<ResultItem>(&row["item"], lang), worded::<Standard>(&row["standard"], lang));
        let limit = worded::<LimitKind>(&row["limit"], lang);
        let says = format!("{limit} {} {}", text(&row["value"]), text(&row["unit"]));
        let code = format!("result_limits, {} of {}", text(&row["item"]), text(&row["standard"]));
        put(format!("{item} · {standard}"), code, says.trim().to_owned(), row);
    }
    for row in rows(part("open_rows")) {
        let standard = worded::<Standard>(&row["standard"], lang);
        let name = match lang {
            Lang::Zh => format!("{standard}（没有数值）"),
            Lang::En => format!("{standard} (no figures)"),
        };
        put(name, format!("open_rows, {}", text(&row["standard"])), text(&row["note"]), &Value::Null);
    }
    lines
}

/// The rows in which two tables differ, in the order of the new one; rows that are gone come last.
pub fn changes(old: &Value, new: &Value, lang: Lang) -> Vec<Change> {
    let whole = |line: &Line| {
        if line.source.is_empty() { line.says.clone() } else { format!("{} · {}", line.says, line.source) }
    };
    let told = |line: &Line, other: &Line| {
        // Where the number changes alone, its source would only be in the way.
        if line.source == other.source { line.says.clone() } else { whole(line) }
    };
    let before = lines(old, lang);
    let mut gone: BTreeMap<&str, &Line> = before.iter().map(|line| (line.code.as_str(), line)).collect();
    let mut changes = Vec::new();
    for line in lines(new, lang) {
        let (before, after) = match gone.remove(line.code.as_str()) {
            Some(had) if whole(had) == whole(&line) => continue,
            Some(had) => (Some(told(had, &line)), told(&line, had)),
            None => (None, whole(&line)),
        };
        changes.push(Change { name: line.name, code: line.code, before, after: Some(after) });
    }
    changes.extend(before.iter().filter(|line| gone.contains_key(line.code.as_str())).map(|line| Change {
        name: line.name.clone(),
        code: line.code.clone(),
        before: Some(whole(line)),
        after: None,
    }));
    changes
}

/// A figure with its unit; a part of a mass by a mass also as the number that people compare.
fn figure(value: &Value, unit: &str) -> String {
    let parts: Option<u64> = unit.strip_prefix("1/").and_then(|parts| parts.parse().ok());
    match (parts, value.as_u64()) {
        (Some(parts @ 1..), Some(value)) => {
            let digits = parts.ilog10() as usize;
            let number = format!("{}.{:0digits$}", value / parts, value % parts);
            format!("{} ({value}/{parts})", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => format!("{} {unit}", text(value)),
    }
}

fn rows(part: &Value) -> impl Iterator<Item = &Value> {
    part.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn worded<V: Vocabulary>(code: &Value, lang: Lang) -> String {
    let code = text(code);
    match V::ALL.iter().find(|one| one.code() == code) {
        Some(one) => lang.t(one.zh(), one.en()).to_owned(),
        None => code,
    }
}

fn source(row: &Value, lang: Lang) -> String {
    if row["source"].is_null() {
        return String::new();
    }
    match lang {
        Lang::Zh => format!("{}（{}）", text(&row["source"]), worded::<Tag>(&row["tag"], lang)),
        Lang::En => format!("{} ({})", text(&row["source"]), worded::<Tag>(&row["tag"], lang)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::json;
    use trace_core::tianma::RulesTable;

    use super::*;

    #[test]
    fn every_kind_of_row_that_differs_is_told() {
        let mut old = RulesTable::builtin().unwrap().to_value().unwrap();
        assert!(changes(&old, &old, Lang::Zh).is_empty());
        old["dry_fresh_by_form"] = json!([]);
        let mut new = old.clone();
        new["version"] = json!(2);
        new["title"] = json!("第二版");
        new["figures"]["yield_warn"]["value"] = json!(550);
        new["figures"]["keep"]["tag"] = json!("C");
        new["dry_fresh_by_form"] = json!([{"form": "hongtianma", "warn_below": 1, "warn_above": 2, "hold_above": 3,
            "refuse_above": 4, "unit": "1/10000", "source": "x", "tag": "C"}]);
        new["protected_forms"]["forms"] = json!(["wutianma"]);
        new["result_limits"][4]["value"] = json!(160_000);
        new["open_rows"] = json!([]);
        let changed = changes(&old, &new, Lang::Zh);
        let codes: Vec<_> = changed.iter().map(|one| one.code.as_str()).collect();
        let expected = [
            "title",
            "yield_warn",
            "keep",
            "dry_fresh_by_form, hongtianma",
            "protected_forms",
            "result_limits, extract of pharmacopoeia_2020",
            "open_rows, gb_t_19776_2008",
        ];
        assert_eq!(codes, expected, "the version is told apart");
        assert_eq!(changed[1].name, "亩产提示线");
        assert_eq!(changed[1].before.as_deref(), Some("600 kg/亩"), "its source is the same");
        assert_eq!(changed[1].after.as_deref(), Some("550 kg/亩"));
        assert!(changed[2].before.as_ref().unwrap().contains("凭记忆"), "here the source changes");
        assert!(changed[2].after.as_ref().unwrap().contains("推算"));
        assert_eq!((changed[3].before.as_ref(), changed[6].after.as_ref()), (None, None));
    }

    #[test]
    fn parts_are_told_as_numbers_too() {
        assert_eq!(figure(&json!(3600), "1/10000"), "0.36 (3600/10000)");
        assert_eq!(figure(&json!(450), "1/100"), "4.5 (450/100)");
        assert_eq!(figure(&json!(10_000), "1/10000"), "1 (10000/10000)");
        assert_eq!(figure(&json!(600), "kg/亩"), "600 kg/亩");
    }

    #[test]
    fn every_row_has_a_code_of_its_own() {
        let table = RulesTable::builtin().unwrap().to_value().unwrap();
        let lines = lines(&table, Lang::En);
        let codes: std::collections::BTreeSet<_> = lines.iter().map(|line| &line.code).collect();
        assert_eq!(codes.len(), lines.len());
        assert!(lines.len() > FigureKey::ALL.len());
    }
}
