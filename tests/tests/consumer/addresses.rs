//! Addresses as they are printed, typed and mistyped.

use reqwest::Method;
use trace_core::id::{BatchCode, Stage};
use trace_tests::engines::Database;

use crate::kiosk::{GTIN, Kiosk, PHONE};

pub async fn they_are_read_in_either_case(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (sale, issue) = kiosk.some_packages().await;
    let code = kiosk.code(issue, 0);
    kiosk.get(&format!("/t/{code}")).await;
    let (serial, lot) = (code.to_string(), sale.to_string());
    let full_width: String = serial.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    for path in [
        format!("/T/{serial}"),
        format!("/t/{}", serial.to_lowercase()),
        format!("/t/{serial}/"),
        format!("/t/{}", code.grouped().replace(' ', "%20")),
        format!("/t/{}", code.grouped().replace(' ', "-")),
        format!("/t/{full_width}"),
        format!("/01/{GTIN}/10/{lot}/21/{serial}"),
        format!("/01/{}/10/{}/21/{}", &GTIN[1..], lot.to_lowercase(), serial.to_lowercase()),
        format!("/01/{GTIN}/10/{lot}/21/{serial}/"),
        format!("/01/{GTIN}/10/{lot}/21/{serial}?lang=zh&17=270101"),
        format!("/01/{GTIN}/10/{lot}/21/{serial}/?utm=1"),
        format!("/01/{GTIN}/10/{}/21/{serial}", lot.replace('-', "%2D")),
        format!("/01/{GTIN}/10/{}/21/{}", lot.replace('-', "%2d"), every_letter_encoded(&serial)),
        format!("/01/{}/10/{lot}/21/{serial}", every_letter_encoded(GTIN)),
    ] {
        let page = kiosk.get(&path).await;
        assert_eq!((page.status, page.state()), (200, "opened_before"), "{path}");
    }
    let typed =
        kiosk.request(Method::GET, &format!("/t?code={}", code.grouped().to_lowercase().replace(' ', "+")), &[]).await;
    assert_eq!(
        (typed.status().as_u16(), typed.headers()["location"].to_str().unwrap()),
        (303, &*format!("/t/{serial}"))
    );
}

/// Each character by its percent-encoding, with small hex digits.
fn every_letter_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat()
}

pub async fn wrong_ones_say_what_is_wrong(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (sale, issue) = kiosk.some_packages().await;
    let serial = kiosk.code(issue, 0);
    for (path, zh, en) in [
        (format!("/01/06901234567890/10/{sale}/21/{serial}"), "校验位是 0，应为 2", "is 0 and should be 2"),
        (format!("/01/{GTIN}/21/{serial}/10/{sale}"), "顺序是 01、10、21", "the order is 01, 10, 21"),
        (format!("/10/{sale}/01/{GTIN}/21/{serial}"), "此处应为 AI 01", "AI 10 stands where AI 01 should"),
        (format!("/21/{serial}"), "此处应为 AI 01", "AI 21 stands where AI 01 should"),
        (format!("/01/{GTIN}/10/{sale}/21/{serial}/10/{sale}"), "顺序是 01、10、21", "the order is 01, 10, 21"),
        (format!("/01/{GTIN}/10/{sale}"), "缺少 AI 21", "no AI 21"),
        ("/01".to_owned(), "AI 01 后面没有内容", "AI 01 has no value"),
        ("/01/".to_owned(), "AI 01 后面没有内容", "AI 01 has no value"),
        (format!("/01/{GTIN}/10//21/{serial}"), "AI 10 后面没有内容", "AI 10 has no value"),
        (format!("/01/{GTIN}/10/%E5%A4%A9/21/{serial}"), "百分号编码有误", "wrongly percent-encoded"),
        (format!("/01/{GTIN}1/10/{sale}/21/{serial}"), "收到 15 位", "received 15"),
        (format!("/01/0690123456789A/10/{sale}/21/{serial}"), "只能是数字", "only the digits 0-9"),
        (format!("/01/{GTIN}/10/{sale}X23456/21/{serial}"), "1 到 20 个字符", "1 to 20 characters"),
        (format!("/01/{GTIN}/10/{sale}/21/ABC"), "收到 3 个", "received 3"),
        (format!("/01/{GTIN}/17/261120/21/{serial}"), "不认识 AI", "not known here"),
        ("/t/ABC".to_owned(), "20 个字符，收到 3 个", "20 characters, received 3"),
        ("/t/UUUUUUUUUUUUUUUUUUUU".to_owned(), "没有 U", "never used"),
        ("/t/%E5%A4%A9%E9%BA%BB".to_owned(), "“天”", "只有"),
        ("/t?code=12".to_owned(), "收到 2 个", "received 2"),
        ("/t/%3Cscript%3Ealert(1)%3C".to_owned(), "字符是", "Character 1"),
    ] {
        let page = kiosk.get(&path).await;
        assert_eq!(page.status, 400, "{path}");
        page.says(&[zh]);
        page.omits(&["<script"]);
        if en != "只有" {
            let query = if path.contains('?') { "&lang=en" } else { "?lang=en" };
            kiosk.get(&format!("{path}{query}")).await.says(&[en]);
        }
    }
    // Where only the rest of the address is wrong, the code stands in the form and need not be typed.
    let whole = format!("value=\"{}\"", serial.grouped());
    kiosk.get(&format!("/01/06901234567890/10/{sale}/21/{serial}")).await.says(&[&whole]);
    let scans = kiosk.world.store().scans(issue, 0, 10).await.unwrap();
    assert!(scans.is_empty(), "a wrong address counts nothing");
}

pub async fn a_batch_has_one_address(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (sale, _) = kiosk.some_packages().await;
    let typed = sale.to_string().to_lowercase();
    let moved = kiosk.request(Method::GET, &format!("/b/{typed}"), &[("user-agent", PHONE)]).await;
    assert_eq!((moved.status().as_u16(), moved.headers()["location"].to_str().unwrap()), (303, &*format!("/b/{sale}")));
    let page = kiosk.get(&format!("/b/{sale}")).await;
    assert_eq!((page.status, page.state()), (200, "standing"));
    page.says(&["干天麻", "250 克", "不能用来验证一件商品的真假"]);
    let wrong = format!("{}X", &sale.to_string()[..14]);
    let wrong = if wrong == sale.to_string() { format!("{}Y", &wrong[..14]) } else { wrong };
    assert_eq!(kiosk.get(&format!("/b/{wrong}")).await.status, 400, "the check character");
    let absent = BatchCode::new(Stage::Harvest, sale.date(), [0; 4]).unwrap();
    assert_eq!(kiosk.get(&format!("/b/{absent}")).await.status, 404);
}

pub async fn the_bare_address_leads_to_everybodys_page(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let page = kiosk.get("/").await;
    assert_eq!((page.status, page.state()), (200, "plain"));
    page.says(&["扫包装上的二维码", "action=\"/t\"", "href=\"/app\"", "href=\"/log/\""]);
    kiosk.get("/?lang=en").await.says(&["Scan the QR code on a package", "Sign in"]);
    for href in page.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let answer = kiosk.request(Method::GET, &href.replace('?', "/?"), &[]).await;
        assert!(!answer.status().is_client_error(), "{href}: {}", answer.status());
    }
}
