//! Notes, keys and checkpoints against the crates `signed_note` and `tlog_tiles`: the same bytes are believed.

use signed_note::{Note as TheirNote, Signer as _, StandardSigner, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::Checkpoint as TheirCheckpoint;
use trace_core::log::{Checkpoint, CheckpointError, KeyType, Note, SigningKey, leaf_hash};

fn key(seed: u8) -> SigningKey {
    SigningKey::new("log.example/yiliang", KeyType::Ed25519, &[seed; 32]).unwrap()
}

fn they_believe(bytes: &[u8], key: &SigningKey) -> bool {
    let verifier: Box<dyn Verifier> = Box::new(StandardVerifier::new(&key.verifier().to_string()).unwrap());
    TheirNote::from_bytes(bytes).is_ok_and(|note| note.verify(&VerifierList::new(vec![verifier])).is_ok())
}

#[test]
fn keys_and_signatures_are_the_same_bytes() {
    for seed in 0..100 {
        let key = key(seed);
        let signer = StandardSigner::new(&key.to_secret_text()).unwrap();
        let id = u32::from_be_bytes(*key.verifier().id().as_bytes());
        assert_eq!((signer.name(), signer.key_id()), (key.verifier().name(), id));
        let verifier = StandardVerifier::new(&key.verifier().to_string()).unwrap();
        assert_eq!((verifier.name(), verifier.key_id()), (key.verifier().name(), id));

        let text = format!("a text\n\nnumber {seed}\n");
        let ours = Note::sign(text.clone(), &key).unwrap().to_string();
        let mut theirs = TheirNote::new(text.as_bytes(), &[]).unwrap();
        theirs.add_sigs(&[&signer]).unwrap();
        assert_eq!(ours.as_bytes(), theirs.to_bytes());
    }
}

#[test]
fn every_changed_byte_is_judged_alike() {
    let key = key(7);
    let stranger = SigningKey::new("stranger.example", KeyType::Ed25519, &[8; 32]).unwrap();
    let checkpoint = Checkpoint::new("log.example/yiliang", 20_852_163, leaf_hash(b"root")).unwrap();
    let unknown = checkpoint.sign(&stranger).unwrap().signatures()[0].clone();
    let good = checkpoint.sign(&key).unwrap().with(unknown).unwrap().to_string().into_bytes();
    assert!(they_believe(&good, &key));
    let keys = [key.verifier().clone()];
    let mut believed = 0;
    for place in 0..good.len() {
        for bit in 0..8 {
            let mut changed = good.clone();
            changed[place] ^= 1 << bit;
            let ours = Note::parse(&changed).is_ok_and(|note| note.verify(&keys).is_ok());
            assert_eq!(ours, they_believe(&changed, &key), "bit {bit} of byte {place}");
            believed += usize::from(ours);
        }
        let cut = &good[..place];
        let ours = Note::parse(cut).is_ok_and(|note| note.verify(&keys).is_ok());
        assert_eq!(ours, they_believe(cut, &key), "cut at {place}");
    }
    assert!(believed > 0, "nobody knows the second key, so changes of its signature are let pass");
}

#[test]
fn checkpoints_are_read_alike() {
    let root = leaf_hash(b"root");
    let texts =
        [format!("log.example/yiliang\n20852163\n{root}\n"), format!("a log with blanks\n1\n{root}\nmore\nand more\n")];
    for good in texts {
        assert!(TheirCheckpoint::from_bytes(good.as_bytes()).is_ok(), "{good}");
        for place in 0..good.len() {
            for byte in 0..0x80 {
                let mut changed = good.clone().into_bytes();
                changed[place] = byte;
                let text = str::from_utf8(&changed).unwrap();
                // They leave control characters to the note, which refuses them.
                if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
                    assert!(text.parse::<Checkpoint>().is_err());
                    continue;
                }
                match (text.parse::<Checkpoint>(), TheirCheckpoint::from_bytes(&changed)) {
                    (Ok(ours), Ok(theirs)) => {
                        assert_eq!((ours.origin(), ours.size()), (theirs.origin(), theirs.size()));
                        assert_eq!(ours.root().as_bytes(), &theirs.hash().0);
                        assert_eq!(ours.to_string().as_bytes(), theirs.to_bytes());
                    }
                    // They let the empty tree have any root.
                    (Err(CheckpointError::EmptyRoot { .. }), Ok(theirs)) => assert_eq!(theirs.size(), 0),
                    (ours, theirs) => assert!(ours.is_err() && theirs.is_err(), "{text:?}: {ours:?}, {theirs:?}"),
                }
            }
        }
    }
}
