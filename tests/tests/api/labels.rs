//! Labels over HTTP: what is printed opens its package, who may print, what is refused and how it is said.

use serde_json::json;
use trace_core::code::{CodeIndex, IssueNumber, Mark, Symbol};
use trace_core::id::{BatchCode, Stage};
use trace_core::record::{CodeRange, Kind};
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, OFFICE, PROCESSOR, RIVAL, dry, made};
use trace_tests::pictures::{pages_by_poppler, read_by_zbar};

use crate::codes::issue;
use crate::face::{Face, problem, says};

fn path(number: u64, file: &str) -> String {
    format!("/api/v1/code-issues/{number}/labels.{file}")
}

/// From the PDF's picture to the consumer's page.
pub async fn a_printed_label_opens_its_package(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, Some("06901234567892"), 3).await;
    let response = face.get(PROCESSOR, &path(number, "pdf?from=1&to=2")).await;
    assert_eq!(response.headers()["content-type"], "application/pdf");
    assert_eq!(response.headers()["content-disposition"], format!("attachment; filename=\"labels-{number}.pdf\""));
    assert_eq!(response.headers()["cache-control"], "no-store");
    let pages = pages_by_poppler(&response.bytes().await.unwrap(), 203);
    let codes = face.json(PROCESSOR, &format!("/api/v1/code-issues/{number}/codes")).await;
    assert_eq!(pages.len(), 2);
    for (page, code) in pages.iter().zip(&codes["items"].as_array().unwrap()[1..]) {
        let read = read_by_zbar(page);
        assert_eq!(read, [code["address"].as_str().unwrap()]);
        let opened = face.get_public(read[0].strip_prefix("HTTPS://T.EXAMPLE.CN").unwrap()).await;
        assert_eq!(opened.status(), 200);
        assert!(opened.text().await.unwrap().contains("干天麻"));
    }
    for (file, kind) in [
        ("zpl", "application/octet-stream"),
        ("tspl", "application/octet-stream"),
        ("csv", "text/csv; charset=utf-8"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("zip", "application/zip"),
        ("png", "image/png"),
    ] {
        let response = face.get(OFFICE, &path(number, file)).await;
        assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &kind.parse().unwrap()));
        assert!(response.bytes().await.unwrap().len() > 300, "{file}");
    }
}

pub async fn labels_are_for_their_party(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, None, 3).await;
    problem(face.get(RIVAL, &path(number, "pdf")).await, 403, "forbidden", "").await;
    problem(face.get_public(&path(number, "csv")).await, 401, "token_missing", "").await;
    problem(face.get(PROCESSOR, &path(number + 7, "pdf")).await, 404, "not_found", "").await;
}

pub async fn wrong_orders_are_explained(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, None, 3).await;
    let refused = problem(face.get(PROCESSOR, &path(number, "docx")).await, 404, "not_found", "").await;
    says(&refused, &["labels.pdf, labels.zpl, labels.tspl"]);
    let refused = problem(face.get(PROCESSOR, &path(number, "pdf?template=A7")).await, 400, "label_template", "").await;
    says(&refused, &["没有标签模板“A7”", "there is no label template 'A7'; there are 60x40, 40x30"]);
    let refused = face.get(PROCESSOR, &path(number, "zpl?template=a4-3x7")).await;
    says(&problem(refused, 400, "label_template", "").await, &["template a4-3x7 is a sheet"]);
    for (query, words) in [
        ("dpi=600", "dpi is '600'; it is 203 or 300"),
        ("symbol=mine", "symbol is 'mine'; it is printer or picture"),
        ("size=big", "unknown field `size`"),
    ] {
        let refused =
            problem(face.get(PROCESSOR, &path(number, &format!("pdf?{query}"))).await, 400, "query", "").await;
        says(&refused, &[words]);
    }
    for query in ["from=3", "to=3", "from=2&to=1"] {
        let refused = face.get(PROCESSOR, &path(number, &format!("csv?{query}"))).await;
        let refused = problem(refused, 422, "label_range", "").await;
        says(&refused, &["has indices 0 to 2", "序号为 0 到 2"]);
    }
}

/// A code that was voided is not printed again, in no kind of file, and a range of such codes is refused.
pub async fn void_codes_are_not_printed(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, None, 5).await;
    let batch: BatchCode = face.json(PROCESSOR, &format!("/api/v1/code-issues/{number}")).await["batch"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let index = |index| CodeIndex::new(index).unwrap();
    let range =
        CodeRange { issue: IssueNumber::new(u32::try_from(number).unwrap()).unwrap(), from: index(1), to: index(3) };
    let spoil = json!({"issue": number, "reason": "misprint", "give_back": false});
    face.world.append(PROCESSOR, draft(Kind::VoidCodes, spoil).names(batch).ranging(range)).await;
    let text = face.get(PROCESSOR, &path(number, "csv")).await.text().await.unwrap();
    let numbers: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(numbers, ["1", "5"], "counted from 1; the third of five and its neighbours are void");
    let pdf = face.get(PROCESSOR, &path(number, "pdf")).await.bytes().await.unwrap();
    assert_eq!(pages_by_poppler(&pdf, 100).len(), 2);
    let refused = problem(face.get(PROCESSOR, &path(number, "zpl?from=1&to=3")).await, 422, "label_range", "").await;
    says(&refused, &["all codes from 1 to 3 are void", "全部已作废"]);
}

/// The mark stands on labels of a clean batch, and on none of a blend with goods from elsewhere.
pub async fn a_blend_bears_no_mark(database: Database) {
    let face = Face::open(database).await;
    let world = &face.world;
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let harvest = world.harvest(FIRST, planting, "200kg").await;
    let fresh = made(&world.receive(PROCESSOR, harvest, "200kg").await);
    let clean = made(&world.append(PROCESSOR, dry(fresh, "100kg", "25kg")).await);
    let part = made(&world.append(PROCESSOR, dry(fresh, "100kg", "25kg")).await);
    let outside = draft(Kind::BringIn, json!({"origin": "outside", "place": "汉中"}));
    let outside = outside.makes_at(Stage::Processing, Product::DriedTianma, "25kg");
    let outside = made(&world.append(PROCESSOR, outside).await);
    let blend = draft(Kind::Process, json!({"method": "blend"})).takes(part, "25kg").takes(outside, "25kg");
    let blend = made(&world.append(PROCESSOR, blend.makes(Product::DriedTianma, "50kg")).await);
    for (batch, amount, marked) in [(clean, "25kg", true), (blend, "50kg", false)] {
        let sale = world.pack(PROCESSOR, batch, amount).await;
        let number = u64::from(world.issue_codes(PROCESSOR, sale, 2).await.get());
        let list = face.get(PROCESSOR, &path(number, "csv")).await.text().await.unwrap();
        assert_eq!(list.contains("彝良天麻"), marked, "{list}");
        let pdf = face.get(PROCESSOR, &path(number, "pdf")).await.bytes().await.unwrap();
        let text: String = trace_tests::pictures::text_by_poppler(&pdf).split_whitespace().collect();
        assert!(text.contains("干天麻"), "{text}");
        assert_eq!(text.contains("彝良天麻"), marked, "{text}");
    }
}

pub async fn symbols_bear_the_brands_mark_where_a_template_says_so(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, None, 2).await;
    let codes = face.json(PROCESSOR, &format!("/api/v1/code-issues/{number}/codes")).await;
    let address = codes["items"][0]["address"].as_str().unwrap().to_owned();
    let prospect = face.json(PROCESSOR, &path(number, "json?template=brand")).await;
    let (marked, dots) = (Symbol::with_mark(&address, &Mark::tian()).unwrap(), prospect["dots"].as_u64().unwrap());
    assert_eq!(prospect["modules"], marked.size(), "level H: {prospect}");
    let picture = face.get(PROCESSOR, &path(number, "png?template=brand&to=0")).await.bytes().await.unwrap();
    assert_eq!(read_by_zbar(&picture), [address]);
    let picture = image::load_from_memory(&picture).unwrap().into_luma8();
    // 18 mm at 203 dpi; the symbol stands in the middle of them.
    let (side, dots) = (u32::try_from(marked.size()).unwrap(), u32::try_from(dots).unwrap());
    let place = (144 - side * dots) / 2;
    let seen =
        |column, row| picture.get_pixel(place + column * dots + dots / 2, place + row * dots + dots / 2).0[0] < 128;
    let seen: Vec<bool> = (0..side * side).map(|module| seen(module % side, module / side)).collect();
    assert!(seen.into_iter().eq(marked.modules()), "the mark stands in the middle of the symbol");
}
