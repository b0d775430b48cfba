//! Proof files and the requests to witnesses: read back, refused with the reason, and every mutation noticed.

use base64::Engine as _;

use super::notes::signer;
use super::*;

/// A log of seven entries, its policy with one witness, and the file that proves entry 4.
fn proven() -> (Vec<String>, Policy, TlogProof) {
    let entries: Vec<String> = (0..7).map(|i| format!("entry {i}")).collect();
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry.as_bytes())).collect();
    let log = signer("log.example/yiliang", KeyType::Ed25519, 1);
    let witness = signer("witness.example/w1", KeyType::Cosignature, 2);
    let checkpoint = Checkpoint::new("log.example/yiliang", 7, naive_root(&leaves)).unwrap();
    let note = checkpoint.sign(&log).unwrap().with(checkpoint.cosign(&witness, 1_763_600_000).unwrap()).unwrap();
    let keys = (vec![log.verifier().clone()], vec![witness.verifier().clone()]);
    let policy = Policy::new("log.example/yiliang", keys.0, keys.1, 1).unwrap();
    let proof = TlogProof::new(4, prove_inclusion(4, 7, read_leaves(&leaves)).unwrap(), note).unwrap();
    (entries, policy, proof)
}

#[test]
fn a_proof_file_has_the_form_of_the_specification() {
    let (entries, policy, proof) = proven();
    let text = proof.to_string();
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(lines[..2], ["c2sp.org/tlog-proof@v1", "index 4"]);
    assert_eq!(lines[5..8], ["", "log.example/yiliang", "7"]);
    assert_eq!(text.parse::<TlogProof>(), Ok(proof.clone()));
    assert_eq!(proof.verify(entries[4].as_bytes(), &policy).unwrap().signatures.by.len(), 2);

    let with_extra = proof.with_extra(b"\x00any bytes").unwrap();
    let text = with_extra.to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra AGFueSBieXRlcw==\nindex 4\n"));
    assert_eq!(text.parse::<TlogProof>().unwrap().extra(), Some(&b"\x00any bytes"[..]));
}

#[test]
fn a_proof_holds_for_one_entry_at_one_place() {
    let (entries, policy, proof) = proven();
    for (index, entry) in entries.iter().enumerate() {
        assert_eq!(proof.verify(entry.as_bytes(), &policy).is_ok(), index == 4, "{entry}");
    }
    for index in (0..9).filter(|index| *index != 4) {
        let moved = TlogProof::new(index, proof.hashes().to_vec(), proof.checkpoint().clone()).unwrap();
        assert!(moved.verify(entries[4].as_bytes(), &policy).is_err(), "index {index}");
    }
    for hashes in mutations(proof.hashes()) {
        let wrong = TlogProof::new(4, hashes, proof.checkpoint().clone()).unwrap();
        let refused = wrong.verify(entries[4].as_bytes(), &policy).unwrap_err();
        assert!(matches!(refused, TlogProofError::Inclusion { index: 4, .. }), "{refused}");
    }
    let strangers = Policy::of_log(signer("log.example/yiliang", KeyType::Ed25519, 9).verifier().clone()).unwrap();
    assert!(matches!(proof.verify(entries[4].as_bytes(), &strangers), Err(TlogProofError::Policy(_))));
}

#[test]
fn any_changed_byte_of_a_proof_file_is_noticed() {
    let (entries, policy, proof) = proven();
    let text = proof.to_string();
    for place in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.as_bytes().to_vec();
            bytes[place] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let Ok(read) = changed.parse::<TlogProof>() else { continue };
            assert_eq!(read.to_string(), changed);
            let believed = read.verify(entries[4].as_bytes(), &policy);
            assert!(believed.is_err(), "bit {bit} of byte {place}");
        }
    }
}

#[test]
fn broken_proof_files_are_refused_with_the_reason() {
    let (_, _, proof) = proven();
    let text = proof.to_string();
    let wrong = |from: &str, to: &str| text.replacen(from, to, 1).parse::<TlogProof>().unwrap_err();
    assert!(matches!(wrong("@v1", "@v2"), TlogProofError::Header { .. }));
    assert!(matches!("".parse::<TlogProof>(), Err(TlogProofError::Header { .. })));
    for index in ["index 04", "index -4", "index", "index  4", "Index 4", "index 9223372036854775808"] {
        assert!(matches!(wrong("index 4", index), TlogProofError::Index { .. }), "{index}");
    }
    for extra in ["extra ", "extra ?", "extra QQ", "extra QQ== "] {
        let refused = wrong("index 4", &format!("{extra}\nindex 4"));
        assert!(matches!(refused, TlogProofError::Extra { .. }), "{extra}");
    }
    let twice = wrong("index 4", "extra QQ==\nextra QQ==\nindex 4");
    assert!(matches!(twice, TlogProofError::Index { .. }));
    assert!(matches!(wrong("index 4\n", "index 4\nAAAA\n"), TlogProofError::Hash { number: 1, .. }));
    let hash = format!("index 4\n{}", format!("{}\n", empty_root()).repeat(60));
    assert!(text.replacen("index 4\n", &hash, 1).parse::<TlogProof>().is_ok(), "63 hashes have the form");
    let hash = format!("index 4\n{}", format!("{}\n", empty_root()).repeat(61));
    assert_eq!(wrong("index 4\n", &hash), TlogProofError::TooManyHashes);
    let (before, _) = text.split_once("\n\n").unwrap();
    assert_eq!(format!("{before}\n").parse::<TlogProof>(), Err(TlogProofError::NoCheckpoint));
    assert!(matches!(format!("{before}\n\n").parse::<TlogProof>(), Err(TlogProofError::Note(_))));
    let huge = "a".repeat(2_000_000).parse::<TlogProof>();
    assert_eq!(huge, Err(TlogProofError::TooLong { received: 2_000_000 }));
    assert!(
        proof.clone().with_extra(b"").is_err()
            && proof.clone().with_extra(&vec![0; PROOF_EXTRA_BYTES_MAX + 1]).is_err()
    );
    assert!(TlogProof::new(SIZE_MAX + 1, vec![], proof.checkpoint().clone()).is_err());
    assert!(TlogProof::new(0, vec![empty_root(); 64], proof.checkpoint().clone()).is_err());
}

#[test]
fn a_request_to_a_witness_has_the_form_of_the_specification() {
    let (_, _, proof) = proven();
    let hashes = vec![leaf_hash(b"a"), leaf_hash(b"b")];
    let request = AddCheckpoint::new(20_852_014, hashes.clone(), proof.checkpoint().clone()).unwrap();
    let text = request.to_string();
    assert_eq!(text, format!("old 20852014\n{}\n{}\n\n{}", hashes[0], hashes[1], proof.checkpoint()));
    assert_eq!(text.parse::<AddCheckpoint>(), Ok(request.clone()));
    assert_eq!((request.old_size(), request.proof()), (20_852_014, &hashes[..]));
    let wrong = |from: &str, to: &str| text.replacen(from, to, 1).parse::<AddCheckpoint>().unwrap_err();
    for old in ["old 020852014", "old", "OLD 1", "old -1", "old 9223372036854775808"] {
        assert!(matches!(wrong("old 20852014", old), AddCheckpointError::OldSize { .. }), "{old}");
    }
    assert!(matches!(wrong(&hashes[1].to_base64(), "AAAA"), AddCheckpointError::Proof(_)));
    assert!(matches!(wrong("\u{2014}", "-"), AddCheckpointError::Note(_)));
    assert!(AddCheckpoint::new(SIZE_MAX + 1, vec![], proof.checkpoint().clone()).is_err());
    assert!(AddCheckpoint::new(1, vec![empty_root(); 64], proof.checkpoint().clone()).is_err());
}

#[test]
fn a_witness_is_understood() {
    let read = |status, kind, body: &[u8]| WitnessAnswer::read(status, kind, body);
    let size = Some("text/x.tlog.size");
    assert_eq!(read(409, size, b"20852014\n"), WitnessAnswer::Holds { size: 20_852_014 });
    assert_eq!(read(409, Some("Text/X.tlog.size; charset=utf-8"), b"0\n"), WitnessAnswer::Holds { size: 0 });
    assert_eq!(read(409, Some("text/plain"), b"7\n"), WitnessAnswer::Conflict);
    assert_eq!(read(409, None, b""), WitnessAnswer::Conflict);
    for body in [&b"7"[..], b"07\n", b"7\n\n", b"-7\n", b"", b"\xff\n", b"9223372036854775808\n"] {
        assert!(matches!(read(409, size, body), WitnessAnswer::Other { status: 409, .. }), "{body:?}");
    }
    assert_eq!(read(404, None, b"who?"), WitnessAnswer::UnknownLog);
    assert_eq!(read(403, None, b""), WitnessAnswer::UntrustedKey);
    assert_eq!(read(422, None, b""), WitnessAnswer::Inconsistent);
    let other = WitnessAnswer::Other { status: 500, excerpt: "oh\u{fffd}".to_owned() };
    assert_eq!(read(500, None, b"oh\xff"), other);
    for body in [&b""[..], b"\n", b"hello\n", "— a AAAAAAE=".as_bytes()] {
        assert!(matches!(read(200, None, body), WitnessAnswer::Other { status: 200, .. }), "{body:?}");
    }
}

#[test]
fn of_a_witness_answer_only_its_own_good_line_is_taken() {
    let log = signer("log.example", KeyType::Ed25519, 1);
    let witness = signer("witness.example", KeyType::Cosignature, 2);
    let stranger = signer("stranger.example", KeyType::Cosignature, 3);
    let checkpoint = Checkpoint::new("log.example", 1, leaf_hash(b"a")).unwrap();
    let note = checkpoint.sign(&log).unwrap();
    let body = format!("{}\n{}\n", checkpoint.cosign(&stranger, 5).unwrap(), checkpoint.cosign(&witness, 6).unwrap());
    let WitnessAnswer::Cosigned(lines) = WitnessAnswer::read(200, None, body.as_bytes()) else {
        panic!("{body}");
    };
    let (line, signed) = take_cosignature(&note, &lines, witness.verifier()).unwrap();
    assert_eq!(signed, SignedBy { key: witness.verifier().clone(), time: Some(6) });
    let published = note.with(line).unwrap();
    let policy = Policy::new("log.example", vec![log.verifier().clone()], vec![witness.verifier().clone()], 1);
    assert!(policy.unwrap().verify(&published).is_ok());

    let none = take_cosignature(&note, &lines[..1], witness.verifier()).unwrap_err();
    assert_eq!(none, NoteError::NoKnownKey { signers: "stranger.example".to_owned() });
    let other = Checkpoint::new("log.example", 2, leaf_hash(b"b")).unwrap().cosign(&witness, 6).unwrap();
    let bad = take_cosignature(&note, &[other], witness.verifier()).unwrap_err();
    assert!(matches!(bad, NoteError::BadSignature { .. }));
}

#[derive(serde::Deserialize)]
struct GoldenLog {
    log: String,
    witness: String,
    entries: Vec<String>,
    time: u64,
    checkpoint: String,
    cosignature: String,
    proof: String,
    request: String,
    tile: String,
    bundle: String,
}

#[test]
fn golden_files() {
    let text = include_str!("../../../../fixtures/golden/log.json");
    let golden: GoldenLog = serde_json::from_str(text).unwrap();
    let log = signer("log.example/yiliang", KeyType::Ed25519, 1);
    let witness = signer("witness.example/w1", KeyType::Cosignature, 2);
    assert_eq!((log.verifier().to_string(), witness.verifier().to_string()), (golden.log, golden.witness));

    let leaves: Vec<Hash> = golden.entries.iter().map(|entry| leaf_hash(entry.as_bytes())).collect();
    let size = leaves.len() as u64;
    let checkpoint = Checkpoint::new("log.example/yiliang", size, naive_root(&leaves)).unwrap();
    let note = checkpoint.sign(&log).unwrap();
    let line = checkpoint.cosign(&witness, golden.time).unwrap();
    assert_eq!((note.to_string(), format!("{line}\n")), (golden.checkpoint, golden.cosignature));

    let hashes = prove_inclusion(4, size, read_leaves(&leaves)).unwrap();
    let proof = TlogProof::new(4, hashes, note.with(line).unwrap()).unwrap();
    assert_eq!(proof.to_string(), golden.proof);
    let hashes = prove_consistency(3, size, read_leaves(&leaves)).unwrap();
    assert_eq!(AddCheckpoint::new(3, hashes, note).unwrap().to_string(), golden.request);

    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let tile: Vec<u8> = leaves.iter().flat_map(|leaf| *leaf.as_bytes()).collect();
    assert_eq!(base64(&tile), golden.tile);
    assert_eq!(base64(&encode_bundle(&golden.entries).unwrap()), golden.bundle);
}
