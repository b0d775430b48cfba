//! The demonstration's package, checked by the command after the service has gone.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use trace_core::evidence::{StepName, Trust, verify};
use trace_server::demo::DemoFile;

use crate::script::in_node;

const PROGRAM: &str = env!("CARGO_BIN_EXE_trace-server-under-test");

/// Starts the demonstration, fetches its package's file, and stops it.
async fn fetched() -> (DemoFile, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let mut service = Command::new(PROGRAM)
        .args(["demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(service.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("Ctrl-C") {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "the demonstration ended before it greeted");
    }
    let demo: DemoFile = serde_json::from_slice(&std::fs::read(folder.path().join("demo.json")).unwrap()).unwrap();
    let address = format!("{}/b/{}/evidence?code={}", demo.base_url, demo.sale_batch, demo.package_code);
    let mut answer = reqwest::get(&address).await.unwrap();
    while answer.status() == 503 {
        answer = reqwest::get(&address).await.unwrap();
    }
    let bytes = answer.error_for_status().unwrap().bytes().await.unwrap().to_vec();
    service.kill().unwrap();
    service.wait().unwrap();
    assert!(reqwest::get(&demo.base_url).await.is_err(), "the service still answers");
    (demo, bytes)
}

/// The command over a file.
fn verified(file: &Path, more: &[&str]) -> Output {
    Command::new(PROGRAM).arg("verify").arg(file).args(more).env("LC_ALL", "C.UTF-8").output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test]
async fn the_demonstrations_package_without_the_demonstration() {
    let (demo, bytes) = fetched().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("evidence.json");
    std::fs::write(&file, &bytes).unwrap();

    let plain = verified(&file, &[]);
    assert!(plain.status.success(), "{}", said(&plain));
    for words in
        ["[ ok ] Lineage", "[ ok ] Inclusion", "came from the file itself", &demo.log_vkey, "not that it was true"]
    {
        assert!(said(&plain).contains(words), "no '{words}' in:\n{}", said(&plain));
    }
    let keyed = verified(&file, &["--key", &demo.log_vkey, "--lang", "zh"]);
    assert!(keyed.status.success(), "{}", said(&keyed));
    assert!(said(&keyed).contains("[成立] 检查点签名") && !said(&keyed).contains("取自文件本身"), "{}", said(&keyed));
    let report: Value = serde_json::from_slice(&verified(&file, &["--json"]).stdout).unwrap();
    assert_eq!(report["steps"].as_array().unwrap().len(), StepName::ALL.len());
    assert_eq!(report["batch"], demo.sale_batch);
    let foreign = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(verified(&file, &["--key", foreign]).status.code(), Some(1));
    assert!(!verified(&file, &["--key", "nonsense"]).status.success());
    assert!(!verified(&file, &["--witness", &demo.log_vkey]).status.success(), "the log is not its own witness");
    assert!(!verified(&folder.path().join("none.json"), &[]).status.success());

    // All faults are named, each with its place.
    let text = String::from_utf8(bytes.clone()).unwrap();
    let broken = text.replace("\\\"season\\\":\\\"dongma\\\"", "\\\"season\\\":\\\"chunma\\\"");
    assert_ne!(broken, text);
    std::fs::write(&file, &broken).unwrap();
    let output = verified(&file, &[]);
    assert_eq!(output.status.code(), Some(1));
    for words in ["[FAIL] Record ids", "[FAIL] Inclusion in the log", "[ ok ] Canonical bytes", "/entries/"] {
        assert!(said(&output).contains(words), "no '{words}' in:\n{}", said(&output));
    }

    bytes_all_over(&bytes);
    let steps = in_node(&[(bytes, json!({"batch": demo.sale_batch, "keys": [demo.log_vkey]}))]).remove(0);
    assert_eq!(steps.len(), StepName::ALL.len());
    assert!(steps.iter().all(|step| step["verdict"] != "failed"), "{steps:?}");
}

/// A changed byte is found, wherever it is; only the package's own code is the service's word.
fn bytes_all_over(bytes: &[u8]) {
    const PLACES: usize = 150;
    let package = bytes.windows(11).position(|window| window == b"\"package\":{").expect("a package");
    let word = package..package + 60;
    for n in 0..PLACES {
        let at = n * (bytes.len() - 1) / (PLACES - 1);
        let mut altered = bytes.to_vec();
        altered[at] ^= 1;
        let held = verify(&altered, &Trust::default()).holds();
        assert!(!held || word.contains(&at), "byte {at} of {} was changed unseen", bytes.len());
    }
}
