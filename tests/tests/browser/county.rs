//! The demonstration as a new clone starts it: the command in a process of its own, an empty folder, a free port.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;
use trace_server::demo::DemoFile;

use crate::programs::kept;

/// The running demonstration; it ends with the test.
pub struct County {
    /// What the demonstration wrote into its folder.
    pub file: DemoFile,
    service: Service,
    test: String,
    folder: TempDir,
}

impl County {
    /// Starts it, and waits until it has greeted: then it is listening and `demo.json` is written.
    pub fn open(test: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let service = Service::start("127.0.0.1:0", folder.path(), test);
        let text = std::fs::read(folder.path().join("demo.json")).expect("demo.json");
        let file = serde_json::from_slice(&text).expect("demo.json as the design has it");
        Self { file, service, test: test.to_owned(), folder }
    }

    /// Nobody answers at its address any more.
    pub fn goes_away(&mut self) {
        self.service.end();
    }

    /// It answers again, at the same address and with everything that it had.
    pub fn comes_back(&mut self) {
        self.service = Service::start(self.host(), self.folder.path(), &self.test);
    }

    /// The folder in which it keeps everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Host and port, as they stand in an address.
    pub fn host(&self) -> &str {
        self.file.base_url.strip_prefix("http://").expect("http")
    }

    /// A page's whole address.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.file.base_url)
    }

    /// Name and PIN of the first person in this role.
    pub fn login(&self, role: &str) -> (&str, &str) {
        let login = self.file.logins.iter().find(|login| login.role == role).expect("a log-in of that role");
        (&login.login, &login.pin)
    }
}

/// The command in a process of its own.
struct Service {
    process: Child,
    _output: BufReader<ChildStdout>,
}

impl Service {
    fn start(listen: &str, folder: &Path, test: &str) -> Self {
        let log = kept(&format!("{test}-service.log"));
        let mut process = Command::new(env!("CARGO_BIN_EXE_trace-server-under-test"))
            .args(["demo", "--verbose", "--listen", listen, "--data"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log).expect("a log"))
            .spawn()
            .expect("the service");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        greeted(&mut output, &log);
        Self { process, _output: output }
    }

    fn end(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn greeted(output: &mut BufReader<ChildStdout>, log: &PathBuf) {
    let mut line = String::new();
    while !line.contains("Ctrl-C") {
        line.clear();
        let length = output.read_line(&mut line).expect("its output");
        assert!(length > 0, "the demonstration ended before it greeted; {}:\n{}", log.display(), read(log));
    }
}

fn read(log: &PathBuf) -> String {
    std::fs::read_to_string(log).unwrap_or_default()
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end();
    }
}
