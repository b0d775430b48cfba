//! What is wrong with a JSON value that does not fit its type, in Chinese. The English words are serde's, and those of
//! the types that read a text.
//!
//! Serde hands on nothing but English text. Its own faults are a handful of sentences, told apart by how they begin;
//! those of this crate's types are found by reading the received value once more, which costs only whoever is refused.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::Value;

use crate::code::{Gtin14, Level};
use crate::id::{BatchCode, BatchCodeError, IdError, PartyId, RecordId, SiteId, Uid};
use crate::quantity::{Quantity, Stated};
use crate::record::sealed::{Commitment, Salt, SealedError};
use crate::record::{Kind, Name, Origin, RegisteredCode, Telephone, TextError};
use crate::time::{OccurredAt, ReceivedAt, TimeError, Zone};

/// As much of what was received as a message repeats, in characters.
const SHOWN_CHARS_MAX: usize = 64;

/// Both messages of one fault, English and Chinese.
type Words = (String, String);

/// Reads a text as a type of this crate and answers with what that type says of it.
type Reader = fn(&str) -> Option<Words>;

/// What `T` says of a text that it refuses.
fn says<T: FromStr<Err: Display>>(text: &str, zh: fn(&T::Err) -> String) -> Option<Words> {
    text.parse::<T>().err().map(|error| (error.to_string(), zh(&error)))
}

const READERS: &[Reader] = &[
    |text| says::<PartyId>(text, IdError::zh),
    |text| says::<SiteId>(text, IdError::zh),
    |text| says::<RecordId>(text, IdError::zh),
    |text| says::<Uid>(text, IdError::zh),
    |text| says::<Commitment>(text, IdError::zh),
    |text| says::<BatchCode>(text, BatchCodeError::zh),
    |text| BatchCode::parse_typed(text).err().map(|error| (error.to_string(), error.zh())),
    |text| says::<OccurredAt>(text, TimeError::zh),
    |text| says::<ReceivedAt>(text, TimeError::zh),
    |text| says::<Zone>(text, TimeError::zh),
    |text| says::<Origin>(text, TextError::zh),
    |text| says::<Name>(text, TextError::zh),
    |text| says::<Telephone>(text, TextError::zh),
    |text| says::<RegisteredCode>(text, TextError::zh),
    |text| says::<Salt>(text, SealedError::zh),
    |text| Gtin14::parse(text).err().map(|error| (error.to_string(), error.zh())),
    |text| says::<Level>(text, |_| "应为 L、M、Q 或 H".to_owned()),
    |text| says::<Kind>(text, |_| format!("没有这种记录；可以写的有 {}", kinds())),
    |text| says::<jiff::civil::Date>(text, |_| "不是日期，应如 2026-11-20".to_owned()),
];

fn kinds() -> String {
    Kind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>().join("、")
}

/// The fault in both languages, English first; `said` is serde's message, `received` the value at its place.
///
/// ```
/// use serde_json::json;
/// let said = serde_json::from_value::<u8>(json!("3")).unwrap_err().to_string();
/// let (en, zh) = trace_core::malformed::words(&said, Some(&json!("3")));
/// assert_eq!(en, r#"invalid type: string "3", expected u8"#);
/// assert_eq!(zh, "收到的是文字“3”，应为 0 到 255 的整数");
/// ```
pub fn words(said: &str, received: Option<&Value>) -> (String, String) {
    let said = without_position(said);
    if let Some(zh) = of_serde(said) {
        return (said.to_owned(), zh);
    }
    let Some(received) = received else {
        return (said.to_owned(), "写法不对，这里不能这样写".to_owned());
    };
    let zh = of_a_type(said, received).unwrap_or_else(|| "写法不对，这里不能这样写".to_owned());
    match received {
        // A salt keeps a value from being guessed; no message repeats it.
        Value::String(text) if !said.starts_with("salt: ") => {
            let text = cut(text);
            let en = if repeats(said, &text) { said.to_owned() } else { format!("{said}; received {text:?}") };
            (en, if repeats(&zh, &text) { zh } else { format!("收到的是“{text}”：{zh}") })
        }
        _ => (said.to_owned(), zh),
    }
}

/// Serde's words without the position that it adds to those of a text.
fn without_position(said: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((before, after)) = said.rsplit_once(" at line ") else { return said };
    let ends = after.split_once(" column ").is_some_and(|(line, column)| is_number(line) && is_number(column));
    if ends { before } else { said }
}

/// Whether a message repeats a text: between quotation marks, or one that is too long to stand there by chance.
fn repeats(message: &str, text: &str) -> bool {
    const TOO_LONG_FOR_CHANCE: usize = 8;
    let quoted = |(open, close): (&str, &str)| message.contains(&format!("{open}{text}{close}"));
    [("\"", "\""), ("`", "`"), ("'", "'"), ("“", "”")].into_iter().any(quoted)
        || (text.len() >= TOO_LONG_FOR_CHANCE && message.contains(text))
}

/// What serde itself says of a document; nothing for the words of a type.
pub(crate) fn of_serde(said: &str) -> Option<String> {
    if let Some(field) = said.strip_prefix("missing field ") {
        return Some(format!("缺少字段 {}", plain(field)));
    }
    if let Some(field) = said.strip_prefix("duplicate field ") {
        return Some(format!("字段 {} 写了两次", plain(field)));
    }
    for (begin, zh) in [("unknown field ", "不认识的字段"), ("unknown variant ", "没有这一项：")] {
        let Some(rest) = said.strip_prefix(begin) else { continue };
        // What was received stands between backticks and may hold a comma itself.
        let (received, expected) = rest.split_once("`, ").unwrap_or((rest, ""));
        let expected = expected.strip_prefix("expected ").map_or_else(
            || "这里没有可写的".to_owned(),
            |codes| format!("应为 {}", listed(codes.trim_start_matches("one of "))),
        );
        return Some(format!("{zh} {}；{expected}", plain(received)));
    }
    for begin in ["invalid type: ", "invalid value: ", "invalid length "] {
        let Some((received, wanted)) = said.strip_prefix(begin).and_then(|rest| rest.rsplit_once(", expected ")) else {
            continue;
        };
        let received = if begin == "invalid length " { format!(" {received} 项") } else { found(received) };
        return Some(match expected(wanted) {
            Some(wanted) => format!("收到的是{received}，应为{wanted}"),
            None => format!("收到的是{received}，这里不能这样写"),
        });
    }
    let (received, valid) = said.split_once("; valid codes are ")?;
    let received = received.split('`').nth(1).unwrap_or(received);
    Some(format!("没有“{received}”这一项；可以写的有 {}", listed(valid)))
}

/// What the type of the place says: that type whose English words were said.
fn of_a_type(said: &str, received: &Value) -> Option<String> {
    let faults = match received {
        Value::String(_) if said.contains("invalid digit found in string") => return Some("应为整数".to_owned()),
        Value::String(_) if said.contains("number too large") => return Some("数字太大".to_owned()),
        Value::String(_) if said.contains("was not `true` or `false`") => return Some("应为 true 或 false".to_owned()),
        Value::String(text) => {
            return READERS.iter().filter_map(|read| read(text)).find(|(en, _)| said.ends_with(en)).map(|(_, zh)| zh);
        }
        Value::Number(number) => {
            let (what, most) = said.split_once(" is at most ")?;
            let most = most.split_once(", ").map_or(most, |(most, _)| most);
            let what = if what.contains("index") { "序号" } else { "编号" };
            return Some(format!("{what} {number} 太大，最大 {most}"));
        }
        object => [Quantity::fault_of(object), Stated::fault_of(object)],
    };
    faults.into_iter().flatten().find(|error| said.ends_with(&error.to_string())).map(|error| error.zh())
}

/// What serde found, such as `string "3"`.
fn found(received: &str) -> String {
    let (kind, shown) = received.split_once(' ').unwrap_or((received, ""));
    let shown = cut(&plain(shown));
    match kind {
        "string" => format!("文字“{}”", shown.trim_matches('"')),
        "integer" => format!("整数 {shown}"),
        "floating" => format!("小数 {}", shown.trim_start_matches("point ")),
        "boolean" | "Boolean" => shown,
        "null" | "unit" | "Option" => "空值 null".to_owned(),
        "sequence" => "数组".to_owned(),
        "map" => "对象".to_owned(),
        _ => "另一种值".to_owned(),
    }
}

/// What serde would have taken, such as `u8` or `struct Input`.
fn expected(wanted: &str) -> Option<String> {
    let zh = match wanted {
        "u8" => " 0 到 255 的整数",
        "u16" => " 0 到 65535 的整数",
        "u32" => " 0 到 4294967295 的整数",
        "u64" | "usize" => "不小于零的整数",
        "i8" | "i16" | "i32" | "i64" => "整数",
        "f32" | "f64" => "数字",
        "a string" | "string" | "a borrowed string" => "文字",
        "a boolean" => " true 或 false",
        "a sequence" | "an array" => "数组",
        "a map" | "an object" => "对象",
        text if text.starts_with("struct ") => "对象",
        text if text.starts_with("a tuple") || text.starts_with("an array of length ") => {
            let length = text.rsplit(' ').next()?;
            return Some(format!(" {length} 项的数组"));
        }
        text if text.ends_with(" as a string") => "文字",
        text if text.starts_with('`') => return Some(format!(" {}", listed(text))),
        _ => return None,
    };
    Some(zh.to_owned())
}

fn plain(quoted: &str) -> String {
    quoted.replace('`', "")
}

/// Codes one after another, as Chinese lists them.
fn listed(codes: &str) -> String {
    plain(codes).replace(" or ", " 或 ").replace(", ", "、")
}

fn cut(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;
    use crate::tianma::Season;

    fn zh<T: DeserializeOwned>(value: &Value) -> String {
        let Err(error) = serde_json::from_value::<T>(value.clone()) else { panic!("{value} is taken") };
        words(&error.to_string(), Some(value)).1
    }

    #[test]
    fn every_type_speaks_chinese_of_what_it_received() {
        assert_eq!(zh::<u16>(&json!(-1)), "收到的是整数 -1，应为 0 到 65535 的整数");
        assert_eq!(zh::<bool>(&json!("是")), "收到的是文字“是”，应为 true 或 false");
        assert_eq!(zh::<[i32; 2]>(&json!([1])), "收到的是 1 项，应为 2 项的数组");
        assert_eq!(zh::<PartyId>(&json!(3)), "收到的是整数 3，应为文字");
        assert_eq!(zh::<PartyId>(&json!("pa-1")), "收到的是“pa-1”：主体编号应有 19 个字符，收到的有 4 个");
        assert!(zh::<OccurredAt>(&json!("20261120")).contains("“20261120”的写法不对"));
        assert!(zh::<Kind>(&json!("reap")).starts_with("收到的是“reap”：没有这种记录"));
        assert!(zh::<Season>(&json!("summer")).starts_with("没有“summer”这一项；可以写的有 "));
        assert_eq!(zh::<crate::code::CodeIndex>(&json!(134_217_728)), "序号 134217728 太大，最大 134217727");
        assert!(zh::<Name>(&json!("王 13812345678")).contains("电话"));
        assert!(zh::<Gtin14>(&json!("6901234567890")).contains("校验位"));
        assert!(zh::<jiff::civil::Date>(&json!("tomorrow")).contains("“tomorrow”"));
        let wrong = json!({"typed": "3斤", "unit": "mg", "value": 3});
        assert!(zh::<Stated>(&wrong).contains("“3斤”"));
        assert!(zh::<Quantity>(&json!({"unit": "mg", "value": -3})).contains("-3"));
        let salt = json!("c2hvcnQ");
        assert!(!zh::<Salt>(&salt).contains("c2hvcnQ"), "a salt is not repeated");
        let of_salt = serde_json::from_value::<Salt>(salt.clone()).unwrap_err().to_string();
        assert!(!words(&of_salt, Some(&salt)).0.contains("c2hvcnQ"), "in no language");
        let received = json!("1");
        let (en, zh) = words("party id has 19 characters, 1 received", Some(&received));
        assert!(en.ends_with(r#"received "1""#) && zh.starts_with("收到的是“1”"), "{en} {zh}");
        let variant = "unknown variant `x at line 3`, expected `a` or `b`";
        assert_eq!(words(variant, Some(&json!("x at line 3"))).1, "没有这一项： x at line 3；应为 a 或 b");
    }
}
