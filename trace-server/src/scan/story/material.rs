//! Everything that a story is told from, loaded in four reads: the trace, its entries, the parties and sites in it,
//! and the rules tables that were in force.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use trace_core::id::{BatchCode, PartyId, RecordId, SiteId};
use trace_core::record::{Details, Entry, Kind};
use trace_core::state::{BatchRow, Key, LedgerRow, PartyRow, RecordRow, Row, SiteRow};
use trace_core::tianma::{PartyRole, RulesTable};

use super::way::Way;
use super::{LATE_AFTER_DAYS, Late, Manner, Who};
use crate::store::{Direction, Store, StoreError};

/// Kinds whose details no story tells.
const UNTOLD: [Kind; 6] =
    [Kind::Ship, Kind::Confirm, Kind::IssueCodes, Kind::ActivateCodes, Kind::VoidCodes, Kind::Dispute];

pub(super) struct Material {
    pub batch: BatchRow,
    pub ledger: LedgerRow,
    pub way: Way,
    pub entries: HashMap<RecordId, Entry>,
    pub tables: BTreeMap<RecordId, RulesTable>,
    parties: HashMap<PartyId, PartyRow>,
    sites: HashMap<SiteId, SiteRow>,
}

impl Material {
    /// Loads what belongs to a batch; `None` if there is no such batch.
    pub async fn load(store: &dyn Store, from: BatchCode) -> Result<Option<Self>, StoreError> {
        let way = Way::of(store.trace(from, Direction::Back).await?, from);
        let Some(batch) = way.batch(from).cloned() else { return Ok(None) };
        let entries = entries(store, &way).await?;
        let mut keys: BTreeSet<Key> = [Key::Ledger].into();
        for batch in way.batches() {
            keys.insert(Key::Party(batch.owner));
            keys.extend(batch.site.map(Key::Site));
        }
        let told = way.makers.iter().copied().chain(way.speakers.iter().map(|(record, _)| *record));
        for row in told.filter_map(|id| way.record(id)) {
            keys.insert(Key::Party(row.party));
            keys.extend(row.other_side.map(Key::Party));
        }
        let (mut ledger, mut parties, mut sites) = (None, HashMap::new(), HashMap::new());
        for row in crate::scan::rows(store, keys).await? {
            match row {
                Row::Ledger(row) => ledger = Some(row),
                Row::Party(row) => drop(parties.insert(row.id, row)),
                Row::Site(row) => drop(sites.insert(row.id, row)),
                _ => {}
            }
        }
        let ledger = ledger.ok_or_else(|| StoreError::Corrupt {
            table: "ledger",
            key: "1".to_owned(),
            problem: "missing, but there are batches".to_owned(),
        })?;
        let mut digests: BTreeSet<RecordId> = [ledger.rules].into();
        digests.extend(entries.values().filter(|e| e.record.details.stated().kind() == Kind::Inspect).map(|e| e.rules));
        let tables = tables(store, digests).await?;
        Ok(Some(Self { batch, ledger, way, entries, tables, parties, sites }))
    }

    pub fn party(&self, id: PartyId) -> Option<&PartyRow> {
        self.parties.get(&id)
    }

    pub fn who(&self, party: PartyId) -> Who {
        let row = self.party(party);
        Who {
            role: row.map_or(PartyRole::Household, |row| row.role),
            village: row.and_then(|row| row.village.clone()),
            organisation: row.and_then(|row| row.organisation.clone()),
        }
    }

    /// Whether a step of work fumigated with sulphur, as far as it is said. Who once said so cannot unsay it by a
    /// correction; the office can, which looks into it.
    pub fn fumigated(&self, step: &RecordRow) -> Option<bool> {
        let said = |row: &RecordRow| match self.entries.get(&row.id)?.record.details.stated() {
            Details::Process(process) => process.sulphur_fumigated,
            _ => None,
        };
        for version in self.way.versions(step) {
            if said(version) == Some(true) {
                return Some(true);
            }
            if version.actor == self.ledger.office {
                break;
            }
        }
        said(step)
    }

    /// How a record came in.
    pub fn manner(&self, row: &RecordRow) -> Manner {
        let by_office = row.actor == self.ledger.office;
        match row.entered_by {
            _ if row.signed && by_office => Manner::Signed(PartyRole::Office),
            _ if row.signed => Manner::Signed(self.who(row.actor).role),
            Some(_) => Manner::Clerk,
            None if by_office => Manner::Office,
            None => Manner::Website,
        }
    }

    pub fn site(&self, id: Option<SiteId>) -> Option<&SiteRow> {
        self.sites.get(&id?)
    }

    /// The village of a batch: where it was made, else where its owner lives.
    pub fn village(&self, batch: &BatchRow) -> Option<trace_core::record::Name> {
        let of_site = self.site(batch.site).and_then(|site| site.village.clone());
        of_site.or_else(|| self.parties.get(&batch.owner).and_then(|party| party.village.clone()))
    }

    /// The table in force now.
    pub fn rules(&self) -> Option<&RulesTable> {
        self.tables.get(&self.ledger.rules)
    }

    /// Whether a record was received long after what it states; of corrections the first version counts.
    pub fn late(&self, record: &RecordRow) -> Option<Late> {
        let first = self.way.first_version(record);
        let received = self.ledger.zone.date_at(first.received_at);
        let occurred = first.occurred_at.date();
        let days = occurred.until(received).map_or(0, |span| span.get_days());
        (days > LATE_AFTER_DAYS).then_some(Late { records: 1, occurred, received })
    }
}

/// The entries of all records that the story tells of, read strictly.
async fn entries(store: &dyn Store, way: &Way) -> Result<HashMap<RecordId, Entry>, StoreError> {
    let ids = way.makers.iter().copied().chain(way.speakers.iter().map(|(record, _)| *record));
    let told = ids.filter_map(|id| way.record(id)).filter(|row| !UNTOLD.contains(&row.states));
    // What a step of work once said of itself is told though it was corrected since.
    let versions = |row| way.versions(row).take(if row.states == Kind::Process { usize::MAX } else { 1 });
    let ids: BTreeSet<RecordId> = told.flat_map(versions).map(|row| row.id).collect();
    let ids: Vec<RecordId> = ids.into_iter().collect();
    let mut entries = HashMap::with_capacity(ids.len());
    for row in store.entries_of(&ids).await? {
        let entry = Entry::from_bytes(&row.bytes).map_err(|refusal| StoreError::Corrupt {
            table: "entries",
            key: row.index.to_string(),
            problem: refusal.to_string(),
        })?;
        entries.insert(row.record, entry);
    }
    Ok(entries)
}

async fn tables(store: &dyn Store, digests: BTreeSet<RecordId>) -> Result<BTreeMap<RecordId, RulesTable>, StoreError> {
    let mut tables = BTreeMap::new();
    for digest in digests {
        let corrupt = |problem: String| StoreError::Corrupt { table: "rules_tables", key: digest.to_string(), problem };
        let bytes = store.rules_table(digest).await?.ok_or_else(|| corrupt("missing".to_owned()))?;
        tables.insert(digest, RulesTable::parse(&bytes).map_err(|error| corrupt(error.to_string()))?);
    }
    Ok(tables)
}
