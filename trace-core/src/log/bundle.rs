//! Entry bundles: the bytes of up to 256 entries in one piece, as C2SP tlog-tiles serves them.
//!
//! Owns the framing, 16-bit lengths with the big end first. Which bundles there are is said by
//! [`TilePath`](super::TilePath); what an entry means is the business of `record`.

use super::tile::TILE_WIDTH;

/// The most bytes of an entry in a bundle: what its length of 16 bits can say.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// Why entries cannot be bundled, or bytes are no bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry is longer than [`ENTRY_BYTES_MAX`].
    #[error("entry {place} of the bundle has {received} bytes, and 65,535 are the most")]
    EntryTooLong {
        /// The entry's place in the bundle, from 0.
        place: usize,
        /// Its length in bytes.
        received: usize,
    },
    /// There are other than 1 to 256 entries.
    #[error("a bundle has 1 to 256 entries, received {received}")]
    Count {
        /// How many came.
        received: usize,
    },
    /// The bundle has not as many entries as its path says.
    #[error("the bundle's path says {expected} entries, and it has {received}")]
    Width {
        /// What the path says.
        expected: u16,
        /// How many there are.
        received: usize,
    },
    /// The bytes end inside a length or an entry.
    #[error("the bundle ends in the middle of its entry {place}")]
    Truncated {
        /// The entry's place in the bundle, from 0.
        place: usize,
    },
}

/// Frames entries, in their order (C2SP tlog-tiles, "Log entries").
///
/// # Errors
/// [`BundleError::EntryTooLong`] or [`BundleError::Count`].
///
/// ```
/// use trace_core::log::{decode_bundle, encode_bundle};
///
/// let bytes = encode_bundle(["ab", "", "c"])?;
/// assert_eq!(bytes, b"\x00\x02ab\x00\x00\x00\x01c");
/// assert_eq!(decode_bundle(&bytes, 3)?, [&b"ab"[..], b"", b"c"]);
/// # Ok::<(), trace_core::log::BundleError>(())
/// ```
pub fn encode_bundle<E: AsRef<[u8]>>(entries: impl IntoIterator<Item = E>) -> Result<Vec<u8>, BundleError> {
    let (mut bytes, mut count) = (Vec::new(), 0);
    for entry in entries {
        let entry = entry.as_ref();
        let too_long = |_| BundleError::EntryTooLong { place: count, received: entry.len() };
        let length = u16::try_from(entry.len()).map_err(too_long)?;
        bytes.extend(length.to_be_bytes());
        bytes.extend_from_slice(entry);
        count += 1;
    }
    if (1..=usize::from(TILE_WIDTH)).contains(&count) { Ok(bytes) } else { Err(BundleError::Count { received: count }) }
}

/// The entries of a bundle whose path says `width` of them. Compare each one's leaf hash with the tile of level 0.
///
/// # Errors
/// [`BundleError::Truncated`] or [`BundleError::Width`].
pub fn decode_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let truncated = BundleError::Truncated { place: entries.len() };
        let (length, tail) = rest.split_first_chunk::<2>().ok_or(truncated)?;
        let (entry, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(truncated)?;
        entries.push(entry);
        rest = tail;
    }
    if entries.len() == usize::from(width) {
        Ok(entries)
    } else {
        Err(BundleError::Width { expected: width, received: entries.len() })
    }
}
