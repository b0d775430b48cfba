//! Typed ids of records, requests, parties, sites and batches.
//!
//! Owns how an id is spelled and read. It deliberately has no randomness (random bytes come in as arguments) and
//! knows no store: whether an id exists is the ledger's question.

use sha2::{Digest, Sha256};
use thiserror::Error;

pub(crate) mod base32;
mod batch_code;
mod stage;
pub(crate) mod text;

pub use batch_code::{BatchCode, BatchCodeError};
pub use stage::Stage;

/// Why a text is not an id. Positions count characters from 1, as people do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// The text has the wrong number of characters.
    #[error("a {what} has {expected} characters, this text has {received}")]
    Length {
        /// Which id was expected.
        what: &'static str,
        /// How many characters it has.
        expected: usize,
        /// How many the text has.
        received: usize,
    },
    /// The text does not start as this id does.
    #[error("a {what} starts with {expected:?}, this text starts with {received:?}")]
    Prefix {
        /// Which id was expected.
        what: &'static str,
        /// The prefix of that id.
        expected: &'static str,
        /// What stands there instead.
        received: String,
    },
    /// A character that this id cannot hold.
    #[error("character {position} of this {what} is {found:?}; allowed there: {allowed}")]
    Character {
        /// Which id was expected.
        what: &'static str,
        /// Place of the character, counted from 1.
        position: usize,
        /// The character.
        found: char,
        /// The characters that may stand there.
        allowed: &'static str,
    },
}

impl IdError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Length { what, expected, received } => {
                format!("{}应有 {expected} 个字符，收到的有 {received} 个", zh_name(what))
            }
            Self::Prefix { what, expected, received } => {
                format!("{}应以“{expected}”开头，收到的以“{received}”开头", zh_name(what))
            }
            Self::Character { what, position, found, allowed } => {
                let allowed = text::allowed_zh(allowed);
                format!("{}第 {position} 个字符“{found}”不对；可以用 {allowed}", zh_name(what))
            }
        }
    }
}

/// What an id of this English name is called in Chinese.
fn zh_name(what: &str) -> &'static str {
    match what {
        "record id" => "记录指纹",
        "uid" => "请求编号（uid）",
        "party id" => "主体编号",
        "site id" => "地点编号",
        "commitment" => "密封承诺",
        _ => "编号",
    }
}

text::hex_id! {
    /// The fingerprint of a record: SHA-256 (FIPS 180-4) of its canonical bytes, spelled as 64 lower-case hex digits.
    ///
    /// ```
    /// use trace_core::id::RecordId;
    ///
    /// let id = RecordId::of(b"abc");
    /// assert_eq!(id.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    /// assert_eq!(id.to_string().parse(), Ok(id));
    /// ```
    RecordId, 32, "record id"
}

impl RecordId {
    /// The id of the record with these canonical bytes.
    pub fn of(canonical_bytes: &[u8]) -> Self {
        Self(Sha256::digest(canonical_bytes).into())
    }
}

text::hex_id! {
    /// The client's own number for a request, spelled as 32 lower-case hex digits.
    ///
    /// Together with the submitting party it makes a repeated request harmless.
    Uid, 16, "uid"
}

text::base32_id! {
    /// A party (主体): `pa-` and 16 Crockford base32 characters, 80 random bits.
    ///
    /// Never made from a name or a telephone number, so that it says nothing about the person.
    ///
    /// ```
    /// use trace_core::id::PartyId;
    ///
    /// let party = PartyId::from_random([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    /// assert_eq!(party.to_string(), "pa-000G40R40M30E209");
    /// assert!("pa-000g40R40M30E209".parse::<PartyId>().is_err(), "one spelling only");
    /// ```
    PartyId, "pa-", "party id"
}

text::base32_id! {
    /// A site (地点): `si-` and 16 Crockford base32 characters, 80 random bits.
    SiteId, "si-", "site id"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn hex_ids_have_one_spelling() {
        let text = "0123456789abcdef0123456789abcdef";
        let uid: Uid = text.parse().unwrap();
        assert_eq!(uid.to_string(), text);
        assert_eq!(uid.as_bytes()[1], 0x23);
        assert_eq!(
            "0123456789abcdeF0123456789abcdef".parse::<Uid>(),
            Err(IdError::Character { what: "uid", position: 16, found: 'F', allowed: text::HEX_ALLOWED })
        );
        assert!(matches!("0123".parse::<Uid>(), Err(IdError::Length { expected: 32, received: 4, .. })));
        // 32 bytes but fewer characters: counted in characters, and never cut inside one.
        assert!(matches!("天麻天麻天麻天麻天麻ab".parse::<Uid>(), Err(IdError::Length { received: 12, .. })));
    }

    #[test]
    fn party_ids_name_position_and_character() {
        let error = "pa-000G40R40M30E20U".parse::<PartyId>().unwrap_err();
        assert!(matches!(error, IdError::Character { position: 19, found: 'U', .. }));
        assert!(error.to_string().contains("character 19"), "{error}");
        assert!(matches!("si-000G40R40M30E209".parse::<PartyId>(), Err(IdError::Prefix { expected: "pa-", .. })));
        assert!(matches!("pa-".parse::<PartyId>(), Err(IdError::Length { received: 3, .. })));
        assert!("".parse::<SiteId>().is_err());
        assert!(" pa-000G40R40M30E20".parse::<PartyId>().is_err());
    }

    #[test]
    fn base32_ids_round_trip_at_the_edges() {
        for random in [[0u8; 10], [0xff; 10], [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1]] {
            let site = SiteId::from_random(random);
            let text = site.to_string();
            assert_eq!(text.len(), 19);
            assert_eq!(text.parse::<SiteId>().unwrap(), site);
            assert_eq!(site.as_bytes(), &random);
        }
        assert_eq!(SiteId::from_random([0xff; 10]).to_string(), "si-ZZZZZZZZZZZZZZZZ");
    }

    #[test]
    fn ids_are_json_strings() {
        let id = RecordId::of(b"");
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<RecordId>(&json).unwrap(), id);
        assert_eq!(serde_json::from_slice::<RecordId>(json.as_bytes()).unwrap(), id);
        let error = serde_json::from_str::<RecordId>("\"xyz\"").unwrap_err().to_string();
        assert!(error.contains("record id"), "{error}");
        assert!(serde_json::from_str::<RecordId>("12").is_err());
    }
}
