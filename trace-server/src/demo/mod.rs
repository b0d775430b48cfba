//! The demonstration: an embedded database with the Yiliang fixtures, in one command.

use std::net::SocketAddr;
use std::path::PathBuf;

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
    let settings = crate::config::Settings {
        listen: Some(options.listen),
        data_dir: Some(options.data_dir),
        ..crate::config::Settings::default()
    };
    let config = crate::config::Config::from_settings(settings)?;
    let state = crate::app::AppState::open(config, crate::ledger::Surroundings::system()).await?;
    crate::app::serve(state).await?;
    Ok(())
}
