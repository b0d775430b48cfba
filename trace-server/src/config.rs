//! Configuration. The comments on [`Settings`] are the operator's manual: `trace-server serve --help` prints them.
//!
//! Each setting is looked for in the flags, then in `TRACE_*` environment variables, then in the file that `--config`
//! names, and else has its default. It deliberately knows nothing of the demonstration, which makes its own settings.

mod network;
mod printers;
mod regions;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use trace_core::code::{Host, Mark, Scheme};

pub use network::{Network, NetworkError};
pub use printers::{Printer, PrinterError};
pub use regions::{RegionTable, RegionTableError};

use crate::log::{Witness, Witnesses};

/// What may be set, in flags (`--public-url`), environment (`TRACE_PUBLIC_URL`) and file (`public_url = "…"`) alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on; 127.0.0.1:8080 unless set. Put a proxy with TLS before it.
    #[arg(long, env = "TRACE_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,

    /// The address under which people reach the service, such as `https://t.example.cn`: it is printed into every QR
    /// code and can never change afterwards. Without it the listening address over http, good for trying out only.
    #[arg(long, env = "TRACE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Folder of the embedded database and of the key file; trace-data unless set.
    #[arg(long, env = "TRACE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// The database: sqlite:PATH (embedded) or postgres://USER@HOST/NAME; trace.db in the data folder unless set.
    #[arg(long, env = "TRACE_DATABASE_URL", value_name = "URL")]
    pub database_url: Option<String>,

    /// File of the secret keys that package codes are made with; code-keys.txt in the data folder unless set. It is
    /// made on the first start. BACK IT UP, apart from the database: without it every printed package is dead.
    #[arg(long, env = "TRACE_CODE_KEY_FILE", value_name = "FILE")]
    pub code_key_file: Option<PathBuf>,

    /// The keys under which names, telephones and places of persons are kept: sqlite:PATH or postgres://USER@HOST/NAME;
    /// keys.db in the data folder unless set. Never the ledger's own database. Erasing a person's data destroys the key
    /// here. BACK IT UP, apart from the database and for 30 days only (`trace-server key store backup`): without it
    /// nobody can read those names. Several servers on one PostgreSQL share one, in another database.
    #[arg(long, env = "TRACE_KEY_STORE", value_name = "ADDRESS", hide_env_values = true)]
    pub key_store: Option<String>,
    /// File of the keys that sign the log's checkpoints; log-keys.txt in the data folder unless set. It is made on the
    /// first signature. Keep it secret and back it up: whoever has it can speak for the log.
    #[arg(long, env = "TRACE_LOG_KEY_FILE", value_name = "FILE")]
    pub log_key_file: Option<PathBuf>,

    /// File in which the newest checkpoint is kept before anybody sees it; checkpoint.txt in the data folder unless
    /// set. Put it on another disk than the database: by it a restored old backup is noticed. Several servers on one
    /// database need the same file, or witnesses.
    #[arg(long, env = "TRACE_CHECKPOINT_FILE", value_name = "FILE")]
    pub checkpoint_file: Option<PathBuf>,

    /// Witnesses of the log, each as its verifier key, a blank and its address: `NAME+ID+KEY https://HOST/PATH`; none
    /// unless set. Each is asked to cosign every checkpoint, and refuses one that does not continue what it saw before.
    #[arg(long = "witness", env = "TRACE_WITNESSES", value_name = "KEY URL", value_delimiter = ',')]
    pub witnesses: Option<Vec<Witness>>,

    /// How many witnesses must have cosigned a checkpoint before it is shown; more than half of them unless set. It
    /// may be fewer than there are, so that one that is down does not hold up the others.
    #[arg(long, env = "TRACE_WITNESS_QUORUM", value_name = "COUNT")]
    pub witness_quorum: Option<usize>,

    /// Proxies whose X-Forwarded-For is believed, as addresses or networks (10.0.0.0/8); none unless set. Anybody
    /// else's is ignored, or a client could choose the address under which it is throttled.
    #[arg(long, env = "TRACE_TRUSTED_PROXIES", value_name = "NETWORK", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<Network>>,

    /// Name of the header in which a trusted proxy says from which region a request comes, as an ISO 3166-2 code such as
    /// CN-YN; none unless set. Anybody else's is ignored. Regions help to tell copied codes; no address is kept.
    #[arg(long, env = "TRACE_REGION_HEADER", value_name = "HEADER")]
    pub region_header: Option<String>,

    /// Table of regions for requests of which no proxy says it: CSV with the first line `network,region` and lines such
    /// as `1.2.0.0/16,CN-YN`; none unless set. It is read at the start.
    #[arg(long, env = "TRACE_REGION_TABLE", value_name = "FILE")]
    pub region_table: Option<PathBuf>,

    /// Rules by which copied codes are told, instead of those that the program comes with (docs/COPIES.md).
    #[arg(long, env = "TRACE_COPY_RULES", value_name = "FILE")]
    pub copy_rules: Option<PathBuf>,

    /// Largest request body in bytes; 1048576 unless set. 500 inputs in one record take about 100 kB.
    #[arg(long, env = "TRACE_REQUEST_BODY_BYTES_MAX", value_name = "BYTES")]
    pub request_body_bytes_max: Option<usize>,

    /// Largest uploaded picture or document in bytes; 8388608 unless set. A telephone's photograph has 3 to 6 MB.
    #[arg(long, env = "TRACE_EVIDENCE_BYTES_MAX", value_name = "BYTES")]
    pub evidence_bytes_max: Option<usize>,

    /// Seconds after which a request is given up; 30 unless set. A connection is closed when no whole head of a request
    /// has come for three times as long.
    #[arg(long, env = "TRACE_REQUEST_SECONDS_MAX", value_name = "SECONDS")]
    pub request_seconds_max: Option<u64>,

    /// Name of the mark of origin as the pages word it; 彝良天麻 unless set. It is shown where all of a batch meets the
    /// conditions of the rules table, and said to be withheld elsewhere.
    #[arg(long, env = "TRACE_ORIGIN_MARK", value_name = "NAME")]
    pub origin_mark: Option<String>,

    /// The brand's mark for the middle of QR symbols, where one is asked for: lines of # (dark) and . (light) with slashes
    /// between them, as many as characters in each, an odd number from 3 to 15; the character 天 unless set.
    #[arg(long, env = "TRACE_SYMBOL_MARK", value_name = "LINES")]
    pub symbol_mark: Option<Mark>,
    /// Font of printed labels, a file with simplified Chinese (`FILE`, or `FILE#FACE` of a collection); one of the
    /// system unless set. A part of it goes into every PDF of labels: mind its licence.
    #[arg(long, env = "TRACE_LABEL_FONT", value_name = "FILE")]
    pub label_font: Option<PathBuf>,

    /// File of your own sizes of labels, in TOML; docs/LABELS.md has an example. The built-in sizes are there anyway.
    #[arg(long, env = "TRACE_LABEL_TEMPLATES", value_name = "FILE")]
    pub label_templates: Option<PathBuf>,

    /// Label printers in the network, as `[[printers]]` tables of the configuration file; docs/OPERATIONS.md has an
    /// example.
    #[arg(skip)]
    #[serde(default)]
    pub printers: Vec<Printer>,
}

/// The settings with their defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Scheme of the public address.
    pub public_scheme: Scheme,
    /// Host, and port if any, of the public address.
    pub public_host: Host,
    /// Address of the database.
    pub database_url: String,
    /// Folder of what the service keeps outside the database.
    pub data_dir: PathBuf,
    /// File of the code keys.
    pub code_key_file: PathBuf,
    /// Address of the key store of personal data.
    pub key_store: String,
    /// File of the log's signing keys.
    pub log_key_file: PathBuf,
    /// File of the kept checkpoint.
    pub checkpoint_file: PathBuf,
    /// The log's witnesses.
    pub witnesses: Witnesses,
    /// Proxies that may name the client.
    pub trusted_proxies: Vec<Network>,
    /// Header in which these name the region.
    pub region_header: Option<String>,
    /// File of the table of regions.
    pub region_table: Option<PathBuf>,
    /// File of the rules on copied codes.
    pub copy_rules: Option<PathBuf>,
    /// Largest body in bytes.
    pub request_body_bytes_max: usize,
    /// Largest evidence in bytes.
    pub evidence_bytes_max: usize,
    /// Longest time for a request.
    pub request_time_max: Duration,
    /// Name of the mark of origin.
    pub origin_mark: String,
    /// The mark in the middle of QR symbols.
    pub symbol_mark: Mark,
    /// Font of labels, if not the system's.
    pub label_font: Option<PathBuf>,
    /// File of templates of labels.
    pub label_templates: Option<PathBuf>,
    /// Label printers in the network.
    pub printers: Vec<Printer>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML of these settings.
    #[error("the configuration file {}: {source}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: Box<toml::de::Error>,
    },
    /// The public address is none.
    #[error("public_url is '{received}'; it must be https://HOST or http://HOST:PORT without a path: {reason}")]
    PublicUrl {
        /// What was set.
        received: String,
        /// What is wrong with it.
        reason: String,
    },
    /// One witness stands there twice.
    #[error("the witness {name} is configured twice")]
    SameWitness {
        /// Its name.
        name: String,
    },
    /// A quorum that cannot be reached, or asks nobody.
    #[error("witness_quorum is {quorum}, with {witnesses} witnesses configured; it must be from 1 to their number")]
    Quorum {
        /// What was set.
        quorum: usize,
        /// How many there are.
        witnesses: usize,
    },
    /// The region's header has no name that a header can have.
    #[error("region_header is '{received}'; it must be the name of a header, such as x-region")]
    RegionHeader {
        /// What was set.
        received: String,
    },
    /// Nobody is trusted to say the region.
    #[error(
        "region_header is '{received}', but trusted_proxies names nobody who would be believed; name the proxy that sets it"
    )]
    RegionHeaderOfNobody {
        /// What was set.
        received: String,
    },
    /// The printers cannot be.
    #[error(transparent)]
    Printer(#[from] PrinterError),
    /// A limit that lets nothing through.
    #[error("{name} is {received}; it must be at least {min}")]
    TooSmall {
        /// The setting.
        name: &'static str,
        /// What was set.
        received: u64,
        /// The least that works.
        min: u64,
    },
}

impl Settings {
    /// These settings, and where they say nothing those of the file.
    ///
    /// # Errors
    /// [`ConfigError::File`], [`ConfigError::Toml`].
    pub fn over_file(self, path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        let file: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Toml { path: path.to_owned(), source: Box::new(source) })?;
        Ok(self.over(file))
    }

    fn over(self, below: Self) -> Self {
        Self {
            listen: self.listen.or(below.listen),
            public_url: self.public_url.or(below.public_url),
            data_dir: self.data_dir.or(below.data_dir),
            database_url: self.database_url.or(below.database_url),
            code_key_file: self.code_key_file.or(below.code_key_file),
            key_store: self.key_store.or(below.key_store),
            log_key_file: self.log_key_file.or(below.log_key_file),
            checkpoint_file: self.checkpoint_file.or(below.checkpoint_file),
            witnesses: self.witnesses.or(below.witnesses),
            witness_quorum: self.witness_quorum.or(below.witness_quorum),
            trusted_proxies: self.trusted_proxies.or(below.trusted_proxies),
            region_header: self.region_header.or(below.region_header),
            region_table: self.region_table.or(below.region_table),
            copy_rules: self.copy_rules.or(below.copy_rules),
            request_body_bytes_max: self.request_body_bytes_max.or(below.request_body_bytes_max),
            evidence_bytes_max: self.evidence_bytes_max.or(below.evidence_bytes_max),
            request_seconds_max: self.request_seconds_max.or(below.request_seconds_max),
            origin_mark: self.origin_mark.or(below.origin_mark),
            symbol_mark: self.symbol_mark.or(below.symbol_mark),
            label_font: self.label_font.or(below.label_font),
            label_templates: self.label_templates.or(below.label_templates),
            printers: if self.printers.is_empty() { below.printers } else { self.printers },
        }
    }
}

impl Config {
    /// Fills in the defaults.
    ///
    /// # Errors
    /// [`ConfigError`] for a setting that cannot be.
    pub fn from_settings(settings: Settings) -> Result<Self, ConfigError> {
        let listen = settings.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let public_url = settings.public_url.unwrap_or_else(|| format!("http://{listen}"));
        let (public_scheme, public_host) = public_address(&public_url)?;
        let data_dir = settings.data_dir.unwrap_or_else(|| PathBuf::from("trace-data"));
        let key_store = || format!("sqlite:{}", data_dir.join("keys.db").display());
        let database = || format!("sqlite:{}", data_dir.join("trace.db").display());
        let body = at_least("request_body_bytes_max", settings.request_body_bytes_max.unwrap_or(1 << 20), 1024)?;
        let evidence = at_least("evidence_bytes_max", settings.evidence_bytes_max.unwrap_or(8 << 20), 1024)?;
        let trusted_proxies = settings.trusted_proxies.unwrap_or_default();
        let seconds = settings.request_seconds_max.unwrap_or(30);
        if seconds == 0 {
            return Err(ConfigError::TooSmall { name: "request_seconds_max", received: 0, min: 1 });
        }
        Ok(Self {
            listen,
            public_scheme,
            public_host,
            database_url: settings.database_url.unwrap_or_else(database),
            key_store: settings.key_store.unwrap_or_else(key_store),
            code_key_file: settings.code_key_file.unwrap_or_else(|| data_dir.join("code-keys.txt")),
            log_key_file: settings.log_key_file.unwrap_or_else(|| data_dir.join("log-keys.txt")),
            checkpoint_file: settings.checkpoint_file.unwrap_or_else(|| data_dir.join("checkpoint.txt")),
            data_dir,
            witnesses: witnesses(settings.witnesses.unwrap_or_default(), settings.witness_quorum)?,
            region_header: region_header(settings.region_header, &trusted_proxies)?,
            region_table: settings.region_table,
            copy_rules: settings.copy_rules,
            trusted_proxies,
            request_body_bytes_max: body,
            evidence_bytes_max: evidence,
            request_time_max: Duration::from_secs(seconds),
            origin_mark: settings.origin_mark.unwrap_or_else(|| "彝良天麻".to_owned()),
            symbol_mark: settings.symbol_mark.unwrap_or_else(Mark::tian),
            label_font: settings.label_font,
            label_templates: settings.label_templates,
            printers: printers::distinct(settings.printers)?,
        })
    }

    /// The public address as browsers show it: lower case, without a slash at the end.
    pub fn public_url(&self) -> String {
        format!("{}://{}", self.public_scheme, self.public_host).to_lowercase()
    }

    /// Whether cookies may only travel over TLS.
    pub fn secure_cookies(&self) -> bool {
        self.public_scheme == Scheme::Https
    }
}

fn witnesses(list: Vec<Witness>, quorum: Option<usize>) -> Result<Witnesses, ConfigError> {
    let mut names: Vec<&str> = list.iter().map(Witness::name).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(ConfigError::SameWitness { name: pair[0].to_owned() });
    }
    let quorum = quorum.unwrap_or(if list.is_empty() { 0 } else { list.len() / 2 + 1 });
    if quorum > list.len() || (quorum == 0 && !list.is_empty()) {
        return Err(ConfigError::Quorum { quorum, witnesses: list.len() });
    }
    Ok(Witnesses { list, quorum })
}

/// A field name is a token (RFC 9110 sections 5.1 and 5.6.2).
fn region_header(name: Option<String>, trusted: &[Network]) -> Result<Option<String>, ConfigError> {
    let Some(received) = name else { return Ok(None) };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if received.is_empty() || !received.bytes().all(fits) {
        return Err(ConfigError::RegionHeader { received });
    }
    if trusted.is_empty() {
        return Err(ConfigError::RegionHeaderOfNobody { received });
    }
    Ok(Some(received))
}

fn at_least(name: &'static str, received: usize, min: usize) -> Result<usize, ConfigError> {
    if received >= min {
        return Ok(received);
    }
    Err(ConfigError::TooSmall { name, received: received as u64, min: min as u64 })
}

fn public_address(url: &str) -> Result<(Scheme, Host), ConfigError> {
    let wrong = |reason: String| ConfigError::PublicUrl { received: url.to_owned(), reason };
    let (scheme, rest) = if let Some(rest) = url.strip_prefix("https://") {
        (Scheme::Https, rest)
    } else if let Some(rest) = url.strip_prefix("http://") {
        (Scheme::Http, rest)
    } else {
        return Err(wrong("the scheme is missing".to_owned()));
    };
    let host = Host::parse(rest.trim_end_matches('/')).map_err(|error| wrong(error.to_string()))?;
    Ok((scheme, host))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn flags_stand_over_the_file_and_the_file_over_defaults() {
        let file: Settings = toml::from_str(
            "public_url = 'https://t.example.cn/'\ntrusted_proxies = ['10.0.0.0/8', '::1']\nrequest_seconds_max = 5\n\
             symbol_mark = '#.#/.#./#.#'",
        )
        .unwrap();
        let flags = Settings { request_seconds_max: Some(7), ..Settings::default() };
        let config = Config::from_settings(flags.over(file)).unwrap();
        assert_eq!(config.request_time_max, Duration::from_secs(7));
        assert_eq!(config.public_url(), "https://t.example.cn");
        assert!(config.secure_cookies());
        assert_eq!(config.trusted_proxies.len(), 2);
        assert_eq!(config.symbol_mark.side(), 3);
        assert_eq!(config.database_url, "sqlite:trace-data/trace.db");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn wrong_settings_say_what_would_be_right() {
        let mark = toml::from_str::<Settings>("symbol_mark = '##/##'").unwrap_err().to_string();
        assert!(mark.contains("an odd number from 3 to 15"), "{mark}");
        assert!(toml::from_str::<Settings>("publicurl = 'x'").unwrap_err().to_string().contains("unknown field"));
        for url in ["t.example.cn", "ftp://x", "https://", "https://a b", "https://t.example.cn/path"] {
            let settings = Settings { public_url: Some(url.to_owned()), ..Settings::default() };
            let message = Config::from_settings(settings).unwrap_err().to_string();
            assert!(message.contains("https://HOST"), "{message}");
        }
        for (trusted, words) in [(None, "trusted_proxies"), (Some(vec!["::1".parse().unwrap()]), "name of a header")] {
            let name = if trusted.is_some() { "x region" } else { "x-region" };
            let settings =
                Settings { region_header: Some(name.to_owned()), trusted_proxies: trusted, ..Settings::default() };
            let message = Config::from_settings(settings).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
        let settings = Settings { request_body_bytes_max: Some(0), ..Settings::default() };
        assert!(Config::from_settings(settings).is_err());
    }
}
