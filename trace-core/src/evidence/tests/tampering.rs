//! Each kind of tampering fails exactly the step that it should, and no byte can be changed unseen.

use serde_json::json;

use super::history::{HELD, Log, code, log, output, sale, salt, whole};
use super::{failed, verdict, verify_file};
use crate::evidence::{EvidenceFile, OpenedGroup, StepName, Trust, Verdict, verify};
use crate::id::{RecordId, Stage};
use crate::log::Hash;
use crate::record::sealed::{Group, Opening};

/// Changes the file and gives the steps that fail then.
fn after(change: impl FnOnce(&mut EvidenceFile)) -> Vec<StepName> {
    let mut file = whole();
    change(&mut file);
    failed(&verify_file(&file))
}

/// The log after a change, and the steps that fail for a file of it.
fn of_log(log: &Log, holds: &[usize]) -> Vec<StepName> {
    failed(&verify_file(&log.file(sale(), holds)))
}

#[test]
fn the_whole_file_holds_step_by_step() {
    let report = verify_file(&whole());
    for step in &report.steps {
        assert_eq!(step.verdict, Verdict::Proven, "{step:?}");
    }
    assert!(report.holds());
    let way = &report.steps[3].says.en;
    assert!(way.contains("5 records made 4 batches"), "{way}");
    assert!(way.contains("4 more records speak of these batches"), "{way}");
}

#[test]
fn an_altered_entry_is_found_by_its_id_and_its_proof() {
    // Still canonical and a valid record.
    let altered = after(|file| file.entries[7].entry = file.entries[7].entry.replace("120000", "120001"));
    assert_eq!(altered, [StepName::Ids, StepName::Inclusion]);
    // What others build on: its edges break, too.
    let altered = after(|file| file.entries[4].entry = file.entries[4].entry.replace("\"dry\"", "\"wash\""));
    assert_eq!(altered, [StepName::Ids, StepName::Lineage, StepName::Inclusion]);
    // What the ledger added stands beside the record.
    let altered = after(|file| file.entries[0].entry = file.entries[0].entry.replace("05.000Z", "04.000Z"));
    assert_eq!(altered, [StepName::Inclusion]);
    // No longer canonical; the record cannot be read, so what it made is missing.
    let altered = after(|file| file.entries[8].entry.insert(1, ' '));
    assert_eq!(altered, [StepName::Bytes, StepName::Lineage, StepName::Inclusion, StepName::Openings]);
}

#[test]
fn an_altered_id_index_or_proof_is_found() {
    assert_eq!(after(|file| file.entries[7].record = RecordId::of(b"other")), [StepName::Ids]);
    assert_eq!(after(|file| file.entries[10].index = 13), [StepName::Inclusion]);
    let hash = Hash::from_bytes([1; 32]);
    assert_eq!(after(|file| file.entries[3].proof[1] = hash), [StepName::Inclusion]);
    assert_eq!(after(|file| file.entries[3].proof.push(hash)), [StepName::Inclusion]);
    assert_eq!(after(|file| _ = file.entries[3].proof.pop()), [StepName::Inclusion]);
    assert_eq!(after(|file| file.entries.swap(1, 2)), [StepName::File]);
    assert_eq!(after(|file| file.entries[2] = file.entries[1].clone()), [StepName::File]);
}

#[test]
fn whatever_is_missing_of_the_way_is_found() {
    let held: Vec<usize> = HELD.to_vec();
    assert_eq!(of_log(&log(), &held), []);
    let without = |place: usize| held.iter().copied().filter(|held| *held != place).collect::<Vec<_>>();
    for maker in [2, 3, 4, 5, 10] {
        let broken = of_log(&log(), &without(maker));
        assert_eq!(broken, [StepName::Lineage], "without {maker}");
    }
    // Whose signature it is, is then no longer shown.
    assert_eq!(of_log(&log(), &without(0)), [StepName::Signatures]);
    // What only speaks of a batch can be left out unseen: the report says so.
    let report = verify_file(&log().file(sale(), &without(9)));
    assert!(report.holds());
    assert!(report.unproven.iter().any(|words| words.en.contains("left out")), "{:?}", report.unproven);
    assert_eq!(after(|file| file.batch = code(Stage::Sale, 9)), [StepName::Lineage]);
    assert_eq!(after(|file| file.package.as_mut().unwrap().issue = 2.try_into().unwrap()), [StepName::Lineage]);
}

/// A log may sign what it likes; a lineage that cannot be is found all the same.
#[test]
fn a_signed_lineage_that_cannot_be_is_found() {
    let washed = code(Stage::Processing, 7);
    let wash = |log: &mut Log, input: &serde_json::Value, day: &str| {
        let parts = json!({"inputs": [input], "outputs": [output(washed, "washed_tianma")], "occurred_at": day,
                           "sealed": {"amounts": "00".repeat(32)}});
        log.push("process", &json!({"method": "wash"}), &parts);
        let place = log.entries.len() - 1;
        failed(&verify_file(&log.file(washed, &[&HELD[..], &[place]].concat())))
    };
    let from = |batch, record: RecordId| json!({"batch": batch, "record": record});
    let dried = code(Stage::Processing, 1);
    let maker = log().entries[5].record.id();
    assert_eq!(wash(&mut log(), &from(dried, maker), "2026-11-20"), []);
    // Its maker is another record, an old version, or none.
    let [pack, old] = [10, 2].map(|place| log().entries[place].record.id());
    assert_eq!(wash(&mut log(), &from(dried, pack), "2026-11-20"), [StepName::Lineage]);
    assert_eq!(wash(&mut log(), &from(code(Stage::Harvest, 1), old), "2026-11-20"), [StepName::Lineage]);
    assert_eq!(wash(&mut log(), &from(dried, RecordId::of(b"none")), "2026-11-20"), [StepName::Lineage]);
    // Received earlier than the entry before it.
    let mut back = log();
    back.entries[12].received_at = "2026-11-20T03:04:05.001Z".parse().unwrap();
    assert_eq!(of_log(&back, &HELD), [StepName::Lineage]);
    // A record of another log.
    let mut foreign = log();
    let parts = json!({"log": "trace.example.org/other", "inputs": [foreign.input(dried)]});
    let results = json!([{"item": "water", "mg_per_kg": 1}]);
    foreign.push("inspect", &json!({"standard": "other", "results": results, "verdict": "pass"}), &parts);
    assert_eq!(of_log(&foreign, &[&HELD[..], &[13]].concat()), [StepName::Checkpoint]);
}

#[test]
fn an_altered_head_is_found() {
    let line = |n: usize, with: &str| {
        let mut lines: Vec<String> = whole().checkpoint.lines().map(str::to_owned).collect();
        with.clone_into(&mut lines[n]);
        after(|file| file.checkpoint = lines.join("\n") + "\n")
    };
    let other_root = Hash::from_bytes([1; 32]).to_string();
    assert_eq!(line(2, &other_root), [StepName::Inclusion, StepName::Checkpoint, StepName::Witnesses]);
    assert_eq!(line(1, "14"), [StepName::Inclusion, StepName::Checkpoint, StepName::Witnesses]);
    assert_eq!(line(0, "trace.example.org/other"), [StepName::Checkpoint, StepName::Witnesses]);
    let signatures: Vec<String> = whole().checkpoint.lines().skip(4).map(str::to_owned).collect();
    let changed = |text: &str| {
        let at = text.len() - 30;
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    };
    assert_eq!(line(4, &changed(&signatures[0])), [StepName::Checkpoint]);
    assert_eq!(line(5, &changed(&signatures[1])), [StepName::Witnesses]);
    let note = verify_file(&{
        let mut file = whole();
        file.checkpoint = "no note".to_owned();
        file
    });
    assert_eq!(failed(&note), [StepName::Checkpoint]);
    assert_eq!(verdict(&note, StepName::Inclusion), Verdict::NotChecked);
}

#[test]
fn altered_keys_and_openings_are_found() {
    let other = super::history::witness().verifier().to_string();
    assert_eq!(after(|file| file.keys[0] = other.clone()), [StepName::Checkpoint]);
    assert_eq!(after(|file| _ = file.keys[0].pop()), [StepName::Checkpoint]);
    assert_eq!(after(|file| file.witnesses[0].push('A')), [StepName::Witnesses]);
    let wrong = Opening::new(Group::Amounts, salt(), json!({"outputs": [{"typed": "9kg"}]}));
    let record = whole().opened[0].record;
    let opened = |opening: Opening, record| vec![OpenedGroup { opening, record }];
    let terms = Opening::new(Group::Terms, salt(), json!({"total_fen": 1}));
    assert_eq!(after(|file| file.opened = opened(wrong, record)), [StepName::Openings]);
    assert_eq!(after(|file| file.opened = opened(terms, record)), [StepName::Openings]);
    assert_eq!(after(|file| file.opened[0].record = RecordId::of(b"none")), [StepName::Openings]);
}

#[test]
fn a_signature_by_nobody_known_is_found() {
    let mut other = log();
    // The signature of the second lot under the first: good for other bytes only.
    let signature = other.entries[3].signatures[0].clone();
    other.entries[2].signatures = vec![signature];
    assert_eq!(of_log(&other, &HELD), [StepName::Signatures]);
    let mut unregistered = log();
    let key = RecordId::from_bytes(ed25519_dalek::SigningKey::from_bytes(&[4; 32]).verifying_key().to_bytes());
    unregistered.entries[3].signatures[0].key = key;
    assert_eq!(of_log(&unregistered, &HELD), [StepName::Signatures]);
}

/// Each byte of a small file in three ways, and bytes all over the large one.
#[test]
fn no_byte_can_be_changed_unseen() {
    let small = log().file(code(Stage::Harvest, 2), &[0, 3]).to_bytes().unwrap();
    let seen_all = unseen(&small, 1, &[0x01, 0x04, 0x20]);
    assert!(seen_all.is_empty(), "{seen_all:?}");
    // The code of the package is the service's word, and the report says so.
    let large = whole().to_bytes().unwrap();
    let code = find(&large, b"0123456789ABCDEFGHJK");
    let unseen = unseen(&large, 7, &[0x01]);
    assert!(unseen.iter().all(|at| code.contains(at)), "{unseen:?}");
}

/// Bytes whose change the verification does not see.
fn unseen(bytes: &[u8], every: usize, flips: &[u8]) -> Vec<usize> {
    assert!(verify(bytes, &Trust::default()).holds());
    let mut unseen = Vec::new();
    for at in (0..bytes.len()).step_by(every) {
        for flip in flips {
            let mut altered = bytes.to_vec();
            altered[at] ^= flip;
            if verify(&altered, &Trust::default()).holds() {
                unseen.push(at);
            }
        }
    }
    unseen
}

fn find(bytes: &[u8], wanted: &[u8]) -> std::ops::Range<usize> {
    let start = bytes.windows(wanted.len()).position(|window| window == wanted).unwrap();
    start..start + wanted.len()
}
