//! The states that a page must tell apart, in both languages.

use serde_json::json;
use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing};
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, made};

use crate::kiosk::{GTIN, Kiosk};

/// What a consumer may load in all.
const BYTES_MAX: usize = 50_000;

/// Each state by its name and by its words; the ones that do harm go before the others.
pub async fn every_state_is_told_apart(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let world = &kiosk.world;
    let (sale, issue) = kiosk.some_packages().await;
    let spoil = json!({"issue": issue, "reason": "misprint", "give_back": false});
    world.append(PROCESSOR, draft(Kind::VoidCodes, spoil).names(sale).ranging(codes(issue, 5, 6))).await;
    let back = draft(Kind::Return, json!({"reason": "damaged"})).names(sale).keeps("250g").ranging(codes(issue, 7, 7));
    world.append(PROCESSOR, back).await;
    let hold = json!({"reason": "complaint", "ranges": [codes(issue, 8, 8)]});
    world.append(OFFICE, draft(Kind::Hold, hold)).await;
    let recall = json!({"reason": "so2", "scope": "these_only", "stage": "consumer", "ranges": [codes(issue, 9, 9), codes(issue, 5, 5)]});
    let recall = world.append(OFFICE, draft(Kind::Recall, recall)).await;

    let at = |index| kiosk.long(sale, kiosk.code(issue, index));
    let cases = [
        (at(0), 200, "genuine", "真码", "Genuine code"),
        (at(0), 200, "opened_before", "此前打开过", "opened before"),
        (at(30), 200, "not_activated", "未激活", "not activated"),
        (at(6), 200, "void", "此码已作废", "This code is void"),
        (at(5), 200, "recalled", "召回", "Recalled"),
        (at(7), 200, "returned", "此件已退货", "This package was returned"),
        (at(8), 200, "held", "冻结待查", "Held for checking"),
        (at(9), 200, "recalled", "请不要食用", "Recalled"),
        (
            format!("/01/{GTIN}/10/R261120-0000000/21/{}", kiosk.code(issue, 1)),
            200,
            "disagrees",
            "地址里的批次",
            "disagree",
        ),
        (format!("/01/00012345678905/10/{sale}/21/{}", kiosk.code(issue, 1)), 200, "disagrees", "商品条码", "disagree"),
        (format!("/t/{}", kiosk.code(issue, 40)), 404, "unknown", "查无此码", "Not in the system"),
        (
            format!("/t/{}", kiosk.code(IssueNumber::new(9).unwrap(), 0)),
            404,
            "unknown",
            "查无此码",
            "Not in the system",
        ),
    ];
    for (path, status, state, zh, en) in cases {
        let page = kiosk.get(&path).await;
        assert_eq!((page.status, page.state()), (status, state), "{path}");
        page.says(&[zh, "lang=\"zh-CN\""]);
        assert_eq!(page.cache_control, "no-store");
        // The first opening is over by now.
        let page = kiosk.get(&format!("{path}?lang=en")).await;
        assert_eq!(page.state(), if state == "genuine" { "opened_before" } else { state }, "{path}");
        page.says(&[en, "lang=\"en\""]);
        if state == "disagrees" || state == "unknown" {
            page.omits(&["From seed to sale", "/records/"]);
        } else {
            page.says(&["From seed to sale", "/records/"]);
        }
    }
    let page = kiosk.get(&at(9)).await;
    page.says(&["二氧化硫超标"]);
    world.append(OFFICE, draft(Kind::LiftRecall, json!({"recall": recall.record.id(), "reason": "checked"}))).await;
    assert_eq!(kiosk.get(&at(9)).await.state(), "opened_before", "openings under a recall count too");
    assert_eq!(kiosk.get(&at(5)).await.state(), "void");

    world.append(OFFICE, draft(Kind::Hold, json!({"reason": "suspicion"})).names(sale)).await;
    assert_eq!(kiosk.get(&at(0)).await.state(), "held");
    assert_eq!(kiosk.get(&at(30)).await.state(), "held");
    assert_eq!(kiosk.get(&at(6)).await.state(), "void");
    let recall = json!({"reason": "mould", "scope": "with_descendants", "stage": "trade"});
    world.append(OFFICE, draft(Kind::Recall, recall).names(sale)).await;
    for index in [0, 6, 8, 30] {
        assert_eq!(kiosk.get(&at(index)).await.state(), "recalled");
    }
    kiosk.get(&at(0)).await.says(&["霉变", "经营环节"]);
}

/// HTML and style sheet together; nothing is loaded from another host, and no script is needed.
pub async fn pages_are_small_and_load_nothing_from_elsewhere(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (sale, issue) = kiosk.some_packages().await;
    let other = KeyRing::new(vec![CodeKey::new(1, [8; 32]).unwrap()]).unwrap();
    let unknown = other.encode(1, issue, CodeIndex::new(0).unwrap()).unwrap();
    for path in [
        kiosk.long(sale, kiosk.code(issue, 0)),
        format!("/t/{unknown}"),
        format!("/b/{sale}"),
        "/t".to_owned(),
        "/".to_owned(),
    ] {
        let page = kiosk.get(&path).await;
        let style = page.html.split('"').find(|text| text.starts_with("/static/")).expect("a style sheet");
        let style = kiosk.get(style).await;
        assert_eq!((style.status, &*style.cache_control), (200, "public, max-age=31536000, immutable"));
        // The only script is ours, and shows the button that verifies.
        let scripts: Vec<&str> = page.html.split("<script").skip(1).collect();
        let mut all = page.html.len() + style.html.len();
        for script in &scripts {
            let address = script.strip_prefix(" type=\"module\" src=\"").expect("a script of its own file");
            assert!(address.starts_with("/static/") && address.contains("\"></script>"), "{path}: {script}");
            all += kiosk.get(address.split('"').next().unwrap()).await.html.len();
        }
        assert!(scripts.len() <= 1, "{path}");
        assert!(all < BYTES_MAX, "{path}: {all} bytes");
        for text in [&page.html, &style.html] {
            assert!(!text.contains("://") && !text.contains("style=\""), "{path}: {text}");
            assert!(!text.contains("\"//") && !text.contains("url("), "{path}: {text}");
        }
    }
}

/// Food says who should not eat it; a cosmetic is not eaten; nobody is promised health.
pub async fn what_is_eaten_carries_the_advice(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let dried = kiosk.dried().await;
    let (sale, issue) = kiosk.packages(dried).await;
    let path = kiosk.long(sale, kiosk.code(issue, 0));
    kiosk.get(&path).await.says(&["不建议孕妇、哺乳期妇女及婴幼儿食用"]);
    kiosk.get(&format!("{path}?lang=en")).await.says(&["Not advised for pregnant or nursing women and infants"]);

    let recipe = json!({"method": "recipe", "tianma_mg_per_unit": 500});
    let recipe = draft(Kind::Process, recipe).takes(dried, "1kg").makes(Product::TianmaToothpaste, "1000件");
    let paste = made(&kiosk.world.append(PROCESSOR, recipe).await);
    let details = json!({"product": "tianma_toothpaste", "net_content": {"unit": "piece", "value": 1}});
    let pack = draft(Kind::Pack, details).takes(paste, "500件").makes(Product::TianmaToothpaste, "500件");
    let sale = made(&kiosk.world.append(PROCESSOR, pack).await);
    let issue = kiosk.world.issue_codes(PROCESSOR, sale, 10).await;
    let recall = json!({"reason": "other", "scope": "these_only", "stage": "consumer"});
    kiosk.world.append(OFFICE, draft(Kind::Recall, recall).names(sale)).await;
    for query in ["", "?lang=en"] {
        let page = kiosk.get(&format!("/t/{}{query}", kiosk.code(issue, 0))).await;
        assert_eq!(page.state(), "recalled");
        page.omits(&["食用", "孕妇", "pregnant", "eat "]);
    }
}

/// Whoever has a code key makes codes that are found: once it is withdrawn, nobody is told any more that such a code is
/// genuine, and everything else that is known of the package stands there as before.
pub async fn a_withdrawn_key_shows_on_its_packages(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let (_, issue) = kiosk.some_packages().await;
    let path = |index| format!("/t/{}", kiosk.code(issue, index));
    let [first, fresh, idle] = [path(0), path(1), path(35)];
    assert_eq!(kiosk.get(&first).await.state(), "genuine");
    let key = |version, fill| CodeKey::new(version, [fill; 32]).unwrap();
    let ring = || KeyRing::new(vec![key(1, 7).withdrawn(), key(2, 8)]).unwrap();
    let kiosk = kiosk.restarted_with(ring()).await;
    let page = kiosk.get(&first).await;
    assert_eq!((page.status, page.state()), (200, "key_withdrawn"));
    page.says(&["密钥已停用", "仅凭这个码不能认定商品", "此前被打开过 1 次", "干天麻"]);
    page.omits(&["真码"]);
    let page = kiosk.get(&format!("{fresh}?lang=en")).await;
    assert_eq!(page.state(), "key_withdrawn");
    page.says(&["The key of this code was withdrawn", "Do not rely on the code alone", "This is the first opening"]);
    page.omits(&["Genuine code"]);
    // A stronger word keeps its headline.
    let page = kiosk.get(&idle).await;
    assert_eq!(page.state(), "not_activated");
    page.says(&["仅凭这个码不能认定商品"]);
    // What is packed from now on has codes of the new key, and is taken for genuine.
    let (_, issue) = kiosk.some_packages().await;
    let made = |version| ring().encode(version, issue, CodeIndex::new(0).unwrap()).unwrap();
    assert_eq!(kiosk.get(&format!("/t/{}", made(2))).await.state(), "genuine");
    assert_ne!(
        kiosk.get(&format!("/t/{}", made(1))).await.state(),
        "genuine",
        "a code of an issue is of the issue's key"
    );
}
