//! What the demonstration says in its terminal: addresses and log-ins, and nothing that pushes them off the screen.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts it, and waits until it has greeted: then it is listening.
fn demo(folder: &Path, more: &[&str]) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trace-server-under-test"));
    command.args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(folder).args(more).env_remove("TRACE_LOG");
    let mut service = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(service.stdout.take().unwrap());
    let (mut said, mut line) = (String::new(), String::new());
    while !line.contains("Ctrl-C") {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "it ended before it greeted: {said}");
        said += &line;
    }
    (service, said)
}

/// What it logs while a page is asked for twice.
async fn logged(folder: &Path, more: &[&str]) -> String {
    let (mut service, said) = demo(folder, more);
    assert!(said.contains("PIN"), "{said}");
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("demo.json")).unwrap()).unwrap();
    for _ in 0..2 {
        let answer = reqwest::get(format!("{}/app/sign-in", file["base_url"].as_str().unwrap())).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    service.kill().unwrap();
    service.wait().unwrap();
    let mut log = String::new();
    service.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    log
}

/// A request is logged before it is answered, so that after the answers the log holds what it ever will.
#[tokio::test]
async fn requests_are_logged_only_where_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = logged(folder.path(), &[]).await;
    assert!(!quiet.contains("answered"), "{quiet}");
    assert!(quiet.contains("answering"), "what the service itself has to say is said: {quiet}");
    let verbose = logged(folder.path(), &["--verbose"]).await;
    assert_eq!(verbose.matches("answered").count(), 2, "{verbose}");
}
