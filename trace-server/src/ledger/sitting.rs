//! One sitting of the judge: the requests of one commit, judged one after another inside the store's transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use trace_core::id::{BatchCode, PartyId, RecordId, Uid};
use trace_core::judge::{self, Case};
use trace_core::prepare::{self, Completed, Defaults, Randomness};
use trace_core::record::kinds::{Found, SetRules};
use trace_core::record::sealed::Opening;
use trace_core::record::{Details, Entry, Record, Refusal, Signature};
use trace_core::state::{Key, Stop, View};
use trace_core::tianma::RulesTable;
use trace_core::time::{ReceivedAt, Zone};

use super::persons;
use super::rules::{RulesShelf, check_table};
use super::signing::{check_signatures, foreign_submitter};
use super::{Appended, Item, Request, uid_reused};
use crate::keystore::{KeyName, Keys, PartyKey, marked};
use crate::store::{Commit, FindingRow, Head, Judge, OpeningRow, RequestRow, SealedOpeningRow};

/// What became of one request.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// Appended, if the commit succeeds.
    Accepted(Vec<Appended>),
    /// Answered before, with these records.
    Repeated(Vec<RecordId>),
    /// Nothing of it is stored.
    Refused(Refusal),
    /// Answered before, if it is the same request; since it tells of persons, only their keys can say so.
    Claimed(RequestRow),
    /// It needs a rules table that is not on the shelf; fetch it and sit again.
    NeedsRules(RecordId),
    /// It may stand, and what it tells of persons is to be sealed under these keys; make them and sit again.
    NeedsKeys(BTreeSet<KeyName>),
}

/// A request with the seed of its codes and salts.
pub(super) struct Seat {
    pub request: Request,
    pub seed: [u8; 32],
}

/// The judge that a store calls.
pub(super) struct Sitting {
    seats: Vec<Seat>,
    now: ReceivedAt,
    key_version: u8,
    rules: Arc<RulesShelf>,
    keys: Keys,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    head: Option<Head>,
    answered: BTreeMap<(PartyId, Uid), RequestRow>,
    outcomes: Vec<Outcome>,
    accepted: Vec<Accepted>,
    prefetched: bool,
}

/// Everything of one accepted record that the commit stores.
struct Accepted {
    appended: Appended,
    bytes: Vec<u8>,
    openings: Vec<OpeningRow>,
    sealed: Vec<SealedOpeningRow>,
    /// The key of what it tells of persons.
    key: Option<KeyName>,
    table: Option<(RecordId, Vec<u8>)>,
}

impl Sitting {
    pub fn new(seats: Vec<Seat>, now: ReceivedAt, key_version: u8, rules: Arc<RulesShelf>, keys: Keys) -> Self {
        Self { seats, now, key_version, rules, keys, progress: Mutex::default() }
    }

    /// The outcomes, in the order of the seats; fewer if the store failed before all were judged.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.lock().outcomes.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge_one(&self, seat: &Seat, progress: &Progress, view: &mut View) -> Result<Judged, Stop> {
        let request = &seat.request;
        let uids: Vec<_> = request.items.iter().map(|item| (request.submitter, item.uid())).collect();
        if let Some((known, (_, uid))) = uids.iter().find_map(|uid| Some((progress.answered.get(uid)?, uid))) {
            return if request.items.iter().any(Item::is_personal) {
                Ok(Judged::Claimed(known.clone()))
            } else if known.digest == request.digest {
                Ok(Judged::Repeated(known.records.clone()))
            } else {
                Err(uid_reused(*uid).into())
            };
        }
        let mut seen = BTreeSet::new();
        if let Some((_, twice)) = uids.iter().find(|uid| !seen.insert(**uid)) {
            return Err(uid_reused(*twice).into());
        }
        let mut group: Vec<Completed> = Vec::with_capacity(request.items.len());
        let mut accepted = Vec::with_capacity(request.items.len());
        let mut veiled = None;
        for (i, item) in request.items.iter().enumerate() {
            let prefix = if request.items.len() > 1 { format!("/{i}") } else { String::new() };
            let judged = self.judge_item(item, i, seat, &group, progress, view);
            match judged {
                Ok(JudgedItem::Accepted(one, completed, refusal)) => {
                    accepted.push(*one);
                    group.push(*completed);
                    veiled = veiled.or_else(|| refusal.map(|refusal| refusal.below(&prefix)));
                }
                Ok(JudgedItem::NeedsRules(digest)) => return Ok(Judged::NeedsRules(digest)),
                Err(Stop::Refused(refusal)) => return Err((*refusal).below(&prefix).into()),
                Err(Stop::Missing) => {
                    // Judged for their questions only, so that a long group does not take a round for each record.
                    for (later, item) in request.items.iter().enumerate().skip(i + 1) {
                        drop(self.judge_item(item, later, seat, &group, progress, view));
                    }
                    return Err(Stop::Missing);
                }
            }
        }
        if let Some(refusal) = veiled {
            return Err(refusal.into());
        }
        let lacking: BTreeSet<KeyName> = keys_of(&accepted).filter(|name| !self.keys.contains_key(name)).collect();
        if lacking.is_empty() { Ok(Judged::Accepted(accepted)) } else { Ok(Judged::NeedsKeys(lacking)) }
    }

    fn judge_item(
        &self,
        item: &Item,
        position: usize,
        seat: &Seat,
        group: &[Completed],
        progress: &Progress,
        view: &mut View,
    ) -> Result<JudgedItem, Stop> {
        let mut random = Randomness::of_position(seat.seed, position);
        let (completed, signatures, table) = self.complete(item, seat.request.submitter, group, &mut random, view)?;
        let record = &completed.record;
        let new_table = check_table(&record.details, table)?.map(Arc::new);
        let ledger = view.ledger()?.cloned();
        let (zone, office, digest) = match (&ledger, &record.details) {
            (Some(row), _) => (row.zone, row.office, row.rules),
            (None, Details::Found(found)) => (found.time_zone, found.office, found.rules),
            (None, _) => (Zone::CHINA, record.actor, RecordId::of(b"")),
        };
        let rules = match (&ledger, &new_table) {
            (None, Some(table)) => Arc::clone(table),
            (None, None) => return Err(not_founded().into()),
            (Some(_), _) => match self.rules.get(digest) {
                Some(table) => table,
                None => return Ok(JudgedItem::NeedsRules(digest)),
            },
        };
        let size = progress.head.as_ref().map_or(0, |head| head.frontier.size());
        let index = size + (progress.accepted.len() + position) as u64;
        let received_at = self.received_at(progress);
        let day = record.occurred_at.date().max(zone.date_at(received_at));
        let signed = check_signatures(record, signatures, day, view)?;
        let case = Case {
            record,
            amounts: &completed.amounts,
            rules: &rules as &RulesTable,
            rules_digest: digest,
            received_at,
            zone,
            office,
            index,
            signed,
        };
        let (findings, veiled) = judge::append_to_group(&case, view)?;
        if let (Some(table), Details::Found(Found { rules: digest, .. }) | Details::SetRules(SetRules { digest, .. })) =
            (new_table, &record.details)
        {
            // What follows in the same commit is judged by it, before the store has it; its digest is its name.
            self.rules.put(*digest, table);
        }
        let entry = Entry {
            findings: findings.iter().map(|finding| finding.mark.clone()).collect(),
            received_at,
            record: record.clone(),
            rules: digest,
            signatures: signatures.to_vec(),
        };
        let bytes = entry.to_bytes()?;
        let (personal, rest): (Vec<_>, Vec<_>) =
            completed.openings.iter().partition(|opening| opening.group().is_personal());
        let openings = rest.into_iter().map(|opening| OpeningRow {
            record: record.id(),
            index,
            group: opening.group(),
            salt: opening.salt().clone(),
            value: opening.value().clone(),
        });
        let key = if personal.is_empty() { None } else { Some(key_name(record, view)?) };
        let accepted = Accepted {
            openings: openings.collect(),
            sealed: self.seal(record, index, &personal, key, &mut random)?,
            key,
            bytes,
            table: table
                .filter(|_| matches!(record.details, Details::Found(_) | Details::SetRules(_)))
                .and_then(|json| super::canonical_rules(json).ok().map(|(digest, bytes, _)| (digest, bytes))),
            appended: Appended { index, record: record.clone(), findings, received_at },
        };
        Ok(JudgedItem::Accepted(Box::new(accepted), Box::new(completed), veiled))
    }

    fn complete<'a>(
        &self,
        item: &'a Item,
        submitter: PartyId,
        group: &[Completed],
        random: &mut Randomness,
        view: &mut View,
    ) -> Result<Opened<'a>, Stop> {
        match item {
            Item::Signed { completed, signatures } => {
                if completed.record.submitter() != submitter {
                    return Err(foreign_submitter(completed.record.submitter(), submitter).into());
                }
                Ok((completed.as_ref().clone(), signatures, None))
            }
            Item::Draft { draft, rules_table } => {
                let defaults = defaults(draft, submitter, self.key_version, view)?;
                let completed = prepare::complete(draft, group, &defaults, random, view)?;
                Ok((completed, &[], rules_table.as_deref()))
            }
        }
    }

    /// What tells of persons, under their key; nothing as long as the key is not there.
    fn seal(
        &self,
        record: &Record,
        index: u64,
        openings: &[&Opening],
        name: Option<KeyName>,
        random: &mut Randomness,
    ) -> Result<Vec<SealedOpeningRow>, Refusal> {
        let Some((name, key)) = name.and_then(|name| Some((name, self.keys.get(&name)?))) else {
            return Ok(Vec::new());
        };
        let seal = |opening: &&Opening| persons::seal(record.id(), index, opening, name, key, random.bytes());
        let sealed: Result<Vec<_>, _> = openings.iter().map(seal).collect();
        sealed.map_err(|e| Refusal::invalid("sealed_value", "", "个人信息的密封内容不能加密保存", e.to_string()))
    }

    /// The clock's time, but never before the newest entry's.
    fn received_at(&self, progress: &Progress) -> ReceivedAt {
        let last = progress.head.as_ref().and_then(|head| head.last_received_at);
        last.map_or(self.now, |last| last.max(self.now))
    }

    fn commit(&self, progress: &mut Progress, view: &mut View) -> Commit {
        let mut commit = Commit::on(progress.head.clone().unwrap_or_else(empty_head));
        commit.changes = view.take_changes();
        for accepted in progress.accepted.drain(..) {
            let (id, index) = (accepted.appended.record.id(), accepted.appended.index);
            commit.add_entry(id, accepted.bytes, accepted.appended.received_at);
            commit.openings.extend(accepted.openings);
            commit.sealed.extend(accepted.sealed);
            commit.rules_tables.extend(accepted.table);
            commit.findings.extend((0u32..).zip(accepted.appended.findings).map(|(position, finding)| FindingRow {
                record: id,
                index,
                position,
                finding,
            }));
        }
        for (seat, outcome) in self.seats.iter().zip(&progress.outcomes) {
            if let Outcome::Accepted(records) = outcome {
                let ids: Vec<RecordId> = records.iter().map(|one| one.record.id()).collect();
                // Marked there, if the request tells of persons.
                let known = progress.answered.get(&(seat.request.submitter, seat.request.items[0].uid()));
                commit.requests.extend(records.iter().map(|one| RequestRow {
                    submitter: seat.request.submitter,
                    uid: one.record.uid,
                    digest: known.map_or(seat.request.digest, |known| known.digest),
                    records: ids.clone(),
                }));
            }
        }
        commit
    }
}

/// A completed record, its signatures, and the rules table that came with it.
type Opened<'a> = (Completed, &'a [Signature], Option<&'a [u8]>);

enum Judged {
    Accepted(Vec<Accepted>),
    Repeated(Vec<RecordId>),
    Claimed(RequestRow),
    NeedsRules(RecordId),
    NeedsKeys(BTreeSet<KeyName>),
}

enum JudgedItem {
    /// With the refusal that is said only if nothing else of the group is refused.
    Accepted(Box<Accepted>, Box<Completed>, Option<Refusal>),
    NeedsRules(RecordId),
}

impl Judge for Sitting {
    fn uids(&self) -> Vec<(PartyId, Uid)> {
        let of = |seat: &Seat| {
            let submitter = seat.request.submitter;
            seat.request.items.iter().map(move |item| (submitter, item.uid())).collect::<Vec<_>>()
        };
        self.seats.iter().flat_map(of).collect()
    }

    fn begin(&self, head: Head, answered: Vec<RequestRow>) {
        let answered = answered.into_iter().map(|row| ((row.submitter, row.uid), row)).collect();
        *self.lock() = Progress { head: Some(head), answered, ..Progress::default() };
    }

    fn step(&self, view: &mut View) -> Result<Commit, BTreeSet<Key>> {
        let mut progress = self.lock();
        if !progress.prefetched {
            progress.prefetched = true;
            let keys: BTreeSet<Key> = self.seats.iter().flat_map(first_keys).collect();
            return Err(keys);
        }
        while progress.outcomes.len() < self.seats.len() {
            let seat = &self.seats[progress.outcomes.len()];
            match self.judge_one(seat, &progress, view) {
                Ok(Judged::Accepted(records)) => {
                    view.accept();
                    let known = RequestRow {
                        submitter: seat.request.submitter,
                        uid: seat.request.items[0].uid(),
                        digest: marked(seat.request.digest, self.keys_for(&records)),
                        records: records.iter().map(|one| one.appended.record.id()).collect(),
                    };
                    for one in &records {
                        progress.answered.insert((known.submitter, one.appended.record.uid), known.clone());
                    }
                    let appended = records.iter().map(|one| one.appended.clone()).collect();
                    progress.outcomes.push(Outcome::Accepted(appended));
                    progress.accepted.extend(records);
                }
                Ok(Judged::Repeated(records)) => progress.outcomes.push(Outcome::Repeated(records)),
                Ok(Judged::Claimed(known)) => progress.outcomes.push(Outcome::Claimed(known)),
                Ok(Judged::NeedsKeys(mut names)) => {
                    view.reject();
                    names.extend(self.later_keys(&progress, view));
                    progress.outcomes.resize(self.seats.len(), Outcome::NeedsKeys(names));
                }
                Ok(Judged::NeedsRules(digest)) => {
                    view.reject();
                    // The later ones wait too: one may build on this one, and would be refused before it is there.
                    progress.outcomes.resize(self.seats.len(), Outcome::NeedsRules(digest));
                }
                Err(Stop::Refused(refusal)) => {
                    view.reject();
                    progress.outcomes.push(Outcome::Refused(*refusal));
                }
                Err(Stop::Missing) => return Err(self.missing(&progress, view)),
            }
        }
        Ok(self.commit(&mut progress, view))
    }
}

impl Sitting {
    /// The keys of these records, each once, in the order of their names.
    fn keys_for(&self, accepted: &[Accepted]) -> impl Iterator<Item = &PartyKey> {
        let names: BTreeSet<KeyName> = keys_of(accepted).collect();
        names.into_iter().filter_map(|name| self.keys.get(&name))
    }

    /// The keys that the requests after the next one will ask for, as far as can be seen: made in one go.
    fn later_keys(&self, progress: &Progress, view: &mut View) -> BTreeSet<KeyName> {
        let mut names = BTreeSet::new();
        for seat in &self.seats[progress.outcomes.len() + 1..] {
            if let Ok(Judged::NeedsKeys(more)) = self.judge_one(seat, progress, view) {
                names.extend(more);
            }
            view.reject();
        }
        names
    }

    /// What the next request lacks, and what those after it would lack as far as can be seen: one round for all.
    fn missing(&self, progress: &Progress, view: &mut View) -> BTreeSet<Key> {
        view.reject();
        for seat in &self.seats[progress.outcomes.len() + 1..] {
            // Judged for its questions only.
            drop(self.judge_one(seat, progress, view));
            view.reject();
        }
        view.missing()
    }
}

/// The keys that a request names itself, and the codes that its new batches will most likely get.
fn first_keys(seat: &Seat) -> Vec<Key> {
    let request = &seat.request;
    let mut keys = vec![Key::Ledger, Key::Party(request.submitter)];
    for (i, item) in request.items.iter().enumerate() {
        match item {
            Item::Draft { draft, .. } => {
                let mut random = Randomness::of_position(seat.seed, i);
                keys.extend(prepare::likely_codes(draft, &mut random).into_iter().map(Key::Batch));
                if let Some(actor) = draft.actor.filter(|actor| *actor != request.submitter) {
                    keys.extend([Key::Party(actor), Key::Grants(actor, request.submitter)]);
                }
                keys.extend(draft.site.map(Key::Site));
                let codes = draft.inputs.iter().filter_map(|input| BatchCode::parse_typed(&input.batch).ok());
                keys.extend(codes.map(Key::Batch));
                if let Some(old) = draft.supersedes {
                    keys.extend([Key::Record(old), Key::Edges(old)]);
                }
            }
            Item::Signed { completed, signatures } => {
                let record = &completed.record;
                keys.push(Key::Party(record.actor));
                keys.extend(signatures.iter().map(|signature| Key::SigningKey(signature.key)));
                keys.extend(record.inputs.iter().map(|input| Key::Batch(input.batch)));
            }
        }
    }
    keys
}

pub(super) fn defaults(
    draft: &prepare::Draft,
    submitter: PartyId,
    key_version: u8,
    view: &mut View,
) -> Result<Defaults, Stop> {
    let origin = match view.ledger()? {
        Some(ledger) => ledger.origin.clone(),
        None => match Details::from_value(draft.kind, draft.details.clone())? {
            Details::Found(found) => found.origin,
            _ => return Err(not_founded().into()),
        },
    };
    Ok(Defaults { origin, submitter, key_version })
}

fn keys_of(accepted: &[Accepted]) -> impl Iterator<Item = KeyName> {
    accepted.iter().filter_map(|one| one.key)
}

/// The key under which a record's personal values are sealed: that of its subject, after all erasures so far.
fn key_name(record: &Record, view: &mut View) -> Result<KeyName, Stop> {
    let party = record.subject();
    let generation = view.party(party)?.map_or(0, |row| row.erasures);
    Ok(KeyName { party, generation })
}

fn not_founded() -> Refusal {
    Refusal::conflict(
        "not_founded",
        "",
        "账本还没有创立；第一条记录应为“创立”",
        "this ledger has no founding entry yet; its first record is a 'found'",
    )
}

fn empty_head() -> Head {
    Head { frontier: trace_core::log::Frontier::new(), last_received_at: None }
}
