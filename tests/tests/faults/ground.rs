//! What stays while services come and go: the database, the folder of keys and of the kept checkpoint, a token, a
//! batch from which all draw, and packages to open.
//!
//! It lacks the service and what is asked of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio_postgres::NoTls;
use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing, PackageCode};
use trace_core::id::BatchCode;
use trace_core::log::{Checkpoint, Note, Policy};
use trace_core::record::Kind;
use trace_core::tianma::PartyRole;
use trace_server::http::access::new_token;
use trace_server::log::LogKeys;
use trace_server::store::TokenRow;
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::{Engine, FreshSqlite};
use trace_tests::household::{PROCESSOR, World, dry, made};

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

/// Packages in circulation, under a key of which the service's key file has a copy.
pub struct Packages {
    pub issue: IssueNumber,
    keys: KeyRing,
}

impl Packages {
    /// The code of one of them.
    pub fn code(&self, index: u32) -> PackageCode {
        self.keys.encode(1, self.issue, CodeIndex::new(index).expect("an index")).expect("a key")
    }
}

/// What the database keeps of a package's openings, read beside the service's back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kept {
    /// Openings as its row counts them.
    pub count: u64,
    /// When it was opened first, by its row.
    pub first_at: Option<i64>,
    /// Rows of openings that count.
    pub scans: u64,
    /// When the first of them was.
    pub first_scan_at: Option<i64>,
}

const OPENINGS: &str = "SELECT p.idx, p.count, p.first_at, count(s.id),
            (SELECT f.at FROM scans f WHERE f.issue = p.issue AND f.idx = p.idx AND f.counts ORDER BY f.id LIMIT 1)
     FROM packages p LEFT JOIN scans s ON s.issue = p.issue AND s.idx = p.idx AND s.counts
     GROUP BY p.issue, p.idx, p.count, p.first_at HAVING p.issue = ";

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

    /// Packs so many packages and puts them into circulation; before the first service, which would make a key of its own.
    pub async fn packages(&self, count: u32) -> Packages {
        let keys = KeyRing::new(vec![CodeKey::new(1, [7; 32]).expect("a key")]).expect("keys");
        std::fs::create_dir_all(self.data_dir()).expect("a folder");
        std::fs::write(self.data_dir().join("code-keys.txt"), keys.to_text()).expect("a key file");
        let world = World::open(&self.url()).await;
        let fresh = world.fresh(PROCESSOR, "100kg").await;
        let dried = made(&world.append(PROCESSOR, dry(fresh, "100kg", "25kg")).await);
        let sale = world.pack(PROCESSOR, dried, "25kg").await;
        let issue = world.issue_codes(PROCESSOR, sale, count).await;
        let sheet = draft(Kind::ActivateCodes, json!({"issue": issue})).names(sale);
        world.append(PROCESSOR, sheet.ranging(codes(issue, 0, count - 1))).await;
        Packages { issue, keys }
    }

    /// What is kept of the openings of an issue's packages, by their numbers.
    pub async fn openings(&self, issue: IssueNumber) -> BTreeMap<u32, Kept> {
        let sql = format!("{OPENINGS}{}", issue.get());
        let number = |column: i64| u64::try_from(column).expect("a count");
        let row = |(index, count, first_at, scans, first_scan_at): (i64, i64, i64, i64, Option<i64>)| {
            let kept = Kept { count: number(count), first_at: Some(first_at), scans: number(scans), first_scan_at };
            (u32::try_from(index).expect("an index"), kept)
        };
        match &self.home {
            Home::Sqlite(fresh) => {
                let connection = rusqlite::Connection::open(fresh.path()).expect("the database's file");
                connection.busy_timeout(Duration::from_secs(20)).expect("a patient connection");
                let mut statement = connection.prepare(&sql).expect("a statement");
                let columns =
                    |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
                let found = statement.query_map([], columns).expect("rows");
                found.map(|columns| row(columns.expect("a row"))).collect()
            }
            Home::Postgres(cluster) => {
                let (client, connection) = tokio_postgres::connect(&cluster.url(), NoTls).await.expect("a session");
                let driver = tokio::spawn(connection);
                let found = client.query(&sql, &[]).await.expect("rows");
                drop(client);
                drop(driver.await);
                found.iter().map(|one| row((one.get(0), one.get(1), one.get(2), one.get(3), one.get(4)))).collect()
            }
        }
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
