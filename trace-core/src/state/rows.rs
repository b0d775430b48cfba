//! The rows themselves: plain data with one meaning a field. Amounts are in the base unit of the batch's measure
//! (milligrams, square centimetres, pieces).
//!
//! Stores keep them as JSON. Batches and records, of which a lineage reads thousands, leave out what is empty or zero:
//! that halves what is to be read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::balance::Effect;
use crate::code::IssueNumber;
use crate::id::{BatchCode, PartyId, RecordId, SiteId, Stage, Uid};
use crate::quantity::Measure;
use crate::record::{Attributes, CodeRange, Kind, Name, Origin};
use crate::tianma::{PartyRole, PersonalField, Product, SiteKind, Tenure};
use crate::time::{OccurredAt, ReceivedAt, Zone};

/// Whether a field says nothing and is left out of the stored row.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What holds for the whole ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// Origin of the log.
    pub origin: Origin,
    /// The founding time zone.
    pub zone: Zone,
    /// The brand office.
    pub office: PartyId,
    /// The day of the founding; what was there before counts as stock from before the system.
    pub founded_on: jiff::civil::Date,
    /// Digest of the rules table in force.
    pub rules: RecordId,
    /// Its version; versions only grow.
    pub rules_version: u32,
    /// Number of the next code issue.
    pub next_issue: u32,
}

/// A party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyRow {
    /// Its id.
    pub id: PartyId,
    /// What it does in the chain.
    pub role: PartyRole,
    /// Village, public.
    pub village: Option<Name>,
    /// Name of an organisation; a household has none in public.
    pub organisation: Option<Name>,
    /// Newest version of its registration.
    pub record: RecordId,
    /// The version of it that sealed the person, where that is not the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<RecordId>,
    /// Who registered it first, where the office let another do so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_by: Option<PartyId>,
    /// The keys that demand signatures of this party, each with its last day if it has one. They stand here, so that
    /// judging an unsigned record needs no other row.
    #[serde(default, skip_serializing_if = "is_default")]
    pub demands: BTreeMap<RecordId, Option<jiff::civil::Date>>,
    /// How often what is kept of its persons was erased. It numbers the keys under which such values are kept: those
    /// below it are destroyed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub erasures: u32,
    /// The newest erasure, unless the party was registered anew since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<RecordId>,
    /// What of its persons and places it lets be shown to everybody.
    #[serde(default, skip_serializing_if = "is_default")]
    pub consents: BTreeSet<PersonalField>,
}

impl PartyRow {
    /// The version of its registration that tells who the person is, if one does.
    pub fn person_record(&self) -> RecordId {
        self.person.unwrap_or(self.record)
    }
}

/// A site of a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRow {
    /// Its id.
    pub id: SiteId,
    /// Whose it is.
    pub party: PartyId,
    /// What it is.
    pub kind: SiteKind,
    /// Village, public.
    pub village: Option<Name>,
    /// Metres above sea level.
    pub altitude_m: Option<u16>,
    /// By what right its party uses the land.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenure: Option<Tenure>,
    /// Its area in cm²; `None` for a workshop or store.
    pub area_cm2: Option<i64>,
    /// Area in cm² under plantings that are not closed.
    pub open_cm2: i64,
    /// Area in cm² that was dug up, by the day of its final harvest: it was not free before.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub freed: BTreeMap<jiff::civil::Date, i64>,
    /// Newest version of its registration.
    pub record: RecordId,
}

/// A batch and what it still holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRow {
    /// Its code.
    pub code: BatchCode,
    /// Its stage.
    pub stage: Stage,
    /// What it is.
    pub product: Product,
    /// What else is known of it.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// Whose it is; this never changes.
    pub owner: PartyId,
    /// Where it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Newest version of the record that made it.
    pub record: RecordId,
    /// When it was made.
    pub occurred_at: OccurredAt,
    /// Of goods: the first day on which something of it was dug, as far as its records know. A harvest that is corrected
    /// later does not change what was made of it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dug_on: Option<jiff::civil::Date>,
    /// What was made.
    pub made: i64,
    /// What records took from it.
    pub drawn: i64,
    /// What shipments have set aside for a consignee.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allotted: i64,
    /// What is packed under package codes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub coded: i64,
    /// What came back of what had left.
    #[serde(default, skip_serializing_if = "is_default")]
    pub returned: i64,
    /// What of `returned` came back as packages under codes; the rest had left by weight.
    #[serde(default, skip_serializing_if = "is_default")]
    pub returned_coded: i64,
    /// Fresh milligrams harvested from this planting.
    #[serde(default, skip_serializing_if = "is_default")]
    pub harvested_mg: i64,
    /// How many final harvests closed this planting; 0: open.
    #[serde(default, skip_serializing_if = "is_default")]
    pub closings: i64,
    /// The day of the one that closed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_on: Option<jiff::civil::Date>,
    /// The records that freeze it; empty: free.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub holds: BTreeSet<RecordId>,
    /// The recalls that it is under.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub recalls: BTreeSet<RecordId>,
    /// Whether the record that made it was voided.
    #[serde(default, skip_serializing_if = "is_default")]
    pub void: bool,
}

impl BatchRow {
    /// What is left to draw, allot or code; never negative in a ledger.
    pub fn remaining(&self) -> i64 {
        self.made - self.drawn - self.allotted - self.coded
    }

    /// What it is measured in.
    pub fn measure(&self) -> Measure {
        self.product.measure()
    }
}

/// How the other side stands to a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The other side shipped it, confirmed it or granted it, or there is no other side.
    Settled,
    /// The other side has said nothing.
    Unconfirmed,
    /// A party named in it disputes it.
    Disputed,
}

/// What a record did, so that it can be undone and explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRow {
    /// Its id.
    pub id: RecordId,
    /// Its index in the log.
    pub index: u64,
    /// Its kind.
    pub kind: Kind,
    /// What it states: for a correction the corrected kind.
    pub states: Kind,
    /// Who states it.
    pub actor: PartyId,
    /// For whom: the actor, but of a correction or voiding the party of the first version.
    pub party: PartyId,
    /// Who typed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_by: Option<PartyId>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// When it happened.
    pub occurred_at: OccurredAt,
    /// When it was taken.
    pub received_at: ReceivedAt,
    /// The client's uid.
    pub uid: Uid,
    /// What it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<RecordId>,
    /// The newer version, or the voiding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<RecordId>,
    /// Whether it was voided.
    #[serde(default, skip_serializing_if = "is_default")]
    pub void: bool,
    /// Batches that it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<BatchCode>,
    /// What it did to balances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// How the other side stands to it.
    pub standing: Standing,
    /// The other side: the owner of what was received, the party that a shipment goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_side: Option<PartyId>,
    /// The record that it speaks of: what a confirmation confirms, a dispute disputes, a release frees, an end of a
    /// recall ends.
    pub about: Option<RecordId>,
    /// Batches that this record froze and that are not released.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freezes: Vec<BatchCode>,
    /// Batches that this recall marked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recalled: Vec<BatchCode>,
    /// Code issues of which this record marked ranges.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub issues: BTreeSet<IssueNumber>,
    /// Whether a finding holds it and the office has not released it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub held: bool,
    /// Whether it carried a valid signature of its actor.
    #[serde(default, skip_serializing_if = "is_default")]
    pub signed: bool,
}

impl RecordRow {
    /// Whether it is the newest version and stands.
    pub fn is_live(&self) -> bool {
        self.superseded_by.is_none() && !self.void
    }
}

/// One input of one record: an edge of the lineage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeRow {
    /// The record that names the input.
    pub record: RecordId,
    /// That record's index in the log.
    pub index: u64,
    /// Position among its inputs, from 0.
    pub position: u32,
    /// The input batch.
    pub batch: BatchCode,
    /// The version of the record that made it.
    pub input_record: RecordId,
    /// What was drawn; 0 where nothing is.
    pub amount: i64,
    /// Whether the record uses the batch (draws or descends) or only speaks of it.
    pub uses: bool,
    /// Whether the record is its newest version and stands.
    pub live: bool,
    /// The batches that the record made.
    pub outputs: Vec<BatchCode>,
}

/// A grant: who may enter or do which kinds for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRow {
    /// Id of the record that granted.
    pub id: RecordId,
    /// For whom.
    pub from: PartyId,
    /// To whom.
    pub to: PartyId,
    /// Which kinds.
    pub kinds: BTreeSet<Kind>,
    /// Last day.
    pub until: jiff::civil::Date,
    /// Whether it was ended.
    pub ended: bool,
}

/// A party's signing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    /// Ed25519 public key.
    pub key: RecordId,
    /// Whose it is.
    pub party: PartyId,
    /// Last day, if it has one.
    pub until: Option<jiff::civil::Date>,
    /// Whether unsigned records of the party are refused while the key holds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub signed_only: bool,
    /// The record that registered it.
    pub record: RecordId,
    /// The record that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<RecordId>,
}

/// What happened to a range of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// In circulation.
    Active,
    /// Gone to a consignee.
    Shipped,
    /// Taken out of circulation.
    Void,
    /// Came back.
    Returned,
    /// Frozen.
    Held,
    /// Recalled.
    Recalled,
}

impl CodeState {
    /// What became of the codes, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Active => "已激活",
            Self::Shipped => "已发出",
            Self::Void => "已作废",
            Self::Returned => "已退回",
            Self::Held => "被冻结",
            Self::Recalled => "在召回中",
        }
    }

    /// The same in English.
    pub fn en(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Shipped => "shipped",
            Self::Void => "void",
            Self::Returned => "returned",
            Self::Held => "held",
            Self::Recalled => "under recall",
        }
    }
}

/// A code issue: one row whatever its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueRow {
    /// Its number, the first 25 bits of its codes.
    pub number: IssueNumber,
    /// The sale batch.
    pub batch: BatchCode,
    /// Who issued it.
    pub party: PartyId,
    /// How many codes.
    pub count: i64,
    /// What one package takes from the sale batch, in its base unit.
    pub package_amount: i64,
    /// Version of the code key.
    pub key_version: u8,
    /// The record that issued it.
    pub record: RecordId,
    /// What happened to which codes, by which record, in order.
    pub ranges: Vec<(CodeState, CodeRange, RecordId)>,
}
