//! `user` and `token`: who may sign in and which programs may call. Neither is in the log.

use anyhow::{Context as _, bail};
use argon2::Argon2;
use argon2::password_hash::PasswordHasher as _;
use clap::{Args, Subcommand};
use trace_core::id::PartyId;
use trace_core::state::{Key, Row};
use trace_core::tianma::PartyRole;
use trace_core::time::ReceivedAt;

use super::Place;
use crate::http::access::new_token;
use crate::ledger::Ledger;
use crate::store::{TokenRow, UserRow};

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Adds a person, or replaces their party and PIN.
    Add(UserAdd),
}

#[derive(Debug, Args)]
pub(super) struct UserAdd {
    /// What the person types to sign in.
    login: String,
    /// The party for which the person acts.
    #[arg(long)]
    party: PartyId,
    /// The name to greet with.
    #[arg(long)]
    name: Option<String>,
    /// The PIN, 6 to 64 characters. Better given as TRACE_PIN than where others may see the command line.
    #[arg(long, env = "TRACE_PIN", hide_env_values = true)]
    pin: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Makes a token and prints it once; only its digest is kept.
    New(TokenNew),
}

#[derive(Debug, Args)]
pub(super) struct TokenNew {
    /// The party for which the token acts.
    #[arg(long)]
    party: PartyId,
    /// What it is for.
    #[arg(long, default_value = "")]
    label: String,
    /// Days until it ends; without it the token does not end.
    #[arg(long)]
    days: Option<u32>,
    #[command(flatten)]
    place: Place,
}

/// Fewer leave a PIN to be guessed within the throttle's allowance.
const PIN_CHARACTERS_MIN: usize = 6;

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) async fn user(User::Add(add): User) -> anyhow::Result<()> {
    let length = add.pin.chars().count();
    if !(PIN_CHARACTERS_MIN..=64).contains(&length) {
        bail!("the PIN has {length} characters; it must have {PIN_CHARACTERS_MIN} to 64");
    }
    let login = add.login.trim().to_lowercase();
    if login.is_empty() {
        bail!("the log-in name is empty");
    }
    let ledger = add.place.open().await?.ledger.clone();
    let role = role_of(&ledger, add.party).await?;
    let user = UserRow {
        display_name: add.name.unwrap_or_else(|| login.clone()),
        login,
        telephone_mac: None,
        party: add.party,
        role,
        pin_hash: hashed(&add.pin)?,
        active: true,
    };
    let (login, party) = (user.login.clone(), user.party);
    ledger.admit(user).await?;
    println!("{login} may sign in for {party} ({role})");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) async fn token(Token::New(new): Token) -> anyhow::Result<()> {
    let ledger = new.place.open().await?.ledger.clone();
    let role = role_of(&ledger, new.party).await?;
    let (token, digest) = new_token()?;
    let ends = |days: u32| ReceivedAt::from_unix_ms(ledger.now().as_unix_ms() + i64::from(days) * 86_400_000);
    let expires_at = new.days.map(ends).transpose()?;
    ledger.store().put_token(&TokenRow { digest, party: new.party, role, label: new.label, expires_at }).await?;
    println!("{token}");
    Ok(())
}

async fn role_of(ledger: &Ledger, party: PartyId) -> anyhow::Result<PartyRole> {
    let (rows, _) = ledger.store().load(&[Key::Party(party)].into()).await?;
    match rows.into_iter().next() {
        Some(Row::Party(row)) => Ok(row.role),
        _ => bail!("the ledger has no party {party}; register it first"),
    }
}

fn hashed(pin: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(pin.as_bytes());
    Ok(hash.map_err(|error| anyhow::anyhow!("{error}")).context("hashing the PIN")?.to_string())
}
