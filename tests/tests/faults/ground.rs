//! What stays while services come and go: the database, the folder of keys and of the kept checkpoint, a token, and a
//! batch from which all draw.
//!
//! It lacks the service and what is asked of it.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use trace_core::id::BatchCode;
use trace_core::log::{Checkpoint, Note, Policy};
use trace_core::tianma::PartyRole;
use trace_server::http::access::new_token;
use trace_server::log::LogKeys;
use trace_server::store::TokenRow;
use trace_tests::engines::{Engine, FreshSqlite};
use trace_tests::household::{PROCESSOR, World};

use crate::cluster::Cluster;
use crate::disk::Disk;
use crate::service::Service;

/// Where the database is.
enum Home {
    Sqlite(FreshSqlite),
    Postgres(Cluster),
}

/// The ground on which services stand.
pub struct Ground {
    name: String,
    home: Home,
    folder: TempDir,
    /// Under SQLite, where it can be told to fail.
    disk: Option<Disk>,
    /// Of the processor.
    pub token: String,
    /// Of the processor; more than is ever drawn.
    pub batch: BatchCode,
    /// Entries that were there before the first request.
    pub entries_before: u64,
}

impl Ground {
    /// A founded ledger; on a disk that can be told to fail where `failing` is set.
    pub async fn new(name: &str, engine: Engine, failing: bool) -> Self {
        let (home, disk) = match engine {
            Engine::Sqlite => {
                let fresh = FreshSqlite::create();
                let disk = failing.then(|| Disk::under(fresh.folder()));
                (Home::Sqlite(fresh), disk)
            }
            Engine::Postgres => (Home::Postgres(Cluster::start_new(failing)), None),
        };
        let world = World::found(&url(&home)).await;
        let batch = world.fresh(PROCESSOR, "1000000kg").await;
        let (token, digest) = new_token().expect("randomness");
        let role = PartyRole::Processor;
        let row = TokenRow { digest, party: PROCESSOR, role, label: "load".to_owned(), expires_at: None };
        world.store().put_token(&row).await.expect("a token");
        let entries_before = world.store().head().await.expect("a head").frontier.size();
        let folder = tempfile::tempdir().expect("a folder");
        Self { name: name.to_owned(), home, folder, disk, token, batch, entries_before }
    }

    /// Starts a service and does not wait.
    pub fn spawn(&self) -> Service {
        Service::spawn(&self.name, &self.url(), &self.data_dir(), self.disk.as_ref())
    }

    /// The address of the database.
    pub fn url(&self) -> String {
        url(&self.home)
    }

    /// The PostgreSQL server, where there is one.
    pub fn cluster(&self) -> Option<&Cluster> {
        match &self.home {
            Home::Sqlite(_) => None,
            Home::Postgres(cluster) => Some(cluster),
        }
    }

    /// The disk under the database, and on SQLite under the kept checkpoint too.
    pub fn disk(&self) -> &Disk {
        match &self.home {
            Home::Sqlite(_) => self.disk.as_ref().expect("a disk that can fail"),
            Home::Postgres(cluster) => cluster.disk(),
        }
    }

    /// By whom checkpoints are signed: read from the key file, as an operator publishes it.
    pub fn policy(&self) -> Policy {
        let keys = LogKeys::read(&self.data_dir().join("log-keys.txt")).expect("a key file").expect("keys");
        Policy::of_log(keys.verifiers().next().expect("a key").clone()).expect("a key of the log")
    }

    /// The kept checkpoint, if one was signed.
    pub fn kept(&self) -> Option<Checkpoint> {
        let text = std::fs::read_to_string(self.data_dir().join("checkpoint.txt")).ok()?;
        let (_, note) = text.split_once('\n').expect("a first line");
        if note.is_empty() {
            return None;
        }
        let note = Note::parse(note.as_bytes()).expect("a whole note, whenever it was killed");
        Some(self.policy().verify(&note).expect("a note of this log").checkpoint)
    }

    /// The program's own judgement of everything that the database holds, and that it continues what was audited before.
    pub fn audit(&self) {
        let output = Command::new(env!("CARGO_BIN_EXE_trace-server-under-test"))
            .arg("audit")
            .args(["--database-url", &self.url(), "--data-dir"])
            .arg(self.data_dir())
            .arg("--state")
            .arg(self.folder.path().join("audited.txt"))
            .output()
            .expect("the command");
        let (found, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{found}{errors}");
    }

    fn data_dir(&self) -> PathBuf {
        match &self.home {
            // The database's own folder, so that its disk is that of the kept checkpoint, too.
            Home::Sqlite(fresh) => fresh.folder().join("data"),
            Home::Postgres(_) => self.folder.path().join("data"),
        }
    }
}

fn url(home: &Home) -> String {
    match home {
        Home::Sqlite(fresh) => fresh.url().to_owned(),
        Home::Postgres(cluster) => cluster.url(),
    }
}
