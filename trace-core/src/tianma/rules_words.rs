//! What is wrong with a rules table, in Chinese: the office reads it where it puts another table into force.
//!
//! The English words are those of [`RulesError`]'s `Display`.

use super::figures::FigureKey;
use super::limits::RulesError;
use super::result_limits::LimitKind;
use crate::malformed;

impl RulesError {
    /// The row, what was given, and what would be right.
    ///
    /// ```
    /// use trace_core::tianma::RulesTable;
    /// let error = RulesTable::parse(br#"{"version": 1}"#).unwrap_err();
    /// assert_eq!(error.zh(), "第 1 行第 14 列：缺少字段 title");
    /// ```
    pub fn zh(&self) -> String {
        match self {
            Self::Json(error) => {
                let place = format!("第 {} 行第 {} 列", error.line(), error.column());
                format!("{place}：{}", malformed::words(&error.to_string(), None).1)
            }
            Self::Missing { names } => format!("缺少 {names}；每一项都要写"),
            Self::Unit { row, received, expected } => {
                format!("{}：单位写的是“{received}”，应为“{expected}”", called(row))
            }
            Self::LimitValue { row, kind: LimitKind::Absent } => format!("{}：“不得检出”不写数值", called(row)),
            Self::LimitValue { row, kind } => format!("{}：“{}”要写数值", called(row), kind.zh()),
            Self::Empty { row, field } => format!("{}：{field} 是空的，请用文字写明", called(row)),
            Self::Range { row, received, least, most } => {
                format!("{}：写的是 {received}，应在 {least} 到 {most} 之间", called(row))
            }
            Self::Order { row, low, low_value, high, high_value } => {
                let within = if row == "figures" { String::new() } else { format!("{}：", called(row)) };
                format!("{within}{}（{low_value}）不能大于{}（{high_value}）", called(low), called(high))
            }
            Self::Twice { row } => format!("{} 写了两次，只能写一次", called(row)),
        }
    }
}

/// The Chinese name of a figure with its code, by which it is found in the table; other rows by their code alone.
fn called(row: &str) -> String {
    match row.parse::<FigureKey>() {
        Ok(key) => format!("{} {row}", key.zh()),
        Err(_) => row.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::{Value, json};

    use crate::tianma::RulesTable;

    fn said(change: impl FnOnce(&mut Value)) -> String {
        let mut table = RulesTable::builtin().unwrap().to_value().unwrap();
        change(&mut table);
        RulesTable::parse(&serde_json::to_vec_pretty(&table).unwrap()).unwrap_err().zh()
    }

    #[test]
    fn every_fault_names_its_row_and_what_is_right() {
        let warn = |field: &str, value: Value| said(|table| table["figures"]["yield_warn"][field] = value);
        assert_eq!(warn("unit", json!("斤/亩")), "亩产提示线 yield_warn：单位写的是“斤/亩”，应为“kg/亩”");
        assert_eq!(warn("value", json!(1200)), "亩产提示线 yield_warn（1200）不能大于亩产拒绝线 yield_refuse（1100）");
        assert_eq!(warn("source", json!(" ")), "亩产提示线 yield_warn：source 是空的，请用文字写明");
        assert!(
            warn("value", json!("600")).contains("收到的是文字“600”，应为不小于零的整数"),
            "{}",
            warn("value", json!("600"))
        );
        assert!(warn("note", json!("x")).contains("不认识的字段 note；应为 value、unit、source、tag"));
        assert!(warn("tag", json!("X")).contains("没有“X”这一项；可以写的有 S"));
        let lost = said(|table| drop(table["figures"].as_object_mut().unwrap().remove("keep")));
        assert_eq!(lost, "缺少 keep；每一项都要写");
        let month = said(|table| table["figures"]["season_last_month"]["value"] = json!(13));
        assert_eq!(month, "产季结束月 season_last_month：写的是 13，应在 1 到 12 之间");
        let lost = said(|table| drop(table["figures"]["keep"].as_object_mut().unwrap().remove("tag")));
        assert!(lost.starts_with("第 ") && lost.ends_with(" 列：缺少字段 tag"), "{lost}");
        let twice = said(|table| table["open_rows"][0]["standard"] = json!("pharmacopoeia_2020"));
        assert_eq!(twice, "open_rows, pharmacopoeia_2020 写了两次，只能写一次");
    }
}
