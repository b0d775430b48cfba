//! The audit of a SQLite file with 1,000,000 entries: the log alone (hashes, edges, tree) and everything (signatures,
//! commitments, rebuild, every row). Each audit runs in a process of its own, so that its memory can be told.
//!
//! `TRACE_BENCH_ENTRIES` changes the number of entries, `TRACE_BENCH_DATABASE` keeps the file under that path and takes
//! it as it is where it is there already.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot set up has nothing to measure")]

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use trace_server::audit::{Options, audit_database};
use trace_server::store::snapshot::snapshot;
use trace_tests::generator;

/// Names the database in the process that audits.
const AUDITED: &str = "TRACE_BENCH_AUDITED";
/// There if only the log is audited.
const LOG_ONLY: &str = "TRACE_BENCH_LOG_ONLY";

fn main() {
    if let Ok(url) = std::env::var(AUDITED) {
        return audit(&url, std::env::var_os(LOG_ONLY).is_some());
    }
    // `cargo test` runs benches without this word, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let entries = std::env::var("TRACE_BENCH_ENTRIES").map_or(1_000_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("TRACE_BENCH_DATABASE").map(PathBuf::from);
    let path = kept.unwrap_or_else(|| folder.path().join("trace.db"));
    let url = format!("sqlite:{}", path.display());
    if !path.is_file() {
        let start = Instant::now();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let filled = runtime.block_on(async {
            let store = trace_server::store::open(&url).await.unwrap();
            generator::fill(&[store], entries).await.records
        });
        println!("{filled} entries in a SQLite file after {:.0} s", start.elapsed().as_secs_f64());
    }
    for log_only in [true, false] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.env(AUDITED, &url);
        if log_only {
            child.env(LOG_ONLY, "1");
        }
        assert!(child.status().unwrap().success());
    }
}

fn audit(url: &str, log_only: bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let start = Instant::now();
    let options = Options { log_only, ..Options::default() };
    let report = runtime
        .block_on(async { audit_database(snapshot(url).await.unwrap(), &options, Arc::new(|_| ())).await })
        .unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert!(report.ok, "{report}");
    let (what, must) = if log_only { ("hashes, edges, tree", 100_000.0) } else { ("everything", 30_000.0) };
    #[expect(clippy::cast_precision_loss, reason = "some million entries")]
    let rate = report.size as f64 / seconds;
    println!(
        "{what}: {} entries in {seconds:.1} s, {rate:.0}/s, {:.2} of the {must:.0}/s that it must; {}",
        report.size,
        rate / must,
        peak_memory()
    );
}

/// The most memory that this process ever had, where the system tells it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<u64> = peak.and_then(|peak| peak.trim().strip_suffix("kB")?.trim().parse().ok());
    kib.map_or_else(|| "memory unknown".to_owned(), |kib| format!("{} MB at most", kib / 1024))
}
