//! From what a person or a program sends to a complete record: batch codes, input versions, salts and commitments
//! are filled in, what was typed is read into base units, and what follows from the inputs is copied.
//!
//! Only unsigned requests are completed; a signed record must be complete, since a signature covers every byte.
//!
//! ```
//! use serde_json::json;
//! use trace_core::id::Stage;
//! use trace_core::prepare::{Defaults, Draft, Randomness, complete};
//! use trace_core::quantity::Quantity;
//! use trace_core::state::{Stop, View};
//! # fn main() -> Result<(), Stop> {
//! # let origin = "trace.example.org/yiliang".parse().unwrap();
//! # let (submitter, seed) = (trace_core::id::PartyId::from_random([1; 10]), [7; 32]);
//!
//! let draft = Draft::from_value(json!({
//!     "uid": "0102030405060708090a0b0c0d0e0f10",
//!     "kind": "bring_in",
//!     "occurred_at": "2026-11-20",
//!     "details": {"origin": "before_system"},
//!     "outputs": [{"product": "fresh_tianma", "stage": "harvest", "amount": "320斤"}],
//! }))?;
//! let defaults = Defaults { origin, submitter, key_version: 1 };
//! let stock = complete(&draft, &[], &defaults, &mut Randomness::new(seed), &mut View::in_memory())?;
//! assert_eq!(stock.record.outputs[0].batch.stage(), Stage::Harvest, "it got a batch code");
//! assert_eq!(stock.amounts.outputs[0].quantity(), Quantity::kg(160));
//! assert_eq!(stock.openings.len(), 1, "the amounts are sealed: the record holds their commitment");
//! # Ok(())
//! # }
//! ```

mod amounts;
mod draft;
mod fill;
mod shipment;

pub use draft::{Draft, DraftInput, DraftOutput};
pub use fill::{Completed, Defaults, complete, likely_codes};

use sha2::{Digest as _, Sha256};

/// A stream of random bytes out of one seed, so that judging again after loading rows gives the same codes and salts.
#[derive(Debug, Clone)]
pub struct Randomness {
    seed: [u8; 32],
    counter: u64,
}

impl Randomness {
    /// The stream of this seed; the seed comes from the operating system and is used once.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0 }
    }

    /// The stream for the record at this position of a group, apart from those of the records before it: so the codes
    /// of all records of a group are known without completing the earlier ones.
    pub fn of_position(seed: [u8; 32], position: usize) -> Self {
        Self { seed, counter: (position as u64) << 32 }
    }

    /// The next bytes: SHA-256 of seed and counter, cut to `N` (at most 32).
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        const { assert!(N <= 32) };
        let mut hash = Sha256::new();
        hash.update(b"tianma-trace/randomness/1\n");
        hash.update(self.seed);
        hash.update(self.counter.to_be_bytes());
        self.counter += 1;
        let digest = hash.finalize();
        let mut out = [0; N];
        out.copy_from_slice(&digest[..N]);
        out
    }
}
