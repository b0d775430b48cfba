//! `trace-server audit` as it is typed: what it answers, and what it leaves in the state file.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use clap::Parser as _;
use trace_core::log::{KeyType, SigningKey};
use trace_core::time::ReceivedAt;
use trace_server::backup;
use trace_server::cli::Cli;
use trace_server::store::copying;
use trace_tests::engines::Database;
use trace_tests::household::{NOW_MS, PROCESSOR};
use trace_tests::raw;

use crate::county::County;

pub async fn exit_state_and_json(database: Database) {
    let county = County::settle(database).await;
    let state = county.folder.path().join("audited.txt");
    let run = async || {
        let data = county.folder.path().to_str().unwrap();
        let arguments = ["trace-server", "audit", "--database-url", county.database.url(), "--data-dir", data];
        let arguments = arguments.into_iter().chain(["--json", "--state", state.to_str().unwrap()]);
        Cli::try_parse_from(arguments).unwrap().run().await.map_err(|error| format!("{error:#}"))
    };
    run().await.unwrap();
    let first = std::fs::read_to_string(&state).unwrap();
    assert_eq!(first, county.log.published().unwrap().note.text(), "the audited checkpoint is the signed one");
    county.world.fresh(PROCESSOR, "1kg").await;
    run().await.unwrap();
    let second = std::fs::read_to_string(&state).unwrap();
    assert_ne!(first, second);
    // A fault is an error, and what was remembered stays.
    raw::execute(&county.database, "UPDATE head SET last_received_at = last_received_at + 1").await;
    assert_eq!(run().await.unwrap_err(), "1 faults were found");
    assert_eq!(std::fs::read_to_string(&state).unwrap(), second);
    raw::execute(&county.database, "UPDATE head SET last_received_at = last_received_at - 1").await;
    std::fs::write(&state, "nonsense").unwrap();
    assert!(run().await.unwrap_err().contains("holds no checkpoint"));
    assert!(Cli::try_parse_from(["trace-server", "audit", "--log", "https://t.example.cn"]).is_err(), "no key");
    let missing = ["trace-server", "audit", "--database-url", "sqlite:nowhere/at/all.db"];
    let error = Cli::try_parse_from(missing).unwrap().run().await.unwrap_err();
    assert!(format!("{error:#}").contains("there is no database"), "{error:#}");
}

/// A backup is audited as it lies there, whatever engine it came from, and stays as it is.
pub async fn a_backup_file(database: Database) {
    let county = County::settle(database).await;
    let file = county.folder.path().join("county.backup");
    let now = ReceivedAt::from_unix_ms(NOW_MS).unwrap();
    backup::write(county.database.url(), &file, now, &(Arc::new(|_| ()) as copying::Told)).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let state = county.folder.path().join("audited.txt");
    let audit = async |file: &Path| {
        let (url, data) = (format!("sqlite:{}", file.display()), county.folder.path().to_str().unwrap());
        let arguments = ["trace-server", "audit", "--database-url", &url, "--data-dir", data];
        let arguments = arguments.into_iter().chain(["--state", state.to_str().unwrap()]);
        Cli::try_parse_from(arguments).unwrap().run().await.map_err(|error| format!("{error:#}"))
    };
    audit(&file).await.unwrap();
    assert_eq!(std::fs::read_to_string(&state).unwrap(), county.log.published().unwrap().note.text());
    assert!(std::fs::read(&file).unwrap() == bytes, "the audit changed the backup");

    let changed = county.folder.path().join("changed.backup");
    std::fs::write(&changed, &bytes).unwrap();
    let connection = rusqlite::Connection::open(&changed).unwrap();
    assert_eq!(connection.execute("UPDATE batches SET held = 1 - held WHERE rowid = 1", []).unwrap(), 1);
    drop(connection);
    assert_eq!(audit(&changed).await.unwrap_err(), "1 faults were found");
}

/// The witnesses of the configuration are those whose cosignatures are checked, unless others are given.
pub async fn the_witnesses_of_the_configuration(database: Database) {
    let county = County::settle(database).await;
    let key = |name: &str| SigningKey::new(name, KeyType::Cosignature, &[7; 32]).unwrap();
    let (witness, stranger) = (key("witness.example.org/w"), key("witness.example.org/other"));
    // Its name and id, and no signature.
    let mut payload = witness.verifier().id().as_bytes().to_vec();
    payload.extend([0; 72]);
    let payload = base64::engine::general_purpose::STANDARD.encode(payload);
    let line = format!("— {} {payload}\n", witness.verifier().name());
    raw::execute(&county.database, &format!("UPDATE checkpoints SET note = note || '{line}'")).await;
    let run = async |more: &[&str]| {
        let data = county.folder.path().to_str().unwrap();
        let arguments = ["trace-server", "audit", "--database-url", county.database.url(), "--data-dir", data];
        let arguments = arguments.iter().chain(more);
        Cli::try_parse_from(arguments).unwrap().run().await.map_err(|error| format!("{error:#}"))
    };
    run(&[]).await.unwrap();
    let configured = format!("{} https://witness.example.org", witness.verifier());
    assert_eq!(run(&["--witness", &configured]).await.unwrap_err(), "1 faults were found");
    run(&["--witness", &configured, "--witness-key", &stranger.verifier().to_string()]).await.unwrap();
}

/// What the demo leaves stands where every command looks that is given the folder alone.
pub async fn a_demo_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let (state, _) = trace_server::demo::open("127.0.0.1:8080".parse().unwrap(), &data).await.unwrap();
    let run = async |words: &[&str]| {
        let arguments = ["trace-server"].iter().chain(words).copied().chain(["--data-dir", data.to_str().unwrap()]);
        Cli::try_parse_from(arguments).unwrap().run().await.map_err(|error| format!("{error:#}"))
    };
    run(&["audit"]).await.unwrap();
    drop(state);
    run(&["rebuild"]).await.unwrap();
    run(&["audit", "--json"]).await.unwrap();
    assert!(data.join("trace.db").is_file());
}
