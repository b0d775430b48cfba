//! A harvest by its grower: the happy way, pressing twice, what is typed wrong, and the photograph.

use trace_core::record::Kind;
use trace_server::store::RecordFilter;
use trace_tests::household::{FIRST, FIRST_PLOT, FIRST_VALLEY, SECOND, SECOND_PLOT};

use crate::site::{Browser, Page, Site, on_both};

async fn harvests(site: &Site) -> usize {
    let filter = RecordFilter { states: Some(Kind::Harvest), limit: 100, ..RecordFilter::default() };
    site.world.store().records(&filter).await.unwrap().len()
}

/// The form filled in, up to the page that shows the weight back.
async fn check(browser: &Browser, plot: &str, weight: &str, date: &str) -> Page {
    let form = browser.harvest_form("").await;
    let fields = [("csrf", &*form["csrf"]), ("uid", &*form["uid"]), ("for", ""), ("plot", plot), ("weight", weight)];
    browser.post("/app/harvest", &[&fields[..], &[("date", date)]].concat()).await
}

fn carried(page: &Page) -> Vec<(&'static str, String)> {
    ["csrf", "uid", "for", "plot", "weight", "date", "kept_photo"].map(|name| (name, page.hidden(name))).to_vec()
}

fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, &**value)).collect()
}

#[tokio::test]
async fn a_harvest_is_shown_back_and_stored_once() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_PLOT).await;
        let browser = site.signed_in("nonghu").await;
        let shown = check(&browser, &plot, "３２０斤", "2026-11-20").await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        assert!(shown.text.contains("160 kg（320 斤）"), "{}", shown.text);
        assert_eq!(harvests(&site).await, 0, "nothing is stored before it is confirmed");
        let fields = carried(&shown);
        let edited = browser.post("/app/harvest/edit", &borrowed(&fields)).await;
        assert!(edited.text.contains("value=\"３２０斤\""), "one tap back keeps what was typed");
        let last = [&borrowed(&fields)[..], &[("last", "1")]].concat();
        let (one, other) =
            tokio::join!(browser.post("/app/harvest/store", &last), browser.post("/app/harvest/store", &last));
        assert_eq!((one.status, other.status), (303, 303), "{} {}", one.text, other.text);
        assert_eq!(one.location, other.location, "pressed twice, answered alike");
        let again = browser.post("/app/harvest/store", &last).await;
        assert_eq!(again.location, one.location, "though the plot is closed now");
        assert_eq!(harvests(&site).await, 1);
        let record = browser.get(&one.location).await;
        assert!(record.text.contains("160 kg（320 斤）") && record.text.contains("<svg"), "{}", record.text);
        let id = one.location.split(['/', '?']).nth(3).unwrap();
        assert!(record.text.contains(&format!("/records/{id}")));
        assert!(browser.get("/app/batches?stage=harvest").await.text.contains("160 kg"));
        let none = browser.get("/app/harvest").await;
        assert!(none.text.contains("没有可采收的地块"), "{}", none.text);
        assert!(none.text.contains("href=\"/app/plant\""), "the way on is a link: {}", none.text);
    })
    .await;
}

#[tokio::test]
async fn a_weight_that_no_plot_gives_is_questioned_before_it_is_stored() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_PLOT).await;
        let browser = site.signed_in("nonghu").await;
        let usual = check(&browser, &plot, "480公斤", "2026-11-20").await;
        assert!(usual.status == 200 && !usual.text.contains("斤还是公斤"), "{}", usual.text);
        let much = check(&browser, &plot, "960公斤", "2026-11-20").await;
        assert!(much.status == 200 && much.text.contains("斤还是公斤"), "{}", much.text);
    })
    .await;
}

#[tokio::test]
async fn the_same_form_with_another_weight_is_a_conflict() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_PLOT).await;
        let browser = site.signed_in("nonghu").await;
        let shown = check(&browser, &plot, "320斤", "2026-11-20").await;
        let mut fields = carried(&shown);
        assert_eq!(browser.post("/app/harvest/store", &borrowed(&fields)).await.status, 303);
        fields.iter_mut().find(|(name, _)| *name == "weight").unwrap().1 = "330斤".to_owned();
        let answer = browser.post("/app/harvest/store", &borrowed(&fields)).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains("uid"), "{}", answer.text);
        assert_eq!(harvests(&site).await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_in_the_readers_language() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_PLOT).await;
        let foreign = site.planted(SECOND, SECOND_PLOT).await;
        let mut browser = site.signed_in("nonghu").await;
        for lang in ["zh", "en"] {
            browser.lang = lang;
            for (field, plot, weight, date, zh, en) in [
                ("weight", &*plot, "320", "2026-11-20", "缺少单位", "has no unit"),
                ("weight", &*plot, "320亩", "2026-11-20", "面积单位", "area"),
                ("weight", &*plot, "-3斤", "2026-11-20", "不能为负", "negative"),
                ("weight", &*plot, "99999999吨", "2026-11-20", "过大", "large"),
                ("weight", &*plot, "<b>\"&", "2026-11-20", "看不懂", "cannot read"),
                ("weight", &*plot, "", "2026-11-20", "请填写", "weight"),
                ("date", &*plot, "320斤", "2026-11-21", "不能晚于今天", "future"),
                ("date", &*plot, "320斤", "20.11.2026", "请写日期", "Write the date"),
                ("plot", "", "320斤", "2026-11-20", "请选择", "Choose the plot"),
                ("plot", &*foreign, "320斤", "2026-11-20", "请选择", "Choose the plot"),
            ] {
                let answer = check(&browser, plot, weight, date).await;
                assert_eq!(answer.status, 422, "{weight} {date}");
                let start = format!("id=\"{field}-wrong\">");
                let at = answer.text.find(&start).unwrap_or_else(|| panic!("nothing beside {field}: {}", answer.text));
                let said = answer.text[at + start.len()..].split("</p>").next().unwrap();
                assert!(said.contains(if lang == "zh" { zh } else { en }), "{weight} {date}: {said}");
                assert!(!answer.text.contains("<b>\"&"), "typed text is escaped");
                assert!(answer.text.contains(&format!("value=\"{date}\"")), "what was typed is kept");
            }
        }
        assert_eq!(harvests(&site).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_the_ledger_refuses_stands_beside_its_field_too() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_VALLEY).await;
        let browser = site.signed_in("nonghu").await;
        for (weight, date, field, zh) in
            [("5吨", "2026-11-20", "weight", "超过每亩"), ("320斤", "2025-11-19", "date", "早于")]
        {
            let shown = check(&browser, &plot, weight, date).await;
            assert_eq!(shown.status, 200, "{}", shown.text);
            let answer = browser.post("/app/harvest/store", &borrowed(&carried(&shown))).await;
            assert_eq!(answer.status, 422, "{}", answer.text);
            let start = format!("id=\"{field}-wrong\">");
            let at = answer.text.find(&start).unwrap_or_else(|| panic!("nothing beside {field}: {}", answer.text));
            assert!(answer.text[at..].split("</p>").next().unwrap().contains(zh), "{}", &answer.text[at..at + 300]);
            assert!(answer.text.contains(&format!("value=\"{weight}\"")));
        }
        assert_eq!(harvests(&site).await, 0);
    })
    .await;
}

#[tokio::test]
async fn one_line_of_text_is_enough() {
    on_both(async |site: Site| {
        site.planted(FIRST, FIRST_PLOT).await;
        let browser = site.signed_in("nonghu").await;
        let home = browser.get("/app").await;
        let fields = [("csrf", home.hidden("csrf")), ("uid", home.hidden("uid")), ("line", "收320斤".to_owned())];
        let shown = browser.post("/app/harvest", &borrowed(&fields)).await;
        assert!(shown.status == 200 && shown.text.contains("160 kg（320 斤）"), "{}", shown.text);
        assert_eq!(browser.post("/app/harvest/store", &borrowed(&carried(&shown))).await.status, 303);
    })
    .await;
}

/// What the line does not say clearly is asked for on the form, where nothing that was typed is lost or put aside.
#[tokio::test]
async fn a_line_that_is_not_understood_is_kept_and_explained() {
    on_both(async |site: Site| {
        site.planted(FIRST, FIRST_PLOT).await;
        let mut browser = site.signed_in("nonghu").await;
        for (line, field, kept, zh, en) in [
            ("收 320", "weight", "320", "“320”缺少单位", "has no unit"),
            ("收 3号地 320斤", "plot", "320斤", "没有叫“3号地”的地块", "No plot of yours is called &#39;3号地&#39;"),
            ("收3号地320斤", "plot", "320斤", "没有叫“3号地”的地块", "No plot of yours is called &#39;3号地&#39;"),
            ("收很多", "weight", "收很多", "看不懂", "cannot read"),
            ("-5斤", "weight", "-5斤", "不能为负", "negative"),
        ] {
            for (lang, words) in [("zh", zh), ("en", en)] {
                browser.lang = lang;
                let home = browser.get("/app").await;
                let fields = [("csrf", home.hidden("csrf")), ("uid", home.hidden("uid")), ("line", line.to_owned())];
                let answer = browser.post("/app/harvest", &borrowed(&fields)).await;
                assert_eq!(answer.status, 422, "{line}: {}", answer.text);
                let start = format!("id=\"{field}-wrong\">");
                let at = answer.text.find(&start).unwrap_or_else(|| panic!("nothing beside {field}: {}", answer.text));
                let said = answer.text[at + start.len()..].split("</p>").next().unwrap();
                assert!(said.contains(words), "{line}: {said}");
                assert!(answer.text.contains(&format!("value=\"{kept}\"")), "{line}: what was typed is kept");
            }
        }
    })
    .await;
}

/// A small JPEG with an EXIF segment that holds a position.
fn photograph() -> Vec<u8> {
    // 8 x 8 grey pixels, baseline JPEG.
    const JPEG: &str = "ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c140d0c0b0b0c1912130f141d1a1f1e1d1a1c1c20242e2720222c231c1c2837292c30313434341f27393d38323c2e333432ffc0000b080008000801011100ffc4001f0000010501010101010100000000000000000102030405060708090a0bffc400b5100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffda0008010100003f00ffd9";
    let jpeg = hex::decode(JPEG).unwrap();
    let tiff = b"Exif\0\0II*\0\x08\0\0\0\0\0GPSLatitude 27.6260 Yiliang";
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend_from_slice(&[0xff, 0xe1]);
    bytes.extend_from_slice(&u16::try_from(tiff.len() + 2).unwrap().to_be_bytes());
    bytes.extend_from_slice(tiff);
    bytes.extend_from_slice(&jpeg[2..]);
    bytes
}

#[tokio::test]
async fn a_photograph_is_kept_without_its_position() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_PLOT).await;
        let browser = site.signed_in("nonghu").await;
        let form = browser.harvest_form("").await;
        let fields = [
            ("csrf", &*form["csrf"]),
            ("uid", &*form["uid"]),
            ("plot", &*plot),
            ("weight", "320斤"),
            ("date", "2026-11-20"),
        ];
        for (file, zh) in [(b"%PDF-1.7 not a picture".to_vec(), "不是 JPEG"), (photograph()[..120].to_vec(), "打不开")]
        {
            let answer = browser.upload("/app/harvest", &fields, ("photo", file)).await;
            assert_eq!(answer.status, 422);
            let beside = answer.text.split("id=\"photo-wrong\">").nth(1).unwrap_or_else(|| panic!("{}", answer.text));
            assert!(beside.split("</p>").next().unwrap().contains(zh));
        }
        let large = browser.upload("/app/harvest", &fields, ("photo", vec![0; 500_000])).await;
        assert_eq!(large.status, 413, "{}", large.text);

        let shown = browser.upload("/app/harvest", &fields, ("photo", photograph())).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        let stored = browser.post("/app/harvest/store", &borrowed(&carried(&shown))).await;
        let id = stored.location.split(['/', '?']).nth(3).unwrap().parse().unwrap();
        let view = site.world.ledger.record(id, None).await.unwrap().unwrap();
        let evidence = &view.entry.record.evidence[0];
        let (media_type, bytes) = site.world.store().evidence(evidence.sha256).await.unwrap().unwrap();
        assert_eq!((&*media_type, bytes.len()), ("image/jpeg", evidence.size as usize));
        assert_eq!(trace_core::id::RecordId::of(&bytes), evidence.sha256);
        for private in [&b"Exif"[..], b"27.6260", b"Yiliang"] {
            assert!(!bytes.windows(private.len()).any(|window| window == private), "the position is still in it");
        }
        let address = format!("/app/photos/{}?record={id}", evidence.sha256);
        assert_eq!(browser.get(&address).await.headers["content-type"], "image/jpeg");
        let other = site.signed_in("nonghu2").await;
        assert_eq!(other.get(&address).await.status, 404, "nobody else's business");
        let own = format!("/app/photos/{}", evidence.sha256);
        assert_eq!(browser.get(&own).await.status, 200, "who took it");
        assert_eq!(other.get(&own).await.status, 404);
    })
    .await;
}

/// The digest of a picture stands in public; a form that carries it as if it had been kept for this party shows nothing.
#[tokio::test]
async fn a_photograph_of_others_is_not_taken_for_ones_own() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_PLOT).await;
        let browser = site.signed_in("nonghu").await;
        let form = browser.harvest_form("").await;
        let fields = [("csrf", &*form["csrf"]), ("uid", &*form["uid"]), ("plot", &*plot), ("weight", "320斤")];
        let fields = [&fields[..], &[("date", "2026-11-20")]].concat();
        let shown = browser.upload("/app/harvest", &fields, ("photo", photograph())).await;
        let digest = shown.hidden("kept_photo");
        assert_eq!(digest.len(), 64);

        let plot = site.planted(SECOND, SECOND_PLOT).await;
        let other = site.signed_in("nonghu2").await;
        let form = other.harvest_form("").await;
        let fields = [("csrf", &*form["csrf"]), ("uid", &*form["uid"]), ("plot", &*plot), ("weight", "320斤")];
        let fields = [&fields[..], &[("date", "2026-11-20"), ("kept_photo", &*digest)]].concat();
        assert_eq!(other.post("/app/harvest", &fields).await.hidden("kept_photo"), "");
        let stored = other.post("/app/harvest/store", &fields).await;
        let id = stored.location.split(['/', '?']).nth(3).unwrap().to_owned();
        let view = site.world.ledger.record(id.parse().unwrap(), None).await.unwrap().unwrap();
        assert!(view.entry.record.evidence.is_empty());
        assert_eq!(other.get(&format!("/app/photos/{digest}?record={id}")).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn the_batches_and_records_of_others_are_not_there() {
    on_both(async |site: Site| {
        let planting = site.world.plant(FIRST, FIRST_PLOT, "1亩").await;
        let batch = site.world.harvest(FIRST, planting, "320斤").await;
        let record = site.world.batch(batch).await.record;
        let (own, other) = (site.signed_in("nonghu").await, site.signed_in("nonghu2").await);
        for path in [format!("/app/batches/{batch}"), format!("/app/records/{record}")] {
            assert_eq!(own.get(&path).await.status, 200, "{path}");
            let answer = other.get(&path).await;
            assert_eq!(answer.status, 404, "{path}");
            for amount in ["160 kg", "320 斤"] {
                assert!(!answer.text.contains(amount), "{}", answer.text);
            }
        }
        assert!(!other.get("/app/batches").await.text.contains(&batch.to_string()));
        let unknown = other.get("/app/batches/H251120-0000000").await;
        assert_eq!(unknown.status, 404, "the same for one that does not exist");
    })
    .await;
}
