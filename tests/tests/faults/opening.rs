//! `kill -9` of the service while packages are opened, one by several people at once and several one after another: no
//! opening that a page told of is lost, and none is counted that nobody made.
//!
//! A page that counted its opening says how many came before it. So no two pages may say the same number of one
//! package: a lost opening would be told again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::task::JoinSet;
use trace_tests::engines::Engine;

use crate::asking::client;
use crate::chance;
use crate::ground::{Ground, Kept, Packages};
use crate::kills::{Blow, fall};

/// How many people open packages at once; half of them always the same package.
const PEOPLE: usize = 8;

/// Packages that are opened.
const PACKAGES: u32 = 9;

/// From the first opening to a kill, at most, in milliseconds: hundreds of openings.
const LOADED_MS: u64 = 900;

/// The pause after a page that could not count its opening.
const PAUSE: Duration = Duration::from_millis(20);

/// What a page said.
enum Said {
    /// It was counted, after so many others.
    After(u64),
    /// It was not counted, or there was no page for want of a database.
    NotCounted,
    /// The connection broke.
    Nothing,
}

/// What is known of one package's openings.
#[derive(Debug, Default)]
struct Tally {
    /// How many came before, as each page said that counted its opening.
    told: BTreeSet<u64>,
    sent: u64,
    /// When it was opened first, as the database has it.
    first_at: Option<i64>,
}

impl Tally {
    fn hear(&mut self, index: u32, before: u64) {
        assert!(self.told.insert(before), "two pages of package {index} were told that {before} openings came before");
    }
}

/// Kills it so often as [`chance::kills`] says, and compares after each.
pub async fn no_opening_is_lost(engine: Engine) {
    let ground = Ground::new(&format!("openings-{engine}").to_lowercase(), engine, false).await;
    let packages = Arc::new(ground.packages(PACKAGES).await);
    let (kills, began) = (chance::kills(), Instant::now());
    let mut tallies: BTreeMap<u32, Tally> = (0..PACKAGES).map(|index| (index, Tally::default())).collect();
    for number in 1..=kills {
        let service = ground.spawn();
        let base = service.answering();
        look(&ground, &packages, &base, &mut tallies).await;
        let load = Load::on(&packages, &base);
        fall(&ground, Blow::of(number, &ground)).await;
        let moment = chance::moment_within(LOADED_MS).await;
        service.kill();
        let heard = load.end().await;
        println!("kill {number} of {kills} on {engine}: {} ms, {} openings told", moment.as_millis(), heard.told.len());
        for (index, count) in heard.sent {
            tallies.get_mut(&index).expect("a package").sent += count;
        }
        for (index, before) in heard.told {
            tallies.get_mut(&index).expect("a package").hear(index, before);
        }
    }
    let service = ground.spawn();
    let base = service.answering();
    look(&ground, &packages, &base, &mut tallies).await;
    service.kill();
    let told: usize = tallies.values().map(|tally| tally.told.len()).sum();
    println!("{told} openings told on {engine} over {kills} kills, in {:?}", began.elapsed());
    // Each look opens every package once.
    assert!(told as u64 > (kills + 1) * u64::from(PACKAGES), "the load was none: {told} openings in all");
}

/// The rows of a service that stands again, against what pages said; then each package is opened once more.
async fn look(ground: &Ground, packages: &Packages, base: &str, tallies: &mut BTreeMap<u32, Tally>) {
    let mut kept = ground.openings(packages.issue).await;
    let client = client();
    for (index, tally) in tallies {
        let row = kept.remove(index).unwrap_or_default();
        compare(*index, tally, &row);
        tally.sent += 1;
        let Said::After(before) = open(&client, base, packages, *index).await else {
            panic!("package {index} cannot be opened on a sound service")
        };
        assert_eq!(before, row.count, "the page of package {index} and its row differ");
        tally.hear(*index, before);
    }
    assert!(kept.is_empty(), "packages that nobody opened: {kept:?}");
}

fn compare(index: u32, tally: &mut Tally, row: &Kept) {
    let told = tally.told.len() as u64;
    assert!(told <= row.count, "package {index}: {told} openings were told, {} are kept", row.count);
    let last = tally.told.last().map_or(0, |last| last + 1);
    assert!(last <= row.count, "package {index}: a page spoke of opening {last}, {} are kept", row.count);
    assert!(row.count <= tally.sent, "package {index}: {} openings are kept, {} were made", row.count, tally.sent);
    assert_eq!(row.scans, row.count, "package {index}: its count is not that of its openings");
    assert_eq!(row.first_at, row.first_scan_at, "package {index}: its first opening is not the first that is kept");
    if tally.first_at.is_some() {
        assert_eq!(row.first_at, tally.first_at, "package {index} was opened first at another time");
    }
    tally.first_at = row.first_at;
}

/// Opens a package's page as a person does.
async fn open(client: &Client, base: &str, packages: &Packages, index: u32) -> Said {
    let request = client.get(format!("{base}/t/{}", packages.code(index)));
    let request = request.header("user-agent", "Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0.40");
    let Ok(response) = request.send().await else { return Said::Nothing };
    let status = response.status().as_u16();
    // A page that broke off told nobody anything.
    let Ok(page) = response.text().await else { return Said::Nothing };
    match status {
        200 if page.contains("未计入次数") => Said::NotCounted,
        200 => Said::After(openings_before(&page)),
        503 => Said::NotCounted,
        _ => panic!("package {index} was answered {status} {page}"),
    }
}

/// How many openings the page says came before.
fn openings_before(page: &str) -> u64 {
    if page.contains("这是第一次打开") {
        return 0;
    }
    let said = page.split_once(" 次，第一次在").and_then(|(before, _)| before.rsplit_once("打开过 "));
    said.and_then(|(_, count)| count.parse().ok()).unwrap_or_else(|| panic!("no word about openings on {page}"))
}

/// What people heard while the service was up.
#[derive(Default)]
struct Heard {
    /// Package, and how many came before.
    told: Vec<(u32, u64)>,
    sent: BTreeMap<u32, u64>,
}

/// People who open packages.
struct Load {
    stop: Arc<AtomicBool>,
    people: JoinSet<Heard>,
}

impl Load {
    fn on(packages: &Arc<Packages>, base: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut people = JoinSet::new();
        for person in 0..PEOPLE {
            let (stop, packages, base) = (Arc::clone(&stop), Arc::clone(packages), base.to_owned());
            people.spawn(async move { open_on(&stop, &packages, &base, person.is_multiple_of(2)).await });
        }
        Self { stop, people }
    }

    /// Waits for all: each ends with the page that it is at, or when the service is gone.
    async fn end(self) -> Heard {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Heard::default();
        for heard in self.people.join_all().await {
            all.told.extend(heard.told);
            for (index, count) in heard.sent {
                *all.sent.entry(index).or_default() += count;
            }
        }
        all
    }
}

/// One person: the first package again and again, or one of the others after another.
async fn open_on(stop: &AtomicBool, packages: &Packages, base: &str, same: bool) -> Heard {
    let client = client();
    let mut heard = Heard::default();
    for turn in 0.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let index = if same { 0 } else { 1 + turn % (PACKAGES - 1) };
        *heard.sent.entry(index).or_default() += 1;
        match open(&client, base, packages, index).await {
            Said::After(before) => heard.told.push((index, before)),
            Said::NotCounted => tokio::time::sleep(PAUSE).await,
            Said::Nothing => break,
        }
    }
    heard
}
