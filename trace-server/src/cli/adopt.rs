//! `key adopt`: a restored database goes on being signed on a new machine, after it was held against what is known.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use super::Place;
use crate::ledger::system_time;
use crate::log::{Adoption, SignerSettings};
use crate::outgoing::Outgoing;

/// An answer that takes longer is none.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// A checkpoint has at most this many bytes (C2SP signed-note).
const ANSWER_BYTES_MAX: u64 = 1_000_000;

#[derive(Debug, Args)]
pub(super) struct Adopt {
    /// A checkpoint that somebody has, as a file: as it was served, as `checkpoint.txt` keeps it, or the state file of an
    /// audit. Again for each.
    #[arg(long, value_name = "FILE")]
    known: Vec<PathBuf>,
    /// The address of a checkpoint that somebody serves, such as `https://mirror.example/log/checkpoint`. Again for each.
    #[arg(long, value_name = "URL")]
    from: Vec<String>,
    /// Adopts it. Without this the command only shows what it found.
    #[arg(long)]
    confirm: bool,
    /// Accepts that no checkpoint from outside the database was compared, so that records may be missing.
    #[arg(long)]
    nobody_knows: bool,
    #[command(flatten)]
    place: Place,
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) async fn adopt(command: Adopt) -> anyhow::Result<()> {
    let config = command.place.config()?;
    let mut given = Vec::new();
    for path in command.known {
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        given.push((path.display().to_string(), text));
    }
    let outgoing = Outgoing::new(ANSWER_TIME_MAX, ANSWER_BYTES_MAX);
    for address in command.from {
        let reply = outgoing.get(&address, None).await.with_context(|| format!("asking {address}"))?;
        ensure!(reply.status == 200, "{address} answers {}, and no checkpoint", reply.status);
        let text = String::from_utf8(reply.body).with_context(|| format!("{address} answers no text"))?;
        given.push((address, text));
    }
    let store = crate::store::open(&config.database_url).await?;
    let settings = SignerSettings { key_file: config.log_key_file, checkpoint_file: config.checkpoint_file };
    let found = Adoption::look(store, &settings, given).await?;
    print!("{found}");
    if found.is_done() {
        println!("the place is this machine's already; nothing is to be done");
        return Ok(());
    }
    if !command.confirm {
        bail!("nothing was changed; the same again with --confirm lets this machine sign");
    }
    let name = found.carry_out(command.nobody_knows, system_time()).await?;
    println!("adopted: from now on the checkpoints are kept here, in {name}");
    Ok(())
}
