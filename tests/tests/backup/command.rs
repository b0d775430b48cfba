//! The commands as an operator meets them: what they print, and the exit code on which a nightly job relies.

use std::path::Path;
use std::process::{Command, Output};

use trace_tests::engines::{Database, Engine};

use crate::county::{Shelf, county};
use crate::dump::{dump, of_file, same};

const COMMAND: &str = env!("CARGO_BIN_EXE_trace-server-under-test");

fn run(arguments: &[&str], data: &Path) -> Output {
    let mut command = Command::new(COMMAND);
    command.args(arguments).arg("--data-dir").arg(data).env_remove("TRACE_DATABASE_URL").output().expect("the command")
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub async fn the_commands_say_what_they_did(database: Database) {
    let world = county(&database, 5).await;
    let head = world.store().head().await.unwrap();
    let shelf = Shelf::new();
    let (file, data) = (shelf.file("a.db"), shelf.file("data"));
    let name = file.to_str().unwrap();
    let made = run(&["backup", name, "--database-url", database.url()], &data);
    let (out, err) = (said(&made.stdout), said(&made.stderr));
    assert!(made.status.success(), "{out}{err}");
    for words in [
        "is written and verified",
        &format!("entries     {}", head.frontier.size()),
        &format!("root        {}", head.frontier.root().to_base64()),
        "Back up apart",
        "code key file, keys v1 (a1b2)",
        "code-keys.txt",
        "telephone-key.txt",
        "log signing key",
        "log-keys.txt",
        "newest checkpoint",
        "checkpoint.txt",
        "key store of personal data",
    ] {
        assert!(out.contains(words), "{words} in {out}");
    }
    for words in ["comparing all rows", "verifying the log", "comparing with a rebuild"] {
        assert!(err.contains(words), "{words} in {err}");
    }
    assert!(!out.contains("postgres://") && !err.contains("postgres://"), "an address may hold a password");

    for engine in Engine::both() {
        let target = Database::create(engine).await;
        let restored = run(&["restore", name, "--database-url", target.url()], &data);
        let (out, err) = (said(&restored.stdout), said(&restored.stderr));
        assert!(restored.status.success(), "{out}{err}");
        let root = format!("root        {}", head.frontier.root().to_base64());
        assert!(out.contains("is restored and verified") && out.contains(&root), "{out}");
        assert!(out.contains("Back up apart"), "{out}");
        same(&dump(&database).await, &dump(&target).await);

        let again = run(&["restore", name, "--database-url", target.url()], &data);
        let (out, err) = (said(&again.stdout), said(&again.stderr));
        assert_eq!(again.status.code(), Some(1), "{out}{err}");
        assert!(out.is_empty() && err.contains("not empty"), "{out}{err}");
    }
    let again = run(&["backup", name, "--database-url", database.url()], &data);
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again.stderr).contains("exists; nothing is overwritten"));
    let nowhere = run(&["backup", "/nowhere/a.db", "--database-url", database.url()], &data);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(said(&nowhere.stderr).contains("/nowhere"), "{}", said(&nowhere.stderr));
}

/// Writing fails at every size from nothing to nearly all (the limit of the process on the size of a file stands for
/// the disk): no file is left, whole or half, and with enough room there is one.
pub async fn a_full_disk_leaves_no_backup(database: Database) {
    county(&database, 5).await;
    let shelf = Shelf::new();
    std::fs::create_dir(shelf.file("data")).unwrap();
    let limited = |blocks: u64| {
        let script = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {COMMAND} backup {} --database-url '{}' --data-dir {}",
            shelf.file("a.db").display(),
            database.url(),
            shelf.file("data").display()
        );
        Command::new("bash").args(["-c", &script]).output().expect("a shell")
    };
    // In blocks of 1,024 bytes.
    let mut refused = 0;
    for blocks in [0, 1, 64, 512, 1500] {
        let output = limited(blocks);
        assert_eq!(output.status.code(), Some(1), "{blocks} kB: {}", said(&output.stderr));
        assert!(output.stdout.is_empty());
        assert!(said(&output.stderr).contains("no backup was made"), "{}", said(&output.stderr));
        assert_eq!(shelf.names(), ["data"], "{blocks} kB");
        refused += 1;
    }
    assert_eq!(refused, 5);
    let output = limited(100_000);
    assert!(output.status.success(), "{}", said(&output.stderr));
    same(&dump(&database).await, &of_file(&shelf.file("a.db")));
}
