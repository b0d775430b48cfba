//! A ledger with packages in every state, and copies of it in a folder.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;
use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing, PackageCode};
use trace_core::id::BatchCode;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_server::app::AppState;
use trace_server::config::{Config, Settings};
use trace_server::export::{self, ExportError, Exported};
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, World, dry, made};

/// GTIN of the packed product.
pub const GTIN: &str = "06901234567892";

/// The key of the codes.
pub const KEY: [u8; 32] = *b"a key of codes that nobody sees!";

/// An amount that stands nowhere by chance, in milligrams.
pub const AMOUNT_MG: &str = "123457891";

pub struct County {
    pub world: World,
    pub state: AppState,
    pub keys: KeyRing,
    pub folder: TempDir,
    _database: Database,
}

/// A sale batch with its code issue.
#[derive(Debug, Clone, Copy)]
pub struct Packed {
    pub sale: BatchCode,
    pub issue: IssueNumber,
}

pub fn ring() -> KeyRing {
    KeyRing::new(vec![CodeKey::new(1, KEY).unwrap()]).unwrap()
}

impl County {
    pub async fn settle(database: Database) -> Self {
        let world = World::found(database.url()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            data_dir: Some(folder.path().join("data")),
            public_url: Some("https://t.example.cn".to_owned()),
            ..Settings::default()
        };
        let config = Config::from_settings(settings).unwrap();
        std::fs::create_dir_all(&config.data_dir).unwrap();
        let state = AppState::joining(world.ledger.clone(), ring(), config).unwrap();
        Self { world, state, keys: ring(), folder, _database: database }
    }

    /// Where the copy goes.
    pub fn out(&self) -> PathBuf {
        self.folder.path().join("copy")
    }

    pub async fn export(&self) -> Result<Exported, ExportError> {
        export::pages(&self.state, &self.out(), &(Arc::new(|_| ()) as export::Told)).await
    }

    /// A file of the copy.
    pub fn read(&self, place: &str) -> String {
        let path = self.out().join(place);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Dried tianma from stock that was there before.
    pub async fn dried(&self) -> BatchCode {
        // With a part that has every digit, so that it is found where it should not be.
        let fresh = self.world.fresh(PROCESSOR, "123.457891kg").await;
        made(&self.world.append(PROCESSOR, dry(fresh, "100kg", "25kg")).await)
    }

    /// Packages of 250 g under so many codes.
    pub async fn packed(&self, dried: BatchCode, codes: u32) -> Packed {
        let details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000},
                             "gtin": GTIN, "shelf_life_months": 24});
        let pack = draft(Kind::Pack, details).takes(dried, "10kg").makes(Product::DriedTianma, "10kg");
        let sale = made(&self.world.append(PROCESSOR, pack).await);
        Packed { sale, issue: self.world.issue_codes(PROCESSOR, sale, codes).await }
    }

    pub async fn activate(&self, of: Packed, from: u32, to: u32) {
        let sheet = draft(Kind::ActivateCodes, json!({"issue": of.issue})).names(of.sale);
        self.world.append(PROCESSOR, sheet.ranging(codes(of.issue, from, to))).await;
    }

    /// Of 40 codes 0 to 29 in circulation, 5 and 6 void, 7 returned, 8 held, 9 recalled.
    pub async fn every_state(&self) -> Packed {
        let of = self.packed(self.dried().await, 40).await;
        let Packed { sale, issue } = of;
        self.activate(of, 0, 29).await;
        let spoil = json!({"issue": issue, "reason": "misprint", "give_back": false});
        let spoil = draft(Kind::VoidCodes, spoil).names(sale).ranging(codes(issue, 5, 6));
        self.world.append(PROCESSOR, spoil).await;
        let back = draft(Kind::Return, json!({"reason": "damaged"})).names(sale).keeps("250g");
        self.world.append(PROCESSOR, back.ranging(codes(issue, 7, 7))).await;
        let hold = json!({"reason": "complaint", "ranges": [codes(issue, 8, 8)]});
        self.world.append(OFFICE, draft(Kind::Hold, hold)).await;
        let recall =
            json!({"reason": "so2", "scope": "these_only", "stage": "consumer", "ranges": [codes(issue, 9, 9)]});
        self.world.append(OFFICE, draft(Kind::Recall, recall)).await;
        of
    }

    pub fn code(&self, issue: IssueNumber, index: u32) -> PackageCode {
        self.keys.encode(1, issue, CodeIndex::new(index).unwrap()).unwrap()
    }
}
