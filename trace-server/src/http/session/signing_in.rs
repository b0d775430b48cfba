//! The gate: from a typed name and PIN to a session, at the same cost and with the same words whoever knocks.

use std::net::IpAddr;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use trace_core::id::RecordId;
use trace_core::time::ReceivedAt;

use super::notes::{AccountChange, note};
use super::{
    Knock, PinChecker, PinError, TelephoneKey, TelephoneKeyError, Throttle, lifetime, may_be_chosen, new_pin,
    normal_login,
};
use crate::http::access::secret_digest;
use crate::ledger::random;
use crate::store::{OwnChange, SessionRow, Store, StoreError, UserChange, UserRow};

/// Longest name that is looked up, in characters.
const NAME_CHARS_MAX: usize = 64;
/// Longest PIN that is hashed, in characters.
const PIN_CHARS_MAX: usize = 64;

/// Why the gate cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The secret for telephone numbers.
    #[error(transparent)]
    TelephoneKey(#[from] TelephoneKeyError),
    /// PINs cannot be hashed.
    #[error(transparent)]
    Pin(#[from] PinError),
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Wrong name, wrong PIN, no such account, an inactive one, or too many tries: never told apart.
    #[error("name and PIN do not fit, or there were too many tries")]
    Refused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The PIN could not be checked.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// There is no randomness.
    #[error("no session can be made: {0}")]
    Randomness(getrandom::Error),
}

/// What a person typed, and from where.
#[derive(Debug, Clone)]
pub struct Credentials<'a> {
    /// Log-in name or telephone number.
    pub name: &'a str,
    /// PIN.
    pub pin: &'a str,
    /// The client's address.
    pub address: IpAddr,
    /// The device cookie, if the browser has one.
    pub device: Option<&'a str>,
}

/// What a signed-in person typed for another PIN, and from where.
#[derive(Clone)]
pub struct PinChange<'a> {
    /// The PIN until now.
    pub old: &'a str,
    /// The PIN from now on.
    pub new: &'a str,
    /// The client's address.
    pub address: IpAddr,
    /// The device cookie, if the browser has one.
    pub device: Option<&'a str>,
    /// The session in which it is changed, which stays.
    pub session: RecordId,
}

/// A session that was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Value of the session's cookie; only its digest is stored.
    pub cookie: String,
    /// How long the cookie may live, in seconds.
    pub age_s: i64,
    /// Value of the device's cookie, by which the account knows this browser again.
    pub device: String,
    /// Who it is.
    pub user: UserRow,
}

/// Opens sessions; one for each process.
#[derive(Debug)]
pub struct Gate {
    telephones: TelephoneKey,
    pins: PinChecker,
    throttle: Throttle,
}

impl Gate {
    /// Reads (or makes) the secret of this data folder.
    ///
    /// # Errors
    /// [`GateError`].
    pub fn open(data_dir: &Path) -> Result<Self, GateError> {
        Ok(Self { telephones: TelephoneKey::open(data_dir)?, pins: PinChecker::new()?, throttle: Throttle::default() })
    }

    /// The secret under which telephone numbers are kept.
    pub fn telephones(&self) -> &TelephoneKey {
        &self.telephones
    }

    /// Signs a person in.
    ///
    /// # Errors
    /// [`SignInError::Refused`] for whatever reason lies with name, PIN or throttling; else what failed.
    pub async fn sign_in(
        &self,
        typed: &Credentials<'_>,
        store: &dyn Store,
        now: ReceivedAt,
    ) -> Result<Opened, SignInError> {
        let name = normal_login(typed.name);
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || typed.pin.chars().count() > PIN_CHARS_MAX {
            return Err(SignInError::Refused);
        }
        // Both look-ups are made for every name, so that neither tells what exists.
        let telephone = self.telephones.mac(&name);
        let by_telephone = store.user_by_telephone(telephone.unwrap_or(RecordId::from_bytes([0; 32]))).await?;
        let by_name = store.user(&name).await?;
        let user = by_telephone.filter(|_| telephone.is_some()).or(by_name).filter(|user| user.active);
        // One account has one bucket, whichever of its names is typed.
        let account = user.as_ref().map_or_else(|| name.clone(), |user| user.login.clone());
        let knock = self.knock(account, typed.address, typed.device);
        self.prove(&knock, typed.pin, user.as_ref().map(|user| &*user.pin_hash), now).await?;
        let Some(user) = user else { return Err(SignInError::Refused) };
        self.begin(user, store, now).await
    }

    /// Gives a signed-in person another PIN, if the old one is typed again; counted with the tries to sign in, so that
    /// a telephone left lying about is no way to guess it. All other sessions of the log-in end.
    ///
    /// # Errors
    /// [`SignInError::Pin`] with what is wrong with the new one; [`SignInError::Refused`] if the old one does not fit or
    /// there were too many tries; else what failed.
    pub async fn change_pin(
        &self,
        user: &UserRow,
        typed: &PinChange<'_>,
        store: &dyn Store,
        now: ReceivedAt,
    ) -> Result<(), SignInError> {
        may_be_chosen(typed.new)?;
        if typed.old.chars().count() > PIN_CHARS_MAX {
            return Err(SignInError::Refused);
        }
        let knock = self.knock(user.login.clone(), typed.address, typed.device);
        self.prove(&knock, typed.old, Some(&user.pin_hash), now).await?;
        let own = OwnChange { session: typed.session, proved: user.pin_hash.clone() };
        let change = UserChange::Pin { hash: self.pins.hash(typed.new).await?, own: Some(own) };
        // Somebody gave another one while this was typed: what was proved is no PIN any more.
        if !store.change_user(&user.login, &change).await? {
            return Err(SignInError::Refused);
        }
        note(AccountChange::OwnPin, &user.login, &user.login);
        Ok(())
    }

    /// Gives a log-in a random PIN and ends all its sessions; `None` where there is no such log-in. Only the hash is
    /// kept, so the answer is to be told at once. It is noted who gave it.
    ///
    /// # Errors
    /// What failed.
    pub async fn give_pin(&self, login: &str, by: &str, store: &dyn Store) -> Result<Option<String>, SignInError> {
        let (pin, hash) = self.fresh_pin().await?;
        let changed = store.change_user(login, &UserChange::Pin { hash, own: None }).await?;
        if changed {
            note(AccountChange::GivenPin, login, by);
        }
        Ok(changed.then_some(pin))
    }

    /// A random PIN and its hash, for a new log-in.
    ///
    /// # Errors
    /// What failed.
    pub async fn fresh_pin(&self) -> Result<(String, String), SignInError> {
        let pin = new_pin().map_err(SignInError::Randomness)?;
        let hash = self.pins.hash(&pin).await?;
        Ok((pin, hash))
    }

    fn knock(&self, account: String, address: IpAddr, device: Option<&str>) -> Knock {
        let known_device = device.is_some_and(|mark| self.knows_device(mark, &account));
        Knock { account, address, known_device }
    }

    /// That the PIN has this hash, within the allowance of tries.
    async fn prove(&self, knock: &Knock, pin: &str, hash: Option<&str>, now: ReceivedAt) -> Result<(), SignInError> {
        if !self.throttle.admit(knock, now) || !self.pins.fits(pin, hash).await? {
            return Err(SignInError::Refused);
        }
        self.throttle.succeeded(knock, now);
        Ok(())
    }

    async fn begin(&self, user: UserRow, store: &dyn Store, now: ReceivedAt) -> Result<Opened, SignInError> {
        let secret = |bytes: [u8; 32]| URL_SAFE_NO_PAD.encode(bytes);
        let cookie = secret(random().map_err(SignInError::Randomness)?);
        let token = secret(random().map_err(SignInError::Randomness)?);
        let life = lifetime(user.role);
        let end_ms = now.as_unix_ms() + life.idle_ms;
        let row = SessionRow {
            digest: secret_digest(&cookie),
            login: user.login.clone(),
            csrf: format!("{token}.{}", now.as_unix_ms()),
            expires_at: ReceivedAt::from_unix_ms(end_ms).unwrap_or(now),
        };
        // The hash was slow to check; a PIN that was changed, or a log-in that was closed, in the meantime opens nothing.
        if !store.open_session(&row, &user.pin_hash).await? {
            return Err(SignInError::Refused);
        }
        Ok(Opened { cookie, age_s: life.absolute_ms / 1000, device: self.device_mark(&user.login)?, user })
    }

    /// `RANDOM.MAC`: says that this browser signed in to the account before, and nothing of the account.
    fn device_mark(&self, login: &str) -> Result<String, SignInError> {
        let nonce = hex::encode(random::<16>().map_err(SignInError::Randomness)?);
        let mac = self.telephones.mac_of("device", &format!("{nonce}\n{login}"));
        Ok(format!("{nonce}.{mac}"))
    }

    fn knows_device(&self, mark: &str, login: &str) -> bool {
        let Some((nonce, mac)) = mark.split_once('.') else { return false };
        let right = self.telephones.mac_of("device", &format!("{nonce}\n{login}")).to_string();
        super::same_text(mac, &right)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_device_is_known_to_its_account_alone() {
        let gate = Gate {
            telephones: TelephoneKey::from_bytes([3; 32]),
            pins: PinChecker::new().unwrap(),
            throttle: Throttle::default(),
        };
        let mark = gate.device_mark("wang").unwrap();
        assert!(gate.knows_device(&mark, "wang"));
        assert!(!gate.knows_device(&mark, "li"));
        assert!(!gate.knows_device("x.y", "wang"));
        let other = Gate { telephones: TelephoneKey::from_bytes([4; 32]), ..gate };
        assert!(!other.knows_device(&mark, "wang"), "another server's secret");
    }
}
