//! From a body to a request of the ledger: one draft, one signed record, or a group of either.

use serde_json::Value;
use trace_core::id::{PartyId, RecordId};
use trace_core::prepare::Draft;
use trace_core::record::canonical::canonical_bytes;
use trace_core::record::sealed::Opening;
use trace_core::record::{Record, Refusal, Signature, typed};

use crate::http::Problem;
use crate::ledger::{GROUP_RECORDS_MAX, Item, Request};

/// How the records came; the answer comes the same way, and places in problems are told in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Envelope {
    /// The body is one record.
    One,
    /// The body is an array.
    Array,
    /// The body is `{"group":[…]}`.
    Group,
}

/// A request with the way in which it came.
#[derive(Debug)]
pub(super) struct Incoming {
    pub request: Request,
    pub envelope: Envelope,
}

impl Incoming {
    /// Reads a strictly parsed body.
    pub fn parse(submitter: PartyId, digest: RecordId, value: Value) -> Result<Self, Problem> {
        let (envelope, values) = match value {
            Value::Array(values) => (Envelope::Array, values),
            Value::Object(mut object) if object.contains_key("group") => match object.remove("group") {
                Some(Value::Array(values)) if object.is_empty() => (Envelope::Group, values),
                group => return Err(wrong_group(group.as_ref(), object.keys().next())),
            },
            value => (Envelope::One, vec![value]),
        };
        if values.len() > GROUP_RECORDS_MAX {
            return Err(Refusal::invalid(
                "group_too_large",
                envelope.prefix(None),
                format!("一组有 {} 条记录，最多 {GROUP_RECORDS_MAX} 条；请分几组提交", values.len()),
                format!("the group has {} records, at most {GROUP_RECORDS_MAX}; send it in parts", values.len()),
            )
            .into());
        }
        let mut items = Vec::with_capacity(values.len());
        for (i, value) in values.into_iter().enumerate() {
            items.push(item(value).map_err(|refusal| refusal.below(&envelope.prefix(Some(i))))?);
        }
        Ok(Self { request: Request { submitter, digest, items }, envelope })
    }

    /// The ledger's refusal with its place in the body as it came.
    pub fn place(&self, refusal: Refusal) -> Refusal {
        place(refusal, self.envelope, &self.request.items)
    }
}

impl Envelope {
    fn prefix(self, index: Option<usize>) -> String {
        let start = if self == Self::Group { "/group" } else { "" };
        match index {
            Some(index) if self != Self::One => format!("{start}/{index}"),
            _ => start.to_owned(),
        }
    }
}

/// The ledger counts the records of a group from `/0`, but names no index where there is one record alone; and it
/// speaks of amounts as the sealed group holds them, while a draft has them beside its batches.
fn place(mut refusal: Refusal, envelope: Envelope, items: &[Item]) -> Refusal {
    let (index, rest) = match items {
        [_] => (Some(0), refusal.place.clone()),
        _ => match indexed(&refusal.place) {
            Some((index, rest)) => (Some(index), rest.to_owned()),
            None => (None, refusal.place.clone()),
        },
    };
    let rest = match index.and_then(|index| items.get(index)) {
        Some(Item::Draft { .. }) => in_draft(&rest),
        Some(Item::Signed { .. }) => in_signed(&rest),
        None => rest,
    };
    refusal.place = format!("{}{rest}", envelope.prefix(index));
    refusal
}

/// `/3/inputs` is `/inputs` of record 3.
fn indexed(place: &str) -> Option<(usize, &str)> {
    let rest = place.strip_prefix('/')?;
    let end = rest.find('/').unwrap_or(rest.len());
    Some((rest[..end].parse().ok()?, &rest[end..]))
}

fn in_draft(place: &str) -> String {
    let Some(rest) = place.strip_prefix("/amounts") else { return place.to_owned() };
    let parts: Vec<&str> = rest.split('/').skip(1).collect();
    match parts[..] {
        [side @ ("inputs" | "outputs"), index] => format!("/{side}/{index}/amount"),
        _ => rest.to_owned(),
    }
}

fn in_signed(place: &str) -> String {
    let beside = ["/signatures", "/openings", "/amounts"].iter().any(|field| place.starts_with(field));
    if beside { place.to_owned() } else { format!("/record{place}") }
}

fn item(value: Value) -> Result<Item, Refusal> {
    match value {
        Value::Object(object) if object.contains_key("record") => signed(object),
        Value::Object(mut object) => {
            let rules_table = object.remove("rules_table").map(|table| canonical_bytes(&table)).transpose();
            let rules_table = rules_table.map_err(|error| {
                Refusal::invalid(
                    "rules_table",
                    "/rules_table",
                    format!("规则表不对：{}", error.zh()),
                    error.to_string(),
                )
            })?;
            let draft = Draft::from_value(Value::Object(object))?;
            Ok(Item::Draft { draft: Box::new(draft), rules_table })
        }
        other => {
            let (zh, en) = type_name(&other);
            Err(Refusal::invalid(
                "malformed",
                "",
                format!("记录应为 JSON 对象，收到的是{zh}"),
                format!("a record is a JSON object, this is {en}"),
            ))
        }
    }
}

/// `{"record":{…},"signatures":[…],"openings":[…]}`.
fn signed(mut object: serde_json::Map<String, Value>) -> Result<Item, Refusal> {
    let record = object.remove("record").unwrap_or_default();
    let record = Record::from_value(record).map_err(|refusal| refusal.below("/record"))?;
    let signatures: Vec<Signature> = list(&mut object, "signatures")?;
    let openings: Vec<Opening> = list(&mut object, "openings")?;
    if let Some(unknown) = object.keys().next() {
        return Err(Refusal::invalid(
            "malformed",
            format!("/{unknown}"),
            format!("不认识的字段“{unknown}”；应为 record、signatures、openings"),
            format!("unknown field '{unknown}'; beside a record stand signatures and openings"),
        ));
    }
    Item::signed(record, openings, signatures)
}

fn list<T: serde::de::DeserializeOwned>(
    object: &mut serde_json::Map<String, Value>,
    field: &str,
) -> Result<Vec<T>, Refusal> {
    let Some(value) = object.remove(field) else { return Ok(Vec::new()) };
    typed(value, &format!("/{field}"))
}

fn wrong_group(group: Option<&Value>, beside: Option<&String>) -> Problem {
    let (zh, en) = if let Some(field) = beside {
        (format!("它旁边还有“{field}”"), format!("'{field}' stands beside it"))
    } else {
        let (zh, en) = group.map_or(("空值", "nothing"), type_name);
        (format!("收到的是{zh}"), format!("this is {en}"))
    };
    Problem::from(Refusal::invalid(
        "malformed",
        "/group",
        format!("group 应为记录的数组，旁边没有别的字段；{zh}"),
        format!("group is an array of records and stands alone in its object; {en}"),
    ))
}

/// The type of a JSON value in Chinese and English.
fn type_name(value: &Value) -> (&'static str, &'static str) {
    match value {
        Value::Null => ("空值 null", "null"),
        Value::Bool(_) => (" true 或 false", "a boolean"),
        Value::Number(_) => ("数字", "a number"),
        Value::String(_) => ("文字", "a string"),
        Value::Array(_) => ("数组", "an array"),
        Value::Object(_) => ("对象", "an object"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use serde_json::json;
    use trace_core::id::Uid;

    use super::*;

    fn draft(uid: u8) -> Value {
        json!({"uid": Uid::from_bytes([uid; 16]), "kind": "void", "occurred_at": "2026-11-20", "details": {"reason": "x"}})
    }

    fn parse(value: Value) -> Result<Incoming, Problem> {
        Incoming::parse(PartyId::from_random([0; 10]), RecordId::of(b""), value)
    }

    fn placed(body: Value, place: &str) -> String {
        parse(body).unwrap().place(Refusal::invalid("x", place, "", "")).place
    }

    #[test]
    fn places_are_told_in_the_body_as_it_came() {
        assert_eq!(placed(draft(1), "/occurred_at"), "/occurred_at");
        assert_eq!(placed(draft(1), "/amounts/inputs/3"), "/inputs/3/amount");
        assert_eq!(placed(draft(1), "/amounts/area"), "/area");
        assert_eq!(placed(json!([draft(1)]), "/inputs"), "/0/inputs");
        assert_eq!(placed(json!({"group": [draft(1), draft(2)]}), "/1/amounts/outputs/0"), "/group/1/outputs/0/amount");
        assert_eq!(placed(json!([draft(1), draft(2)]), "/uid"), "/uid");
    }

    #[test]
    fn wrong_envelopes_name_their_place() {
        for (body, place) in [
            (json!(3), ""),
            (json!({"group": 3}), "/group"),
            (json!({"group": [draft(1)], "more": 1}), "/group"),
            (json!({"group": [draft(1), "x"]}), "/group/1"),
            (json!([{"uid": 3}]), "/0/uid"),
            (json!({"record": {"schema": 3}}), "/record/schema"),
        ] {
            assert_eq!(parse(body.clone()).unwrap_err().refusal().place, place, "{body}");
        }
        let many: Vec<Value> = (0..=GROUP_RECORDS_MAX).map(|_| draft(1)).collect();
        assert_eq!(parse(Value::Array(many)).unwrap_err().refusal().rule, "group_too_large");
    }
}
