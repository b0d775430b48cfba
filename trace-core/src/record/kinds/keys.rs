//! The keys with which parties sign their records: registering one, ending one, and how long a key and its demand hold.
//!
//! A key that is over is over for whatever is taken from then on, also for what is dated back: whoever finds an old
//! private half can sign nothing with it. The demand of a key therefore reaches back without end, and forward as far as
//! the key. It deliberately checks no signature; that is done where the bytes are.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::parties::taken;
use super::{KindRules, Shaped};
use crate::id::{PartyId, RecordId};
use crate::judge::{Case, Findings};
use crate::record::{RecordBody, Refusal, Shape};
use crate::state::{KeyFault, KeyRow, PartyRow, RecordRow, Row, Stop, View};

/// A party registers an Ed25519 key and may demand that all its records are signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterKey {
    /// The public key (RFC 8032), 64 hex digits.
    pub key: RecordId,
    /// Last day on which it may sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Whether unsigned records of the party are refused while this key holds.
    pub signed_only: bool,
}

impl Shaped for RegisterKey {
    const SHAPE: Shape = Shape::PLAIN;
}

impl KindRules for RegisterKey {
    fn check_alone(&self, _body: &RecordBody) -> Result<(), Refusal> {
        if ed25519_dalek::VerifyingKey::from_bytes(self.key.as_bytes()).is_ok_and(|key| !key.is_weak()) {
            return Ok(());
        }
        Err(Refusal::invalid(
            "bad_key",
            "/details/key",
            format!("{} 不是有效的 Ed25519 公钥；应为密钥对的公开部分（RFC 8032），64 位十六进制", self.key),
            format!(
                "{} is no valid Ed25519 public key; send the public half of the pair (RFC 8032), 64 hex digits",
                self.key
            ),
        ))
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        // Else a clerk, or the office, could sign for a party that never had a key.
        if let Some(clerk) = case.record.entered_by {
            return Err(Refusal::forbidden(
                "key_by_clerk",
                "/entered_by",
                format!("密钥只能由该主体自己登记，不能由 {clerk} 代录"),
                format!("a key is registered by the party that signs with it, not by {clerk} for it"),
            )
            .into());
        }
        match view.signing_key(self.key)? {
            Some(_) => Err(taken(&self.key.to_string(), "/details/key").into()),
            None => Ok(()),
        }
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, _row: &mut RecordRow) -> Result<(), Stop> {
        let party = case.record.actor;
        view.put(Row::SigningKey(KeyRow {
            key: self.key,
            party,
            until: self.until,
            signed_only: self.signed_only,
            record: case.record.id(),
            ended: None,
        }));
        if self.signed_only
            && let Some(row) = view.edit_party(party)?
        {
            row.demands.insert(self.key, self.until);
        }
        Ok(())
    }
}

/// A key ends before its day, and its demand with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndKey {
    /// The public key.
    pub key: RecordId,
}

impl Shaped for EndKey {
    const SHAPE: Shape = Shape::PLAIN;
}

impl KindRules for EndKey {
    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        let Some(row) = view.signing_key(self.key)? else {
            return Err(Refusal::not_found(
                "no_such_key",
                "/details/key",
                format!("没有登记过密钥 {}", self.key),
                format!("no party has registered the key {}", self.key),
            )
            .into());
        };
        // The office, since a party whose private half is lost can sign nothing, its own release from it least of all.
        if case.record.actor != row.party && case.record.actor != case.office {
            return Err(Refusal::forbidden(
                "foreign_key",
                "/details/key",
                format!("密钥 {} 由主体 {} 登记，只能由该主体或品牌办终止", self.key, row.party),
                format!("the key {} is ended by {}, which registered it, or by the office", self.key, row.party),
            )
            .into());
        }
        match row.ended {
            Some(record) => Err(Refusal::conflict(
                "key_ended",
                "/details/key",
                format!("密钥 {} 已由记录 {record} 终止", self.key),
                format!("the key {} was ended by record {record}", self.key),
            )
            .into()),
            None => Ok(()),
        }
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        let Some(key) = view.edit_signing_key(self.key)? else { return Ok(()) };
        key.ended = Some(row.id);
        let party = key.party;
        // So that the party finds what the office did among the records that name it.
        row.other_side = (case.record.actor != party).then_some(party);
        if let Some(party) = view.edit_party(party)? {
            party.demands.remove(&self.key);
        }
        Ok(())
    }
}

impl KeyRow {
    /// Whether it may sign a record of this party on this day: the record's own or that on which it is taken, whichever
    /// is later.
    ///
    /// # Errors
    /// A [`Refusal`] at `place`: another party's key, or one that is over.
    pub fn may_sign(&self, party: PartyId, day: Date, place: &str) -> Result<(), Refusal> {
        self.holds_for(party, day).map_err(|fault| match fault {
            KeyFault::Foreign { key, party } => unknown_key(key, party, place),
            over => Refusal::forbidden(
                "key_over",
                place,
                format!("{}；请用该主体现在有效的密钥签名", over.zh()),
                format!("{over}; sign with a key of the party that holds now"),
            ),
        })
    }
}

/// No key of this party has this public half.
pub fn unknown_key(key: RecordId, party: PartyId, place: &str) -> Refusal {
    Refusal::forbidden(
        "unknown_key",
        place,
        format!("密钥 {key} 没有登记给主体 {party}；请先用 register_key 登记，或换用已登记的密钥"),
        format!(
            "the key {key} is not registered for {party}; register it first (register_key), or sign with one that is"
        ),
    )
}

impl PartyRow {
    /// The key by which the party demands signatures under its records of this day: one of those that make the demand.
    pub fn demand_on(&self, day: Date) -> Option<RecordId> {
        self.demands.iter().find(|(_, until)| until.is_none_or(|until| until >= day)).map(|(key, _)| *key)
    }
}
