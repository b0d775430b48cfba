//! `key store`: copies of the keys of personal data, and putting them back.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Place;
use crate::keystore::{self, COPIES_KEPT_DAYS};
use crate::ledger::system_time;

#[derive(Debug, Subcommand)]
pub(super) enum KeyStore {
    /// Copies the key store into a folder, and removes copies there that are older than 30 days: a destroyed key lives
    /// on in older copies, and no longer than that. Run it daily, to a place apart from the database's backups.
    Backup(Backup),
    /// Puts the keys of a copy into a key store that holds none. What was erased since that copy is erased again at the
    /// next start.
    Restore(Restore),
}

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The folder for the copies.
    folder: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The copy, keys-….db.
    copy: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) async fn key_store(command: KeyStore) -> anyhow::Result<()> {
    match command {
        KeyStore::Backup(backup) => {
            let store = keystore::open(&backup.place.config()?.key_store, false).await?;
            let copied = keystore::back_up(&*store, &backup.folder, system_time()).await?;
            println!("{} keys copied to {}", copied.keys, copied.path.display());
            for path in copied.removed {
                println!("removed {}: older than {COPIES_KEPT_DAYS} days", path.display());
            }
        }
        KeyStore::Restore(restore) => {
            let store = keystore::open(&restore.place.config()?.key_store, true).await?;
            let count = keystore::restore(&*store, &restore.copy).await?;
            println!("{count} keys restored to {}", store.place());
        }
    }
    Ok(())
}
