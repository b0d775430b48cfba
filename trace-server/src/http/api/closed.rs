//! The closed lists of the OpenAPI document. Handlers describe a word of the vocabulary as text; which words there are is
//! known by the core alone, and is put in here.

use serde_json::Value;
use trace_core::id::Stage;
use trace_core::record::Kind;
use trace_core::tianma::{self, Vocabulary};

fn codes<V: Vocabulary>() -> Vec<&'static str> {
    V::ALL.iter().map(|entry| entry.code()).collect()
}

fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.code()).collect()
}

fn stages() -> Vec<&'static str> {
    Stage::ALL.iter().map(|stage| stage.code()).collect()
}

fn standings() -> Vec<&'static str> {
    vec!["settled", "unconfirmed", "disputed"]
}

type Codes = fn() -> Vec<&'static str>;

/// Fields by the name of their schema; `[]` after a field is each item of its list.
const FIELDS: [(&str, &str, Codes); 13] = [
    ("DraftBody", "kind", kinds),
    ("DraftOutputBody", "stage", stages),
    ("DraftOutputBody", "product", codes::<tianma::Product>),
    ("BatchBody", "stage", stages),
    ("BatchBody", "product", codes::<tianma::Product>),
    ("BatchAmounts", "unit", || vec!["mg", "cm2", "piece"]),
    ("FindingBody", "level", || vec!["warning", "hold"]),
    ("RecordFate", "kind", kinds),
    ("RecordFate", "states", kinds),
    ("RecordFate", "standing", standings),
    ("PartyBody", "role", codes::<tianma::PartyRole>),
    ("PartyBody", "consents[]", codes::<tianma::PersonalField>),
    ("SiteBody", "kind", codes::<tianma::SiteKind>),
];

/// Query parameters by path.
const PARAMETERS: [(&str, &str, Codes); 9] = [
    ("/api/v1/batches/{code}/trace", "direction", || vec!["back", "forward"]),
    ("/api/v1/batches", "stage", stages),
    ("/api/v1/records", "kind", kinds),
    ("/api/v1/records", "standing", standings),
    ("/api/v1/parties", "role", codes::<tianma::PartyRole>),
    ("/api/v1/code-issues/{number}/{file}", "dpi", || vec!["203", "300"]),
    ("/api/v1/code-issues/{number}/{file}", "symbol", || vec!["printer", "picture"]),
    ("/api/v1/records/{id}/{file}", "dpi", || vec!["203", "300"]),
    ("/api/v1/records/{id}/{file}", "symbol", || vec!["printer", "picture"]),
];

/// Says in every such place which words there are.
///
/// What is named above and does not exist is left out; a test finds it.
pub(super) fn say(document: &mut Value) {
    for (schema, field, codes) in FIELDS {
        if let Some(place) = document.pointer_mut(&pointer(schema, field)) {
            place["enum"] = codes().into();
        }
    }
    for (path, name, codes) in PARAMETERS {
        if let Some(place) = parameter(document, path, name) {
            place["schema"]["enum"] = codes().into();
        }
    }
}

fn pointer(schema: &str, field: &str) -> String {
    let below = field.strip_suffix("[]").map(|list| format!("{list}/items"));
    format!("/components/schemas/{schema}/properties/{}", below.as_deref().unwrap_or(field))
}

fn parameter<'a>(document: &'a mut Value, path: &str, name: &str) -> Option<&'a mut Value> {
    let parameters = document["paths"].get_mut(path)?.get_mut("get")?.get_mut("parameters")?.as_array_mut()?;
    parameters.iter_mut().find(|parameter| parameter["name"] == name && parameter["in"] == "query")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_closed_list_has_its_place() {
        let mut document = crate::http::openapi();
        for (schema, field, codes) in FIELDS {
            let place = document.pointer(&pointer(schema, field));
            assert_eq!(place.map(|place| &place["enum"]), Some(&Value::from(codes())), "{schema} {field}");
        }
        for (path, name, codes) in PARAMETERS {
            let place = parameter(&mut document, path, name).map(|place| place["schema"]["enum"].clone());
            assert_eq!(place, Some(Value::from(codes())), "{path} {name}");
        }
    }
}
