//! PINs: hashed with argon2id, a few at a time, and for a stranger's name as long as for a known one.
//!
//! It deliberately knows nothing of accounts; a caller brings the stored hash, or none.

use std::sync::Arc;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

/// Memory of one hash in KiB: 19 MiB, the least that OWASP's Password Storage Cheat Sheet names for t=2, p=1.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Room that is asked for, in blocks of 1 KiB; a hash touches [`MEMORY_KIB`] of it, and only what is touched is memory.
/// Above 32 MiB the C library's allocator takes pages for this alone and gives them back at once (mallopt(3),
/// `M_MMAP_THRESHOLD`); below, it would keep up to 58 MiB for each thread that ever hashed a PIN.
const ROOM_BLOCKS: usize = 33 * 1024;
/// How many hashes are computed at once: two take 38 MiB and two cores for a few dozen milliseconds.
const AT_ONCE: usize = 2;
/// Digits of a PIN.
const PIN_DIGITS: std::ops::RangeInclusive<usize> = 6..=12;

/// Why a PIN cannot be kept or checked.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// It is no PIN.
    #[error("a PIN has {} to {} digits; this has {received} characters or other signs", PIN_DIGITS.start(), PIN_DIGITS.end())]
    NotDigits {
        /// How many characters came.
        received: usize,
    },
    /// It is one of the first that anybody would try.
    #[error("this PIN is too easy to guess: one digit, or two or three, again and again, or digits in a row")]
    Weak,
    /// The hash failed.
    #[error("the PIN cannot be hashed: {0}")]
    Hash(String),
}

/// The hash of a PIN in PHC string format, for [`crate::store::UserRow::pin_hash`].
///
/// # Errors
/// [`PinError::NotDigits`]; [`PinError::Hash`] if there is no memory or no randomness.
pub fn hash_pin(pin: &str) -> Result<String, PinError> {
    hashed(digits_of(pin)?.as_bytes())
}

fn digits_of(pin: &str) -> Result<String, PinError> {
    let pin = typed_pin(pin);
    if PIN_DIGITS.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(pin);
    }
    Err(PinError::NotDigits { received: pin.chars().count() })
}

/// Whether a PIN that a person chose may be kept: digits, and not the first that anybody would try.
///
/// # Errors
/// [`PinError::NotDigits`], [`PinError::Weak`].
pub fn may_be_chosen(pin: &str) -> Result<(), PinError> {
    let pin = digits_of(pin)?;
    let digits = pin.as_bytes();
    let repeats = |period: usize| digits.iter().zip(&digits[period..]).all(|(one, later)| one == later);
    let runs = |step: u8| digits.windows(2).all(|pair| (pair[0] - b'0' + step) % 10 == pair[1] - b'0');
    if (1..=3).any(repeats) || runs(1) || runs(9) { Err(PinError::Weak) } else { Ok(()) }
}

/// Six random digits that a person could have chosen.
///
/// # Errors
/// If the operating system has no randomness.
pub fn new_pin() -> Result<String, getrandom::Error> {
    const PINS: u32 = 1_000_000;
    loop {
        let number = u32::from_be_bytes(crate::ledger::random::<4>()?);
        // The numbers above the last whole million would make some PINs likelier than others.
        if number < u32::MAX - u32::MAX % PINS {
            let pin = format!("{:06}", number % PINS);
            if may_be_chosen(&pin).is_ok() {
                return Ok(pin);
            }
        }
    }
}

/// A PIN as it is compared: full-width digits as plain ones, no spaces.
pub fn typed_pin(pin: &str) -> String {
    super::telephone::plain_text(pin).chars().filter(|c| !c.is_whitespace()).collect()
}

/// A new hash with a salt of its own.
fn hashed(secret: &[u8]) -> Result<String, PinError> {
    let failed = |error: &dyn std::fmt::Display| PinError::Hash(error.to_string());
    let salt = crate::ledger::random::<16>().map_err(|error| failed(&error))?;
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| failed(&error))?;
    let mut hash = [0; Params::DEFAULT_OUTPUT_LEN];
    let params_text = ParamsString::try_from(&params).map_err(|error| failed(&error))?;
    derive(&Argon2::new(Algorithm::Argon2id, Version::V0x13, params), secret, &salt, &mut hash)?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params_text,
        salt: Some(Salt::new(&salt).map_err(|error| failed(&error))?),
        hash: Some(Output::new(&hash).map_err(|error| failed(&error))?),
    };
    Ok(hash.to_string())
}

/// Whether the secret has this hash; the stored parameters decide, so that those of new hashes may change.
fn verified(secret: &[u8], stored: &str) -> Result<bool, PinError> {
    let failed = |error: &dyn std::fmt::Display| PinError::Hash(error.to_string());
    let stored = PasswordHash::new(stored).map_err(|error| failed(&error))?;
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(|error| failed(&error))?;
    let version = stored.version.map(Version::try_from).transpose().map_err(|error| failed(&error))?;
    let params = Params::try_from(&stored).map_err(|error| failed(&error))?;
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Err(failed(&"the stored hash has no salt or no value"));
    };
    let mut hash = vec![0; expected.as_ref().len()];
    derive(&Argon2::new(algorithm, version.unwrap_or_default(), params), secret, salt, &mut hash)?;
    Ok(hash.ct_eq(expected.as_ref()).into())
}

/// Argon2 (RFC 9106 section 3) in memory that is given back when it is done.
fn derive(argon2: &Argon2<'_>, secret: &[u8], salt: &[u8], out: &mut [u8]) -> Result<(), PinError> {
    let count = argon2.params().block_count();
    let mut blocks = Vec::with_capacity(count.max(ROOM_BLOCKS));
    blocks.resize(count, Block::default());
    let done = argon2.hash_password_into_with_memory(secret, salt, out, &mut blocks);
    done.map_err(|error| PinError::Hash(error.to_string()))
}

/// Checks PINs, a few at a time.
#[derive(Debug, Clone)]
pub struct PinChecker {
    turns: Arc<Semaphore>,
    /// A hash that no PIN has, checked where there is no account.
    dummy: Arc<str>,
}

impl PinChecker {
    /// A checker; costs one hash.
    ///
    /// # Errors
    /// [`PinError::Hash`].
    pub fn new() -> Result<Self, PinError> {
        let nobody = crate::ledger::random::<32>().map_err(|error| PinError::Hash(error.to_string()))?;
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), dummy: hashed(&nobody)?.into() })
    }

    /// Whether the PIN has this hash. Without a hash the answer is no, after the same work.
    ///
    /// # Errors
    /// [`PinError::Hash`] if the stored hash cannot be read or the work cannot be done.
    pub async fn fits(&self, pin: &str, hash: Option<&str>) -> Result<bool, PinError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.dummy).to_owned();
        let pin = typed_pin(pin);
        Ok(self.in_turn(move || verified(pin.as_bytes(), &hash)).await? && known)
    }

    /// [`hash_pin`], when its turn comes.
    ///
    /// # Errors
    /// As [`hash_pin`].
    pub async fn hash(&self, pin: &str) -> Result<String, PinError> {
        let pin = pin.to_owned();
        self.in_turn(move || hash_pin(&pin)).await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PinError> + Send + 'static,
    ) -> Result<T, PinError> {
        let failed = |error: &dyn std::fmt::Display| PinError::Hash(error.to_string());
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|error| failed(&error))?;
        let work = tokio::task::spawn_blocking(move || {
            // Held by the work itself: a caller that goes away does not let another one start beside it.
            let _turn = turn;
            work()
        });
        work.await.map_err(|error| failed(&error))?
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    /// A crowd of guesses waits for its turn instead of taking all memory and cores.
    #[tokio::test]
    async fn no_more_than_a_few_run_at_once() {
        let checker = PinChecker::new().unwrap();
        assert_eq!(checker.turns.available_permits(), AT_ONCE);
        let mut nobody = std::task::Context::from_waker(std::task::Waker::noop());
        let mut running = Vec::new();
        for left in (0..AT_ONCE).rev() {
            let mut check = Box::pin(checker.fits("314159", None));
            assert!(check.as_mut().poll(&mut nobody).is_pending());
            assert_eq!(checker.turns.available_permits(), left, "the work itself holds its turn");
            running.push(check);
        }
        let mut waiting = Box::pin(checker.fits("314159", None));
        assert!(waiting.as_mut().poll(&mut nobody).is_pending());
        // A caller that goes away frees nothing before its work is done.
        drop(running.pop());
        for check in running {
            assert!(!check.await.unwrap());
        }
        assert!(!waiting.await.unwrap());
    }

    #[tokio::test]
    async fn the_right_pin_fits_and_nothing_else_does() {
        let hash = hash_pin("１２3 456").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let checker = PinChecker::new().unwrap();
        assert!(checker.fits("123456", Some(&hash)).await.unwrap());
        assert!(!checker.fits("123457", Some(&hash)).await.unwrap());
        assert!(!checker.fits("123456", None).await.unwrap());
        assert!(checker.fits("123456", Some("no hash")).await.is_err());
    }

    #[test]
    fn hashes_of_the_library_itself_are_read() {
        use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
        let theirs = Argon2::default().hash_password(b"123456").unwrap().to_string();
        assert!(verified(b"123456", &theirs).unwrap() && !verified(b"123457", &theirs).unwrap());
        let ours = hash_pin("123456").unwrap();
        let parsed = PasswordHash::new(&ours).unwrap();
        assert!(Argon2::default().verify_password(b"123456", &parsed).is_ok());
        assert_ne!(ours, hash_pin("123456").unwrap(), "each hash has a salt of its own");
    }

    #[test]
    fn what_anybody_would_try_is_not_chosen() {
        for weak in ["111111", "123456", "654321", "567890", "098765", "121212", "123123", "１２３４５６", "00000000"]
        {
            assert!(matches!(may_be_chosen(weak), Err(PinError::Weak)), "{weak}");
        }
        for good in ["314159", "111112", "123465", "135790", "12341234"] {
            assert!(may_be_chosen(good).is_ok(), "{good}");
        }
        for _ in 0..50 {
            let pin = new_pin().unwrap();
            assert!(pin.len() == 6 && may_be_chosen(&pin).is_ok(), "{pin}");
        }
    }

    #[test]
    fn a_pin_is_digits() {
        for wrong in ["", "12345", "1234567890123", "12345a", "密码密码密码"] {
            assert!(matches!(hash_pin(wrong), Err(PinError::NotDigits { .. })), "{wrong}");
        }
    }
}
