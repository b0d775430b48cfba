//! A small history that leaves rows in every table, signed, and the means to audit it.

use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;
use trace_core::id::{PartyId, Stage};
use trace_core::log::VerifierKey;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_server::audit::{Options, Report, Told, audit_database};
use trace_server::log::{LogKeys, Round, SignerSettings, TransparencyLog, Witnesses};
use trace_server::store::snapshot::snapshot;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    COOP, FIRST, FIRST_PLOT, LABORATORY, OFFICE, PROCESSOR, World, correction, harvest, loss, made, release, void,
};
use trace_tests::signing::{ends, registers};

const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

pub struct County {
    pub database: Database,
    pub world: World,
    pub keys: Vec<VerifierKey>,
    pub log: TransparencyLog,
    pub folder: TempDir,
}

impl County {
    pub async fn settle(database: Database) -> Self {
        let world = World::found(database.url()).await;
        let folder = tempfile::tempdir().unwrap();
        let (key_file, checkpoint_file) = (folder.path().join("log-keys.txt"), folder.path().join("checkpoint.txt"));
        let log = TransparencyLog::of(
            &world.ledger,
            SignerSettings { key_file: key_file.clone(), checkpoint_file },
            Witnesses::default(),
        );
        live(&world).await;
        let Round::Signed(_) = log.sign().await.unwrap() else { panic!("not signed") };
        let keys = LogKeys::read(&key_file).unwrap().unwrap().verifiers().cloned().collect();
        Self { database, world, keys, log, folder }
    }

    pub fn options(&self) -> Options {
        Options { log_keys: self.keys.clone(), ..Options::default() }
    }

    pub async fn audit(&self) -> Report {
        audit(&self.database, &self.options()).await
    }
}

pub fn silent() -> Told {
    Arc::new(|_| ())
}

pub async fn audit(database: &Database, options: &Options) -> Report {
    audit_database(snapshot(database.url()).await.unwrap(), options, silent()).await.unwrap()
}

async fn live(world: &World) {
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let first = world.append(FIRST, harvest(planting, "40kg", false)).await;
    world.append(FIRST, correction(&first, harvest(planting, "42kg", false))).await;
    let mistake = world.append(FIRST, harvest(planting, "5kg", false)).await;
    world.append(FIRST, void(mistake.record.id())).await;
    // A harvest with a picture.
    let bytes = b"\xff\xd8\xff not a picture, but kept as one";
    let digest = trace_core::id::RecordId::of(bytes);
    world.store().put_evidence(digest, "image/jpeg", bytes, FIRST).await.unwrap();
    let mut shown = harvest(planting, "10kg", false);
    shown.evidence =
        serde_json::from_value(json!([{"sha256": digest, "media_type": "image/jpeg", "size": bytes.len()}])).unwrap();
    world.append(FIRST, shown).await;
    // Somebody who has a name.
    let details = json!({"party": PartyId::from_random([70; 10]), "role": "household", "village": "小草坝"});
    let mut person = draft(Kind::RegisterParty, details);
    person.person = Some(json!({"name": "王五"}));
    world.append(OFFICE, person).await;
    // Sold, dried, held for its ratio, released, packed, coded.
    let fresh = world.fresh(FIRST, "120kg").await;
    let ship = draft(Kind::Ship, json!({"consignee": {"party": PROCESSOR}})).takes(fresh, "100kg");
    let ship = world.append(FIRST, ship).await;
    let receipt = draft(Kind::Receive, json!({"condition": "good", "ship": ship.record.id()}));
    let bought = made(&world.append(PROCESSOR, receipt.takes(fresh, "90kg").keeps("90kg")).await);
    let dried = world.dry(PROCESSOR, bought, "90kg", "35kg").await;
    assert!(!dried.findings.is_empty(), "the ratio is to be held");
    world.append(OFFICE, release(dried.record.id())).await;
    let results = json!({"standard": "other", "results": [{"item": "water", "mg_per_kg": 1000}], "verdict": "pass"});
    world.append(LABORATORY, draft(Kind::Inspect, results).names(made(&dried)).on("2026-11-20")).await;
    let sale = world.pack(PROCESSOR, made(&dried), "10kg").await;
    world.issue_codes(PROCESSOR, sale, 40).await;
    let stock = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "80kg").await;
    world.append(PROCESSOR, loss(stock, "1kg")).await;
    world.receive(COOP, fresh, "1kg").await;
    // Signed by a key that was ended since, while another demands signatures.
    world.append(LABORATORY, registers(1, None, false)).await;
    world.append(LABORATORY, registers(2, None, true)).await;
    let own = json!({"standard": "other", "results": [{"item": "water", "mg_per_kg": 900}], "verdict": "pass"});
    let own = draft(Kind::Inspect, own).names(made(&dried)).on("2026-11-20");
    world.send_signed(LABORATORY, vec![own], &[1]).await.unwrap();
    world.send_signed(LABORATORY, vec![ends(1)], &[2]).await.unwrap();
    world.append(FIRST, draft(Kind::RegisterKey, json!({"key": KEY, "signed_only": false}))).await;
    let recall = json!({"reason": "so2", "scope": "with_descendants", "stage": "trade"});
    world.append(OFFICE, draft(Kind::Recall, recall).names(fresh)).await;
    // Enough for a full tile.
    let planting = world.plant(FIRST, FIRST_PLOT, "0.5亩").await;
    for _ in 0..3 {
        let tends = (0..90).map(|_| draft(Kind::Tend, json!({"operation": "weed"})).names(planting));
        world.send(FIRST, tends.collect()).await.unwrap();
    }
}
