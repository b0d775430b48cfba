//! What the service puts into a file, and to whom it shows what.

use trace_core::evidence::{EvidenceFile, StepName, Trust, Verdict, verify};
use trace_core::record::{Entry, Kind};
use trace_core::tianma::PartyRole;
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, OFFICE, PROCESSOR, RIVAL, SECOND};

use crate::kiosk::{Kiosk, held};

pub async fn the_file_of_a_package_holds(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let way = kiosk.way().await;
    kiosk.signed().await;
    let path = format!("/b/{}/evidence?code={}", way.sale, way.code);
    let answer = kiosk.get(&path).await;
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=1");
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(name, format!("attachment; filename=\"{}-evidence.json\"", way.sale));
    let bytes = answer.bytes().await.unwrap().to_vec();
    let report = verify(&bytes, &Trust { key: Some(kiosk.key()), witnesses: Vec::new() });
    assert!(report.holds(), "{:?}", report.faults().collect::<Vec<_>>());
    let proven = [StepName::File, StepName::Bytes, StepName::Ids, StepName::Lineage, StepName::Inclusion];
    for step in report.steps.iter().filter(|step| proven.contains(&step.name)) {
        assert_eq!(step.verdict, Verdict::Proven, "{step:?}");
    }
    let records = held(&bytes);
    for id in &way.records {
        assert!(records.contains(id), "{id} is missing");
    }
    let file = EvidenceFile::parse(&bytes).unwrap();
    assert_eq!(file.package.as_ref().unwrap().issue, way.issue);
    let kinds: Vec<Kind> = file.entries.iter().map(|one| kind(&one.entry)).collect();
    // Which log it is, who the parties are, and where.
    assert_eq!(kinds[0], Kind::Found);
    let plot = kiosk.world.site(FIRST_PLOT).await.record;
    assert!(records.contains(&plot), "the plot's registration is missing");
    assert!(kinds.contains(&Kind::RegisterParty) && kinds.contains(&Kind::Plant) && kinds.contains(&Kind::BringIn));
    // The other batch that the hold names is nobody's ancestor here.
    let other = kiosk.world.batch(way.other).await.record;
    assert!(!records.contains(&other), "a record that has nothing to do with the package is in its file");
    // Whoever fetches the file has not opened the package.
    let page = kiosk.get(&format!("/t/{}", way.code)).await.text().await.unwrap();
    assert!(page.contains("data-state=\"genuine\""), "{page}");
}

fn kind(entry: &str) -> Kind {
    Entry::from_bytes(entry.as_bytes()).unwrap().record.kind()
}

pub async fn every_batch_on_the_way_has_a_file(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let way = kiosk.way().await;
    kiosk.signed().await;
    let store = kiosk.world.store();
    let trace = store.trace(way.sale, trace_server::store::Direction::Back).await.unwrap();
    assert!(trace.batches.len() > 10);
    for batch in trace.batches {
        let bytes = kiosk.file(&format!("/b/{}/evidence", batch.code)).await;
        let report = verify(&bytes, &Trust::default());
        assert!(report.holds(), "{}: {:?}", batch.code, report.faults().collect::<Vec<_>>());
        assert_eq!(report.batch, Some(batch.code));
        assert!(report.package.is_none());
    }
}

pub async fn who_may_see_amounts_gets_them_opened(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let way = kiosk.way().await;
    kiosk.signed().await;
    let path = format!("/b/{}/evidence", way.sale);
    let of = async |party, role| {
        let answer = kiosk.get_as(party, role, &path).await;
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let bytes = answer.bytes().await.unwrap().to_vec();
        let report = verify(&bytes, &Trust::default());
        assert!(report.holds(), "{:?}", report.faults().collect::<Vec<_>>());
        let verdict = report.steps.iter().find(|step| step.name == StepName::Openings).unwrap().verdict;
        (EvidenceFile::parse(&bytes).unwrap(), verdict)
    };
    let public = EvidenceFile::parse(&kiosk.file(&path).await).unwrap();
    assert!(public.opened.is_empty());
    let (rival, verdict) = of(RIVAL, PartyRole::Processor).await;
    assert_eq!((rival.opened.len(), verdict), (0, Verdict::NotChecked));
    let (own, verdict) = of(PROCESSOR, PartyRole::Processor).await;
    assert_eq!(verdict, Verdict::Proven);
    let dried = kiosk.world.batch(way.dried).await.record;
    let opened = own.opened.iter().find(|opened| opened.record == dried).expect("its own drying");
    assert!(opened.opening.value()["outputs"][0]["value"] == 40_000_000, "{:?}", opened.opening.value());
    // What a household sowed is not the processor's to see; the office sees it.
    let sown = own.entries.iter().find(|one| kind(&one.entry) == Kind::Plant).unwrap().record;
    assert!(own.opened.iter().all(|opened| opened.record != sown));
    let (office, _) = of(OFFICE, PartyRole::Office).await;
    assert!(office.opened.iter().any(|opened| opened.record == sown));
    let (first, _) = of(FIRST, PartyRole::Household).await;
    let (second, _) = of(SECOND, PartyRole::Household).await;
    assert!(first.opened.iter().all(|one| !second.opened.contains(one)), "one household sees what is another's");
    let wrong = reqwest::Client::new().get(format!("{}{path}", kiosk.base)).bearer_auth("tt_no").send().await.unwrap();
    assert_eq!(wrong.status(), 401);
}

pub async fn what_is_no_file(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let way = kiosk.way().await;
    let none = trace_core::id::BatchCode::new(trace_core::id::Stage::Sale, way.sale.date(), [9; 4]).unwrap();
    let elsewhere = kiosk.code(200.try_into().unwrap(), 1);
    for (path, status, rule) in [
        (format!("/b/{none}/evidence"), 404, "not_found"),
        ("/b/R261120/evidence".to_owned(), 400, "batch_code"),
        (format!("/b/{}/evidence?code=123", way.sale), 400, "package_code"),
        (format!("/b/{}/evidence?code={}", way.dried, way.code), 404, "not_found"),
        (format!("/b/{}/evidence?code={elsewhere}", way.sale), 404, "not_found"),
        (format!("/b/{}/evidence?serial={}", way.sale, way.code), 400, "query"),
    ] {
        let answer = kiosk.get(&path).await;
        assert_eq!(answer.status(), status, "{path}");
        let problem: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(problem["rule"], rule, "{path}: {problem}");
        assert!(problem["zh"].as_str().unwrap().chars().any(|c| c > '\u{4dff}'), "{problem}");
    }
}

/// The button for a browser that can, words for one that cannot, and all of it on a bad network.
pub async fn the_page_offers_both_ways(database: Database) {
    const BYTES_MAX: usize = 50_000;
    let kiosk = Kiosk::open(database).await;
    let way = kiosk.way().await;
    kiosk.signed().await;
    for (path, file) in [
        (format!("/t/{}", way.code), format!("/b/{}/evidence?code={}", way.sale, way.code)),
        (format!("/b/{}", way.dried), format!("/b/{}/evidence", way.dried)),
    ] {
        let page = kiosk.get(&path).await.text().await.unwrap();
        for words in
            [&format!("data-evidence=\"{file}\""), "sha256sum", "trace-server verify", &kiosk.key().to_string()]
        {
            assert!(
                page.contains(words) || page.contains(&words.replace('+', "&#43;")),
                "{path} lacks {words}:\n{page}"
            );
        }
        let address = |name: &str| {
            let end = page.find(&format!("/{name}\"")).unwrap_or_else(|| panic!("no {name}: {page}")) + name.len() + 1;
            page[..end].rsplit('"').next().unwrap().to_owned()
        };
        let mut bytes = page.len();
        for name in ["style.css", "check.js"] {
            bytes += kiosk.get(&address(name)).await.bytes().await.unwrap().len();
        }
        assert!(bytes <= BYTES_MAX, "{path} has {bytes} bytes in all");
        // The script that verifies is fetched when it is wanted.
        assert!(!page.contains(&format!("src=\"{}\"", address("verify.js"))));
        let script = kiosk.get(&address("verify.js")).await;
        assert!(script.headers()["content-type"].to_str().unwrap().starts_with("text/javascript"));
    }
}

/// Every link of a batch's page opens for whoever is not signed in, and so has no token.
pub async fn what_a_batch_links_can_be_opened(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let way = kiosk.way().await;
    kiosk.signed().await;
    let page = kiosk.get(&format!("/b/{}", way.sale)).await.text().await.unwrap();
    let all = format!("<p><a href=\"/b/{}/evidence\" download>", way.sale);
    assert!(page.contains(&all), "the way to all records is missing: {page}");
    let links = page.split("<a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&"));
    let links: Vec<String> = links.filter(|link| link.starts_with('/')).collect();
    assert!(links.iter().any(|link| link.starts_with("/records/")), "{links:?}");
    for link in links {
        assert_eq!(kiosk.get(&link).await.status(), 200, "{link}");
    }
}
