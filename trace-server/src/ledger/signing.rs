//! Signatures of parties: those that came with a record, against the keys that the ledger knows.

use trace_core::record::{Class, Record, Refusal, Signature};
use trace_core::state::{Stop, View};

/// Whether a registered key of the actor signed; any signature that does not verify refuses the record.
pub(super) fn check_signatures(record: &Record, signatures: &[Signature], view: &mut View) -> Result<bool, Stop> {
    let mut signed = false;
    for (i, signature) in signatures.iter().enumerate() {
        let place = format!("/signatures/{i}");
        if !signature.verifies(record.bytes()) {
            return Err(Refusal::invalid(
                "bad_signature",
                place,
                "签名与记录字节不符",
                "the signature does not fit the record's canonical bytes",
            )
            .into());
        }
        if let Some(key) = view.signing_key(signature.key)? {
            let valid = key.until.is_none_or(|until| until >= record.occurred_at.date());
            signed |= valid && key.party == record.actor;
        }
    }
    if !signatures.is_empty() && !signed {
        return Err(Refusal::forbidden(
            "unknown_key",
            "/signatures",
            "签名的密钥没有登记给该主体,或已过期",
            "no signature is by a key registered for the actor and still valid",
        )
        .into());
    }
    Ok(signed)
}

/// A signed record may be sent by those whom it names alone.
pub(super) fn foreign_submitter() -> Refusal {
    Refusal {
        class: Class::Forbidden,
        ..Refusal::invalid(
            "foreign_submitter",
            "/actor",
            "记录的主体或代录人不是提交者",
            "the record's actor or clerk is not the party that submits it",
        )
    }
}
