//! Notes, keys, checkpoints and cosignatures: published ones of other logs, and every way in which one can be wrong.

use base64::Engine as _;

use super::*;

/// A key pair and a note of Go's `sumdb/note` documentation, with a second signature by another key.
const NEUMANN_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const NEUMANN: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NEUMANN_NOTE: &str = "\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=
";

/// A checkpoint of the Go checksum database, which others published, and its key.
const SUMDB: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
const SUMDB_NOTE: &str = "\
go.sum database tree
6476701
mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=

— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=
";

/// A checkpoint of a Certificate Transparency log with witnesses of the public network: signatures of types 1, 4, 5.
const ARCHE: &str = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";
const REMORA: &str = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
const ARCHE_NOTE: &str = "\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
";

fn verifier(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

pub(super) fn signer(name: &str, key_type: KeyType, seed: u8) -> SigningKey {
    SigningKey::new(name, key_type, &[seed; 32]).unwrap()
}

fn note(text: &str) -> Note {
    text.parse().unwrap()
}

#[test]
fn published_notes_verify() {
    let verified = note(NEUMANN_NOTE).verify(&[verifier(NEUMANN)]).unwrap();
    assert_eq!(verified.by, [SignedBy { key: verifier(NEUMANN), time: None }]);
    assert_eq!(verified.unknown.len(), 1);
    assert_eq!(verified.unknown[0].name(), "EnochRoot");

    let policy = Policy::new("go.sum database tree", vec![verifier(SUMDB)], vec![], 0).unwrap();
    assert_eq!(policy.verify(&note(SUMDB_NOTE)).unwrap().checkpoint.size(), 6_476_701);

    let origin = "arche2025h1.staging.ct.transparency.dev";
    let policy = Policy::new(origin, vec![verifier(ARCHE)], vec![verifier(REMORA)], 1).unwrap();
    let verified = policy.verify(&note(ARCHE_NOTE)).unwrap();
    assert_eq!(verified.checkpoint.size(), 1_432_088_532);
    assert_eq!(verified.signatures.by[1], SignedBy { key: verifier(REMORA), time: Some(0x6a12_2120) });
    assert_eq!(verified.signatures.unknown.len(), 4);
    for text in [NEUMANN_NOTE, SUMDB_NOTE, ARCHE_NOTE] {
        assert_eq!(note(text).to_string(), text);
    }
}

#[test]
fn signing_gives_the_published_bytes() {
    let key = SigningKey::from_secret_text(NEUMANN_SECRET).unwrap();
    assert_eq!(key.to_secret_text(), NEUMANN_SECRET);
    assert_eq!(key.verifier().to_string(), NEUMANN);
    let published = note(NEUMANN_NOTE);
    let signed = Note::sign(published.text().to_owned(), &key).unwrap();
    assert_eq!(signed.signatures(), &published.signatures()[..1]);
    assert!(!format!("{key:?}").contains("AYEKFALV"), "a key's debug text shows no secret");
}

#[test]
fn a_key_has_one_spelling() {
    assert!(NEUMANN.replace("c74f20a3", "C74F20A3").parse::<VerifierKey>().is_err());
    let other_id = NEUMANN.replace("c74f20a3", "c74f20a4").parse::<VerifierKey>().unwrap_err();
    assert!(matches!(other_id, KeyError::Id { .. }), "{other_id}");
    let wrong = |text: &str| text.parse::<VerifierKey>().unwrap_err();
    assert!(matches!(wrong("PeterNeumann"), KeyError::Shape { .. }));
    assert!(matches!(wrong("Peter Neumann+c74f20a3+ARpc"), KeyError::Name { .. }));
    assert!(matches!(wrong("+c74f20a3+ARpc"), KeyError::Name { .. }));
    assert!(matches!(wrong("a+c74f20a3+Ag=="), KeyError::Type { received: Some(2) }));
    assert!(matches!(wrong("a+c74f20a3+"), KeyError::Type { received: None }));
    assert!(matches!(wrong("a+c74f20a3+ARpc"), KeyError::Length { received: 2 }));
    assert_eq!(VerifierKey::new("a", KeyType::Ed25519, &[0; 32]), Err(KeyError::Point), "a weak key");
    assert_eq!(VerifierKey::new("a", KeyType::Ed25519, &[2; 32]), Err(KeyError::Point), "no point at all");

    let refused = SigningKey::from_secret_text(&NEUMANN_SECRET.replace("PRIVATE", "PUBLIC")).unwrap_err();
    assert!(!refused.to_string().contains("AYEKFALV"), "{refused}");
    // A base64 part with + of its own: the text is split at the first two.
    let plus = (0..=u8::MAX)
        .map(|seed| signer("log.example", KeyType::Ed25519, seed))
        .find(|key| key.verifier().to_string().matches('+').count() > 2)
        .unwrap();
    assert_eq!(verifier(&plus.verifier().to_string()), *plus.verifier());
}

#[test]
fn the_forms_that_are_no_note_are_refused() {
    let wrong = |text: &str| text.parse::<Note>().unwrap_err();
    let line = "— a AAAAAAE=\n";
    assert!(note(&format!("text\n\n{line}")).verify(&[verifier(NEUMANN)]).is_err());
    assert_eq!(wrong(""), NoteError::Shape);
    assert_eq!(wrong("text\n\n"), NoteError::Shape);
    assert_eq!(wrong(&format!("text\n{line}")), NoteError::Shape);
    assert_eq!(wrong("text\n\n— a AAAAAAE="), NoteError::Shape);
    assert_eq!(wrong(&format!("te\txt\n\n{line}")), NoteError::Control { at: 2, received: 9 });
    assert_eq!(wrong(&format!("text\r\n\n{line}")), NoteError::Control { at: 4, received: 13 });
    assert_eq!(Note::parse(b"te\xffxt\n\n"), Err(NoteError::Utf8 { at: 2 }));
    assert_eq!(Note::parse(&vec![b'a'; NOTE_BYTES_MAX + 1]), Err(NoteError::TooLong { received: 1_000_001 }));
    for bad in [
        "- a AAAAAAE=",
        "—a AAAAAAE=",
        "— a",
        "— a  AAAAAAE=",
        "—  AAAAAAE=",
        "— a+b AAAAAAE=",
        "— a AAAAAA==",
        "— a AAAAAAE",
        "— a AAAAAAF=",
        "— a AAAAAAE= ",
        "— a\u{3000}b AAAAAAE=",
    ] {
        let text = format!("text\n\n{line}{bad}\n");
        assert!(matches!(wrong(&text), NoteError::Signature { line: 2, .. }), "{bad}");
    }
    // The last blank line parts text and signatures, and text may hold others.
    assert_eq!(note(&format!("a\n\nb\n\n\n{line}")).text(), "a\n\nb\n\n");
    assert!(matches!(wrong(&format!("text\n\n{line}\n{line}tail\n")), NoteError::Signature { line: 2, .. }));
    assert_eq!(note(&format!("text\n\n{}", line.repeat(64))).signatures().len(), 64);
    assert_eq!(wrong(&format!("text\n\n{}", line.repeat(65))), NoteError::TooMany { received: 65 });
    let line = note(&format!("text\n\n{line}")).signatures().to_vec();
    assert_eq!(Note::new("text".to_owned(), line), Err(NoteError::TextEnd));
    assert_eq!(Note::new("text\n".to_owned(), vec![]), Err(NoteError::Shape));
}

#[test]
fn sixteen_signatures_and_a_known_one_after_them_are_read() {
    let key = signer("log.example", KeyType::Ed25519, 1);
    let known = Note::sign("text\n".to_owned(), &key).unwrap().signatures()[0].clone();
    let strangers = (0..16).map(|seed| {
        let stranger = signer("log.example", KeyType::Ed25519, 100 + seed);
        Note::sign("text\n".to_owned(), &stranger).unwrap().signatures()[0].clone()
    });
    let note = Note::new("text\n".to_owned(), strangers.chain([known]).collect()).unwrap();
    let verified = note.verify(&[key.verifier().clone()]).unwrap();
    assert_eq!((verified.by.len(), verified.unknown.len()), (1, 16));
}

#[test]
fn a_bad_signature_of_a_known_key_refuses_the_note() {
    let (one, two) = (signer("one.example", KeyType::Ed25519, 1), signer("two.example", KeyType::Ed25519, 2));
    let good = Note::sign("text\n".to_owned(), &one).unwrap();
    let bad = Note::sign("another\n".to_owned(), &two).unwrap().signatures()[0].clone();
    let both = good.with(bad).unwrap();
    assert!(both.verify(&[one.verifier().clone()]).is_ok(), "the second key is not known");
    let refused = both.verify(&[one.verifier().clone(), two.verifier().clone()]).unwrap_err();
    assert_eq!(refused, NoteError::BadSignature { name: "two.example".to_owned(), id: two.verifier().id() });
    // Twice the same known key, once badly.
    let bad = Note::sign("another\n".to_owned(), &one).unwrap().signatures()[0].clone();
    assert!(good.with(bad).unwrap().verify(&[one.verifier().clone()]).is_err());
    // The same signature twice is one.
    let twice = Note::new("text\n".to_owned(), [good.signatures(), good.signatures()].concat()).unwrap();
    assert_eq!(twice.verify(&[one.verifier().clone(), one.verifier().clone()]).unwrap().by.len(), 1);
    assert_eq!(good.with(good.signatures()[0].clone()), Ok(good.clone()));
    let none = good.verify(&[two.verifier().clone()]).unwrap_err();
    assert_eq!(none, NoteError::NoKnownKey { signers: "one.example".to_owned() });
    assert!(good.verify(&[]).is_err());
}

#[test]
fn of_several_cosignatures_the_latest_counts_once() {
    let checkpoint = Checkpoint::new("log.example", 1, leaf_hash(b"a")).unwrap();
    let witness = signer("witness.example", KeyType::Cosignature, 3);
    let lines = [7, 9, 8].map(|time| checkpoint.cosign(&witness, time).unwrap());
    let note = Note::new(checkpoint.to_string(), lines.to_vec()).unwrap();
    let by = note.verify(&[witness.verifier().clone()]).unwrap().by;
    assert_eq!(by, [SignedBy { key: witness.verifier().clone(), time: Some(9) }]);
}

#[test]
fn a_cosignature_holds_for_its_time_key_and_text_alone() {
    let checkpoint = Checkpoint::new("log.example", 1, leaf_hash(b"a")).unwrap();
    let witness = signer("witness.example", KeyType::Cosignature, 3);
    let line = checkpoint.cosign(&witness, 1_679_315_147).unwrap();
    assert_eq!(line.signature()[..8], 1_679_315_147_u64.to_be_bytes());
    let plain = signer("witness.example", KeyType::Ed25519, 3);
    assert_ne!(plain.verifier().id(), witness.verifier().id(), "the type is part of the id");
    assert!(matches!(checkpoint.cosign(&plain, 1), Err(SignError::KeyType { .. })));
    assert!(matches!(checkpoint.sign(&witness), Err(SignError::KeyType { .. })));
    assert!(matches!(checkpoint.cosign(&witness, u64::MAX), Err(SignError::Time { .. })));
    let other = Checkpoint::new("log.example", 2, leaf_hash(b"a")).unwrap();
    let moved = Note::new(other.to_string(), vec![line.clone()]).unwrap();
    assert!(moved.verify(&[witness.verifier().clone()]).is_err());
    for place in 0..line.signature().len() {
        let mut bytes = [&line.id().as_bytes()[..], line.signature()].concat();
        bytes[4 + place] ^= 1;
        let changed = base64::engine::general_purpose::STANDARD.encode(bytes);
        let text = format!("{checkpoint}\n— witness.example {changed}\n");
        assert!(note(&text).verify(&[witness.verifier().clone()]).is_err(), "byte {place}");
    }
}

#[test]
fn two_keys_of_one_name_and_id_are_refused() {
    // Two of the first 120,000 seeds, whose keys happen to share their four bytes under the name "a".
    let keys = [69_101_u32, 114_672].map(|number| {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        SigningKey::new("a", KeyType::Ed25519, &seed).unwrap()
    });
    let known = keys.each_ref().map(|key| key.verifier().clone());
    assert_ne!(known[0], known[1]);
    let note = Note::sign("text\n".to_owned(), &keys[1]).unwrap();
    assert!(note.verify(&known[1..]).is_ok());
    assert_eq!(note.verify(&known), Err(NoteError::Ambiguous { name: "a".to_owned(), id: known[0].id() }));
    let changed = [signer("a", KeyType::Ed25519, 1).verifier().clone(), known[1].clone()];
    assert!(note.verify(&changed).is_ok(), "one name, two ids: a log that changed its key");
}

#[test]
fn a_checkpoint_is_read_strictly() {
    let root = empty_root();
    let wrong = |text: &str| text.parse::<Checkpoint>().unwrap_err();
    for size in ["01", "+1", "-1", "", " 1", "1 ", "0x1", "9223372036854775808", "99999999999999999999", "１"] {
        assert!(matches!(wrong(&format!("a\n{size}\n{root}\n")), CheckpointError::Size { .. }), "{size:?}");
    }
    assert!(format!("a\n9223372036854775807\n{root}\n").parse::<Checkpoint>().is_ok());
    assert!(matches!(wrong(&format!("a\n1\n{root}")), CheckpointError::Shape { .. }));
    assert!(matches!(wrong("a\n1\n"), CheckpointError::Shape { .. }));
    assert!(matches!(wrong(""), CheckpointError::Shape { .. }));
    assert!(matches!(wrong(&format!("\n1\n{root}\n")), CheckpointError::Origin { .. }));
    assert!(matches!(wrong("a\n1\nAAAA\n"), CheckpointError::Root { .. }));
    assert!(matches!(wrong(&format!("a\n1\n{}\n", root.to_hex())), CheckpointError::Root { .. }));
    let other = leaf_hash(b"");
    assert_eq!(wrong(&format!("a\n0\n{other}\n")), CheckpointError::EmptyRoot { received: other });
    assert_eq!(wrong(&format!("a\n1\n{root}\nmore\n\n")), CheckpointError::Extension { line: 5 });

    let extended = format!("a log with blanks + plus\n1\n{root}\nmore\nand more\n");
    let checkpoint: Checkpoint = extended.parse().unwrap();
    assert_eq!(checkpoint.extensions(), ["more", "and more"]);
    assert_eq!(checkpoint.to_string(), extended);
    assert!(Checkpoint::new("a\nb", 1, root).is_err());
    assert!(Checkpoint::new("a", SIZE_MAX + 1, root).is_err());
}

#[test]
fn a_policy_asks_for_the_log_and_enough_witnesses() {
    let log = signer("log.example", KeyType::Ed25519, 1);
    let witnesses = [2, 3].map(|seed| signer(&format!("w{seed}.example"), KeyType::Cosignature, seed));
    let keys = |signers: &[SigningKey]| signers.iter().map(|key| key.verifier().clone()).collect::<Vec<_>>();
    let policy = |quorum| Policy::new("log.example", keys(std::slice::from_ref(&log)), keys(&witnesses), quorum);
    assert_eq!(policy(3), Err(PolicyError::Quorum { quorum: 3, witnesses: 2 }));
    assert_eq!(Policy::new("log.example", vec![], vec![], 0), Err(PolicyError::Keys));
    assert_eq!(Policy::new("log.example", keys(&witnesses), vec![], 0), Err(PolicyError::Keys));
    assert!(Policy::of_log(witnesses[0].verifier().clone()).is_err());

    let checkpoint = Checkpoint::new("log.example", 1, leaf_hash(b"a")).unwrap();
    let signed = checkpoint.sign(&log).unwrap();
    assert!(policy(0).unwrap().verify(&signed).is_ok());
    assert_eq!(policy(1).unwrap().verify(&signed), Err(PolicyError::TooFewWitnesses { received: 0, quorum: 1 }));
    let one = signed.with(checkpoint.cosign(&witnesses[0], 5).unwrap()).unwrap();
    // A witness that cosigns again is still one.
    let again = one.with(checkpoint.cosign(&witnesses[0], 6).unwrap()).unwrap();
    for note in [&one, &again] {
        assert!(policy(1).unwrap().verify(note).is_ok());
        assert_eq!(policy(2).unwrap().verify(note), Err(PolicyError::TooFewWitnesses { received: 1, quorum: 2 }));
    }
    let both = one.with(checkpoint.cosign(&witnesses[1], 5).unwrap()).unwrap();
    assert_eq!(policy(2).unwrap().verify(&both).unwrap().signatures.by.len(), 3);

    let witness_alone = Note::new(checkpoint.to_string(), vec![checkpoint.cosign(&witnesses[0], 5).unwrap()]).unwrap();
    assert_eq!(policy(0).unwrap().verify(&witness_alone), Err(PolicyError::NotByTheLog));
    let elsewhere = Checkpoint::new("other.example", 1, leaf_hash(b"a")).unwrap().sign(&log).unwrap();
    assert!(matches!(policy(0).unwrap().verify(&elsewhere), Err(PolicyError::Origin { .. })));
    let no_checkpoint = Note::sign("text\n".to_owned(), &log).unwrap();
    assert!(matches!(policy(0).unwrap().verify(&no_checkpoint), Err(PolicyError::Checkpoint(_))));
}

#[test]
fn any_changed_byte_of_a_signed_checkpoint_is_noticed() {
    let policy = Policy::new("go.sum database tree", vec![verifier(SUMDB)], vec![], 0).unwrap();
    for place in 0..SUMDB_NOTE.len() {
        for bit in 0..8 {
            let mut bytes = SUMDB_NOTE.as_bytes().to_vec();
            bytes[place] ^= 1 << bit;
            let believed = Note::parse(&bytes).is_ok_and(|note| policy.verify(&note).is_ok());
            assert!(!believed, "bit {bit} of byte {place}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_refused_or_written_back(text in "[a-c\n— +=A-F\u{3000}\t]{0,40}") {
        let text = format!("{text}\n\n— a AAAAAAE=\n");
        if let Ok(note) = text.parse::<Note>() {
            prop_assert_eq!(note.to_string(), text);
        }
    }

    #[test]
    fn any_checkpoint_comes_back(size in 1..=SIZE_MAX, root in any::<[u8; 32]>(), origin in "[^\\x00-\\x1f]{1,20}") {
        let checkpoint = Checkpoint::new(&origin, size, Hash::from_bytes(root)).unwrap();
        prop_assert_eq!(checkpoint.to_string().parse::<Checkpoint>(), Ok(checkpoint));
    }
}
