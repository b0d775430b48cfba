//! Sealed groups (密封内容): private values of which the public record holds only a salted commitment.
//!
//! Owns commitments and their openings. It deliberately has no encryption and no idea of who may open what: openings
//! live in the key store of the service. `Debug` of a salt or an opening shows no private value.

use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::canonical::{self, CanonicalError};
use crate::id::{Uid, text};

/// Hashed before the canonical bytes, so that a commitment can never equal a hash made for another purpose.
const DOMAIN: &[u8] = b"tianma-trace/sealed/1\n";

/// 128 bits: whoever tries all weights of a harvest must also try all salts.
const SALT_BYTES_MIN: usize = 16;
/// One SHA-256 block: a longer salt adds nothing.
const SALT_BYTES_MAX: usize = 64;

/// Which private values a commitment covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Every quantity, with what was typed; areas.
    Amounts,
    /// Price and conditions.
    Terms,
    /// Names and telephone numbers.
    Person,
    /// Outline and exact position.
    Place,
}

impl Group {
    /// All groups, in the order of their codes.
    pub const ALL: [Self; 4] = [Self::Amounts, Self::Terms, Self::Person, Self::Place];

    /// The code in records, the same as in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Amounts => "amounts",
            Self::Terms => "terms",
            Self::Person => "person",
            Self::Place => "place",
        }
    }

    /// Whether it tells of a person: such values are kept under a key that can be destroyed.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Person | Self::Place)
    }
}

/// Why a salt, a commitment or an opening is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealedError {
    /// The salt is no base64url (RFC 4648, section 5) without padding.
    #[error("a salt is base64url without padding (A-Z a-z 0-9 - _): {reason}")]
    SaltEncoding {
        /// What the decoder said.
        reason: String,
    },
    /// The salt is too short to hide anything, or longer than is of use.
    #[error("a salt has 16 to 64 random bytes, this has {received}")]
    SaltLength {
        /// Bytes received.
        received: usize,
    },
    /// The value has no canonical bytes.
    #[error("the value of a sealed group cannot be committed to: {0}")]
    Value(#[from] CanonicalError),
    /// The opening is not the one that was committed to.
    #[error("this opening of {group} gives the commitment {computed}, the record holds {recorded}")]
    Mismatch {
        /// Code of the group.
        group: &'static str,
        /// What the opening gives.
        computed: Commitment,
        /// What the record holds.
        recorded: Commitment,
    },
}

impl SealedError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::SaltEncoding { .. } => "盐应为不带填充的 base64url（A-Z a-z 0-9 - _），收到的不是".to_owned(),
            Self::SaltLength { received } => {
                format!("盐有 {received} 字节，应为 {SALT_BYTES_MIN} 至 {SALT_BYTES_MAX} 个随机字节")
            }
            Self::Value(error) => error.zh(),
            Self::Mismatch { group, computed, recorded } => {
                format!("这份“{group}”的原值算出的承诺是 {computed}，记录里写的是 {recorded}")
            }
        }
    }
}

/// Random bytes, 16 to 64, that keep a commitment from being guessed; spelled in base64url without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt(Vec<u8>);

impl Salt {
    /// Takes bytes that the caller drew at random.
    ///
    /// # Errors
    /// `SaltLength` unless there are 16 to 64 of them.
    pub fn from_bytes(random: &[u8]) -> Result<Self, SealedError> {
        if (SALT_BYTES_MIN..=SALT_BYTES_MAX).contains(&random.len()) {
            Ok(Self(random.to_vec()))
        } else {
            Err(SealedError::SaltLength { received: random.len() })
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Display for Salt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl FromStr for Salt {
    type Err = SealedError;

    fn from_str(text: &str) -> Result<Self, SealedError> {
        let bytes =
            URL_SAFE_NO_PAD.decode(text).map_err(|error| SealedError::SaltEncoding { reason: error.to_string() })?;
        Self::from_bytes(&bytes)
    }
}

impl Debug for Salt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Salt({} bytes)", self.0.len())
    }
}

impl Serialize for Salt {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize("salt", deserializer)
    }
}

text::hex_id! {
    /// What the public record holds of a sealed group: SHA-256 as 64 lower-case hex digits.
    Commitment, 32, "commitment"
}

#[derive(Serialize)]
struct Preimage<'a> {
    group: Group,
    salt: &'a Salt,
    uid: &'a Uid,
    value: &'a Value,
}

/// The commitment of a group of the record with this `uid`: SHA-256 of `"tianma-trace/sealed/1\n"` and the RFC 8785
/// bytes of `{"group","salt","uid","value"}`.
///
/// # Errors
/// `Value` where the value has no canonical bytes (a float, a null, an integer of 2^53 or more).
pub fn commit(group: Group, salt: &Salt, uid: &Uid, value: &Value) -> Result<Commitment, SealedError> {
    let bytes = canonical::canonical_bytes(&Preimage { group, salt, uid, value })?;
    let digest = Sha256::new().chain_update(DOMAIN).chain_update(bytes).finalize();
    Ok(Commitment::from_bytes(digest.into()))
}

/// The private side of a commitment: whoever holds it can show what the record says.
///
/// ```
/// use serde_json::json;
/// use trace_core::id::Uid;
/// use trace_core::record::sealed::{Group, Opening, Salt};
///
/// let uid = Uid::from_bytes([7; 16]);
/// let opening = Opening::new(Group::Terms, Salt::from_bytes(&[9; 16])?, json!({"price": 120}));
/// let commitment = opening.commitment(&uid)?;
/// assert!(opening.verify(&uid, &commitment).is_ok());
/// assert!(opening.verify(&Uid::from_bytes([8; 16]), &commitment).is_err());
/// # Ok::<(), trace_core::record::sealed::SealedError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    group: Group,
    salt: Salt,
    value: Value,
}

impl Opening {
    /// Puts the three parts together; the value is checked when a commitment is made of it.
    pub const fn new(group: Group, salt: Salt, value: Value) -> Self {
        Self { group, salt, value }
    }

    /// Which group it opens.
    pub const fn group(&self) -> Group {
        self.group
    }

    /// The salt.
    pub const fn salt(&self) -> &Salt {
        &self.salt
    }

    /// The private value.
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// The private value, taken out.
    pub fn into_value(self) -> Value {
        self.value
    }

    /// The commitment that the record with this `uid` must hold.
    ///
    /// # Errors
    /// As [`commit`].
    pub fn commitment(&self, uid: &Uid) -> Result<Commitment, SealedError> {
        commit(self.group, &self.salt, uid, &self.value)
    }

    /// Checks this opening against the commitment in the record with this `uid`.
    ///
    /// # Errors
    /// `Mismatch` when the record committed to something else, otherwise as [`commit`].
    pub fn verify(&self, uid: &Uid, recorded: &Commitment) -> Result<(), SealedError> {
        // Both sides are public hashes, so the comparison need not take constant time.
        let computed = self.commitment(uid)?;
        if computed == *recorded {
            Ok(())
        } else {
            Err(SealedError::Mismatch { group: self.group.code(), computed, recorded: *recorded })
        }
    }
}

impl Debug for Opening {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("group", &self.group).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use serde_json::json;

    use super::*;

    fn golden() -> (Uid, Opening) {
        let uid = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
        let salt = Salt::from_bytes(&(0x10..0x20).collect::<Vec<u8>>()).unwrap();
        let value = json!({"outputs": [{"value": 160_000_000, "unit": "mg", "typed": "320斤"}]});
        (uid, Opening::new(Group::Amounts, salt, value))
    }

    #[test]
    fn golden_commitment() {
        // Computed with Python's hashlib over the bytes written out by hand.
        let (uid, opening) = golden();
        assert_eq!(
            opening.commitment(&uid).unwrap().to_string(),
            "c7d4dceda0e95e2faeed52e2a7b38cc94b7cf84bc7e9c67fdeea7b088174f6d6"
        );
    }

    #[test]
    fn every_part_is_bound() {
        let (uid, opening) = golden();
        let commitment = opening.commitment(&uid).unwrap();
        opening.verify(&uid, &commitment).unwrap();
        let salt = opening.salt().clone();
        let value = opening.value().clone();
        let others = [
            Opening::new(Group::Terms, salt.clone(), value.clone()),
            Opening::new(Group::Amounts, Salt::from_bytes(&[1; 16]).unwrap(), value),
            Opening::new(Group::Amounts, salt, json!({"outputs": [{"value": 160_000_001}]})),
        ];
        for other in others {
            let error = other.verify(&uid, &commitment).unwrap_err();
            assert!(matches!(&error, SealedError::Mismatch { recorded, .. } if *recorded == commitment));
        }
        assert!(opening.verify(&Uid::from_bytes([0; 16]), &commitment).is_err());
    }

    #[test]
    fn salts_are_long_enough_and_have_one_spelling() {
        assert_eq!(Salt::from_bytes(&[0; 15]), Err(SealedError::SaltLength { received: 15 }));
        assert_eq!(Salt::from_bytes(&[0; 65]), Err(SealedError::SaltLength { received: 65 }));
        assert_eq!("".parse::<Salt>(), Err(SealedError::SaltLength { received: 0 }));
        let text = "EBESExQVFhcYGRobHB0eHw";
        let salt: Salt = text.parse().unwrap();
        assert_eq!(salt.to_string(), text);
        for broken in ["EBESExQVFhcYGRobHB0eHw==", "EBESExQVFhcYGRobHB0eHx", "EBESExQVFhcYGRobHB0e+w"] {
            assert!(matches!(broken.parse::<Salt>(), Err(SealedError::SaltEncoding { .. })), "{broken}");
        }
    }

    #[test]
    fn openings_go_through_json_and_hide_in_debug() {
        let (_, opening) = golden();
        let text = serde_json::to_string(&opening).unwrap();
        assert_eq!(serde_json::from_str::<Opening>(&text).unwrap(), opening);
        assert!(serde_json::from_str::<Opening>(&text.replace("salt", "Salt")).is_err());
        let more = text.replacen('{', "{\"more\":1,", 1);
        assert!(serde_json::from_str::<Opening>(&more).is_err());
        let shown = format!("{opening:?} {:?}", opening.salt());
        assert!(!shown.contains("320") && !shown.contains("EBES"), "{shown}");
        for group in Group::ALL {
            assert_eq!(serde_json::to_value(group).unwrap(), group.code());
        }
    }

    #[test]
    fn values_without_canonical_bytes_are_refused() {
        let (uid, opening) = golden();
        for value in [json!({"price": 1.5}), json!({"price": null}), json!({"price": 1_u64 << 53})] {
            let opening = Opening::new(Group::Terms, opening.salt().clone(), value);
            assert!(matches!(opening.commitment(&uid), Err(SealedError::Value(_))));
        }
    }
}
