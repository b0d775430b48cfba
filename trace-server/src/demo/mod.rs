//! The demonstration: an embedded database with the Yiliang fixtures, in one command.
//!
//! It owns the fixtures' loading, the demonstration's log-ins and tokens, and what is printed. It has no rule and no
//! route of its own: everything goes through the ledger and the service that any installation has.

mod accounts;
mod fixtures;
mod greeting;
mod labels;
mod load;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;
use trace_core::code::{CodeIndex, DigitalLink, KeyRing, LotNumber, PackageCode, short_address};
use trace_core::id::BatchCode;
use trace_core::state::{IssueRow, Key, Row};

pub use accounts::{DemoFile, Login, Tokens};
pub use fixtures::FixtureError;
pub use labels::party as party_of_label;
pub use load::{LoadError, Loaded, LoadedRecord, is_loaded, load};

use crate::app::{self, AppState};
use crate::config::{Config, Settings};
use crate::ledger::Surroundings;
use crate::store::Store;

/// The code issue whose package is shown: dried tianma of eight households, tested, certified, in circulation.
const SHOWN_ISSUE: &str = "issue-showcase";
/// Who issued it.
const SHOWN_ISSUER: &str = "processor-caoba";
/// Which of its packages is shown.
const SHOWN_INDEX: u32 = 17;

/// What `trace-server demo` is told.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Where it answers.
    pub listen: SocketAddr,
    /// Folder of its database, key file and `demo.json`.
    pub data_dir: PathBuf,
}

/// Loads the fixtures if the folder is new, prints addresses and log-ins, and serves until it is stopped.
///
/// # Errors
/// If the folder, the database or the fixtures cannot be read, or the address is taken.
pub async fn run(options: DemoOptions) -> anyhow::Result<()> {
    // The address first: a port that is taken shall not cost anybody the loading.
    let listener = TcpListener::bind(options.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", options.listen))?;
    let (state, file) = open(listener.local_addr()?, &options.data_dir).await?;
    greeting::print(&file, &options.data_dir.join(accounts::FILE))?;
    app::serve_on(listener, state, app::stop_signal()).await?;
    Ok(())
}

/// Opens the folder, loads what is missing, and writes `demo.json`; nothing is served yet. `listen` is where it will be.
///
/// # Errors
/// As [`run`].
pub async fn open(listen: SocketAddr, data_dir: &Path) -> anyhow::Result<(AppState, DemoFile)> {
    let state = AppState::open(config(listen, data_dir)?, Surroundings::system()).await?;
    let store = state.ledger.store();
    let loading = async {
        if is_loaded(&**store).await? {
            return Ok(());
        }
        let keys = Arc::clone(state.ledger.key_store());
        load(Arc::clone(store), keys, state.keys.newest_version()).await.map(drop)
    };
    // Hashing the PINs takes one core for as long as loading takes the other.
    let (loaded, hashed) = tokio::join!(loading, accounts::hashed(&**store, data_dir));
    loaded?;
    let people = hashed?;
    let tokens = people.admit(&state).await?;
    let shown = Shown::find(&state).await?;
    state.log.sign().await.context("signing the log")?;
    let keys = state.log.keys()?.context("the log has no key")?;
    let log_vkey = keys.verifiers().next().context("the log has no key")?.to_string();
    let file = DemoFile {
        base_url: state.config.public_url(),
        consumer_url: shown.address(&state),
        package_code: shown.package.to_string(),
        sale_batch: shown.batch.to_string(),
        code_issue: shown.issue.number.get(),
        log_vkey,
        tokens,
        logins: people.logins(),
    };
    file.write(data_dir)?;
    Ok((state, file))
}

fn config(listen: SocketAddr, data_dir: &Path) -> anyhow::Result<Config> {
    // Folders that an earlier program made have the database and the code keys under these names; new ones have them
    // where every command that is given the folder alone looks for them.
    let (earlier_database, earlier_code_keys) = (data_dir.join("ledger.db"), data_dir.join("codes.key"));
    let earlier_database = earlier_database.exists().then(|| format!("sqlite:{}", earlier_database.display()));
    let settings = Settings {
        listen: Some(listen),
        public_url: Some(format!("http://{}", reachable(listen))),
        data_dir: Some(data_dir.to_owned()),
        database_url: earlier_database,
        code_key_file: earlier_code_keys.exists().then_some(earlier_code_keys),
        ..Settings::default()
    };
    Ok(Config::from_settings(settings)?)
}

/// Where a telephone in the same network finds a server that listens everywhere: the address that the operating
/// system would send from. Choosing a peer for a datagram socket sends nothing.
fn reachable(listen: SocketAddr) -> SocketAddr {
    if !listen.ip().is_unspecified() {
        return listen;
    }
    // An address of the documentation's (RFC 5737): it is routed like any other and belongs to nobody.
    let peer = SocketAddr::from(([192, 0, 2, 1], 9));
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| socket.connect(peer).map(|()| socket));
    let own = socket.and_then(|socket| socket.local_addr()).map(|address| address.ip());
    let usable = own.ok().filter(|ip| !ip.is_unspecified());
    SocketAddr::new(usable.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), listen.port())
}

/// The package that the demonstration opens.
struct Shown {
    issue: IssueRow,
    batch: BatchCode,
    package: PackageCode,
    link: Option<DigitalLink>,
}

impl Shown {
    async fn find(state: &AppState) -> anyhow::Result<Self> {
        let store = state.ledger.store();
        let uid = labels::uid(SHOWN_ISSUE);
        let answered = store.requests(&[(labels::party(SHOWN_ISSUER), uid)]).await?;
        let record = answered.first().and_then(|row| row.records.first().copied());
        let record = record.with_context(|| format!("the ledger has no {SHOWN_ISSUE}"))?;
        let issues = store.issues(None, Some(labels::party(SHOWN_ISSUER))).await?;
        let issue = issues.into_iter().find(|issue| issue.record == record);
        let issue = issue.with_context(|| format!("{SHOWN_ISSUE} issued no codes"))?;
        let package = package(&state.keys, &issue)?;
        let link = link(&**store, issue.batch, package).await?;
        Ok(Self { batch: issue.batch, issue, package, link })
    }

    /// The address in its QR symbol.
    fn address(&self, state: &AppState) -> String {
        let (scheme, host) = (state.config.public_scheme, &state.config.public_host);
        match &self.link {
            Some(link) => link.address(scheme, host),
            None => short_address(scheme, host, &self.package),
        }
    }
}

fn package(keys: &KeyRing, issue: &IssueRow) -> anyhow::Result<PackageCode> {
    Ok(keys.encode(issue.key_version, issue.number, CodeIndex::new(SHOWN_INDEX)?)?)
}

async fn link(store: &dyn Store, batch: BatchCode, package: PackageCode) -> anyhow::Result<Option<DigitalLink>> {
    let (rows, _) = store.load(&[Key::Batch(batch)].into()).await?;
    let Some(Row::Batch(row)) = rows.into_iter().next() else { return Ok(None) };
    let lot = LotNumber::parse(&batch.to_string())?;
    Ok(row.attributes.gtin.map(|gtin| DigitalLink::new(gtin, lot, package)))
}
