//! `key`: the keys that sign the log's checkpoints. They stand in a file, never in the database. Those of package codes
//! (`key code`), of personal data (`key store`) and of parties (`key party`) have files of their own beside this one.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use trace_core::state::{Key as RowKey, Row};

use super::Place;
use super::adopt::{Adopt, adopt};
use super::code_key::{CodeKeys, code_key};
use super::key_store::{KeyStore, key_store};
use super::party_key::{PartyKey, party_key};
use crate::log::LogKeys;

#[derive(Debug, Subcommand)]
pub(super) enum Key {
    /// Makes a key that signs beside the others from the next checkpoint on. Tell its verifier key to whoever checks the
    /// log, and retire the old key when they have it.
    New(Place),
    /// Prints the verifier keys: those that sign, and retired ones.
    Show(Place),
    /// Ends a key: its private half is dropped, its verifier key stays readable.
    Retire(Retire),
    /// Lets this machine sign a restored database whose kept checkpoint was lost: shows what is known of it, refuses where
    /// records are missing, and binds it to this machine with --confirm.
    Adopt(Adopt),
    /// The keys of package codes.
    #[command(subcommand)]
    Code(CodeKeys),
    /// A key with which a party signs its records, for whoever has no library for that. Needs no server and no database.
    #[command(subcommand)]
    Party(PartyKey),
    /// The key store of personal data: names, telephones and places of persons.
    #[command(subcommand)]
    Store(KeyStore),
}

#[derive(Debug, Args)]
pub(super) struct Retire {
    /// The key's id, 8 hex digits, as `key show` prints it.
    id: String,
    #[command(flatten)]
    place: Place,
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) async fn key(key: Key) -> anyhow::Result<()> {
    match key {
        Key::Code(command) => code_key(command)?,
        Key::Adopt(command) => adopt(command).await?,
        Key::Party(command) => party_key(command)?,
        Key::Store(command) => key_store(command).await?,
        Key::Show(place) => {
            let path = place.config()?.log_key_file;
            let keys = LogKeys::read(&path)?;
            let keys = keys.with_context(|| format!("there is no log key file {} yet", path.display()))?;
            let signing: Vec<_> = keys.signing_verifiers().cloned().collect();
            for key in keys.verifiers() {
                let state = if signing.contains(key) { "signs" } else { "retired" };
                println!("{} {state} {key}", key.id());
            }
        }
        Key::New(place) => {
            let state = place.open().await?;
            let path = &state.config.log_key_file;
            let (rows, _) = state.ledger.store().load(&[RowKey::Ledger].into()).await?;
            let ledger = rows.into_iter().find_map(|row| match row {
                Row::Ledger(ledger) => Some(ledger),
                _ => None,
            });
            let origin =
                ledger.context("the ledger is not founded yet; its first start makes a key")?.origin.to_string();
            let mut keys = LogKeys::read_or_make(path, &origin)?;
            let made = keys.add(&origin)?.clone();
            keys.write(path)?;
            println!("{made}");
            say_when();
        }
        Key::Retire(retire) => {
            let path = retire.place.config()?.log_key_file;
            let keys = LogKeys::read(&path)?;
            let mut keys = keys.with_context(|| format!("there is no log key file {} yet", path.display()))?;
            keys.retire(&retire.id)?;
            keys.write(&path)?;
            say_when();
        }
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a hint beside the answer")]
fn say_when() {
    eprintln!("a running server takes it up within a second; other machines need the file, too");
}
