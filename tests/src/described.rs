//! The OpenAPI document held against what a service is really sent and really answers, while its tests run.
//!
//! A [`Description`] stands around a router and changes nothing. A JSON body and the query that were taken must be such as
//! the document describes for their operation; every answer must have a status and a media type that it names, and JSON the shape that
//! it describes, with no field beside those. What does not fit is told where the test ends. It lacks what was refused:
//! such a body may be anything; and every path that the document does not name.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use futures_util::StreamExt as _;
use jsonschema::Validator;
use serde_json::{Value, json};

/// More than any answer in JSON has.
const ANSWER_BYTES_MAX: usize = 64 << 20;

static DOCUMENT: LazyLock<Value> = LazyLock::new(trace_server::http::openapi);

/// What was sent or answered and is not described.
type Faults = Arc<Mutex<Vec<String>>>;

/// Watches a service for the time of a test, and fails the test where the document is untrue.
#[derive(Debug, Default)]
pub struct Description {
    faults: Faults,
}

impl Description {
    /// The router, watched from outside of all its layers.
    pub fn around(&self, router: Router) -> Router {
        let faults = Arc::clone(&self.faults);
        router.layer(from_fn(move |request: Request, next: Next| watch(request, next, Arc::clone(&faults))))
    }
}

impl Drop for Description {
    fn drop(&mut self) {
        let faults = std::mem::take(&mut *self.faults.lock().expect("no watcher panicked"));
        // A test that fails already has its own reason.
        if !std::thread::panicking() {
            assert!(faults.is_empty(), "the OpenAPI document is untrue:\n{}", faults.join("\n"));
        }
    }
}

async fn watch(request: Request, next: Next, faults: Faults) -> Response {
    let method = request.method().as_str().to_lowercase();
    let Some(operation) = operation(&method, request.uri().path()) else { return next.run(request).await };
    let sent_as = media_type(request.headers());
    let asked = request.uri().query().unwrap_or_default().to_owned();
    let (request, sent) = overhear(request);
    let (head, body) = next.run(request).await.into_parts();
    let answered_as = media_type(&head.headers);
    let mut found = Vec::new();
    if head.status.is_success() {
        found.extend(unasked(&operation, &asked));
        if sent_as.is_empty() && !sent.lock().expect("a body").is_empty() {
            found.push("it took a body of no media type".to_owned());
        }
    }
    if head.status.is_success() && !sent_as.is_empty() {
        let described = format!("{operation}/requestBody/content/{}", token(&sent_as));
        let sent = std::mem::take(&mut *sent.lock().expect("a body"));
        if DOCUMENT.pointer(&described).is_none() {
            found.push(format!("it took {sent_as}, which is not described"));
        } else if is_json(&sent_as) {
            let fault = fault(&format!("{described}/schema"), &sent);
            found.extend(fault.map(|fault| format!("it took a body that {fault}")));
        }
    }
    let answer = format!("{operation}/responses/{}", head.status.as_u16());
    if DOCUMENT.pointer(&answer).is_none() {
        found.push(format!("it answered {}, which is not described", head.status));
    } else if answered_as.is_empty() && DOCUMENT.pointer(&format!("{answer}/content")).is_some() {
        found.push(format!("it answered {} without the body that is described", head.status));
    } else if !answered_as.is_empty()
        && DOCUMENT.pointer(&format!("{answer}/content/{}", token(&answered_as))).is_none()
    {
        found.push(format!("it answered {} as {answered_as}, which is not described", head.status));
    }
    let body = if is_json(&answered_as) {
        let bytes = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await.expect("a whole answer");
        if found.is_empty() {
            let described = format!("{answer}/content/{}/schema", token(&answered_as));
            found.extend(fault(&described, &bytes).map(|fault| format!("it gave {} that {fault}", head.status)));
        }
        Body::from(bytes)
    } else {
        body
    };
    let place = operation.replace("~1", "/");
    faults.lock().expect("no watcher panicked").extend(found.into_iter().map(|fault| format!("{place}: {fault}")));
    Response::from_parts(head, body)
}

/// A request whose bytes are written down on their way.
fn overhear(request: Request) -> (Request, Arc<Mutex<Vec<u8>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let media_type = media_type(request.headers());
    if !media_type.is_empty() && !is_json(&media_type) {
        return (request, heard);
    }
    let (head, body) = request.into_parts();
    let writing = Arc::clone(&heard);
    let body = body.into_data_stream().inspect(move |piece: &Result<Bytes, axum::Error>| {
        if let Ok(piece) = piece {
            writing.lock().expect("a body").extend_from_slice(piece);
        }
    });
    (Request::from_parts(head, Body::from_stream(body)), heard)
}

fn media_type(headers: &HeaderMap) -> String {
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

/// A key as a part of a JSON pointer (RFC 6901 section 3).
fn token(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The JSON pointer to the operation that serves a path: of several templates that fit, the one that says most.
fn operation(method: &str, path: &str) -> Option<String> {
    let given: Vec<&str> = path.split('/').collect();
    let is_parameter = |part: &str| part.starts_with('{');
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        let same = |(part, given): (&&str, &&str)| part == given || (is_parameter(part) && !given.is_empty());
        parts.len() == given.len() && parts.iter().zip(&given).all(same)
    };
    let paths = DOCUMENT["paths"].as_object()?;
    let fitting = paths.keys().filter(|template| fits(template));
    let best = fitting.min_by_key(|template| template.split('/').filter(|part| is_parameter(part)).count())?;
    paths[best].get(method)?;
    Some(format!("/paths/{}/{method}", token(best)))
}

/// What of a query that was taken the document does not describe.
fn unasked(operation: &str, query: &str) -> Vec<String> {
    let parameters = DOCUMENT.pointer(&format!("{operation}/parameters")).and_then(Value::as_array);
    let named = |name: &str| {
        let mut known = parameters.into_iter().flatten().enumerate();
        known.find(|(_, parameter)| parameter["in"] == "query" && parameter["name"] == name)
    };
    let address = reqwest::Url::parse(&format!("http://localhost/?{query}")).expect("an address");
    let mut found = Vec::new();
    for (name, value) in address.query_pairs() {
        let Some((at, parameter)) = named(&name) else {
            found.push(format!("it took ?{name}=, which is not described"));
            continue;
        };
        // In a query a number or a truth value is written as JSON writes it; text stands without quotes.
        let json = match parameter["schema"]["type"].as_str() {
            Some("string") => Value::from(&*value).to_string(),
            _ => value.into_owned(),
        };
        let fault = fault(&format!("{operation}/parameters/{at}/schema"), json.as_bytes());
        found.extend(fault.map(|fault| format!("it took ?{name}= that {fault}")));
    }
    found
}

/// What is wrong with JSON that should be as the schema at this place says.
fn fault(pointer: &str, bytes: &[u8]) -> Option<String> {
    let Some(validator) = validator(pointer) else { return Some("is not described".to_owned()) };
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => return Some(format!("is no JSON ({error}): {}", String::from_utf8_lossy(bytes))),
    };
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|error| format!("{} ({})", error, error.instance_path())).collect();
    (!errors.is_empty()).then(|| format!("is not as described, {}: {value}", errors.join("; ")))
}

/// The validator of the schema at this place; each is made once.
fn validator(pointer: &str) -> Option<Arc<Validator>> {
    static MADE: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let schema = DOCUMENT.pointer(pointer)?;
    let mut made = MADE.lock().expect("no watcher panicked");
    let validator = made.entry(pointer.to_owned()).or_insert_with(|| Arc::new(compile(&DOCUMENT, schema)));
    Some(Arc::clone(validator))
}

/// References lead into the document's components, so these stand beside the schema.
fn compile(document: &Value, schema: &Value) -> Validator {
    let mut root = json!({"allOf": [schema], "components": document["components"]});
    for schema in root["components"]["schemas"].as_object_mut().into_iter().flatten() {
        close_below(document, schema.1);
    }
    close(document, &mut root["allOf"][0]);
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&root)
        .expect("a schema of JSON Schema 2020-12")
}

/// Where a value stands whose fields are described, it has no others. The document does not say so of answers, as
/// programs must be ready for more; but a field that is answered today is described today.
fn close(document: &Value, schema: &mut Value) {
    close_below(document, schema);
    if has_fields(document, schema) {
        schema["unevaluatedProperties"] = false.into();
    }
    // A format of JSON Schema 2020-12 is one of text; those of OpenAPI's numbers are told as bounds.
    let bounds = match schema["format"].as_str() {
        Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        Some("int64") => Some((i64::MIN, i64::MAX)),
        _ => None,
    };
    if let (Some((least, most)), Some(fields)) = (bounds, schema.as_object_mut()) {
        fields.entry("minimum").or_insert_with(|| least.into());
        fields.entry("maximum").or_insert_with(|| most.into());
    }
}

/// The same for what stands within a value, but not for the value itself: it may be a part of another (`allOf`).
fn close_below(document: &Value, schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    for (keyword, below) in fields {
        match (keyword.as_str(), below) {
            ("properties" | "patternProperties", Value::Object(fields)) => {
                for (_, field) in fields {
                    close(document, field);
                }
            }
            ("oneOf" | "anyOf" | "prefixItems", Value::Array(cases)) => {
                for case in cases {
                    close(document, case);
                }
            }
            ("allOf", Value::Array(parts)) => {
                for part in parts {
                    close_below(document, part);
                }
            }
            ("items" | "additionalProperties", below @ Value::Object(_)) => close(document, below),
            _ => {}
        }
    }
}

fn has_fields(document: &Value, schema: &Value) -> bool {
    let target = schema["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    schema.get("properties").is_some()
        || schema["allOf"].as_array().is_some_and(|parts| parts.iter().any(|part| has_fields(document, part)))
        || target.is_some_and(|target| has_fields(document, target))
}

#[cfg(test)]
mod tests {
    //! What does not fit is found, and only that.
    use super::*;

    fn document() -> Value {
        json!({"components": {"schemas": {
            "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "pattern": "^[0-9a-f]{4}$"}}},
            "Whole": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "properties": {
                "day": {"type": "string", "format": "date"},
                "way": {"type": "string", "enum": ["back", "forward"]},
                "count": {"type": "integer", "format": "int32", "minimum": 0},
                "free": {"type": "object"},
                "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Base"}}}}]},
            "Either": {"oneOf": [{"$ref": "#/components/schemas/Whole"}, {"type": "array", "items": {"type": "string"}}]}}}})
    }

    #[test]
    fn a_value_is_what_its_schema_says() {
        let document = document();
        let validator = compile(&document, &json!({"$ref": "#/components/schemas/Either"}));
        for fitting in [
            json!({"id": "00ff"}),
            json!({"id": "00ff", "day": "2026-11-20", "way": "back", "count": 7, "free": {"x": [1]}, "parts": [{"id": "0000"}]}),
            json!(["a"]),
        ] {
            assert!(validator.is_valid(&fitting), "{fitting}");
        }
        for wrong in [
            json!({}),
            json!({"id": "00FF"}),
            json!({"id": "00ff", "day": "2026-13-20"}),
            json!({"id": "00ff", "way": "sideways"}),
            json!({"id": "00ff", "count": -1}),
            json!({"id": "00ff", "count": 1_u64 << 40}),
            json!({"id": "00ff", "day": null}),
            json!({"id": "00ff", "more": 1}),
            json!({"id": "00ff", "parts": [{"id": "0000", "more": 1}]}),
            json!([1]),
        ] {
            assert!(!validator.is_valid(&wrong), "{wrong}");
        }
    }

    #[test]
    fn a_path_is_served_by_the_template_that_says_most() {
        let found = |method, path| operation(method, path).map(|pointer| pointer.replace("~1", "/"));
        assert_eq!(found("post", "/api/v1/records/prepare").as_deref(), Some("/paths//api/v1/records/prepare/post"));
        assert_eq!(found("get", "/api/v1/records/00").as_deref(), Some("/paths//api/v1/records/{id}/get"));
        assert_eq!(found("delete", "/api/v1/records"), None);
        assert_eq!(found("get", "/healthz"), None);
    }

    /// A service that takes and answers what the document does not describe.
    #[test]
    #[should_panic(expected = "the OpenAPI document is untrue:\nit took a body")]
    fn a_fault_fails_the_test_at_its_end() {
        let description = Description::default();
        description.faults.lock().expect("faults").push("it took a body that is not as described".to_owned());
    }

    #[test]
    fn a_query_is_what_its_parameters_say() {
        let faults = |query| unasked("/paths/~1api~1v1~1records/get", query).len();
        assert_eq!(faults("kind=harvest&live=true&limit=5"), 0);
        assert_eq!(faults("kind=harvesting"), 1);
        assert_eq!(faults("live=yes&limit=-1&colour=red"), 3);
    }

    #[tokio::test]
    async fn an_untrue_document_fails_the_test() {
        for (path, body, answer, said) in [
            ("/api/v1/records", r#"{"uid":"00"}"#, "{}", "took a body that is not as described"),
            (
                "/api/v1/records/prepare",
                r#"{"uid":"00","kind":"found","occurred_at":"x"}"#,
                "{}",
                "gave 200 OK that is not",
            ),
            ("/api/v1/evidence", "{}", "{}", "took application/json, which is not described"),
        ] {
            let answering = move |_: String| async move { ([(header::CONTENT_TYPE, "application/json")], answer) };
            let description = Description::default();
            let router = description.around(Router::new().route(path, axum::routing::post(answering)));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("its address");
            tokio::spawn(async move { axum::serve(listener, router).await });
            let request = reqwest::Client::new().post(format!("http://{address}{path}")).body(body);
            request.header("content-type", "application/json").send().await.expect("an answer");
            let faults = std::mem::take(&mut *description.faults.lock().expect("faults"));
            assert!(faults.iter().any(|fault| fault.contains(said)), "{faults:?}");
        }
    }
}
