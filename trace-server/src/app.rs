//! The running service: configuration to state, state to router, router to socket.
//!
//! It lacks any route of its own; those stand in [`crate::http`].

mod address;
pub(crate) mod code_keys;
mod founding;
mod key_store;
mod serving;

use std::future::Future;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use trace_core::code::KeyRing;

pub use code_keys::CodeKeyError;
pub use founding::{FoundingOptions, found_if_new};
pub use key_store::KeyStoreStartError;

use crate::config::{Config, PrinterError, RegionTable, RegionTableError};
use crate::http::guessing::Guesses;
use crate::http::pages::ToldStories;
use crate::http::session::{Gate, GateError};
use crate::http::{self, Metrics};
use crate::labels::{Labels, TemplatesError};
use crate::ledger::{Ledger, Surroundings};
use crate::log::{SignerSettings, TransparencyLog, newest_adoption};
use crate::prints::Prints;
use crate::scan::{CopyRules, CopyRulesError, Scanner};
use crate::store::{self, Store, StoreError};

/// What every handler is given: one counted pointer, for each layer and handler of a request holds its own.
#[derive(Clone)]
pub struct AppState(Arc<Services>);

impl Deref for AppState {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

impl From<Services> for AppState {
    fn from(services: Services) -> Self {
        Self(Arc::new(services))
    }
}

/// What the handlers work with. Each is shared, and a copy is the same one.
#[derive(Clone)]
pub struct Services {
    /// The ledger over the configured store.
    pub ledger: Ledger,
    /// The transparency log over it.
    pub log: TransparencyLog,
    /// The keys of package codes.
    pub keys: Arc<KeyRing>,
    /// The configuration.
    pub config: Arc<Config>,
    /// Signs people in.
    pub gate: Arc<Gate>,
    /// Answers scans of packages.
    pub scanner: Scanner,
    /// Stories of batches, put into words lately.
    pub told: Arc<ToldStories>,
    /// Makes labels.
    pub labels: Labels,
    /// Prints them.
    pub prints: Prints,
    /// Slows those who guess package codes.
    pub guesses: Arc<Guesses>,
    /// Which network lies in which region, as far as the operator says.
    pub regions: Arc<RegionTable>,
    /// Counters for `/metrics`.
    pub metrics: Arc<Metrics>,
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("the data folder {path} cannot be made: {source}")]
    DataDir {
        /// The folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The code keys cannot be used.
    #[error(transparent)]
    CodeKeys(#[from] CodeKeyError),
    /// The keys of personal data cannot be used.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreStartError),
    /// People cannot be signed in.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The templates of labels cannot be used.
    #[error(transparent)]
    Labels(#[from] TemplatesError),
    /// A printer cannot be used.
    #[error(transparent)]
    Printers(#[from] PrinterError),
    /// The table of regions cannot be used.
    #[error(transparent)]
    Regions(#[from] RegionTableError),
    /// The rules on copied codes cannot be used.
    #[error(transparent)]
    CopyRules(#[from] CopyRulesError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

impl AppState {
    /// Opens the store, brings its schema up to date, and checks that no code key and no key of a party is missing.
    ///
    /// # Errors
    /// [`StartError`], in words for the operator.
    pub async fn open(config: Config, surroundings: Surroundings) -> Result<Self, StartError> {
        std::fs::create_dir_all(&config.data_dir)
            .map_err(|source| StartError::DataDir { path: config.data_dir.display().to_string(), source })?;
        let store = store::open(&config.database_url).await?;
        Self::over(store, config, surroundings).await
    }

    /// The same over a store that is open already. Erasures that were recorded and not carried out are carried out.
    ///
    /// # Errors
    /// [`StartError::CodeKeys`], [`StartError::KeyStore`], [`StartError::Gate`], [`StartError::Store`].
    pub async fn over(store: Arc<dyn Store>, config: Config, surroundings: Surroundings) -> Result<Self, StartError> {
        let keys = code_keys::load(&config.code_key_file, &*store).await?;
        let party_keys = key_store::load(&config.key_store, &*store).await?;
        let ledger = Ledger::open(store, party_keys, surroundings, keys.newest_version());
        ledger.take_up().await?;
        Self::joining(ledger, keys, config)
    }

    /// The same of a ledger and code keys that are there already.
    ///
    /// # Errors
    /// [`StartError::Gate`], [`StartError::Labels`], [`StartError::Printers`], [`StartError::Regions`], [`StartError::CopyRules`].
    pub fn joining(ledger: Ledger, keys: KeyRing, config: Config) -> Result<Self, StartError> {
        let rules = CopyRules::load(config.copy_rules.as_deref())?;
        let regions = config.region_table.as_deref().map(RegionTable::load).transpose()?.unwrap_or_default();
        let keys = Arc::new(keys);
        let gate = Arc::new(Gate::open(&config.data_dir)?);
        let scanner = Scanner::open(Arc::clone(ledger.store()), Arc::clone(&keys), rules);
        let signing =
            SignerSettings { key_file: config.log_key_file.clone(), checkpoint_file: config.checkpoint_file.clone() };
        if let Some(note) = newest_adoption(&config.checkpoint_file) {
            tracing::warn!(note, "this log was ADOPTED here: what was signed before that was kept elsewhere");
        }
        let log = TransparencyLog::of(&ledger, signing, config.witnesses.clone());
        let labels = Labels::open(&config)?;
        let prints = Prints::open(Arc::clone(ledger.store()), labels.clone(), &config)?;
        Ok(Self::from(Services {
            ledger,
            log,
            keys,
            config: Arc::new(config),
            gate,
            scanner,
            told: Arc::default(),
            labels,
            prints,
            guesses: Arc::default(),
            regions: Arc::new(regions),
            metrics: Arc::default(),
        }))
    }
}

/// The whole service as one router.
pub fn router(state: AppState) -> Router {
    http::router(state)
}

/// Listens where the configuration says, until the process is told to stop (SIGTERM, Ctrl-C).
///
/// # Errors
/// [`StartError::Listen`].
pub async fn serve(state: AppState) -> Result<(), StartError> {
    let address = state.config.listen;
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    serve_on(listener, state, stop_signal()).await.map_err(failed)
}

/// Serves on a listener until `stop` is done; requests that are under way are finished.
///
/// # Errors
/// If the listener fails.
pub async fn serve_on(
    listener: TcpListener,
    state: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = router(state.clone());
    serve_router_on(listener, state, router, stop).await
}

/// The same with layers of one's own around [`router`].
///
/// # Errors
/// If the listener fails.
pub async fn serve_router_on(
    listener: TcpListener,
    state: AppState,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    // Before the first request is answered, so that a database that lost entries takes no new ones.
    if let Err(error) = state.log.sign().await {
        tracing::warn!(%error, "the log was not signed at the start");
    }
    state.log.keep_signing();
    if let Err(error) = state.prints.take_up().await {
        tracing::warn!(%error, "print runs that were under way are not paused");
    }
    let prints = state.prints.clone();
    if let Some(warning) = state.config.public_host.long_form_warning() {
        tracing::warn!(%warning, "labels will need finer symbols");
    }
    tracing::info!(%address, public = %state.config.public_url(), engine = state.ledger.store().engine(), "answering");
    // 90 seconds unless set: proxies keep a connection for 60, and should be the ones who end it.
    let head_time_max = 3 * state.config.request_time_max;
    serving::serve(listener, router, head_time_max, stop).await;
    prints.close().await;
    Ok(())
}

/// Done when the process is told to stop: SIGTERM, or Ctrl-C in the terminal.
pub async fn stop_signal() {
    let interrupt = async { drop(tokio::signal::ctrl_c().await) };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
    tracing::info!("stopping; requests under way are finished");
}
