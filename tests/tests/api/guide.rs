//! `docs/SIGNING.md` as a reader types it: its commands, all of them and in their order, in a shell against a running
//! service. OpenSSL signs and checks beside this project's command, so nothing of this project vouches for itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use trace_core::record::Entry;
use trace_tests::drafting::DAY;
use trace_tests::engines::Database;
use trace_tests::household::{PROCESSOR, loss};
use trace_tests::signing::registers;

use crate::face::Face;

/// The commands of the document: its `sh` blocks.
fn commands() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/SIGNING.md");
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.collect::<Vec<_>>().join("\n")
}

/// Runs the commands in this folder; any that fails ends them.
fn run(folder: &Path, script: &str, face: &Face) -> (bool, String) {
    let programs = folder.join("programs");
    std::fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_trace-server-under-test"), programs.join("trace-server")).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder)
        .envs([("PATH", path.as_str()), ("TRACE", &face.base), ("TOKEN", face.token(PROCESSOR)), ("DAY", DAY)])
        .env("no_proxy", "127.0.0.1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).join("\n");
    (output.status.success(), said)
}

fn file(folder: &Path, name: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error} in {text}"))
}

pub async fn its_commands_do_what_it_says(database: Database) {
    let face = Face::open(database).await;
    let script = commands();
    assert!(script.contains("key party sign") && script.contains("openssl pkeyutl -sign"), "the blocks were not found");
    let before = face.size().await;
    let folder = tempfile::tempdir().unwrap();
    let (done, said) = tokio::task::block_in_place(|| run(folder.path(), &script, &face));
    assert!(done, "{said}");
    assert!(said.contains("Verified Successfully"), "{said}");
    assert!(said.contains("'bring_in'") && said.contains("120kg"), "the command tells what it signs: {said}");
    // The key, two records, the end of the key; and nothing of what was refused.
    for name in ["registered.json", "answer.json", "second-answer.json", "ended.json"] {
        let answer = file(folder.path(), name);
        assert!(answer["id"].is_string(), "{name}: {answer}");
    }
    assert_eq!(face.size().await, before + 4, "{said}");
    let key = file(folder.path(), "registered.json")["record"]["details"]["key"].clone();
    for name in ["answer.json", "second-answer.json", "ended.json"] {
        let id = file(folder.path(), name)["id"].as_str().unwrap_or_else(|| panic!("{name}: {said}")).to_owned();
        let bytes = face.get_public(&format!("/records/{id}/entry")).await.bytes().await.unwrap();
        let entry = Entry::from_bytes(&bytes).unwrap();
        assert!(entry.signatures[0].verifies(entry.record.bytes()), "{name}");
        assert_eq!(entry.signatures[0].key.to_string(), key, "{name}");
        let read = face.json(PROCESSOR, &format!("/api/v1/records/{id}")).await;
        assert_eq!(read["signed"], true);
    }
    // Key and demand are over: what is signed with the key is refused, what is not signed is taken.
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(folder.path().join("party-key.pem")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    let fresh = face.world.fresh(PROCESSOR, "2kg").await;
    let draft = face.body(loss(fresh, "1kg"));
    let prepared = face.post_bytes(PROCESSOR, "/api/v1/records/prepare", draft.to_string()).await;
    std::fs::write(folder.path().join("late.json"), prepared.bytes().await.unwrap()).unwrap();
    let signed = Command::new(env!("CARGO_BIN_EXE_trace-server-under-test"))
        .args(["key", "party", "sign", "late.json", "--key", "party-key.pem"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let body: Value = serde_json::from_slice(&signed.stdout).unwrap();
    face.refused(PROCESSOR, &body, 403, "key_over", "/signatures/0").await;
    face.append(PROCESSOR, &draft).await;
}

/// The command signs nothing that says one thing and is another.
pub async fn the_command_signs_no_contradiction(database: Database) {
    let face = Face::open(database).await;
    face.append(PROCESSOR, &face.body(registers(1, None, false))).await;
    let batch = face.world.fresh(PROCESSOR, "100kg").await;
    let draft = face.body(loss(batch, "1kg"));
    let prepared = face.post_bytes(PROCESSOR, "/api/v1/records/prepare", draft.to_string()).await;
    let prepared: Value = prepared.json().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trace-server-under-test"));
        command.args(["key", "party"]).args(arguments).current_dir(folder.path()).output().unwrap()
    };
    assert!(command(&["new", "key.pem"]).status.success());
    let sign = |prepared: &Value| {
        std::fs::write(folder.path().join("prepared.json"), prepared.to_string()).unwrap();
        command(&["sign", "prepared.json", "--key", "key.pem"])
    };
    assert!(sign(&prepared).status.success());
    let mut other = prepared.clone();
    other["records"][0]["record"]["occurred_at"] = "2026-11-19".into();
    let mut bytes = prepared.clone();
    bytes["records"][0]["bytes"] = "e30".into();
    let mut id = prepared.clone();
    id["records"][0]["id"] = "00".repeat(32).into();
    let mut opened = prepared.clone();
    opened["records"][0]["openings"][0]["value"]["inputs"][0] =
        serde_json::json!({"typed": "1g", "unit": "mg", "value": 1000});
    for altered in [other, bytes, id, opened, serde_json::json!({"records": []}), Value::Null] {
        let output = sign(&altered);
        assert!(!output.status.success() && output.stdout.is_empty(), "{altered}");
    }
}
