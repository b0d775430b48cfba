//! `trace-server audit` as it is typed: what it answers, and what it leaves in the state file.

use clap::Parser as _;
use trace_server::cli::Cli;
use trace_tests::engines::Database;
use trace_tests::household::PROCESSOR;
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
