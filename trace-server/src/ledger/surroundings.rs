//! What the ledger takes from outside: the time, random seeds, and who it is.

use trace_core::time::ReceivedAt;

/// Clock and randomness, passed in so that tests can give their own.
pub struct Surroundings {
    /// The time in UTC.
    pub now: Box<dyn Fn() -> ReceivedAt + Send + Sync>,
    /// 32 fresh random bytes.
    pub seed: Box<dyn Fn() -> Result<[u8; 32], getrandom::Error> + Send + Sync>,
}

impl Surroundings {
    /// The operating system's clock and randomness.
    pub fn system() -> Self {
        Self { now: Box::new(system_time), seed: Box::new(random) }
    }
}

/// The operating system's time. A clock before 1970 or after 2999 reads as 1970: entries never run backwards anyway.
pub fn system_time() -> ReceivedAt {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let ms = i64::try_from(since.as_millis()).unwrap_or_default();
    ReceivedAt::from_unix_ms(ms).unwrap_or(ReceivedAt::EPOCH)
}

/// `N` bytes of the operating system's randomness.
///
/// # Errors
/// If the operating system has none.
pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
