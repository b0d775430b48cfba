//! The consumer's path: what a package code is, how often its page was opened, and the way its goods came.
//!
//! It knows no language, no HTML and no HTTP. Nothing here changes the ledger; what it writes is scans, which are not
//! in the log.

mod copies;
mod counter;
mod device;
mod resolve;
pub mod story;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use trace_core::code::{CodeIndex, DigitalLink, IssueNumber, KeyRing, PackageCode};
use trace_core::id::{BatchCode, RecordId};
use trace_core::record::{Details, Entry};
use trace_core::state::{Key, Row};
use trace_core::time::{ReceivedAt, Zone};

pub use device::is_robot;
pub use resolve::Package;
pub use story::Story;
pub use verdict::{Disagreement, Openings, Verdict};

use crate::store::{NewScan, ScanRow, Store, StoreError};
use counter::Counter;
use device::Devices;

/// Of a package that was opened this often, it is no longer told how many openings were by the same device.
const OWN_OPENINGS_OF_MAX: u64 = 20;

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
    copies: copies::Copies,
    stories: story::Shelf,
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
    /// The zone in which times are told.
    pub zone: Zone,
}

/// A package that many devices opened on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// Its code.
    pub code: PackageCode,
    /// The code issue.
    pub issue: IssueNumber,
    /// Its place in the issue, from 0.
    pub index: u32,
    /// The sale batch.
    pub batch: BatchCode,
    /// How many devices opened it on its busiest day.
    pub devices: usize,
    /// When it was opened last.
    pub newest: ReceivedAt,
}

impl Scanner {
    /// Starts answering over a store; needs a running Tokio runtime.
    pub fn open(store: Arc<dyn Store>, keys: Arc<KeyRing>) -> Self {
        let counter = Counter::start(Arc::clone(&store));
        let devices = Devices::of(&keys);
        Self {
            inner: Arc::new(Inner {
                store,
                keys,
                counter,
                devices,
                copies: copies::Copies::default(),
                stories: story::Shelf::default(),
            }),
        }
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
        let unknown = Scan { verdict: Verdict::Unknown, counted: false, package: None, zone: Zone::CHINA };
        let Some(decoded) = inner.keys.decode(code) else { return Ok(unknown) };
        let Some((package, zone)) = resolve::package(&*inner.store, *code, decoded).await? else {
            return Ok(unknown);
        };
        let standing = verdict::standing(&package, claimed);
        let device = inner.devices.mark(zone.date_at(visit.at), visit.address, &visit.agent);
        let before = if visit.opens {
            let counts = visit.person && package.was_activated() && !matches!(standing, Verdict::Disagrees(_));
            let scan =
                NewScan { issue: package.issue.number, index: package.index.get(), at: visit.at, device, counts };
            inner.counter.count(scan).await.map(|before| (before, counts))
        } else {
            None
        };
        let counted = matches!(before, Some((_, true)));
        let verdict = match (standing, before) {
            (Verdict::Genuine, Some((before, _))) => match before.first_at {
                Some(first_at) if before.count > 0 => {
                    let scans = self.newest_scans(&package, before.count).await;
                    let own = scans.iter().filter(|scan| scan.counts && scan.device == device).count() as u64;
                    // This opening itself is among them.
                    let own = own.saturating_sub(u64::from(counted)).min(before.count);
                    let by_this_device = if before.count > OWN_OPENINGS_OF_MAX { 0 } else { own };
                    let openings = Openings { count: before.count, first_at, by_this_device };
                    match self.suspected(&package, &scans, zone) {
                        Some(devices) => Verdict::Suspected { openings, devices },
                        None => Verdict::OpenedBefore(openings),
                    }
                }
                _ => Verdict::Genuine,
            },
            (Verdict::Recalled(mut recall), _) => {
                recall.say(self.details_of(recall.record).await);
                Verdict::Recalled(recall)
            }
            (other, _) => other,
        };
        Ok(Scan { verdict, counted, package: Some(package), zone })
    }

    /// The package of a code, without counting an opening; `None` if the code is not one of ours.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn package(&self, code: &PackageCode) -> Result<Option<Package>, StoreError> {
        let inner = &*self.inner;
        let Some(decoded) = inner.keys.decode(code) else { return Ok(None) };
        Ok(resolve::package(&*inner.store, *code, decoded).await?.map(|(package, _)| package))
    }

    /// The packages that look copied, of those that were opened lately, most devices first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn suspects(&self) -> Result<Vec<Suspect>, StoreError> {
        let inner = &*self.inner;
        let least = u32::try_from(copies::DEVICES_A_DAY_MIN).unwrap_or(u32::MAX);
        let often = inner.store.often_opened(copies::NEWEST_OF_ALL, least).await?;
        let mut keys: BTreeSet<Key> = often.iter().map(|(issue, _)| Key::Issue(*issue)).collect();
        keys.insert(Key::Ledger);
        let (mut issues, mut zone) = (BTreeMap::new(), Zone::CHINA);
        for row in rows(&*inner.store, keys).await? {
            match row {
                Row::Ledger(row) => zone = row.zone,
                Row::Issue(row) => drop(issues.insert(row.number, row)),
                _ => {}
            }
        }
        let mut suspects = Vec::new();
        for (issue, index) in often {
            let scans = inner.store.scans(issue, index, copies::LOOKED_AT_MAX).await?;
            let devices = inner.copies.look(issue, index, &scans, zone);
            let code = CodeIndex::new(index).ok().zip(issues.get(&issue)).and_then(|(index, issue)| {
                let code = inner.keys.encode(issue.key_version, issue.number, index).ok()?;
                Some((code, issue.batch))
            });
            if let (Some(devices), Some((code, batch)), Some(newest)) = (devices, code, scans.first()) {
                suspects.push(Suspect { code, issue, index, batch, devices, newest: newest.at });
            }
        }
        suspects.sort_by_key(|one| (std::cmp::Reverse(one.devices), one.issue, one.index));
        Ok(suspects)
    }

    /// The way of a batch from seed to what it is; `None` if there is no such batch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn story(&self, batch: BatchCode) -> Result<Option<Arc<Story>>, StoreError> {
        self.inner.stories.story(&*self.inner.store, batch).await
    }

    /// The newest openings of a package that was opened before; none where they cannot change what is said: of one
    /// that is suspect already. If they cannot be read, the page says less.
    async fn newest_scans(&self, package: &Package, before: u64) -> Vec<ScanRow> {
        let (issue, index) = (package.issue.number, package.index.get());
        if self.inner.copies.known(issue, index).is_some() && before > OWN_OPENINGS_OF_MAX {
            return Vec::new();
        }
        self.inner.store.scans(issue, index, copies::LOOKED_AT_MAX).await.unwrap_or_default()
    }

    /// How many devices opened it on one day, if that makes it suspect.
    fn suspected(&self, package: &Package, scans: &[ScanRow], zone: Zone) -> Option<usize> {
        let (issue, index) = (package.issue.number, package.index.get());
        let copies = &self.inner.copies;
        copies.look(issue, index, scans, zone).or_else(|| copies.known(issue, index))
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
