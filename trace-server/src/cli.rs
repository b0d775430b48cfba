//! The command line: what may be typed, and which use case it calls.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::app::{self, AppState};
use crate::config::{Config, Settings};
use crate::demo::{self, DemoOptions};
use crate::ledger::Surroundings;

mod accounts;
mod adopt;
mod audit;
mod backup;
mod code_key;
mod export;
mod import;
mod key;
mod key_store;
mod party_key;
mod verify;

/// 天麻溯源 Tianma Trace: from fungus bottle and seed tuber to a scanned package.
#[derive(Debug, Parser)]
#[command(name = "trace-server", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a ledger; founds it on the first start.
    Serve(Serve),
    /// Tries it out: embedded database, example data, log-ins and a QR code in the terminal.
    Demo(Demo),
    /// Rebuilds the projections from the log and says whether they were the same.
    Rebuild(Place),
    /// Writes a whole, verified copy into one file while servers run. Keys are not in it; it names them.
    Backup(backup::Backup),
    /// Fills an empty database, of either engine, with a backup.
    Restore(backup::Restore),
    /// Appends the records of a spreadsheet or of JSON lines, all of them or none; the same file again stores nothing.
    Import(import::ImportFile),
    /// Writes records as rows, or what must outlive the service: a static copy of the pages behind package codes.
    #[command(subcommand)]
    Export(export::Export),
    /// People who may sign in.
    #[command(subcommand)]
    User(accounts::User),
    /// Tokens of the API.
    #[command(subcommand)]
    Token(accounts::Token),
    /// Keys: those that sign the log's checkpoints, those with which parties sign records, and the key store of personal
    /// data.
    #[command(subcommand)]
    Key(key::Key),
    /// Checks an evidence file, without a server and without a network; the exit code is 0 only if all of it holds.
    Verify(verify::Verify),
    /// Checks a log and all that follows from it, from the bytes up: of a database, of a backup, or over HTTP.
    Audit(audit::Audit),
    /// Prints the OpenAPI document.
    Openapi,
}

/// Where the ledger is.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// TOML file of settings; flags and TRACE_* variables stand over it.
    #[arg(long, value_name = "FILE", env = "TRACE_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    founding: app::FoundingOptions,
}

#[derive(Debug, Args)]
struct Demo {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder for the database and demo.json; started again with the same folder, everything is there again.
    #[arg(long, value_name = "DIR", default_value = "tianma-demo")]
    data: PathBuf,
    /// Says each request that is answered, too; else they would push the log-ins off the screen.
    #[arg(long)]
    verbose: bool,
}

impl Place {
    /// Opens what the settings name, or makes it: what a server does at its start, and no other command.
    async fn open_or_make(self) -> anyhow::Result<AppState> {
        Ok(AppState::open(self.config()?, Surroundings::system()).await?)
    }

    /// Opens what is there already. A command makes no database in the wrong folder.
    pub(crate) async fn open(self) -> anyhow::Result<AppState> {
        let config = self.config()?;
        let file = config.database_url.strip_prefix("sqlite:").map(PathBuf::from);
        if let Some(file) = file.filter(|file| !file.exists()) {
            anyhow::bail!(
                "there is no database {}; name the folder with --data-dir, or its address with --database-url",
                file.display()
            );
        }
        Ok(AppState::open(config, Surroundings::system()).await?)
    }

    /// The settings with file and defaults, without opening anything.
    pub(crate) fn config(self) -> anyhow::Result<Config> {
        let settings = match &self.config {
            Some(path) => self.settings.over_file(path)?,
            None => self.settings,
        };
        Ok(Config::from_settings(settings)?)
    }
}

/// What is logged unless `TRACE_LOG` says otherwise.
const LOGGED: &str = "info,tokio_postgres=warn";
/// The same without the requests.
const LOGGED_QUIETLY: &str = "info,trace_server::http::metrics=warn,tokio_postgres=warn";

impl Cli {
    /// What the command logs unless `TRACE_LOG` says otherwise, as a filter of the crate tracing-subscriber.
    pub fn logged(&self) -> &'static str {
        match &self.command {
            Command::Demo(demo) if !demo.verbose => LOGGED_QUIETLY,
            _ => LOGGED,
        }
    }

    /// Does what was typed.
    ///
    /// # Errors
    /// Whatever stopped it, in words for the person who typed.
    #[expect(clippy::print_stdout, reason = "a command answers on standard output")]
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve(serve) => {
                let state = serve.place.open_or_make().await?;
                app::found_if_new(&state.ledger, &serve.founding).await.context("founding the ledger")?;
                Ok(app::serve(state).await?)
            }
            Command::Demo(demo) => demo::run(DemoOptions { listen: demo.listen, data_dir: demo.data }).await,
            Command::Rebuild(place) => {
                let done = place.open().await?.ledger.rebuild().await?;
                let same = if done.unchanged { "the same as before" } else { "DIFFERENT from before" };
                println!("{} entries replayed, {} rows: {same}", done.entries, done.rows);
                Ok(())
            }
            Command::Backup(command) => backup::backup(command).await,
            Command::Restore(command) => backup::restore(command).await,
            Command::Import(command) => import::import(command).await,
            Command::Export(command) => export::export(command).await,
            Command::User(user) => accounts::user(user).await,
            Command::Token(token) => accounts::token(token).await,
            Command::Key(key) => key::key(key).await,
            Command::Verify(command) => verify::run(command),
            Command::Audit(audit) => audit.run().await,
            Command::Openapi => {
                println!("{}", serde_json::to_string_pretty(&crate::http::openapi())?);
                Ok(())
            }
        }
    }
}
