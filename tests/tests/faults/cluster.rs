//! A PostgreSQL server of the test's own, which it may stop in the middle of anything. It is reached over a socket in
//! its folder, so that no port can be taken.
//!
//! It is not the one of `TRACE_TEST_POSTGRES`: other tests run on that.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::disk::Disk;

/// The server; it ends with the test.
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    /// User and group of the server, which refuses to be root.
    user: Option<(u32, u32)>,
    disk: Option<Disk>,
}

impl Cluster {
    /// A new server, started; on a disk that can be told to fail where `failing` is set.
    pub fn start_new(failing: bool) -> Self {
        // Not TMPDIR: a socket's path has at most 107 bytes, and the server's user must be able to reach the folder.
        let folder = tempfile::Builder::new().prefix("trace-cluster-").tempdir_in("/tmp").expect("a folder");
        let user = server_user();
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(folder.path(), Some(uid), Some(gid)).expect("a folder of the server's user");
        }
        let mut cluster = Self { folder, programs: programs(), user, disk: None };
        let data = cluster.data();
        let made = cluster
            .command("initdb")
            .args(["--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"])
            .arg("--pgdata")
            .arg(&data)
            .output();
        said(made, "initdb");
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nfsync = on\nsynchronous_commit = on\n\
             shared_buffers = 32MB\nmax_connections = 60\n",
            cluster.folder.path().display()
        );
        let file = data.join("postgresql.conf");
        let before = fs::read_to_string(&file).expect("the configuration");
        fs::write(&file, before + &settings).expect("the configuration");
        if failing {
            cluster.disk = Some(Disk::under(&data));
        }
        cluster.start();
        cluster
    }

    /// The address of its database.
    pub fn url(&self) -> String {
        let socket = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{socket}/postgres")
    }

    /// The disk under its data.
    pub fn disk(&self) -> &Disk {
        self.disk.as_ref().expect("a cluster on a disk that can fail")
    }

    /// Starts it, and returns when it takes connections.
    pub fn start(&self) {
        let mut command = self.command("pg_ctl");
        if let Some(disk) = &self.disk {
            disk.stands_under(&mut command);
        }
        command.args(["start", "--wait", "--timeout", "60", "--pgdata"]).arg(self.data()).arg("--log").arg(self.log());
        // The server keeps what it inherits, so nothing may wait for the end of a pipe.
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("pg_ctl");
        assert!(status.success(), "PostgreSQL did not start:\n{}", fs::read_to_string(self.log()).unwrap_or_default());
    }

    /// Ends every process of it at once, as a crash would; what is in memory is lost. True if it was running.
    pub fn crash(&self) -> bool {
        let mut command = self.command("pg_ctl");
        command.args(["stop", "--wait", "--mode", "immediate", "--pgdata"]).arg(self.data());
        command.output().expect("pg_ctl").status.success()
    }

    /// Ends the sessions that are in the middle of something, and says how many.
    pub async fn end_sessions(&self) -> i64 {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.expect("a session");
        let driver = tokio::spawn(connection);
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
        let ended = client.query_one(sql, &[]).await.expect("an answer").get(0);
        drop(client);
        drop(driver.await);
        ended
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.crash();
    }
}

fn said(output: std::io::Result<Output>, what: &str) {
    let output = output.unwrap_or_else(|error| panic!("{what}: {error}"));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {}{words}", String::from_utf8_lossy(&output.stdout));
}

/// Where the server's programs are; Debian keeps them out of PATH.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin"))))
        .collect();
    folders.sort();
    let debian = folders.into_iter().map(|(_, folder)| folder).rev();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let whole = |folder: &PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
    debian.chain(std::env::split_paths(&path)).find(whole).expect(
        "the programs of a PostgreSQL server (initdb, pg_ctl): `tests/run unit` installs them, or apt-get install postgresql",
    )
}

/// Who runs the server where this test runs as root.
fn server_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").expect("Linux").uid() != 0 {
        return None;
    }
    let users = fs::read_to_string(Path::new("/etc/passwd")).expect("a list of users");
    let of = |name: &str| {
        let mut columns = users.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(name))?;
        Some((columns.nth(2)?.parse().ok()?, columns.next()?.parse().ok()?))
    };
    Some(of("postgres").or_else(|| of("nobody")).expect("a user without privileges: postgres or nobody"))
}
