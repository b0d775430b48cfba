//! Whose keys signed, and whether they still might: the service's file holds what tells it, and the script of the pages
//! finds what the core finds.

use serde_json::json;
use trace_core::evidence::{EvidenceFile, StepName, Trust, Verdict, verify};
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, made};
use trace_tests::signing::{ends, public, registers};

use crate::kiosk::{Kiosk, held};
use crate::script::{in_node, verdicts, verdicts_of};

/// Two lots and their washing, signed by two keys, of which one demands signatures to the end of its last day and the
/// other was ended afterwards.
async fn file(kiosk: &Kiosk) -> EvidenceFile {
    let world = &kiosk.world;
    world.append(PROCESSOR, registers(1, None, false)).await;
    world.append(PROCESSOR, registers(2, Some(DAY), true)).await;
    let stock = || draft(Kind::BringIn, json!({"origin": "before_system"}));
    let stock = || stock().makes_at(trace_core::id::Stage::Harvest, Product::FreshTianma, "10kg");
    let mut lots = Vec::new();
    for seed in [1, 2] {
        let answer = world.send_signed(PROCESSOR, vec![stock()], &[seed]).await.unwrap();
        lots.push(made(&answer.records[0]));
    }
    let wash = draft(Kind::Process, json!({"method": "wash"})).takes(lots[0], "10kg").takes(lots[1], "10kg");
    let answer = world.send_signed(PROCESSOR, vec![wash.makes(Product::WashedTianma, "20kg")], &[1]).await.unwrap();
    let ended = world.append(OFFICE, ends(1)).await.record.id();
    let bytes = kiosk.file(&format!("/b/{}/evidence", made(&answer.records[0]))).await;
    assert!(held(&bytes).contains(&ended), "the end of a key that signed is not in the file");
    EvidenceFile::parse(&bytes).unwrap()
}

pub async fn a_key_that_was_over_is_found(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let file = file(&kiosk).await;
    let of_kind = |kind: &str, nth: usize| {
        let wanted = format!("\"kind\":\"{kind}\"");
        let found = file.entries.iter().enumerate().filter(|(_, one)| one.entry.contains(&wanted));
        found.map(|(at, _)| at).nth(nth).unwrap()
    };
    let (end, wash, second) = (of_kind("end_key", 0), of_kind("process", 0), of_kind("bring_in", 1));
    let replaced = |file: &mut EvidenceFile, at: usize, from: &str, to: &str| {
        assert!(file.entries[at].entry.contains(from), "{from} is not in {}", file.entries[at].entry);
        file.entries[at].entry = file.entries[at].entry.replace(from, to);
    };
    let mut cases = Vec::new();
    let mut alter = |name: &'static str, fails: &[StepName], change: &dyn Fn(&mut EvidenceFile)| {
        let mut other = file.clone();
        change(&mut other);
        cases.push((name, fails.to_vec(), other.to_bytes().unwrap()));
    };
    let (signatures, inclusion) = (StepName::Signatures, StepName::Inclusion);
    alter("whole", &[], &|_| ());
    // What leaves out the end holds: the report says that nobody can see from a file what is not in it.
    alter("without the end", &[], &|file| _ = file.entries.remove(end));
    alter("without a registration", &[signatures], &|file| _ = file.entries.remove(of_kind("register_key", 0)));
    alter("ended before", &[signatures, inclusion], &|file| {
        let (entry, record) = (file.entries[end].entry.clone(), file.entries[end].record);
        file.entries[end].entry = std::mem::replace(&mut file.entries[wash].entry, entry);
        file.entries[end].record = std::mem::replace(&mut file.entries[wash].record, record);
    });
    // Midnight where the log is; what comes after it is as late, so that only the key is in question.
    let late = |file: &mut EvidenceFile, time: &str| {
        for at in second..file.entries.len() {
            replaced(file, at, "2026-11-20T08:00:00.000Z", time);
        }
    };
    alter("on the last day", &[inclusion], &|file| late(file, "2026-11-20T15:59:59.999Z"));
    alter("after the last day", &[signatures, inclusion], &|file| late(file, "2026-11-20T16:00:00.000Z"));
    alter("without the signature", &[signatures, inclusion], &|file| {
        let entry = &mut file.entries[wash].entry;
        entry.truncate(entry.find(",\"signatures\"").unwrap());
        entry.push('}');
    });
    alter("by another key", &[signatures, inclusion], &|file| {
        replaced(file, wash, &public(1).to_string(), &public(2).to_string());
    });
    let expected = json!({"keys": [kiosk.key().to_string()]});
    let files: Vec<_> = cases.iter().map(|(_, _, bytes)| (bytes.clone(), expected.clone())).collect();
    for ((name, fails, bytes), steps) in cases.iter().zip(in_node(&files)) {
        let report = verify(bytes, &Trust::default());
        let failed = report.steps.iter().filter(|step| step.verdict == Verdict::Failed);
        assert_eq!(failed.map(|step| step.name).collect::<Vec<_>>(), *fails, "{name}: {report:?}");
        assert_eq!(verdicts_of(&steps), verdicts(&report), "{name}: {steps:?}");
    }
}
