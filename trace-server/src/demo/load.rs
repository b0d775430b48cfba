//! Sending the fixtures through the ledger like anything else: judged, committed in groups, answered.
//!
//! Loading again adds nothing: every line has its uid, and a folder that was left half loaded is completed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use futures_util::future::join_all;
use jiff::civil::Date;
use serde_json::Value;
use trace_core::code::IssueNumber;
use trace_core::id::RecordId;
use trace_core::prepare::Draft;
use trace_core::record::{Details, Level, Refusal, Signature};
use trace_core::tianma::RulesTable;
use trace_core::time::{ReceivedAt, Zone};

use super::fixtures::{self, FixtureError, Line};
use super::labels::{self, Labels, Unresolved};
use crate::keystore::KeyStore;
use crate::ledger::{Answer, AppendError, Item, Ledger, Request, Surroundings, canonical_rules, random};
use crate::store::{Store, StoreError};

/// Most requests under way at once: below what one commit takes, so that a day is one commit.
const PENDING_MAX: usize = 100;

/// Why the fixtures cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A fixture is wrong.
    #[error(transparent)]
    Fixture(#[from] FixtureError),
    /// The ledger refuses a line.
    #[error("{place} ({label}) is refused: {refusal}")]
    Refused {
        /// File and line.
        place: String,
        /// Label of the record.
        label: String,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// The folder was loaded from other fixtures.
    #[error("this ledger holds another version of {place} ({label}); choose another folder, or delete this one")]
    OtherFixtures {
        /// File and line.
        place: String,
        /// Label of the record.
        label: String,
    },
    /// The ledger could not append.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A record of the fixtures in the ledger.
#[derive(Debug, Clone)]
pub struct LoadedRecord {
    /// Its label.
    pub label: String,
    /// Its id.
    pub id: RecordId,
    /// What the rules found, as `level:rule`, sorted.
    pub findings: Vec<String>,
    /// What the fixtures say that they find, sorted.
    pub expected: Vec<String>,
}

/// What was loaded.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Every record, in the order of loading.
    pub records: Vec<LoadedRecord>,
    /// How many of them the ledger had before.
    pub repeated: usize,
}

/// Whether the last line of the fixtures is in the ledger; the lines before it are then too.
///
/// # Errors
/// [`LoadError::Fixture`], [`LoadError::Store`].
pub async fn is_loaded(store: &dyn Store) -> Result<bool, LoadError> {
    let lines = fixtures::lines()?;
    let Some(last) = lines.last() else { return Ok(true) };
    let known = store.requests(&[(labels::party(&last.submitter), labels::uid(&last.label))]).await?;
    Ok(known.first().is_some_and(|row| row.digest == last.digest))
}

/// Loads the county into a store, with a clock that gives each record the day on which it was entered.
///
/// # Errors
/// [`LoadError`]; what was loaded before it stays, and loading again goes on from there.
pub async fn load(store: Arc<dyn Store>, keys: Arc<dyn KeyStore>, key_version: u8) -> Result<Loaded, LoadError> {
    let clock = Clock::default();
    let hand = Arc::clone(&clock.now_ms);
    let now = move || ReceivedAt::from_unix_ms(hand.load(Ordering::SeqCst)).unwrap_or(ReceivedAt::EPOCH);
    let surroundings = Surroundings { now: Box::new(now), seed: Box::new(random) };
    let ledger = Ledger::open(store, keys, surroundings, key_version);
    let lines = fixtures::lines()?;
    let mut loader =
        Loader { ledger, clock, labels: Labels::default(), pending: Vec::new(), loaded: Loaded::default() };
    for line in lines {
        loader.take(line).await?;
    }
    loader.flush().await?;
    Ok(loader.loaded)
}

/// The evenings of the county: records arrive between six and half past seven, some minutes apart.
#[derive(Debug, Default)]
struct Clock {
    now_ms: Arc<AtomicI64>,
    day: Option<Date>,
}

impl Clock {
    const EVENING_MS: i64 = 18 * 3_600_000;

    /// Goes to the evening of a day, or, when it is that evening already or a later one, some minutes on.
    fn turn(&mut self, day: Date) {
        let before = self.now_ms.load(Ordering::SeqCst);
        let days = day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
        let offset = i64::from(Zone::CHINA.minutes()) * 60_000;
        // Not every evening begins on the minute; the spread repeats, so that the same files give the same times.
        let spread = days * 7_919_003 % 5_400_000;
        let evening = days * 86_400_000 - offset + Self::EVENING_MS + spread;
        let next = if self.day.is_some_and(|last| last >= day) { before + 127_019 } else { evening.max(before + 1) };
        self.day = self.day.max(Some(day));
        self.now_ms.store(next, Ordering::SeqCst);
    }
}

struct Loader {
    ledger: Ledger,
    clock: Clock,
    labels: Labels,
    pending: Vec<(Line, Request)>,
    loaded: Loaded,
}

impl Loader {
    /// Sends a line, or keeps it for the next commit.
    async fn take(&mut self, line: Line) -> Result<(), LoadError> {
        let new_day = self.pending.first().is_some_and(|(first, _)| first.entered != line.entered);
        if new_day || line.sign.is_some() || self.pending.len() >= PENDING_MAX {
            self.flush().await?;
        }
        let mut resolved = self.request(&line)?;
        if resolved.is_none() {
            // It names a record of this evening: that one's answer first.
            self.flush().await?;
            resolved = self.request(&line)?;
        }
        let Some(mut request) = resolved else {
            return Err(wrong(&line, "it names a record that does not stand before it").into());
        };
        if let Some(label) = &line.sign {
            self.clock.turn(line.entered);
            request = self.signed(request, label).await?;
        }
        self.pending.push((line, request));
        Ok(())
    }

    /// The request of a line; `None` if it names a record that is not answered yet.
    fn request(&mut self, line: &Line) -> Result<Option<Request>, LoadError> {
        let mut fields = line.draft.clone();
        let day = line.draft.get("occurred_at").and_then(Value::as_str).and_then(|text| text.get(..10)?.parse().ok());
        let named = self.labels.name_outputs(&fields, day.unwrap_or(line.entered));
        named.map_err(|error| unresolved(line, error))?;
        for (field, is_party) in [("actor", true), ("site", false)] {
            if let Some(Value::String(label)) = fields.get_mut(field) {
                *label = if is_party { labels::party(label).to_string() } else { labels::site(label).to_string() };
            }
        }
        let rules_table = match &line.rules {
            Some(patch) => Some(put_rules(&mut fields, patch).map_err(|problem| wrong(line, &problem))?),
            None => None,
        };
        fields.insert("uid".to_owned(), labels::uid(&line.label).to_string().into());
        let mut draft = Value::Object(fields);
        match self.labels.resolve("", &mut draft) {
            Ok(()) => {}
            Err(Unresolved::Later(_)) => return Ok(None),
            Err(error @ Unresolved::Wrong(_)) => return Err(unresolved(line, error).into()),
        }
        let draft = Draft::from_value(draft).map_err(|refusal| refused(line, refusal))?;
        Ok(Some(Request {
            submitter: labels::party(&line.submitter),
            digest: line.digest,
            items: vec![Item::Draft { draft: Box::new(draft), rules_table }],
        }))
    }

    /// Completes a request and signs what is to be stored.
    async fn signed(&self, request: Request, label: &str) -> Result<Request, LoadError> {
        let completed = self.ledger.prepare(&request).await?;
        let signing = |completed: trace_core::prepare::Completed| {
            let value = URL_SAFE_NO_PAD.encode(labels::key(label).sign(completed.record.bytes()).to_bytes());
            let signatures = vec![Signature { key: labels::public_key(label), value }];
            Item::Signed { completed: Box::new(completed), signatures }
        };
        Ok(Request { items: completed.into_iter().map(signing).collect(), ..request })
    }

    /// Sends what waits, all at once and in order, and notes the answers.
    async fn flush(&mut self) -> Result<(), LoadError> {
        let Some((first, _)) = self.pending.first() else { return Ok(()) };
        self.clock.turn(first.entered);
        let (lines, requests): (Vec<Line>, Vec<Request>) = self.pending.drain(..).unzip();
        let answers = join_all(requests.into_iter().map(|request| self.ledger.append(request))).await;
        for (line, answer) in lines.into_iter().zip(answers) {
            match answer {
                Ok(answer) => self.note(&line, &answer),
                Err(AppendError::Refused(refusal)) if refusal.rule == "uid_reused" => {
                    return Err(LoadError::OtherFixtures { place: line.place, label: line.label });
                }
                Err(AppendError::Refused(refusal)) => return Err(refused(&line, refusal)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn note(&mut self, line: &Line, answer: &Answer) {
        self.loaded.repeated += usize::from(answer.repeated);
        for appended in &answer.records {
            let issue: Option<IssueNumber> = match &appended.record.details {
                Details::IssueCodes(issue) => Some(issue.issue),
                _ => None,
            };
            let id = appended.record.id();
            self.labels.answered(&line.label, id, issue);
            let found = |f: &trace_core::record::Finding| format!("{}:{}", level(f.mark.level), f.mark.rule);
            let mut findings: Vec<String> = appended.findings.iter().map(found).collect();
            findings.sort_unstable();
            let mut expected = line.expect.clone();
            expected.sort_unstable();
            self.loaded.records.push(LoadedRecord { label: line.label.clone(), id, findings, expected });
        }
    }
}

/// The built-in table with the changes of the line; its digest and version go into the details.
fn put_rules(fields: &mut serde_json::Map<String, Value>, patch: &Value) -> Result<Vec<u8>, String> {
    let builtin = RulesTable::builtin().and_then(|table| table.to_value()).map_err(|e| e.to_string())?;
    let mut table = builtin;
    merge(&mut table, patch);
    let (digest, bytes, rules) =
        canonical_rules(table.to_string().as_bytes()).map_err(|refusal| refusal.to_string())?;
    let (of_digest, of_version) = match fields.get("kind").and_then(Value::as_str) {
        Some("found") => ("rules", "rules_version"),
        _ => ("digest", "version"),
    };
    let Some(Value::Object(details)) = fields.get_mut("details") else {
        return Err("the details are missing".to_owned());
    };
    details.insert(of_digest.to_owned(), digest.to_string().into());
    details.insert(of_version.to_owned(), rules.version().into());
    Ok(bytes)
}

/// JSON merge patch (RFC 7396 section 2), without the removal of fields, which a rules table does not allow.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Warning => "warning",
        Level::Hold => "hold",
    }
}

fn wrong(line: &Line, problem: &str) -> FixtureError {
    FixtureError { place: line.place.clone(), problem: format!("{}: {problem}", line.label) }
}

fn unresolved(line: &Line, error: Unresolved) -> FixtureError {
    match error {
        Unresolved::Later(problem) | Unresolved::Wrong(problem) => wrong(line, &problem),
    }
}

fn refused(line: &Line, refusal: Refusal) -> LoadError {
    LoadError::Refused { place: line.place.clone(), label: line.label.clone(), refusal: Box::new(refusal) }
}
