//! `user` and `token`: who may sign in and which programs may call. Neither is in the log.
//!
//! A running server sees each change with its next request. PINs and tokens are printed once, to who made them.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use trace_core::id::{PartyId, RecordId};
use trace_core::state::{Key, Row};
use trace_core::tianma::PartyRole;
use trace_core::time::ReceivedAt;

use super::Place;
use crate::app::AppState;
use crate::http::access::new_token;
use crate::http::session::{AccountChange, OPERATOR, hash_pin, may_be_chosen, normal_login, note};
use crate::ledger::Ledger;
use crate::store::{TokenRow, UserChange, UserRow};

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Adds a person, or replaces their party and PIN.
    Add(UserAdd),
    /// Lists who may sign in: log-in, party, role, open or closed, and whether a telephone number is kept.
    List(Place),
    /// Changes a log-in.
    Set(UserSet),
    /// Closes a log-in; its sessions end at once.
    Disable(UserNamed),
    /// Opens a log-in that was closed.
    Enable(UserNamed),
    /// Gives a log-in a new random PIN and prints it once; its sessions end at once.
    Pin(UserNamed),
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
    /// The telephone number, which may be typed in the place of the log-in; only a code of it is kept.
    #[arg(long, value_name = "NUMBER")]
    telephone: Option<String>,
    /// The PIN, 6 to 12 digits, and none of the first that anybody would try. Better given as TRACE_PIN than where others may see the command line.
    #[arg(long, env = "TRACE_PIN", hide_env_values = true)]
    pin: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(super) struct UserSet {
    /// What the person types to sign in.
    login: String,
    /// The telephone number, which may be typed in the place of the log-in; an empty one takes it away.
    #[arg(long, value_name = "NUMBER")]
    telephone: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(super) struct UserNamed {
    /// What the person types to sign in.
    login: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Makes a token and prints it once; only its digest is kept.
    New(TokenNew),
    /// Lists tokens: how the digest begins, party, role, end, and what it is for.
    List(Place),
    /// Withdraws a token; it is refused from the next request on.
    Withdraw(TokenWithdraw),
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

#[derive(Debug, Args)]
pub(super) struct TokenWithdraw {
    /// What it is for, as a whole, or how its digest begins, at least 8 characters of it; `token list` shows both.
    which: String,
    #[command(flatten)]
    place: Place,
}

/// Characters of a digest that `token list` shows: two of a thousand tokens begin alike once in 500 million ledgers.
const DIGEST_CHARACTERS: usize = 12;
/// Fewer characters of a digest name no token, so that a short label is not taken for one.
const DIGEST_CHARACTERS_MIN: usize = 8;

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) async fn user(user: User) -> anyhow::Result<()> {
    match user {
        User::Add(add) => user_add(add).await,
        User::List(place) => {
            for user in place.open().await?.ledger.store().users().await? {
                let state = if user.active { "open" } else { "closed" };
                let telephone = if user.telephone_mac.is_some() { "telephone" } else { "-" };
                println!("{}\t{}\t{}\t{state}\t{telephone}", user.login, user.party, user.role);
            }
            Ok(())
        }
        User::Set(set) => {
            let (state, login) = (set.place.open().await?, normal_login(&set.login));
            let number = Some(set.telephone.trim()).filter(|number| !number.is_empty());
            let mac = number.map(|number| telephone_mac(&state, number)).transpose()?;
            known(state.ledger.set_telephone(&login, mac).await?, &login)?;
            println!("{login}: the telephone number is {}", if mac.is_some() { "kept" } else { "taken away" });
            Ok(())
        }
        User::Disable(named) => set_active(named, false).await,
        User::Enable(named) => set_active(named, true).await,
        User::Pin(named) => {
            let (state, login) = (named.place.open().await?, normal_login(&named.login));
            let pin = state.gate.give_pin(&login, OPERATOR, &**state.ledger.store()).await?;
            println!("{}", pin.with_context(|| no_such_user(&login))?);
            Ok(())
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
async fn user_add(add: UserAdd) -> anyhow::Result<()> {
    may_be_chosen(&add.pin)?;
    let login = normal_login(&add.login);
    if login.is_empty() {
        bail!("the log-in name is empty");
    }
    let state = add.place.open().await?;
    let ledger = &state.ledger;
    let role = role_of(ledger, add.party).await?;
    let before = ledger.store().user(&login).await?;
    let telephone_mac = match &add.telephone {
        Some(number) => Some(telephone_mac(&state, number)?),
        None => before.as_ref().filter(|user| user.party == add.party).and_then(|user| user.telephone_mac),
    };
    if before.is_none() && state.gate.telephones().reads_as_anothers(&login, telephone_mac) {
        bail!("the log-in '{login}' reads as a telephone number; give it with --telephone, and choose another name");
    }
    let user = UserRow {
        display_name: add.name.unwrap_or_else(|| login.clone()),
        login: login.clone(),
        telephone_mac,
        party: add.party,
        role,
        pin_hash: hash_pin(&add.pin)?,
        active: true,
    };
    ledger.admit(user).await?;
    note(AccountChange::Added, &login, OPERATOR);
    if before.is_some() {
        // Whoever is signed in with the old PIN is out.
        ledger.store().change_user(&login, &UserChange::Active(true)).await?;
    }
    println!("{login} may sign in for {} ({role})", add.party);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
async fn set_active(named: UserNamed, active: bool) -> anyhow::Result<()> {
    let (state, login) = (named.place.open().await?, normal_login(&named.login));
    known(state.ledger.store().change_user(&login, &UserChange::Active(active)).await?, &login)?;
    note(if active { AccountChange::Opened } else { AccountChange::Closed }, &login, OPERATOR);
    println!("{login} {}", if active { "may sign in" } else { "may not sign in, and is signed out everywhere" });
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) async fn token(token: Token) -> anyhow::Result<()> {
    match token {
        Token::New(new) => {
            let ledger = new.place.open().await?.ledger.clone();
            let role = role_of(&ledger, new.party).await?;
            let (token, digest) = new_token()?;
            let ends = |days: u32| ReceivedAt::from_unix_ms(ledger.now().as_unix_ms() + i64::from(days) * 86_400_000);
            let expires_at = new.days.map(ends).transpose()?;
            ledger
                .store()
                .put_token(&TokenRow { digest, party: new.party, role, label: new.label, expires_at })
                .await?;
            println!("{token}");
            Ok(())
        }
        Token::List(place) => {
            for token in place.open().await?.ledger.store().tokens().await? {
                println!("{}", line_of(&token));
            }
            Ok(())
        }
        Token::Withdraw(withdraw) => {
            let store = withdraw.place.open().await?.ledger.store().clone();
            let tokens = store.tokens().await?;
            let (which, beginning) = (withdraw.which.as_str(), withdraw.which.to_lowercase());
            let by_digest = beginning.len() >= DIGEST_CHARACTERS_MIN;
            let named = |token: &&TokenRow| {
                token.label == which || (by_digest && token.digest.to_string().starts_with(&beginning))
            };
            let found: Vec<&TokenRow> = tokens.iter().filter(named).collect();
            match found[..] {
                [] => bail!("no token is for '{which}' or has a digest that begins so; `token list` shows all"),
                [one] => {
                    store.withdraw_token(one.digest).await?;
                    println!("withdrawn: {}", line_of(one));
                    Ok(())
                }
                _ => {
                    let lines: Vec<String> = found.into_iter().map(line_of).collect();
                    bail!("these are several; name one by how its digest begins:\n{}", lines.join("\n"))
                }
            }
        }
    }
}

fn line_of(token: &TokenRow) -> String {
    let digest = token.digest.to_string();
    let end = token.expires_at.map_or_else(|| "-".to_owned(), |end| end.to_string());
    format!("{}\t{}\t{}\t{end}\t{}", &digest[..DIGEST_CHARACTERS], token.party, token.role, token.label)
}

fn telephone_mac(state: &AppState, number: &str) -> anyhow::Result<RecordId> {
    let mac = state.gate.telephones().mac(number);
    mac.with_context(|| format!("'{number}' is no telephone number; it must have 7 to 15 digits"))
}

fn known(changed: bool, login: &str) -> anyhow::Result<()> {
    if changed { Ok(()) } else { bail!(no_such_user(login)) }
}

fn no_such_user(login: &str) -> String {
    format!("there is no log-in '{login}'; `user list` shows all")
}

async fn role_of(ledger: &Ledger, party: PartyId) -> anyhow::Result<PartyRole> {
    let (rows, _) = ledger.store().load(&[Key::Party(party)].into()).await?;
    match rows.into_iter().next() {
        Some(Row::Party(row)) => Ok(row.role),
        _ => bail!("the ledger has no party {party}; register it first"),
    }
}
