//! Keys of parties, made from a number, and what parties sign with them: the way of an ERP, through `prepare`.
#![expect(clippy::missing_panics_doc, reason = "a panic is how a test says that its surroundings failed")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;
use trace_core::id::{PartyId, RecordId};
use trace_core::prepare::Draft;
use trace_core::record::{Kind, Signature};
use trace_server::ledger::{Answer, AppendError, Item};

use crate::drafting::draft;
use crate::household::{World, request};

/// A party's key pair.
pub fn pair(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// Its public half, as records name it.
pub fn public(seed: u8) -> RecordId {
    RecordId::from_bytes(pair(seed).verifying_key().to_bytes())
}

/// Its signature over these bytes.
pub fn signature(seed: u8, bytes: &[u8]) -> Signature {
    Signature { key: public(seed), value: URL_SAFE_NO_PAD.encode(pair(seed).sign(bytes).to_bytes()) }
}

/// Registers the key, with a last day and a demand for signatures where there is one.
pub fn registers(seed: u8, until: Option<&str>, signed_only: bool) -> Draft {
    let mut details = json!({"key": public(seed), "signed_only": signed_only});
    if let Some(day) = until {
        details["until"] = day.into();
    }
    draft(Kind::RegisterKey, details)
}

/// Ends the key.
pub fn ends(seed: u8) -> Draft {
    draft(Kind::EndKey, json!({"key": public(seed)}))
}

impl World {
    /// Has drafts prepared, and signs each by all of these keys.
    pub async fn signed(&self, submitter: PartyId, drafts: Vec<Draft>, seeds: &[u8]) -> Vec<Item> {
        let prepared = self.ledger.prepare(&self.request(submitter, drafts)).await;
        let sign = |completed: trace_core::prepare::Completed| {
            let signatures = seeds.iter().map(|seed| signature(*seed, completed.record.bytes())).collect();
            Item::Signed { completed: Box::new(completed), signatures }
        };
        prepared.expect("a prepared record").into_iter().map(sign).collect()
    }

    /// Sends drafts as one request, each signed by all of these keys.
    ///
    /// # Errors
    /// As [`trace_server::ledger::Ledger::append`].
    pub async fn send_signed(
        &self,
        submitter: PartyId,
        drafts: Vec<Draft>,
        seeds: &[u8],
    ) -> Result<Answer, AppendError> {
        let items = self.signed(submitter, drafts, seeds).await;
        self.ledger.append(request(submitter, items)).await
    }
}
