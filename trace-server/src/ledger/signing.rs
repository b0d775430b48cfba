//! Signatures of parties: those that came with a record, against the keys that the ledger knows.

use jiff::civil::Date;
use trace_core::id::PartyId;
use trace_core::record::kinds::unknown_key;
use trace_core::record::{Record, Refusal, Signature};
use trace_core::state::{Stop, View};

/// Whether a key of the actor signed that holds on this day; any signature that does not verify refuses the record.
pub(super) fn check_signatures(
    record: &Record,
    signatures: &[Signature],
    day: Date,
    view: &mut View,
) -> Result<bool, Stop> {
    let (mut signed, mut unfit) = (false, None);
    for (i, signature) in signatures.iter().enumerate() {
        let place = format!("/signatures/{i}");
        if !signature.verifies(record.bytes()) {
            return Err(bad_signature(record, &place).into());
        }
        let fits = match view.signing_key(signature.key)? {
            Some(key) => key.may_sign(record.actor, day, &place),
            None => Err(unknown_key(signature.key, record.actor, &place)),
        };
        match fits {
            Ok(()) => signed = true,
            Err(refusal) => unfit = Some(refusal),
        }
    }
    // Others may sign beside the actor; alone they do not.
    match unfit {
        Some(refusal) if !signed => Err(refusal.into()),
        _ => Ok(signed),
    }
}

fn bad_signature(record: &Record, place: &str) -> Refusal {
    let id = record.id();
    Refusal::invalid(
        "bad_signature",
        place,
        format!("签名与记录的规范字节（指纹 {id}）不符；请对这些字节签名，并原样提交记录"),
        format!(
            "the signature does not fit the record's canonical bytes, whose SHA-256 is {id}; sign exactly these, and send \
             the record unchanged"
        ),
    )
}

/// A signed record may be sent by those whom it names alone.
pub(super) fn foreign_submitter(named: PartyId, submitter: PartyId) -> Refusal {
    Refusal::forbidden(
        "foreign_submitter",
        "/actor",
        format!("这条记录应由 {named}（主体或代录人）提交，提交的却是 {submitter}"),
        format!("the record is submitted by its actor or clerk, {named}; it came from {submitter}"),
    )
}
