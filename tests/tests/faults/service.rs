//! The service as an operator runs it: `trace-server serve` in a process of its own, which can be killed at any moment.
//!
//! It knows no ledger; what is to be served is an argument.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use crate::disk::Disk;

/// How long a start may take on a busy machine.
const START_MAX: Duration = Duration::from_mins(1);

/// A running service; it is killed with the test.
pub struct Service {
    process: Child,
    address: Receiver<String>,
    log: PathBuf,
}

impl Service {
    /// Starts it and does not wait. What it logs is added to `target/faults/NAME.log`.
    pub fn spawn(name: &str, database_url: &str, folder: &Path, disk: Option<&Disk>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trace-server-under-test"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--public-url", "https://t.example.cn"])
            .args(["--database-url", database_url, "--data-dir"])
            .arg(folder)
            .env("NO_COLOR", "1")
            .env("TRACE_LOG", "warn,trace_server::app=info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if let Some(disk) = disk {
            disk.stands_under(&mut command);
        }
        let mut process = command.spawn().expect("the service");
        let log = log_file(name);
        let address = listen(process.stderr.take().expect("its messages"), &log);
        Self { process, address, log }
    }

    /// Waits until it answers, and gives its address.
    pub fn answering(&self) -> String {
        match self.address.recv_timeout(START_MAX) {
            Ok(address) => format!("http://{address}"),
            Err(error) => panic!("the service does not answer ({error}); it said in {}", self.log.display()),
        }
    }

    /// `kill -9`. Panics if it had ended by itself: nothing that these tests do may make it.
    pub fn kill(mut self) {
        if let Some(status) = self.ended() {
            panic!("the service ended by itself, {status}; it said why in {}", self.log.display());
        }
        self.process.kill().expect("a process to kill");
        self.process.wait().expect("its end");
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().expect("the process")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn log_file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder").join("faults");
    std::fs::create_dir_all(&folder).expect("a folder for what services say");
    folder.join(format!("{name}.log"))
}

/// Keeps what it says, and picks the address out of it.
fn listen(messages: ChildStderr, log: &Path) -> Receiver<String> {
    let mut file: File = OpenOptions::new().create(true).append(true).open(log).expect("a log");
    let (found, address) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(messages).lines().map_while(Result::ok) {
            if line.contains("answering") {
                let word = line.split(' ').find_map(|word| word.strip_prefix("address="));
                // Nobody may be waiting for it: it is killed at its start, too.
                let _ = found.send(word.unwrap_or_default().to_owned());
            }
            drop(writeln!(file, "{line}"));
        }
    });
    address
}
