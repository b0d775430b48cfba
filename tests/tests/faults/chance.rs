//! Moments that nobody chose, and how often they come.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// The environment variable that says how often the service is killed on each engine.
const KILLS_VARIABLE: &str = "TRACE_KILLS";

/// Enough to see a service that acknowledges too early, and few enough for every run of all tests.
const KILLS: u64 = 6;

/// How often the service is killed.
pub fn kills() -> u64 {
    match std::env::var(KILLS_VARIABLE) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{KILLS_VARIABLE} is '{text}'; it must be a number")),
        Err(_) => KILLS,
    }
}

/// A number below `end`.
pub fn below(end: u64) -> u64 {
    RandomState::new().hash_one(0) % end
}

/// Waits for a moment before `end_ms` has passed.
pub async fn moment_within(end_ms: u64) -> Duration {
    let moment = Duration::from_micros(below(end_ms * 1000));
    tokio::time::sleep(moment).await;
    moment
}
