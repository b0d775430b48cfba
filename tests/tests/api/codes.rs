//! Package codes over the API: who gets them, and that a printed picture leads back.

use serde_json::{Value, json};
use trace_core::record::Kind;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, RIVAL, dry, made};
use trace_tests::pictures::read_by_zbar;

use crate::face::{Face, problem};

/// Dries, packs with a GTIN, and issues codes; answers the issue's number.
pub async fn issue(face: &Face, gtin: Option<&str>, count: u32) -> u64 {
    let world = &face.world;
    let fresh = world.fresh(PROCESSOR, "100kg").await;
    let dried = made(&world.append(PROCESSOR, dry(fresh, "100kg", "25kg")).await);
    let mut details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000}});
    if let Some(gtin) = gtin {
        details["gtin"] = json!(gtin);
    }
    let pack = draft(Kind::Pack, details).takes(dried, "25kg").makes(trace_core::tianma::Product::DriedTianma, "25kg");
    let sale = made(&world.append(PROCESSOR, pack).await);
    let codes = face.body(draft(Kind::IssueCodes, json!({})).counting(count).names(sale));
    let answer = face.append(PROCESSOR, &codes).await;
    answer["record"]["details"]["issue"].as_u64().unwrap()
}

/// At 203 dpi and 15 mm, in the short form and the long one, `zbarimg` reads the address.
pub async fn a_label_leads_back_to_its_package(database: Database) {
    let face = Face::open(database).await;
    for gtin in [None, Some("06901234567892")] {
        let number = issue(&face, gtin, 3).await;
        let page = face.json(PROCESSOR, &format!("/api/v1/code-issues/{number}/codes")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), 3);
        let code = &page["items"][1];
        let (serial, address) = (code["serial"].as_str().unwrap(), code["address"].as_str().unwrap());
        let start =
            if gtin.is_some() { "HTTPS://T.EXAMPLE.CN/01/06901234567892/10/R" } else { "HTTPS://T.EXAMPLE.CN/T/" };
        assert!(address.starts_with(start) && address.ends_with(serial), "{address}");
        let response = face.get(PROCESSOR, &format!("/qr/{serial}.png?dpi=203&mm=15")).await;
        assert_eq!(response.headers()["content-type"], "image/png");
        let png = response.bytes().await.unwrap();
        assert_eq!(read_by_zbar(&png), [address]);
        // 15 mm at 203 dpi are 119 dots; with the quiet zone of 4 modules a side it is wider.
        let width = u32::from_be_bytes(png[16..20].try_into().unwrap());
        let modules = if gtin.is_some() { 33 } else { 29 };
        assert_eq!(width % (modules + 8), 0, "whole dots for each module");
        assert!(width / (modules + 8) * modules <= 119 && width > 80, "{width}");
        let svg = face.get(PROCESSOR, &format!("/qr/{}.svg", serial.to_lowercase())).await;
        assert_eq!(svg.headers()["content-type"], "image/svg+xml");
        assert!(svg.text().await.unwrap().starts_with("<svg"));
        let response = face.get(PROCESSOR, &format!("/qr/{serial}.png?dpi=203&mm=3")).await;
        problem(response, 422, "qr_size", "").await;
        let response = face.get(PROCESSOR, &format!("/qr/{serial}.gif")).await;
        problem(response, 404, "not_found", "").await;
    }
}

/// Issues and codes are open to who issued them and the office.
pub async fn codes_are_for_their_party(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, None, 100).await;
    let path = format!("/api/v1/code-issues/{number}");
    let page = face.json(PROCESSOR, &format!("{path}/codes?from=10&to=12")).await;
    let indices: Vec<u64> =
        page["items"].as_array().unwrap().iter().map(|item| item["index"].as_u64().unwrap()).collect();
    assert_eq!(indices, [10, 11, 12]);
    let serial = page["items"][0]["serial"].as_str().unwrap();
    for party in [PROCESSOR, OFFICE] {
        assert_eq!(face.json(party, &path).await["count"], 100);
        let list: Value = face.json(party, "/api/v1/code-issues").await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(face.get(party, &format!("/qr/{serial}.svg")).await.status(), 200);
    }
    let list = face.json(RIVAL, "/api/v1/code-issues").await;
    assert_eq!(list["items"], json!([]));
    for path in [path.clone(), format!("{path}/codes"), format!("/qr/{serial}.svg")] {
        problem(face.get(RIVAL, &path).await, 403, "forbidden", "").await;
    }
    problem(face.get_public(&format!("/qr/{serial}.png")).await, 401, "token_missing", "").await;
    problem(face.get(PROCESSOR, &format!("{path}/codes?from=100")).await, 400, "query", "").await;
    // More packages than the batch holds: 25 kg are 100 packages, and they are issued.
    let batch = face.json(PROCESSOR, &path).await["batch"].as_str().unwrap().parse().unwrap();
    let more = face.body(draft(Kind::IssueCodes, json!({})).counting(1).names(batch));
    face.refused(PROCESSOR, &more, 422, "overdraw", "/inputs/0/amount").await;
}
