//! Whose key may sign what, from the public entries alone: what an audit and a reader of an evidence file recompute.
//!
//! The ledger judges by the same rule ([`KeyRow::holds_for`]) before it takes a record. Whether a signature fits its
//! bytes is checked where the bytes are.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Display, Formatter};

use jiff::civil::Date;

use super::KeyRow;
use crate::id::{PartyId, RecordId};
use crate::record::{Details, Entry, Record};
use crate::time::Zone;

/// Why the signatures of a record are not those that it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFault {
    /// Nobody, or another party, registered the key before.
    Foreign {
        /// The key.
        key: RecordId,
        /// The record's actor.
        party: PartyId,
    },
    /// The key was ended before.
    Ended {
        /// The key.
        key: RecordId,
        /// The record that ended it.
        by: RecordId,
    },
    /// The key is past its last day.
    Past {
        /// The key.
        key: RecordId,
        /// Its last day.
        until: Date,
        /// The record's day, or that on which it was taken if that is later.
        day: Date,
    },
    /// There is no signature, and the party demands one.
    Missing {
        /// A key that makes the demand.
        key: RecordId,
        /// The record's actor.
        party: PartyId,
    },
}

impl KeyFault {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Foreign { key, party } => format!("密钥 {key} 此前没有登记给主体 {party}"),
            Self::Ended { key, by } => format!("密钥 {key} 已由记录 {by} 终止"),
            Self::Past { key, until, day } => format!("密钥 {key} 只能用到 {until}，而当时是 {day}"),
            Self::Missing { key, party } => format!("主体 {party} 以密钥 {key} 要求签名，这条记录没有签名"),
        }
    }
}

impl Display for KeyFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { key, party } => write!(f, "the key {key} was not registered for {party} before"),
            Self::Ended { key, by } => write!(f, "the key {key} was ended by record {by}"),
            Self::Past { key, until, day } => write!(f, "the key {key} may sign until {until}, and that was {day}"),
            Self::Missing { key, party } => {
                write!(f, "{party} demands signatures by its key {key}, and this record has none")
            }
        }
    }
}

impl KeyRow {
    /// Whether it may sign a record of this party on this day: the record's own or that on which it is taken, whichever
    /// is later.
    ///
    /// # Errors
    /// [`KeyFault`]: another party's key, or one that is over.
    pub fn holds_for(&self, party: PartyId, day: Date) -> Result<(), KeyFault> {
        let key = self.key;
        match (self.ended, self.until) {
            _ if self.party != party => Err(KeyFault::Foreign { key, party }),
            (Some(by), _) => Err(KeyFault::Ended { key, by }),
            (None, Some(until)) if until < day => Err(KeyFault::Past { key, until, day }),
            _ => Ok(()),
        }
    }
}

/// The parties' keys as the entries so far tell them; entries are taken in the order of the log.
#[derive(Debug, Default)]
pub struct PublicKeys {
    zone: Zone,
    office: Option<PartyId>,
    keys: HashMap<RecordId, KeyRow>,
    /// By party, the keys that demand signatures, each with its last day.
    demands: HashMap<PartyId, BTreeMap<RecordId, Option<Date>>>,
}

impl PublicKeys {
    /// Before the first entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Checks by whom an entry is signed, and takes note of what it says of keys.
    ///
    /// # Errors
    /// [`KeyFault`], that of the last signature where none counts; what the entry says of keys is noted all the same.
    pub fn add(&mut self, entry: &Entry) -> Result<(), KeyFault> {
        let checked = self.check(entry);
        self.note(&entry.record);
        checked
    }

    fn check(&self, entry: &Entry) -> Result<(), KeyFault> {
        let (party, day) = (entry.record.actor, entry.record.occurred_at.date());
        let latest = day.max(self.zone.date_at(entry.received_at));
        let mut unfit = None;
        for signature in &entry.signatures {
            let key = signature.key;
            match self.keys.get(&key).map_or(Err(KeyFault::Foreign { key, party }), |row| row.holds_for(party, latest))
            {
                Ok(()) => return Ok(()),
                Err(fault) => unfit = Some(fault),
            }
        }
        // A demand reaches back without end; forward as far as its key, by the record's own day.
        let demand = || self.demands.get(&party)?.iter().find(|(_, until)| until.is_none_or(|until| until >= day));
        let missing = || demand().map(|(key, _)| KeyFault::Missing { key: *key, party });
        unfit.or_else(missing).map_or(Ok(()), Err)
    }

    fn note(&mut self, record: &Record) {
        match &record.details {
            Details::Found(found) if self.office.is_none() => {
                (self.zone, self.office) = (found.time_zone, Some(found.office));
            }
            Details::RegisterKey(new) if !self.keys.contains_key(&new.key) => {
                let row = KeyRow {
                    key: new.key,
                    party: record.actor,
                    until: new.until,
                    signed_only: new.signed_only,
                    record: record.id(),
                    ended: None,
                };
                self.keys.insert(new.key, row);
                if new.signed_only {
                    self.demands.entry(record.actor).or_default().insert(new.key, new.until);
                }
            }
            Details::EndKey(end) => self.end(end.key, record),
            _ => {}
        }
    }

    /// Ended by its party or the office; a reader who was not given the founding takes the ledger's word for that.
    fn end(&mut self, key: RecordId, record: &Record) {
        let office = self.office;
        let Some(row) = self.keys.get_mut(&key) else { return };
        if row.ended.is_none() && (record.actor == row.party || office.is_none_or(|office| office == record.actor)) {
            row.ended = Some(record.id());
            if let Some(demands) = self.demands.get_mut(&row.party) {
                demands.remove(&key);
            }
        }
    }
}
