//! Whose key signed, and whether it still might: by what the file shows of registrations, ends and demands.

use serde_json::{Value, json};

use super::history::{Log, ORIGIN, code, output};
use super::{failed, verdict, verify_file};
use crate::evidence::{StepName, Verdict};
use crate::id::{PartyId, RecordId, Stage};

const OFFICE: PartyId = PartyId::from_random([8; 10]);
const STRANGER: PartyId = PartyId::from_random([9; 10]);
const SEED: [u8; 32] = [3; 32];

fn key() -> String {
    hex::encode(ed25519_dalek::SigningKey::from_bytes(&SEED).verifying_key().to_bytes())
}

/// What happens in a log, besides its founding.
#[derive(Clone, Copy)]
enum Act {
    /// The party registers its key, with a last day and with or without a demand.
    Register(Option<&'static str>, bool),
    /// Somebody ends it.
    End(PartyId),
    /// The party's batch comes to be, signed or not, on a day, taken at a time.
    Bring(bool, &'static str, &'static str),
}
use Act::{Bring, End, Register};

const PARTY: PartyId = PartyId::from_random([1; 10]);
const NOON: &str = "2026-11-20T04:00:00.000Z";
const SIGNED: Act = Bring(true, "2026-11-20", NOON);

/// The verdict on the signatures of a file that holds all of such a log.
fn signatures(acts: &[Act]) -> Verdict {
    let mut log = Log::default();
    let batch = code(Stage::Harvest, 1);
    let founding = json!({"origin": ORIGIN, "time_zone": "+08:00", "office": OFFICE, "organisation": "品牌办",
        "rules": RecordId::of(b"rules"), "rules_version": 1});
    log.push("found", &founding, &json!({"actor": OFFICE}));
    for act in acts {
        match *act {
            Register(until, signed_only) => {
                let mut details = json!({"key": key(), "signed_only": signed_only});
                if let Some(until) = until {
                    details["until"] = Value::from(until);
                }
                log.push("register_key", &details, &json!({}));
            }
            End(actor) => _ = log.push("end_key", &json!({"key": key()}), &json!({"actor": actor})),
            Bring(signed, day, taken) => {
                let parts = json!({"outputs": [output(batch, "fresh_tianma")], "occurred_at": day,
                    "sealed": {"amounts": "00".repeat(32)}});
                let key = signed.then_some(&SEED);
                log.push_signed("bring_in", &json!({"origin": "before_system"}), &parts, key);
                log.entries.last_mut().unwrap().received_at = taken.parse().unwrap();
            }
        }
    }
    // What came before is taken no later than what came after it.
    let mut last = log.entries[0].received_at;
    for entry in &mut log.entries {
        last = last.max(entry.received_at);
        entry.received_at = last;
    }
    let holds: Vec<usize> = (0..log.entries.len()).collect();
    let report = verify_file(&log.file(batch, &holds));
    let verdict = verdict(&report, StepName::Signatures);
    let others: Vec<StepName> = failed(&report).into_iter().filter(|step| *step != StepName::Signatures).collect();
    assert_eq!(others, [], "only the signatures are in question");
    verdict
}

#[test]
fn a_key_signs_until_it_is_over() {
    let register = Register(None, false);
    assert_eq!(signatures(&[register, SIGNED]), Verdict::Proven);
    assert_eq!(signatures(&[SIGNED, register]), Verdict::Failed, "registered later");
    for actor in [PARTY, OFFICE] {
        assert_eq!(signatures(&[register, End(actor), SIGNED]), Verdict::Failed, "ended before");
        assert_eq!(signatures(&[register, SIGNED, End(actor)]), Verdict::Proven, "what was signed before stays good");
    }
    assert_eq!(signatures(&[register, End(STRANGER), SIGNED]), Verdict::Proven, "that is nobody's to end");
}

#[test]
fn a_key_signs_until_its_last_day() {
    let register = Register(Some("2026-11-20"), false);
    assert_eq!(signatures(&[register, SIGNED]), Verdict::Proven);
    let last = Bring(true, "2026-11-20", "2026-11-20T15:59:59.999Z");
    assert_eq!(signatures(&[register, last]), Verdict::Proven, "to the end of the day where the log is");
    let late = Bring(true, "2026-11-20", "2026-11-20T16:00:00.000Z");
    assert_eq!(signatures(&[register, late]), Verdict::Failed, "dated back");
    assert_eq!(signatures(&[Register(Some("2026-11-19"), false), SIGNED]), Verdict::Failed);
}

#[test]
fn a_demand_that_the_file_shows_is_met() {
    let unsigned = Bring(false, "2026-11-20", NOON);
    let demand = Register(None, true);
    assert_eq!(signatures(&[Register(None, false), unsigned]), Verdict::NotChecked);
    assert_eq!(signatures(&[demand, SIGNED]), Verdict::Proven);
    assert_eq!(signatures(&[demand, unsigned]), Verdict::Failed);
    assert_eq!(signatures(&[unsigned, demand]), Verdict::NotChecked, "demanded later");
    assert_eq!(signatures(&[demand, End(OFFICE), unsigned]), Verdict::NotChecked, "the demand ends with its key");
    assert_eq!(signatures(&[Register(Some("2026-11-19"), true), unsigned]), Verdict::NotChecked);
}
