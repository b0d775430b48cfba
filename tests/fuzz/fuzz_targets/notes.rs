//! Signed notes, keys and witnesses' answers: read or refused, written back as they were, and never believed unless
//! the log signed them.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trace_core::log::{Note, Policy, SigningKey, VerifierKey, WitnessAnswer, take_cosignature};

static POLICY: LazyLock<Policy> = LazyLock::new(trace_fuzz::policy);

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        if let Ok(verified) = POLICY.verify(&note) {
            assert_eq!(verified.checkpoint, trace_fuzz::checkpoint());
        }
    }
    if let Some((status, body)) = bytes.split_first_chunk::<2>() {
        let answer = WitnessAnswer::read(u16::from_be_bytes(*status), Some("text/x.tlog.size"), body);
        if let WitnessAnswer::Cosigned(lines) = answer {
            let [log, witness] = trace_fuzz::keys();
            let note = trace_fuzz::checkpoint().sign(&log).expect("a note");
            if let Ok((line, _)) = take_cosignature(&note, &lines, witness.verifier()) {
                POLICY.verify(&note.with(line).expect("a note")).expect("a good cosignature");
            }
        }
    }
    if let Ok(text) = str::from_utf8(bytes) {
        if let Ok(key) = text.parse::<VerifierKey>() {
            assert_eq!(key.to_string(), text);
        }
        if let Ok(key) = SigningKey::from_secret_text(text) {
            assert_eq!(key.to_secret_text(), text);
        }
    }
});
