//! The OpenAPI document against the running routes.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;
use trace_core::id::Stage;
use trace_core::tianma::Product;
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, WORKSHOP, loss};

use crate::face::Face;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

async fn document(face: &Face) -> Value {
    face.get_public("/api/v1/openapi.json").await.json().await.unwrap()
}

/// A path with something in the place of each parameter.
fn filled(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "0" } else { part }).collect::<Vec<_>>().join("/")
}

/// What the document names is routed, and what it does not name is not: every path answers its methods, and every
/// other method is 405. The brief's own list is the floor. (That no API route is added beside the one table from which
/// both come is the test below.)
pub async fn it_names_every_route(database: Database) {
    let face = Face::open(database).await;
    let document = document(&face).await;
    let paths = document["paths"].as_object().unwrap();
    for (path, item) in paths {
        for method in METHODS {
            let verb = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let request = face.client.request(verb, format!("{}{}", face.base, filled(path)));
            let response = request.bearer_auth(face.token(OFFICE)).send().await.unwrap();
            let routed = response.status() != 405;
            assert_eq!(routed, item.get(method).is_some(), "{method} {path}: {}", response.status());
            if routed && response.status() == 404 {
                let text = response.text().await.unwrap();
                assert!(!text.contains("there is nothing at"), "{method} {path} is described but not routed");
            }
        }
    }
    let named: BTreeSet<&str> = paths.keys().map(String::as_str).collect();
    for path in [
        "/api/v1/records",
        "/api/v1/records/prepare",
        "/api/v1/records/{id}",
        "/api/v1/batches",
        "/api/v1/batches/{code}",
        "/api/v1/batches/{code}/trace",
        "/api/v1/parties",
        "/api/v1/sites",
        "/api/v1/vocabulary",
        "/api/v1/rules",
        "/api/v1/code-issues",
        "/api/v1/code-issues/{number}/codes",
        "/api/v1/code-issues/{number}/print-runs",
        "/api/v1/code-issues/{number}/prints",
        "/api/v1/print-runs/{id}",
        "/api/v1/print-runs/{id}/portion",
        "/api/v1/printers",
        "/api/v1/evidence",
        "/api/v1/openapi.json",
        "/records/{id}",
        "/qr/{file}",
    ] {
        assert!(named.contains(path), "{path} is not described");
    }
}

/// What every list and every single thing is answered: `Face` holds each against the document (`trace_tests::described`),
/// here as in all tests.
pub async fn it_describes_what_is_answered(database: Database) {
    let face = Face::open(database).await;
    let fresh = face.world.fresh(PROCESSOR, "10kg").await;
    let appended = face.append(PROCESSOR, &face.body(loss(fresh, "1kg"))).await;
    let id = appended["id"].as_str().unwrap();
    for path in [
        format!("/api/v1/records/{id}"),
        "/api/v1/records".to_owned(),
        format!("/api/v1/batches/{fresh}"),
        "/api/v1/batches".to_owned(),
        format!("/api/v1/batches/{fresh}/trace"),
        format!("/api/v1/parties/{PROCESSOR}"),
        format!("/api/v1/parties/{PROCESSOR}/keys"),
        "/api/v1/parties".to_owned(),
        "/api/v1/sites".to_owned(),
        format!("/api/v1/sites/{WORKSHOP}"),
        "/api/v1/rules".to_owned(),
        "/api/v1/vocabulary".to_owned(),
        "/api/v1/code-issues".to_owned(),
        "/api/v1/printers".to_owned(),
        format!("/records/{id}"),
        format!("/records/{id}/entry"),
    ] {
        face.json(PROCESSOR, &path).await;
    }
    face.json(OFFICE, "/api/v1/openings?from=0&to=99").await;
    assert_eq!(face.get(PROCESSOR, "/api/v1/records/x").await.status(), 400);
    // The words for units are those that are answered, of weights and of pieces.
    let document = document(&face).await;
    let bottles = face.world.stock(PROCESSOR, Stage::Fungus, Product::ArmillariaBottle, "3瓶").await;
    for batch in [fresh, bottles] {
        let answered = face.json(PROCESSOR, &format!("/api/v1/batches/{batch}")).await["amounts"]["unit"].clone();
        let described = &document["components"]["schemas"]["BatchAmounts"]["properties"]["unit"];
        let unit = answered.as_str().unwrap();
        assert!(
            described["description"].as_str().is_some_and(|said| said.contains(unit)),
            "{unit} is not in {described}"
        );
    }
}

/// The API's routes come from the one table that also writes the document.
#[test]
fn no_route_is_added_beside_the_table() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../trace-server/src/http/api");
    let mut folders = vec![std::path::PathBuf::from(folder)];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            seen += 1;
            for call in [".route(", ".route_service(", ".nest("] {
                assert!(!text.contains(call), "{} adds a route with {call}", path.display());
            }
        }
    }
    assert!(seen > 8, "the folder was not found");
}
