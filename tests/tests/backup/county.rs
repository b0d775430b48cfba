//! A ledger with something in every table: a random life of the small county, and what is not in the log.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;
use trace_core::code::IssueNumber;
use trace_core::id::{PartyId, RecordId, Stage};
use trace_core::log::{Checkpoint, KeyType, SigningKey};
use trace_core::record::Kind;
use trace_core::tianma::{PartyRole, PrintWay, Product, ReprintReason};
use trace_core::time::ReceivedAt;
use trace_server::backup::{self, BackupError, Copied, Told};
use trace_server::store::{
    CheckpointRow, Hand, NewPrint, NewScan, NewSuspicion, PrintOrder, PrintStep, SessionRow, Store, TokenRow, UserRow,
};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, NOW_MS, OFFICE, ORIGIN, PROCESSOR, World};

use crate::random_county::grow;

/// The name of somebody who may sign in, which stands nowhere else.
pub const NAME: &str = "小草坝·王某某";

/// The time of every test here.
pub fn now() -> ReceivedAt {
    ReceivedAt::from_unix_ms(NOW_MS).unwrap()
}

/// Nobody listens.
pub fn silent() -> Told {
    Arc::new(|_| {})
}

/// Grows a county in an empty database.
pub async fn county(database: &Database, steps: usize) -> World {
    let world = World::found(database.url()).await;
    grow(&world, steps, 7).await;
    fill(&**world.store()).await;
    world
}

/// A county whose log is signed, and fills a tile.
pub async fn signed_county(database: &Database) -> World {
    let world = county(database, 40).await;
    for _ in 0..6 {
        let details = json!({"origin": "before_system"});
        let stock = draft(Kind::BringIn, details).makes_at(Stage::Harvest, Product::FreshTianma, "1kg");
        world.send(FIRST, vec![stock; 40]).await.unwrap();
    }
    let party = PartyId::from_random([77; 10]);
    let mut person = draft(Kind::RegisterParty, json!({"party": party, "role": "household", "village": "小草坝"}));
    person.person = Some(json!({"name": NAME, "telephone": "13800001111"}));
    world.append(OFFICE, person).await;
    world.store().put_key_store(&"cd".repeat(16)).await.unwrap();
    let frontier = world.store().head().await.unwrap().frontier;
    assert!(frontier.size() > 256);
    let key = SigningKey::new(ORIGIN, KeyType::Ed25519, &[7; 32]).unwrap();
    let note = Checkpoint::new(ORIGIN, frontier.size(), frontier.root()).unwrap().sign(&key).unwrap().to_string();
    let row = CheckpointRow { size: frontier.size(), note, signed_at: now(), published: true };
    world.store().put_checkpoint(&row).await.unwrap();
    world.store().put_signing_place(&"ab".repeat(16)).await.unwrap();
    world.store().put_key_store(&"cd".repeat(16)).await.unwrap();
    world
}

/// Of the log-ins.
const PIN_HASH: &str = "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA";

/// What is not in the log.
async fn fill(store: &dyn Store) {
    let (party, role) = (FIRST, PartyRole::Household);
    for login in ["li", "wang"] {
        let user = UserRow {
            login: login.to_owned(),
            telephone_mac: (login == "wang").then(|| RecordId::of(b"telephone")),
            display_name: NAME.to_owned(),
            party,
            role,
            pin_hash: PIN_HASH.to_owned(),
            active: login == "li",
        };
        store.put_user(&user).await.unwrap();
    }
    let digest = RecordId::of(b"cookie");
    let session = SessionRow { digest, login: "li".to_owned(), csrf: "c".to_owned(), expires_at: now() };
    assert!(store.open_session(&session, PIN_HASH).await.unwrap());
    for expires_at in [None, Some(now())] {
        let digest = RecordId::of(format!("{expires_at:?}").as_bytes());
        let label = "scale, '1'\n\t\\x".to_owned();
        let token = TokenRow { digest, party: PROCESSOR, role: PartyRole::Processor, label, expires_at };
        store.put_token(&token).await.unwrap();
    }
    // Larger than a part of a copy, and every byte there is.
    let photo: Vec<u8> = (0..=u8::MAX).cycle().take(1_500_000).collect();
    store.put_evidence(RecordId::of(&photo), "image/jpeg", &photo, party).await.unwrap();
    store.put_evidence(RecordId::of(b""), "image/png", b"", PROCESSOR).await.unwrap();
    store.put_scans(&scans(600)).await.unwrap();
    let suspicion = |index, facts: &str| NewSuspicion {
        issue: IssueNumber::new(3).unwrap(),
        index,
        rule: "openings".to_owned(),
        at: now(),
        facts: facts.to_owned(),
    };
    let found = [suspicion(1, r#"{"rule":"openings","openings":100}"#), suspicion(2, "云南")];
    store.put_suspicions(&found).await.unwrap();
    assert!(store.settle_suspicion(found[1].issue, 2, "openings", PROCESSOR, now()).await.unwrap());
    store.put_key_check(1, "a1b2").await.unwrap();
    prints(store).await;
}

/// A run on a printer that was paused, one to files that runs, and what was printed in them.
async fn prints(store: &dyn Store) {
    let issue = IssueNumber::new(3).unwrap();
    let by = Hand { party: PROCESSOR, login: Some("packing".to_owned()), token: None };
    let program = Hand { party: PROCESSOR, login: None, token: Some("机器 '1'".to_owned()) };
    let order = PrintOrder {
        issue,
        from: 0,
        to: 99,
        format: "zpl".to_owned(),
        template: "60x40".to_owned(),
        dpi: 203,
        pictures: true,
        printer: Some("desk".to_owned()),
        portion: 500,
        reason: Some(ReprintReason::Jam),
        at: now(),
        by: by.clone(),
    };
    let PrintStep::Taken(run) = store.start_print_run(&order).await.unwrap() else { panic!("it starts") };
    let print = NewPrint {
        issue,
        from: 0,
        to: 24,
        labels: 25,
        at: now(),
        way: PrintWay::Sent,
        format: "zpl".to_owned(),
        template: Some("60x40".to_owned()),
        printer: order.printer.clone(),
        run: Some(run.number),
        reason: order.reason,
        by,
    };
    store.begin_sending(run.number, run.version, &print).await.unwrap().unwrap();
    assert_eq!(store.abandon_print_runs().await.unwrap(), 1);
    let files =
        PrintOrder { printer: None, from: 100, to: 199, pictures: false, reason: None, by: program.clone(), ..order };
    store.start_print_run(&files).await.unwrap();
    let (way, template) = (PrintWay::Downloaded, None);
    let list = NewPrint { way, template, printer: None, run: None, reason: None, by: program, ..print };
    store.put_print(&list).await.unwrap();
}

/// Scans of many packages, more than one part of a copy has.
pub fn scans(count: u32) -> Vec<NewScan> {
    let issue = IssueNumber::new(3).unwrap();
    let one = |n: u32| {
        let device = (0xfe_dcba_u64 << 32 | u64::from(n)).to_be_bytes();
        NewScan {
            issue,
            index: n % 97,
            at: now(),
            device,
            counts: !n.is_multiple_of(3),
            region: n.is_multiple_of(2).then(|| "CN-YN".parse().unwrap()),
        }
    };
    (0..count).map(one).collect()
}

/// A folder of the test's own, and a file in it that is not there yet.
pub struct Shelf {
    folder: TempDir,
}

impl Shelf {
    pub fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("trace-backup-").tempdir().unwrap() }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The names of what is in it.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// A backup of a database.
pub async fn back_up(database: &Database, file: &std::path::Path) -> Result<Copied, BackupError> {
    backup::write(database.url(), file, now(), &silent()).await
}
