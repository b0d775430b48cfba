//! The consumer's path: what a package code is, how often its page was opened, and the way its goods came.
//!
//! It knows no language, no HTML and no HTTP. Nothing here changes the ledger; what it writes is scans, which are not
//! in the log.

mod copies;
mod counter;
mod device;
mod newest;
mod resolve;
pub mod story;
mod verdict;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use trace_core::code::{CodeIndex, DigitalLink, IssueNumber, KeyRing, PackageCode};
use trace_core::id::{BatchCode, RecordId};
use trace_core::record::{Details, Entry};
use trace_core::region::Region;
use trace_core::state::{BatchRow, Key, Row};
use trace_core::time::{ReceivedAt, Zone};

pub use copies::{CopyRules, CopyRulesError, Reason, Rule, Tells};
pub use device::is_robot;
pub use resolve::Package;
pub use story::Story;
pub use verdict::{Disagreement, Openings, Recall, Verdict};

use crate::store::{NewScan, PackageScans, Store, StoreError};
use copies::{Copies, Opening};
use counter::Counter;
use device::Devices;
use newest::{Issues, Newest};

/// Answers scans. Cloning it is cheap; all clones share one queue of commits and one shelf of stories.
#[derive(Clone)]
pub struct Scanner {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    keys: Arc<KeyRing>,
    counter: Counter,
    devices: Devices,
    copies: Copies,
    stories: story::Shelf,
    newest: Newest,
    issues: Issues,
}

/// One opening of a package's page, as far as it matters.
#[derive(Debug, Clone)]
pub struct Visit {
    /// When.
    pub at: ReceivedAt,
    /// From where; it is hashed with a salt of the day and not kept.
    pub address: IpAddr,
    /// The browser's own description (RFC 9110 section 10.1.5); hashed with the address.
    pub agent: String,
    /// The province or country that it comes from, where it is known.
    pub region: Option<Region>,
    /// Whether the page is shown at all: a HEAD request opens nothing.
    pub opens: bool,
    /// Whether a person may be behind it: robots, link previews and prefetching do not count.
    pub person: bool,
}

/// What is answered to a scan.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether this opening was durably counted, so that "first" and "before" are known to hold.
    pub counted: bool,
    /// The package, if the code is one of ours.
    pub package: Option<Package>,
    /// Whether the key that made the code was withdrawn.
    pub key_withdrawn: bool,
    /// The zone in which times are told.
    pub zone: Zone,
    /// A size that the log had before this was read.
    pub log_size: u64,
}

impl Scanner {
    /// Starts answering over a store; needs a running Tokio runtime.
    pub fn open(store: Arc<dyn Store>, keys: Arc<KeyRing>, rules: CopyRules) -> Self {
        let counter = Counter::start(Arc::clone(&store));
        let devices = Devices::of(&keys);
        let copies = Copies::new(Arc::clone(&store), rules);
        let newest = Newest::start(Arc::clone(&store));
        let (stories, issues) = (story::Shelf::default(), Issues::default());
        Self { inner: Arc::new(Inner { store, keys, counter, devices, copies, stories, newest, issues }) }
    }

    /// What a code is, counting this opening first. A code that no key of ours made does not touch the database.
    ///
    /// `claimed` is the address that the code came with, where it had product and batch in it.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read; that an opening cannot be written is no error.
    pub async fn scan(
        &self,
        code: &PackageCode,
        claimed: Option<&DigitalLink>,
        visit: &Visit,
    ) -> Result<Scan, StoreError> {
        let inner = &*self.inner;
        let unknown = Scan {
            verdict: Verdict::Unknown,
            counted: false,
            package: None,
            key_withdrawn: false,
            zone: Zone::CHINA,
            log_size: 0,
        };
        let Some(decoded) = inner.keys.decode(code) else { return Ok(unknown) };
        let log_size = inner.newest.size().await?;
        let found = resolve::package(&*inner.store, &inner.issues, log_size, *code, decoded).await?;
        let Some((package, zone)) = found else {
            if visit.opens && visit.person {
                inner.copies.never_issued(decoded, visit.at).await;
            }
            return Ok(unknown);
        };
        let standing = verdict::standing(&package, claimed);
        let device = inner.devices.mark(zone.date_at(visit.at), visit.address, &visit.agent);
        let before = if visit.opens {
            let counts = visit.person && package.was_activated() && !matches!(standing, Verdict::Disagrees(_));
            let scan = NewScan {
                issue: package.issue.number,
                index: package.index.get(),
                at: visit.at,
                device,
                counts,
                region: visit.region,
            };
            inner.counter.count(scan).await.map(|before| (before, counts))
        } else {
            None
        };
        let counted = matches!(before, Some((_, true)));
        let verdict = match (standing, before) {
            (Verdict::Genuine, Some((before, _))) => {
                self.of_openings(&package, before, counted, visit.at, device, zone).await
            }
            (Verdict::Recalled(mut recall), _) => {
                recall.say(self.details_of(recall.record).await);
                Verdict::Recalled(recall)
            }
            (other, Some(_)) if visit.person => {
                match other {
                    Verdict::Void => inner.copies.gone(&package, false, visit.at).await,
                    Verdict::Returned => inner.copies.gone(&package, true, visit.at).await,
                    Verdict::NotActivated => inner.copies.not_activated(&package, visit.at).await,
                    _ => {}
                }
                other
            }
            (other, _) => other,
        };
        let key_withdrawn = inner.keys.is_withdrawn(decoded.key_version());
        Ok(Scan { verdict, counted, package: Some(package), key_withdrawn, zone, log_size })
    }

    /// What the openings of a package in circulation say of it. `before` is what was known before this one.
    async fn of_openings(
        &self,
        package: &Package,
        before: PackageScans,
        counted: bool,
        at: ReceivedAt,
        device: [u8; 8],
        zone: Zone,
    ) -> Verdict {
        let copies = &self.inner.copies;
        let Some(first_at) = before.first_at.filter(|_| before.count > 0) else {
            let late = if counted { copies.first(package, at, zone).await } else { None };
            return late.map_or(Verdict::Genuine, |reason| Verdict::Suspected { openings: None, reason });
        };
        let mut openings = Openings { count: before.count, first_at, by_this_device: 0 };
        let reason = if copies.is_worth_a_look(package, before.count) {
            let mut scans = before.newest;
            if scans.is_empty() {
                // If the openings cannot be read, the page says less.
                let (issue, index) = (package.issue.number, package.index.get());
                scans = self.inner.store.scans(issue, index, PackageScans::NEWEST_MAX).await.unwrap_or_default();
            }
            if before.count <= PackageScans::FEW {
                let own = scans.iter().filter(|scan| scan.counts && scan.device == device).count() as u64;
                // This opening itself is among them.
                openings.by_this_device = own.saturating_sub(u64::from(counted)).min(before.count);
            }
            let count = before.count + u64::from(counted);
            let opening = Opening { scans: &scans, count, first_at, at, device, counted, zone };
            copies.look(package, &opening).await
        } else {
            copies.known(package)
        };
        match reason {
            Some(reason) => Verdict::Suspected { openings: Some(openings), reason },
            None => Verdict::OpenedBefore(openings),
        }
    }

    /// Whether one of our keys made a code; it costs no look at the database.
    pub fn is_ours(&self, code: &PackageCode) -> bool {
        self.inner.keys.decode(code).is_some()
    }

    /// The code of a package of an issue that uses this key; for what the office lists.
    pub fn code_of(&self, key_version: u8, issue: IssueNumber, index: u32) -> Option<PackageCode> {
        self.inner.keys.encode(key_version, issue, CodeIndex::new(index).ok()?).ok()
    }

    /// The package of a code, without counting an opening; `None` if the code is not one of ours.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn package(&self, code: &PackageCode) -> Result<Option<Package>, StoreError> {
        let inner = &*self.inner;
        let Some(decoded) = inner.keys.decode(code) else { return Ok(None) };
        let size = inner.newest.size().await?;
        let found = resolve::package(&*inner.store, &inner.issues, size, *code, decoded).await?;
        Ok(found.map(|(package, _)| package))
    }

    /// The way of a batch from seed to what it is; `None` if there is no such batch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn story(&self, batch: BatchCode) -> Result<Option<Arc<Story>>, StoreError> {
        let size = self.inner.newest.size().await?;
        self.story_since(batch, size).await
    }

    /// The same, told when the log had this size or more: that of a [`Scan`] whose page it goes with.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn story_since(&self, batch: BatchCode, size: u64) -> Result<Option<Arc<Story>>, StoreError> {
        self.inner.stories.story(&*self.inner.store, batch, size).await
    }

    /// The recall that reaches a whole batch, if one does.
    pub async fn recall_of(&self, batch: &BatchRow) -> Option<Recall> {
        let mut recall = Recall { record: *batch.recalls.first()?, reason: None, stage: None };
        recall.say(self.details_of(recall.record).await);
        Some(recall)
    }

    /// The details of a record, for its words; a failure leaves them out.
    async fn details_of(&self, record: RecordId) -> Option<Details> {
        let entries = self.inner.store.entries_of(&[record]).await.ok()?;
        let entry = Entry::from_bytes(&entries.first()?.bytes).ok()?;
        Some(entry.record.details.stated().clone())
    }
}

/// Rows by their keys, in no order.
async fn rows(store: &dyn Store, keys: BTreeSet<Key>) -> Result<Vec<Row>, StoreError> {
    Ok(store.load(&keys).await?.0)
}
