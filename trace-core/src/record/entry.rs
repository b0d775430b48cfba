//! The entry: what the log stores of an append, the record together with what the ledger said of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::canonical::{self, MAX_ENTRY_BYTES, MAX_SIGNATURES};
use super::{FindingMark, InText, Record, Refusal, not_its_spelling, typed, unreadable};
use crate::id::RecordId;
use crate::time::ReceivedAt;

/// An Ed25519 signature (RFC 8032) over a record's canonical bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The public key, 64 hex digits.
    pub key: RecordId,
    /// The signature, base64url without padding.
    pub value: String,
}

impl Signature {
    /// Whether this is the key's signature over the bytes (RFC 8032 section 5.1.7, strict).
    pub fn verifies(&self, bytes: &[u8]) -> bool {
        use base64::Engine as _;
        let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(self.key.as_bytes()) else {
            return false;
        };
        let Ok(raw) = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&self.value) else {
            return false;
        };
        let Ok(signature) = ed25519_dalek::Signature::from_slice(&raw) else {
            return false;
        };
        key.verify_strict(bytes, &signature).is_ok()
    }
}

/// An entry of the log. Its leaf bytes are the JCS of `{"findings","received_at","record","rules","signatures"}`;
/// `findings` and `signatures` are left out when there are none, as every empty field is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What the rules said, without the arithmetic.
    pub findings: Vec<FindingMark>,
    /// When the ledger took it.
    pub received_at: ReceivedAt,
    /// The record.
    pub record: Record,
    /// SHA-256 of the canonical rules table in force.
    pub rules: RecordId,
    /// Signatures that came with it.
    pub signatures: Vec<Signature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<R> {
    #[serde(default)]
    findings: Vec<FindingMark>,
    received_at: ReceivedAt,
    record: R,
    rules: RecordId,
    #[serde(default)]
    signatures: Vec<Signature>,
}

impl<R> Wire<R> {
    /// The entry, its record read by `record`.
    fn close(self, record: impl FnOnce(R) -> Result<Record, Refusal>) -> Result<Entry, Refusal> {
        Ok(Entry {
            findings: self.findings,
            received_at: self.received_at,
            record: record(self.record)?,
            rules: self.rules,
            signatures: self.signatures,
        })
    }
}

impl Entry {
    /// The leaf bytes.
    ///
    /// # Errors
    /// A [`Refusal`] if there are more than 8 signatures or the entry exceeds 65,535 bytes (the tile format's
    /// length field has 16 bits; C2SP tlog-tiles, "Entry bundles").
    pub fn to_bytes(&self) -> Result<Vec<u8>, Refusal> {
        if self.signatures.len() > MAX_SIGNATURES {
            return Err(Refusal::invalid(
                "too_many_signatures",
                "/signatures",
                format!("收到 {} 个签名，最多 {MAX_SIGNATURES} 个", self.signatures.len()),
                format!("{} signatures; at most {MAX_SIGNATURES}", self.signatures.len()),
            ));
        }
        // The keys in the order of RFC 8785, section 3.2.3; the record's bytes are canonical already.
        let mut bytes = Vec::with_capacity(self.record.bytes().len() + 256);
        bytes.push(b'{');
        if !self.findings.is_empty() {
            bytes.extend_from_slice(b"\"findings\":");
            bytes.extend(canonical(&self.findings)?);
            bytes.push(b',');
        }
        bytes.extend_from_slice(b"\"received_at\":");
        bytes.extend(canonical(&self.received_at)?);
        bytes.extend_from_slice(b",\"record\":");
        bytes.extend_from_slice(self.record.bytes());
        bytes.extend_from_slice(b",\"rules\":");
        bytes.extend(canonical(&self.rules)?);
        if !self.signatures.is_empty() {
            bytes.extend_from_slice(b",\"signatures\":");
            bytes.extend(canonical(&self.signatures)?);
        }
        bytes.push(b'}');
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(Refusal::invalid(
                "entry_too_long",
                "",
                format!("日志条目有 {} 字节，最多 {MAX_ENTRY_BYTES}", bytes.len()),
                format!("the entry has {} bytes; at most {MAX_ENTRY_BYTES}", bytes.len()),
            ));
        }
        Ok(bytes)
    }

    /// Reads leaf bytes back.
    ///
    /// # Errors
    /// A [`Refusal`] if they are not the canonical bytes of an entry with a valid record.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        // Straight into types first, as a record is read.
        if let Ok(wire) = serde_json::from_slice::<Wire<InText<'_>>>(bytes)
            && let Ok(entry) = wire.close(InText::close)
            && entry.to_bytes()? == bytes
        {
            return Ok(entry);
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|e| {
            let zh = format!("不是日志条目：第 {} 行第 {} 列不是有效的 JSON", e.line(), e.column());
            Refusal::invalid("not_canonical", "", zh, format!("not an entry: {e}"))
        })?;
        let wire: Wire<Value> = typed(value, "")?;
        let entry = wire.close(|record| Record::from_value(record).map_err(|r| r.below("/record")))?;
        let own = entry.to_bytes()?;
        if own != bytes {
            return Err(not_its_spelling(bytes, &own));
        }
        Ok(entry)
    }
}

fn canonical<T: Serialize>(part: &T) -> Result<Vec<u8>, Refusal> {
    canonical::canonical_bytes(part).map_err(|e| unreadable(&e))
}
