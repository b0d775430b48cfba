//! `key code`: the keys of package codes. A new one for the issues to come, and the end of one that others may know.

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::Place;
use crate::app::code_keys;

#[derive(Debug, Subcommand)]
pub(super) enum CodeKeys {
    /// Adds a key that makes the codes of issues from the next start on. Older packages stay readable: their keys stay in
    /// the file.
    New(Place),
    /// Prints version, check value and state of each key, never a key.
    Show(Place),
    /// Ends a key that may have become known to others: it makes no new codes, and the page of each package whose code it
    /// made says so. Its packages stay readable. It cannot be undone.
    Withdraw(Withdraw),
}

#[derive(Debug, Args)]
pub(super) struct Withdraw {
    /// The key's version, as `key code show` prints it: 1 or v1.
    version: String,
    #[command(flatten)]
    place: Place,
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) fn code_key(command: CodeKeys) -> anyhow::Result<()> {
    match command {
        CodeKeys::New(place) => {
            let path = place.config()?.code_key_file;
            let (version, check) = code_keys::add(&path)?;
            println!("v{version} {check} makes new codes");
            say_what_to_do(&path);
        }
        CodeKeys::Show(place) => {
            let ring = code_keys::read(&place.config()?.code_key_file)?;
            for key in ring.keys() {
                let state = match key {
                    key if key.is_withdrawn() => "withdrawn",
                    key if key.version() == ring.newest_version() => "makes new codes",
                    _ => "reads old codes",
                };
                println!("v{} {} {state}", key.version(), key.check_value());
            }
        }
        CodeKeys::Withdraw(Withdraw { version, place }) => {
            let number = version.strip_prefix('v').unwrap_or(&version);
            let number = number.parse().with_context(|| format!("a version is 1 to 255, received '{version}'"))?;
            let path = place.config()?.code_key_file;
            let check = code_keys::withdraw(&path, number)?;
            println!("v{number} {check} withdrawn");
            say_what_to_do(&path);
        }
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a hint beside the answer")]
fn say_what_to_do(path: &std::path::Path) {
    eprintln!(
        "restart every server with this file; back {} up again now, apart from the database: without a key every package \
         printed under it is dead",
        path.display()
    );
}
