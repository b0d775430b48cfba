//! The secret keys under which package codes are made and recognised.
//!
//! Makes no keys (randomness comes from outside) and reads no files; the text of a key file is in `key_file`.

use std::fmt;

use sha2::{Digest, Sha256};

use super::permutation::Permutation;
use super::serial::{CodeIndex, IssueNumber, PackageCode};

/// The bits of a code that must be zero once decrypted: a guess passes once in 2^48.
const ZERO_BITS: u32 = 48;

/// The bits of the index, above the zeros and below the issue.
const INDEX_BITS: u32 = 27;

/// The most keys of a ring: each unknown code costs one decryption a key, and each key adds to the chance
/// that a guess passes.
const KEYS_MAX: usize = 8;

/// What is hashed before a key for its check value, so that the value is of no use elsewhere.
const CHECK_PREFIX: &[u8] = b"tianma-trace/code-key-check/1\n";

/// A secret AES-256 key with its version, 1 to 255.
///
/// Its debug form shows the version and the check value, never the key.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeKey {
    version: u8,
    bytes: [u8; 32],
    withdrawn: bool,
}

/// What a package code says: its place in a code issue, and the key under which it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decoded {
    issue: IssueNumber,
    index: CodeIndex,
    key_version: u8,
}

/// Up to 8 keys, of which the newest that was not withdrawn makes new codes and all recognise old ones.
///
/// Losing a key makes every package that was printed under it unknown: back the key file up.
pub struct KeyRing {
    /// Newest first.
    keys: Vec<(CodeKey, Permutation)>,
}

/// Why keys make no ring, or a ring no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// Versions count from 1.
    #[error("the version of a code key is 1 to 255, received 0")]
    VersionZero,
    /// No key at all.
    #[error("a key ring holds at least one code key, received none")]
    Empty,
    /// More than 8 keys.
    #[error("a key ring holds at most 8 code keys, received {received}")]
    TooMany {
        /// How many keys came.
        received: usize,
    },
    /// No key is left that may make codes.
    #[error("every code key is withdrawn; make a new one first")]
    AllWithdrawn,
    /// Two keys with one version.
    #[error("two code keys have version {version}; each needs its own")]
    DuplicateVersion {
        /// The version of both.
        version: u8,
    },
    /// One key under two versions.
    #[error("code keys {first} and {second} are the same key; make a new one instead")]
    DuplicateKey {
        /// The lower version.
        first: u8,
        /// The higher version.
        second: u8,
    },
    /// A code was asked for under a key that the ring does not hold.
    #[error("there is no code key of version {version} in the key ring")]
    UnknownVersion {
        /// The version that was asked for.
        version: u8,
    },
}

impl CodeKey {
    /// Takes 32 secret bytes from a cryptographic source of randomness.
    ///
    /// # Errors
    /// [`KeyRingError::VersionZero`].
    pub const fn new(version: u8, bytes: [u8; 32]) -> Result<Self, KeyRingError> {
        if version == 0 { Err(KeyRingError::VersionZero) } else { Ok(Self { version, bytes, withdrawn: false }) }
    }

    /// The version: 1 for the first key of an installation, one more for each that follows.
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// The same key, withdrawn: it may be known to others. It makes no new codes; those that it made are still recognised,
    /// and are told to be of a withdrawn key.
    #[must_use]
    pub const fn withdrawn(mut self) -> Self {
        self.withdrawn = true;
        self
    }

    /// Whether it was withdrawn.
    pub const fn is_withdrawn(&self) -> bool {
        self.withdrawn
    }

    /// The key-check value: the first 8 bytes of
    /// SHA-256(`tianma-trace/code-key-check/1`, a newline, the key), as 16 hex digits.
    ///
    /// It names a key without giving it away, so that it can stand in a database.
    pub fn check_value(&self) -> String {
        let digest = Sha256::new().chain_update(CHECK_PREFIX).chain_update(self.bytes).finalize();
        hex::encode(&digest[..8])
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.withdrawn { "withdrawn, " } else { "" };
        write!(f, "CodeKey(v{}, {state}check value {}, key withheld)", self.version, self.check_value())
    }
}

impl Decoded {
    /// The code issue.
    pub const fn issue(&self) -> IssueNumber {
        self.issue
    }

    /// The package's place in the issue.
    pub const fn index(&self) -> CodeIndex {
        self.index
    }

    /// The version of the key under which the code was made; the issue's row must name the same.
    pub const fn key_version(&self) -> u8 {
        self.key_version
    }
}

impl KeyRing {
    /// Takes the keys in any order.
    ///
    /// # Errors
    /// [`KeyRingError`] for none, more than 8, duplicates of a version or a key, or only withdrawn ones.
    pub fn new(mut keys: Vec<CodeKey>) -> Result<Self, KeyRingError> {
        match keys.len() {
            0 => return Err(KeyRingError::Empty),
            1..=KEYS_MAX => {}
            received => return Err(KeyRingError::TooMany { received }),
        }
        keys.sort_by_key(|key| key.version);
        for (place, second) in keys.iter().enumerate() {
            for first in &keys[..place] {
                if first.version == second.version {
                    return Err(KeyRingError::DuplicateVersion { version: first.version });
                }
                if first.bytes == second.bytes {
                    let (first, second) = (first.version, second.version);
                    return Err(KeyRingError::DuplicateKey { first, second });
                }
            }
        }
        if keys.iter().all(CodeKey::is_withdrawn) {
            return Err(KeyRingError::AllWithdrawn);
        }
        keys.reverse();
        let with_cipher = |key: CodeKey| {
            let permutation = Permutation::new(&key.bytes);
            (key, permutation)
        };
        Ok(Self { keys: keys.into_iter().map(with_cipher).collect() })
    }

    /// The code of package `index` of `issue` under the key of that version.
    ///
    /// # Errors
    /// [`KeyRingError::UnknownVersion`].
    pub fn encode(&self, version: u8, issue: IssueNumber, index: CodeIndex) -> Result<PackageCode, KeyRingError> {
        let found = self.keys.iter().find(|(key, _)| key.version == version);
        let (_, permutation) = found.ok_or(KeyRingError::UnknownVersion { version })?;
        let place = u128::from(issue.get()) << INDEX_BITS | u128::from(index.get());
        Ok(PackageCode::from_bits(permutation.forward(place << ZERO_BITS)))
    }

    /// What a code says, or nothing where no key of the ring made it. The newest key is tried first.
    ///
    /// That an issue of that number and size exists is for the caller to check.
    pub fn decode(&self, code: &PackageCode) -> Option<Decoded> {
        self.keys.iter().find_map(|(key, permutation)| {
            let plain = permutation.backward(code.bits());
            if plain.trailing_zeros() < ZERO_BITS {
                return None;
            }
            let place = u64::try_from(plain >> ZERO_BITS).ok()?;
            let issue = u32::try_from(place >> INDEX_BITS).ok()?;
            let index = u32::try_from(place & u64::from(CodeIndex::MAX.get())).ok()?;
            Some(Decoded {
                issue: IssueNumber::new(issue).ok()?,
                index: CodeIndex::new(index).ok()?,
                key_version: key.version,
            })
        })
    }

    /// The version of the newest key that was not withdrawn, which makes the codes of new issues.
    pub fn newest_version(&self) -> u8 {
        self.keys().find(|key| !key.withdrawn).map_or(0, CodeKey::version)
    }

    /// Whether the key of that version was withdrawn.
    pub fn is_withdrawn(&self, version: u8) -> bool {
        self.keys().any(|key| key.version == version && key.withdrawn)
    }

    /// The keys, newest first.
    pub fn keys(&self) -> impl Iterator<Item = &CodeKey> {
        self.keys.iter().map(|(key, _)| key)
    }

    /// The [key-check value](CodeKey::check_value) of the key of that version, if the ring holds it.
    pub fn check_value(&self, version: u8) -> Option<String> {
        self.keys().find(|key| key.version == version).map(CodeKey::check_value)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys()).finish()
    }
}
