//! Signed heads of the log, as they are kept, and the lock of the one who signs.

use async_trait::async_trait;
use trace_core::time::ReceivedAt;

/// A signed head of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRow {
    /// The number of entries that it covers.
    pub size: u64,
    /// The signed note, with the cosignatures of witnesses so far.
    pub note: String,
    /// When it was signed.
    pub signed_at: ReceivedAt,
    /// Whether as many witnesses cosigned as the configuration asked for; only then it is shown to the world.
    pub published: bool,
}

/// Held by the one server that signs; free for another when dropped, or when the session with the database ends.
#[async_trait]
pub trait SignerLock: Send + Sync {
    /// Whether it is still held.
    async fn is_held(&self) -> bool;
}
