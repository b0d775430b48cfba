//! The command as an operator meets it: what it prints, and its exit code.

use std::process::{Command, Output};

use trace_tests::engines::Database;
use trace_tests::household::COOP;

use crate::village::{LIST, harvests, workbook, world};

const COMMAND: &str = env!("CARGO_BIN_EXE_trace-server-under-test");

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

pub async fn the_command_says_what_it_did(database: Database) {
    let template = said(&Command::new(COMMAND).args(["import", "--template", "harvest"]).output().unwrap());
    assert_eq!(template.0, Some(0), "{template:?}");
    assert!(template.1.starts_with("\u{feff}农户编号 household,姓名 name,"), "{template:?}");

    let world = world(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, file: &[u8], more: &[&str]| {
        let path = folder.path().join(name);
        std::fs::write(&path, file).unwrap();
        let party = COOP.to_string();
        let mut command = Command::new(COMMAND);
        command.arg("import").arg(&path).args(["--party", &party, "--database-url", database.url()]);
        command.args(more).arg("--data-dir").arg(folder.path()).env("TRACE_LOG", "error");
        said(&command.env("TRACE_KEY_STORE", format!("sqlite:{}", database.keys_path().display())).output().unwrap())
    };
    let check = run("list.csv", LIST.as_bytes(), &["--check"]);
    assert_eq!((check.0, &*check.1), (Some(0), "3 to store, 0 stored before, 0 refused\n"), "{check:?}");
    assert_eq!(harvests(&world).await.len(), 0);
    let wrong = run("list.csv", LIST.replace("80斤", "80").as_bytes(), &[]);
    assert_eq!((wrong.0, &*wrong.1), (Some(1), "0 stored, 0 stored before, 1 refused\n"), "{wrong:?}");
    assert!(wrong.2.contains("第 3 行 数量：") && wrong.2.contains("row 3, amount: "), "{wrong:?}");
    assert_eq!(harvests(&world).await.len(), 0);
    let stored = run("list.csv", LIST.as_bytes(), &[]);
    assert_eq!((stored.0, &*stored.1), (Some(0), "3 stored, 0 stored before, 0 refused\n"), "{stored:?}");
    let again = run("list.xlsx", &workbook(LIST), &[]);
    assert_eq!((again.0, &*again.1), (Some(0), "0 stored, 3 stored before, 0 refused\n"), "{again:?}");
    assert_eq!(harvests(&world).await.len(), 3);

    let out = folder.path().join("rows.csv");
    let mut command = Command::new(COMMAND);
    command.args(["export", "records", "--format", "csv", "--kind", "harvest", "--party", &COOP.to_string()]).arg(&out);
    command.args(["--database-url", database.url(), "--data-dir"]).arg(folder.path()).env("TRACE_LOG", "error");
    command.env("TRACE_KEY_STORE", format!("sqlite:{}", database.keys_path().display()));
    let exported = said(&command.output().unwrap());
    assert_eq!(exported.0, Some(0), "{exported:?}");
    assert!(exported.1.ends_with("rows.csv is written: 3 records\n"), "{exported:?}");
    assert_eq!(std::fs::read_to_string(out).unwrap().matches("120斤").count(), 1);

    // In a folder without a ledger nothing is founded.
    let empty = folder.path().join("elsewhere");
    let mut command = Command::new(COMMAND);
    command
        .args(["export", "records", "--format", "csv", "none.csv", "--data-dir"])
        .arg(&empty)
        .env_remove("TRACE_DATABASE_URL");
    let refused = said(&command.env("TRACE_LOG", "error").current_dir(folder.path()).output().unwrap());
    assert!(refused.0 == Some(1) && refused.2.contains("there is no database"), "{refused:?}");
    assert!(!empty.exists(), "a folder was made");
}
