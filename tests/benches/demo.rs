//! `trace-server demo` from its start to its first answer, in a fresh folder (first start included) and again in the
//! same folder, with the resident memory then. The release build of the command itself, as `cargo bench` makes it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot set up has nothing to measure")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 7;
const SECONDS_MUST: f64 = 5.0;
const MEGABYTES_MUST: f64 = 150.0;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn main() {
    // `cargo test` runs benches without this word, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let folder = tempfile::tempdir().unwrap();
        first.push(start(folder.path()));
        again.push(start(folder.path()));
    }
    tell("first start", first);
    tell("second start", again);
}

fn tell(name: &str, mut runs: Vec<(f64, f64)>) {
    runs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let memory = runs.iter().map(|run| run.1).fold(0.0, f64::max);
    println!(
        "demo, {name}: answers after {:.2} s (median of {RUNS}; {:.2} to {:.2}; must {SECONDS_MUST}), \
         resident {memory:.0} MB at most (must {MEGABYTES_MUST})",
        runs[RUNS / 2].0,
        runs[0].0,
        runs[RUNS - 1].0,
    );
}

/// Seconds to the first answer, and megabytes resident then.
fn start(folder: &Path) -> (f64, f64) {
    // The port is free a moment later; another program that takes it makes the run fail, not lie.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let begun = Instant::now();
    let child = Command::new(env!("CARGO_BIN_EXE_trace-server-under-test"))
        .args(["demo", "--listen", &address.to_string(), "--data"])
        .arg(folder)
        .env("TRACE_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    while !answers(address) {
        assert!(begun.elapsed() < Duration::from_mins(2), "no answer");
        std::thread::sleep(Duration::from_millis(2));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.0.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    (seconds, kilobytes / 1024.0)
}

fn answers(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let asked = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut text = String::new();
    asked.is_ok() && stream.read_to_string(&mut text).is_ok() && text.starts_with("HTTP/1.1 200")
}
