//! Which files there are, what they say, and that the log among them is a log.

use std::sync::Arc;

use serde_json::json;
use trace_core::evidence::{EvidenceFile, Trust, verify};
use trace_core::record::Kind;
use trace_core::tianma::RecallReason;
use trace_server::audit::{Options, Served, audit_served};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, WORKSHOP};
use trace_tests::static_site;

use crate::county::{County, GTIN};

pub async fn every_sale_batch_has_pages_and_evidence(database: Database) {
    let county = County::settle(database).await;
    let of = county.every_state().await;
    let dried = county.dried().await;
    let plain = county.world.pack(PROCESSOR, dried, "5kg").await;
    let written = county.export().await.unwrap();
    // The returned package is a batch of its own.
    assert_eq!((written.batches, written.codes, written.updated), (3, 40, false), "{written:?}");
    assert_eq!(written.size, county.world.store().head().await.unwrap().frontier.size());
    for sale in [of.sale, plain] {
        let page = county.read(&format!("b/{sale}/index.html"));
        for words in [
            "溯源服务已停止。这是 2026-11-20 保存的副本：不再统计打开次数",
            "data-state=\"standing\"",
            "批次记录",
            "干天麻",
            "250 克",
            "期初转入",
            "第一加工厂",
            &format!("data-evidence=\"/b/{sale}/evidence.json\""),
            "http-equiv=\"Content-Security-Policy\"",
        ] {
            assert!(page.contains(words), "{sale} does not say '{words}':\n{page}");
        }
        assert!(!page.contains("/records/") && !page.contains("/api/"), "it links what is not there:\n{page}");
        let english = county.read(&format!("b/{sale}/en.html"));
        assert!(english.contains("The service has ended. This is a copy of 2026-11-20"), "{english}");
        assert!(english.contains("Records of this batch") && english.contains("lang=\"en\""), "{english}");
        let file = std::fs::read(county.out().join(format!("b/{sale}/evidence.json"))).unwrap();
        let trust = Trust { key: county.state.log.published().unwrap().keys.first().cloned(), ..Trust::default() };
        assert!(verify(&file, &trust).holds(), "the evidence of {sale}");
        let held = EvidenceFile::parse(&file).unwrap();
        assert_eq!(held.batch, sale);
        let shown = page.split("data-record=\"").skip(1).map(|rest| &rest[..64]);
        for id in shown {
            assert!(held.entries.iter().any(|entry| entry.record.to_string() == id), "{id} is shown and not proven");
        }
        assert!(county.read("b/2026-11.html").contains(&format!("href=\"/b/{sale}/\"")));
    }
    assert!(county.read(&format!("b/{}/index.html", of.sale)).contains(&format!("data-gtin=\"{GTIN}\"")));
    assert!(county.read("b/index.html").contains("href=\"/b/2026-11.html\""));
    for place in ["index.html", "404.html", "t/index.html"] {
        let page = county.read(place);
        for words in ["溯源服务已停止", "The service has ended", "<noscript>", "https://t.example.cn/b/", "still.js"]
        {
            assert!(page.contains(words), "{place} does not say '{words}':\n{page}");
        }
    }
    assert!(county.read("_redirects").contains("/01/:gtin/10/:batch/21/:serial  /b/:batch/  200"));
    assert!(county.read("log/index.html").contains("透明日志"));
    // Whatever a page loads or leads to is in the folder.
    for page in ["index.html", "b/index.html", &format!("b/{}/index.html", of.sale), "log/en.html"] {
        let html = county.read(page);
        for named in ["href=\"/", "src=\"/", "data-evidence=\"/", "data-verify=\"/"] {
            for link in html.split(named).skip(1).filter_map(|rest| rest.split('"').next()) {
                let place = county.out().join(link);
                let place = if link.ends_with('/') { place.join("index.html") } else { place };
                assert!(place.is_file(), "{page} names /{link}, which is not there");
            }
        }
    }
}

pub async fn a_recall_and_a_hold_are_shown(database: Database) {
    let county = County::settle(database).await;
    let (recalled, held) = (county.packed(county.dried().await, 4).await, county.packed(county.dried().await, 4).await);
    let recall = json!({"reason": RecallReason::So2, "scope": "these_only", "stage": "consumer"});
    county.world.append(OFFICE, draft(Kind::Recall, recall).names(recalled.sale)).await;
    let hold = draft(Kind::Hold, json!({"reason": "complaint"})).names(held.sale);
    county.world.append(OFFICE, hold).await;
    county.export().await.unwrap();
    let page = county.read(&format!("b/{}/index.html", recalled.sale));
    for words in ["data-state=\"recalled\"", "召回", "请不要食用", "召回原因", "请联系销售者退货"] {
        assert!(page.contains(words), "it does not say '{words}':\n{page}");
    }
    let page = county.read(&format!("b/{}/en.html", held.sale));
    for words in ["data-state=\"held\"", "Held for checking", "Do not use it before you asked the seller"] {
        assert!(page.contains(words), "it does not say '{words}':\n{page}");
    }
}

pub async fn the_audit_passes_over_http(database: Database) {
    let county = County::settle(database).await;
    county.every_state().await;
    // More than one full tile.
    for _ in 0..300 {
        let register = json!({"site": WORKSHOP, "party": PROCESSOR, "kind": "workshop", "altitude_m": 1700});
        let known = county.world.site(WORKSHOP).await.record;
        county.world.append(OFFICE, draft(Kind::RegisterSite, register).replacing(known)).await;
    }
    let written = county.export().await.unwrap();
    let base = static_site::serve(&county.out()).await;
    let options = Options { log_keys: county.state.log.published().unwrap().keys.clone(), ..Options::default() };
    let told = || Arc::new(|_| ()) as trace_server::audit::Told;
    let report = audit_served(&Served::at(&base, None).unwrap(), &options, told()).await.unwrap();
    assert!(report.ok && report.size == written.size && report.size > 300, "{report}");
    // A byte of one entry, and the same audit says so.
    let bundle = county.out().join("log/tile/entries/000");
    let text = std::fs::read(&bundle).unwrap();
    let at = text.windows(9).position(|part| part == b"wutianma\"").unwrap();
    let altered = [&text[..at], b"W", &text[at + 1..]].concat();
    std::fs::write(&bundle, altered).unwrap();
    let report = audit_served(&Served::at(&base, None).unwrap(), &options, told()).await.unwrap();
    assert!(!report.ok, "{report}");
}

pub async fn a_former_copy_is_brought_up_to_date(database: Database) {
    let county = County::settle(database).await;
    let of = county.packed(county.dried().await, 4).await;
    county.export().await.unwrap();
    let place = format!("b/{}/index.html", of.sale);
    assert!(county.read(&place).contains("data-state=\"standing\""));
    let later = county.packed(county.dried().await, 4).await;
    let recall = json!({"reason": "so2", "scope": "these_only", "stage": "consumer"});
    county.world.append(OFFICE, draft(Kind::Recall, recall).names(of.sale)).await;
    // What an operator puts beside it stays.
    std::fs::write(county.out().join("CNAME"), "t.example.cn").unwrap();
    let written = county.export().await.unwrap();
    assert_eq!((written.batches, written.codes, written.updated), (2, 8, true), "{written:?}");
    assert!(county.read(&place).contains("data-state=\"recalled\""));
    assert!(county.read("b/2026-11.html").contains(&later.sale.to_string()));
    assert_eq!(county.read("CNAME"), "t.example.cn");
    let stamp: serde_json::Value = serde_json::from_str(&county.read("static-copy.json")).unwrap();
    assert_eq!((stamp["complete"].as_bool(), stamp["size"].as_u64()), (Some(true), Some(written.size)), "{stamp}");
    let within = std::fs::read_dir(county.out()).unwrap();
    let left: Vec<String> = within.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.contains("unfinished") || name.starts_with("codes.")), "{left:?}");
}

pub async fn what_stops_it(database: Database) {
    let county = County::settle(database).await;
    county.packed(county.dried().await, 4).await;
    std::fs::create_dir_all(county.out()).unwrap();
    std::fs::write(county.out().join("thesis.txt"), "years of work").unwrap();
    let refused = county.export().await.unwrap_err().to_string();
    assert!(refused.contains("is not empty and holds no former copy (found thesis.txt)"), "{refused}");
    std::fs::remove_file(county.out().join("thesis.txt")).unwrap();
    std::fs::write(
        county.out().join("static-copy.json"),
        r#"{"schema":"tianma-trace/static-copy/1","origin":"another.example/log","exported_at":"x","complete":true}"#,
    )
    .unwrap();
    let refused = county.export().await.unwrap_err().to_string();
    assert!(refused.contains("holds a copy of the log another.example/log"), "{refused}");
    assert_eq!(std::fs::read_dir(county.out()).unwrap().count(), 1, "nothing is written");
}
