//! Package codes over the API: who gets them, and that a printed picture leads back.

use serde_json::{Value, json};
use trace_core::record::Kind;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, RIVAL, dry, made};
use trace_tests::pictures::read_by_zbar;

use crate::face::{Face, problem, says};

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

/// A GTIN is kept in its 14 digits; a wrong check digit is answered with the right one, and nothing is stored.
pub async fn a_gtin_has_its_check_digit(database: Database) {
    let face = Face::open(database).await;
    let fresh = face.world.fresh(PROCESSOR, "100kg").await;
    let dried = made(&face.world.append(PROCESSOR, dry(fresh, "100kg", "25kg")).await);
    let body = |gtin: &str| {
        let net = json!({"unit": "mg", "value": 250_000});
        let details = json!({"product": "dried_tianma", "net_content": net, "gtin": gtin});
        let pack = draft(Kind::Pack, details).takes(dried, "1kg");
        face.body(pack.makes(trace_core::tianma::Product::DriedTianma, "1kg"))
    };
    for (gtin, words) in [
        ("6901234567890", "is 0 and should be 2"),
        ("690123456789", "should be"),
        ("69012345678921", "should be"),
        ("690123456789A", "only the digits 0-9"),
        ("690", "8, 12, 13 or 14 digits"),
    ] {
        let problem = face.refused(PROCESSOR, &body(gtin), 422, "malformed", "/details/gtin").await;
        says(&problem, &[words]);
    }
    for gtin in ["6901234567892", "06901234567892", "96385074"] {
        let answer = face.append(PROCESSOR, &body(gtin)).await;
        assert_eq!(answer["record"]["details"]["gtin"], format!("{gtin:0>14}"));
    }
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
        let response = face.get(PROCESSOR, "/qr/CJZCKKD6.svg").await;
        let refused = problem(response, 400, "package_code", "").await;
        says(&refused, &["has 20 characters, received 8", "溯源码写法不对：溯源码有 20 个字符，收到 8 个"]);
    }
}

/// Levels by choice, the mark at level H alone, and what GS1 has against a size.
pub async fn a_symbol_is_made_as_it_is_wished(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, Some("06901234567892"), 1).await;
    let page = face.json(PROCESSOR, &format!("/api/v1/code-issues/{number}/codes")).await;
    let (serial, address) = (page["items"][0]["serial"].as_str().unwrap(), page["items"][0]["address"].clone());
    // 81 characters, of which no run of digits is long enough to be packed on its own: versions 4, 4, 5 and 6.
    let wished = [
        ("", 33),
        ("level=L", 33),
        ("level=M", 33),
        ("level=Q", 37),
        ("level=H", 41),
        ("mark=true", 41),
        ("mark=true&level=H", 41),
    ];
    for (query, modules) in wished {
        let body = face.json(PROCESSOR, &format!("/qr/{serial}.json?{query}&mm=30")).await;
        assert_eq!((&body["modules"], &body["address"]), (&json!(modules), &address), "{query}");
        let png = face.get(PROCESSOR, &format!("/qr/{serial}.png?{query}&mm=30")).await.bytes().await.unwrap();
        assert_eq!(read_by_zbar(&png), [address.as_str().unwrap()], "{query}");
        assert_eq!(png[24], 1, "bits a pixel");
    }
    // 3 dots a module at 203 dpi are below what GS1 allows, 5 at 300 dpi are not.
    let small = face.json(PROCESSOR, &format!("/qr/{serial}.json?mm=15")).await;
    assert_eq!((&small["dots"], &small["module_um"], &small["version"]), (&json!(3), &json!(375), &json!(4)));
    assert!(small["warning"]["en"].as_str().unwrap().contains("smaller than GS1 allows"), "{small}");
    assert!(small["warning"]["zh"].as_str().unwrap().contains("小于 GS1 规定"), "{small}");
    let right = face.json(PROCESSOR, &format!("/qr/{serial}.json?mm=15&dpi=300")).await;
    assert_eq!((&right["dots"], &right["warning"], &right["outer_um"]), (&json!(5), &Value::Null, &json!(17_400)));
    for (query, status, rule) in [
        ("mark=true&level=M", 422, "qr_size"),
        ("level=X", 400, "query"),
        ("mark=maybe", 400, "query"),
        ("dpi=99", 422, "qr_size"),
        ("mm=8", 422, "qr_size"),
    ] {
        problem(face.get(PROCESSOR, &format!("/qr/{serial}.json?{query}")).await, status, rule, "").await;
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
    // A place beyond every print is no failure of the database: the page from there is the newest, as it is of records.
    let beyond = face.json(PROCESSOR, &format!("{path}/prints?before={}", u64::MAX)).await;
    assert_eq!(beyond, face.json(PROCESSOR, &format!("{path}/prints")).await);
    // More packages than the batch holds: 25 kg are 100 packages, and they are issued.
    let batch = face.json(PROCESSOR, &path).await["batch"].as_str().unwrap().parse().unwrap();
    let more = face.body(draft(Kind::IssueCodes, json!({})).counting(1).names(batch));
    face.refused(PROCESSOR, &more, 422, "overdraw", "/inputs/0/amount").await;
}
