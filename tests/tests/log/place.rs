//! A log over a world's ledger, with its files in a temporary folder.

use std::path::PathBuf;

use tempfile::TempDir;
use trace_core::log::{Checkpoint, Policy};
use trace_server::log::{LogKeys, Round, SignerSettings, TransparencyLog, Witnesses};
use trace_tests::household::World;

pub struct Place {
    pub folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("log-keys.txt")
    }

    pub fn checkpoint_file(&self) -> PathBuf {
        self.folder.path().join("checkpoint.txt")
    }

    pub fn settings(&self) -> SignerSettings {
        SignerSettings { key_file: self.key_file(), checkpoint_file: self.checkpoint_file() }
    }

    pub fn log(&self, world: &World) -> TransparencyLog {
        self.witnessed(world, Witnesses::default())
    }

    pub fn witnessed(&self, world: &World, witnesses: Witnesses) -> TransparencyLog {
        TransparencyLog::of(&world.ledger, self.settings(), witnesses)
    }

    pub fn keys(&self) -> LogKeys {
        LogKeys::read(&self.key_file()).unwrap().expect("a key file")
    }

    /// Signs and gives what is published, verified under the log's first key.
    pub async fn sign(&self, log: &TransparencyLog) -> Checkpoint {
        let round = log.sign().await.unwrap();
        let Round::Signed(row) = round else { panic!("not signed: {round:?}") };
        let published = log.published().expect("a published checkpoint");
        assert_eq!((published.size, &published.text), (row.size, &row.note));
        let policy = Policy::of_log(self.keys().verifiers().next().unwrap().clone()).unwrap();
        policy.verify(&published.note).unwrap().checkpoint
    }
}
