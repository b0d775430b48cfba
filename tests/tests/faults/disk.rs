//! A disk that fails on command: builds `failing_disk.c`, says which program it concerns, and gives the orders.
//!
//! It lacks the programs; each is started with [`Disk::stands_under`].

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// What the disk does from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Nothing can be flushed (EIO).
    Flush,
    /// No file grows (ENOSPC).
    Full,
    /// Nothing can be written (EIO).
    Dead,
}

/// The disk under one folder.
pub struct Disk {
    tools: TempDir,
    folder: PathBuf,
}

impl Disk {
    /// A sound disk under `folder`, whatever user a program below belongs to.
    pub fn under(folder: &Path) -> Self {
        let tools = tempfile::Builder::new().prefix("trace-disk-").tempdir_in("/tmp").expect("a folder");
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(tools.path(), readable).expect("a folder that others may read");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/failing_disk.c");
        let library = tools.path().join("failing_disk.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
            .args([&library, &source])
            .output()
            .expect("a C compiler, which SQLite needs too: apt-get install gcc libc6-dev");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        // As /proc shows it: without symbolic links.
        Self { tools, folder: folder.canonicalize().expect("the folder") }
    }

    /// Starts a program on this disk.
    pub fn stands_under<'a>(&self, program: &'a mut Command) -> &'a mut Command {
        program
            .env("LD_PRELOAD", self.tools.path().join("failing_disk.so"))
            .env("FAILING_DISK_FOLDER", &self.folder)
            .env("FAILING_DISK_ORDER", self.order())
    }

    /// From now on it fails so.
    pub fn fails(&self, order: Order) {
        let word = match order {
            Order::Flush => "flush",
            Order::Full => "full",
            Order::Dead => "dead",
        };
        // Whole from its first moment: written beside and renamed.
        let beside = self.tools.path().join("order.new");
        fs::write(&beside, word).expect("an order");
        fs::rename(beside, self.order()).expect("an order");
    }

    /// From now on it is sound.
    pub fn mended(&self) {
        fs::remove_file(self.order()).expect("an order to take back");
    }

    fn order(&self) -> PathBuf {
        self.tools.path().join("order")
    }
}
