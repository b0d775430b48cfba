//! Forged package codes: ten million random serials against a ring of three keys, of which none may decode. Each key
//! makes some genuine ones in between, which all must, or the test would prove nothing.
//!
//! Run it with `cargo run --release -p trace-core --example forged`; the first argument is another count.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing, PackageCode};

/// A guess passes once in 2^48 a key: three in ten million tries at a chance of one to nine million.
const TRIES: u64 = 10_000_000;
/// After so many guesses comes a genuine code.
const GENUINE_EVERY: u64 = 10_000;
/// Serials of one piece of work.
const PIECE: u64 = 50_000;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The n-th number of a sequence without visible order (the finaliser of MurmurHash3), so that every run tries the same.
const fn mixed(n: u64) -> u64 {
    let n = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let n = (n ^ n >> 33).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    let n = (n ^ n >> 33).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    n ^ n >> 33
}

/// The n-th forged serial: 20 characters.
fn forged(n: u64) -> Result<PackageCode, Box<dyn Error + Send + Sync>> {
    let bits = u128::from(mixed(2 * n)) << 64 | u128::from(mixed(2 * n + 1));
    let text: String = (0..20).map(|place| char::from(ALPHABET[(bits >> (5 * place) & 31) as usize])).collect();
    Ok(PackageCode::parse_typed(&text)?)
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let tries = std::env::args().nth(1).map_or(Ok(TRIES), |count| count.parse())?;
    let keys = (1..=3).map(|version| CodeKey::new(version, [version; 32]));
    let ring = KeyRing::new(keys.collect::<Result<_, _>>()?)?;
    let (next, genuine) = (AtomicU64::new(0), AtomicU64::new(0));
    let work = || -> Result<(), Box<dyn Error + Send + Sync>> {
        loop {
            let from = next.fetch_add(PIECE, Ordering::Relaxed);
            if from >= tries {
                return Ok(());
            }
            for n in from..tries.min(from + PIECE) {
                let code = forged(n)?;
                if let Some(decoded) = ring.decode(&code) {
                    return Err(format!("the forged code {code} was taken for {decoded:?}").into());
                }
                if n % GENUINE_EVERY == 0 {
                    let (issue, index) =
                        (IssueNumber::new((n % 1000) as u32 + 1)?, CodeIndex::new((n % 99_991) as u32)?);
                    let version = (n / GENUINE_EVERY % 3) as u8 + 1;
                    let decoded = ring.decode(&ring.encode(version, issue, index)?);
                    let right = decoded.is_some_and(|found| (found.issue(), found.index()) == (issue, index));
                    if !right {
                        return Err(format!("a genuine code of key {version} was taken for {decoded:?}").into());
                    }
                    genuine.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    println!("{tries} forged serials, none decoded; {} genuine ones, all decoded", genuine.into_inner());
    Ok(())
}
