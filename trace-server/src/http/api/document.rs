//! The head of the OpenAPI document: what is not written beside a handler.

use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

use super::records::OpeningBody;
use crate::http::problem::ProblemBody;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tianma Trace",
        description = "Records of Gastrodia elata from seed to package. Every refusal is problem details (RFC 9457) \
            with a stable `type`, the place in the request, and the reason in English and Chinese; nothing of a refused \
            request is stored."
    ),
    components(schemas(ProblemBody)),
    modifiers(&Bearer),
    tags(
        (name = "records", description = "Facts, appended and read"),
        (name = "batches", description = "What records made, and the way there and from there"),
        (name = "parties", description = "Who and where"),
        (name = "codes", description = "Package codes"),
        (name = "meta", description = "Vocabulary, rules and this document")
    )
)]
pub(super) struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token of a party: `tt_…`, made with `trace-server token new`"))
            .build();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// What is posted: a draft, a signed record, an array of them, or `{"group":[…]}`.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a description; bodies are parsed strictly in `records::request`")]
pub(super) enum RecordsBody {
    Draft(Box<DraftBody>),
    Signed(Box<SignedBody>),
    Array(Vec<DraftOrSigned>),
    Group(GroupBody),
}

/// Records that stand or fall together.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a description")]
pub(super) struct GroupBody {
    /// At most 500
    group: Vec<DraftOrSigned>,
}

/// One record of a group.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a description")]
pub(super) enum DraftOrSigned {
    Draft(Box<DraftBody>),
    Signed(Box<SignedBody>),
}

/// A record before completion: amounts stand as typed beside the batches that they belong to.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a description of `trace_core::prepare::Draft`; a test holds the two together")]
pub(super) struct DraftBody {
    /// 32 hex digits, made by the client; the same request again gets the same answer
    uid: String,
    /// One of the vocabulary's `kind`
    #[schema(example = "harvest")]
    kind: String,
    /// Whose fact; else the token's party
    actor: Option<String>,
    /// Where
    site: Option<String>,
    /// `YYYY-MM-DD`, or a moment in the ledger's time zone
    #[schema(example = "2026-11-20")]
    occurred_at: String,
    /// From which batches
    inputs: Option<Vec<DraftInputBody>>,
    /// To which batches
    outputs: Option<Vec<DraftOutputBody>>,
    /// Details of the kind, field by field in the project's `docs/FORMATS.md` (Kinds), words as `/api/v1/vocabulary`
    /// serves them; absent where all follow from the rest
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
    /// Area of a site, as typed
    #[schema(example = "1.5亩")]
    area: Option<String>,
    /// Of a lot of fungus: bottles that were contaminated and are not among the outputs, as typed; sealed
    #[schema(example = "36瓶")]
    contaminated: Option<String>,
    /// Of a planting: its holes, as typed; sealed
    #[schema(example = "240窝")]
    holes: Option<String>,
    /// Of a planting: the wood laid in, logs and twigs together, as typed; sealed
    #[schema(example = "7.5吨")]
    wood: Option<String>,
    /// How many package codes to issue
    count: Option<u32>,
    /// Ranges of package codes
    ranges: Option<Vec<CodeRangeBody>>,
    /// Price and conditions, sealed
    #[schema(value_type = Option<Object>)]
    terms: Option<Value>,
    /// Name and telephone, sealed
    #[schema(value_type = Option<Object>)]
    person: Option<Value>,
    /// Outline and position, sealed
    #[schema(value_type = Option<Object>)]
    place: Option<Value>,
    /// Files that back it, as `POST /api/v1/evidence` answered
    #[schema(value_type = Option<Vec<Object>>)]
    evidence: Option<Value>,
    /// The newest version of the record that it replaces
    supersedes: Option<String>,
    /// The table that a `set_rules` puts into force
    #[schema(value_type = Option<Object>)]
    rules_table: Option<Value>,
}

/// An input as typed.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a description")]
pub(super) struct DraftInputBody {
    /// Batch code; or `#0`, `#0/1`: an output of an earlier record of the group
    batch: String,
    /// Version of the record that made it; else the newest
    record: Option<String>,
    /// How much, as typed, with its unit
    #[schema(example = "320斤")]
    amount: Option<String>,
}

/// An output as typed.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a description")]
pub(super) struct DraftOutputBody {
    /// Batch code; else a new one
    batch: Option<String>,
    /// Stage; else what kind and product allow
    stage: Option<String>,
    /// Product; else what follows from the inputs
    product: Option<String>,
    /// Public properties
    #[schema(value_type = Option<Object>)]
    attributes: Option<Value>,
    /// How much, as typed, with its unit
    #[schema(example = "160 kg")]
    amount: String,
}

/// A run of package codes, both ends included.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a description")]
pub(super) struct CodeRangeBody {
    issue: u32,
    from: u32,
    to: u32,
}

/// A complete record with signatures over its canonical bytes.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a description")]
pub(super) struct SignedBody {
    /// The record, as `prepare` answered it
    #[schema(value_type = Object)]
    record: Value,
    /// Signatures of its actor; absent where no key of the party demands one
    signatures: Option<Vec<SignatureBody>>,
    /// Salts and values of all sealed groups, as `prepare` answered them; absent where nothing is sealed
    openings: Option<Vec<OpeningBody>>,
}

/// An Ed25519 signature (RFC 8032).
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a description of `trace_core::record::Signature`")]
pub(super) struct SignatureBody {
    /// The public key, 64 hex digits
    #[schema(pattern = "^[0-9a-f]{64}$")]
    key: String,
    /// The signature, base64url without padding
    #[schema(pattern = "^[A-Za-z0-9_-]{86}$")]
    value: String,
}

/// What is absent is left out, in what is sent and in what is answered: a null is refused. So none may stand in a schema,
/// where every optional field would else have one.
pub(super) fn without_nulls(document: &mut Value) {
    let is_null = |schema: &Value| schema["type"] == "null";
    match document {
        Value::Object(fields) => {
            if let Some(Value::Array(kinds)) = fields.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [kind] = &mut kinds[..] {
                    let kind = kind.take();
                    fields.insert("type".to_owned(), kind);
                }
            }
            if let Some(Value::Array(cases)) = fields.get_mut("oneOf") {
                cases.retain(|case| !is_null(case));
                if let [Value::Object(only)] = &mut cases[..] {
                    let only = std::mem::take(only);
                    fields.remove("oneOf");
                    fields.extend(only);
                }
            }
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use std::collections::BTreeSet;

    use serde_json::json;

    /// The error for an unknown field lists those that the draft has.
    #[test]
    fn the_described_draft_is_the_real_one() {
        let refusal = trace_core::prepare::Draft::from_value(json!({"?": 1})).unwrap_err();
        let real: BTreeSet<String> =
            refusal.en.split('`').skip(1).step_by(2).filter(|field| *field != "?").map(str::to_owned).collect();
        let document = crate::http::openapi();
        let described = document["components"]["schemas"]["DraftBody"]["properties"].as_object().unwrap();
        let described: BTreeSet<String> = described.keys().filter(|key| *key != "rules_table").cloned().collect();
        assert_eq!(real, described);
    }

    #[test]
    fn nothing_is_null() {
        let text = crate::http::openapi().to_string();
        assert!(!text.contains("\"null\""), "{text}");
        let mut schema = json!({"oneOf": [{"type": "null"}, {"$ref": "#/x"}], "items": {"type": ["string", "null"]}});
        super::without_nulls(&mut schema);
        assert_eq!(schema, json!({"$ref": "#/x", "items": {"type": "string"}}));
    }
}
