//! What must hold after any failure, looked at from outside: acknowledged records are served byte for byte with a proof
//! under the log's key, the log continues what was seen of it, every request stands once.
//!
//! It uses nothing of the service but its address, and of the project the formats that the independent verifiers check.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::Value;
use trace_core::id::{RecordId, Uid};
use trace_core::log::{
    Checkpoint, Frontier, Note, Policy, TILE_WIDTH, Tiles, TlogProof, bundles_of, consistency_nodes, decode_bundle,
    leaf_hash, prove_consistency, tiles_for, tiles_of, verify_consistency,
};
use trace_core::record::Entry;
use trace_core::record::canonical::canonical_bytes;

use crate::asking::{Acknowledged, Answered, Ask, client};
use crate::ground::Ground;

/// A record is under a checkpoint within a second; a busy machine, and a database that is restarted, get longer.
const SIGNED_WITHIN: Duration = Duration::from_secs(30);

/// How long an open request may have to be repeated on a service and a database that are sound again.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// A service as somebody outside sees it.
pub struct Outside<'a> {
    ground: &'a Ground,
    base: String,
    client: Client,
    policy: Policy,
}

impl<'a> Outside<'a> {
    /// Whoever knows the address and the log's key.
    pub fn of(ground: &'a Ground, base: &str) -> Self {
        Self { ground, base: base.to_owned(), client: client(), policy: ground.policy() }
    }

    /// Status and bytes of a public path.
    async fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let response = self.client.get(format!("{}{path}", self.base)).send().await;
        let response = response.unwrap_or_else(|error| panic!("{path}: {error}"));
        let status = response.status().as_u16();
        (status, response.bytes().await.expect("a body").to_vec())
    }

    async fn found(&self, path: &str) -> Vec<u8> {
        let (status, bytes) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&bytes));
        bytes
    }

    /// Sends it until it stands, and gives its records.
    pub async fn settle(&self, ask: &Ask) -> Vec<Value> {
        let began = Instant::now();
        loop {
            match ask.send(&self.client, &self.base, &self.ground.token).await {
                Answered::Stands { records, .. } => return records,
                other => assert!(began.elapsed() < SETTLED_WITHIN, "still {other:?}: {}", ask.body),
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The newest checkpoint, as soon as it covers `size` entries.
    pub async fn checkpoint(&self, size: u64) -> Checkpoint {
        let began = Instant::now();
        loop {
            let (status, bytes) = self.get("/log/checkpoint").await;
            let mut shown = String::from_utf8_lossy(&bytes).into_owned();
            if status == 200 {
                let note = Note::parse(&bytes).expect("a note");
                let checkpoint = self.policy.verify(&note).expect("a checkpoint of this log").checkpoint;
                if checkpoint.size() >= size {
                    return checkpoint;
                }
            } else {
                shown = format!("{status} {shown}");
            }
            if began.elapsed() > SIGNED_WITHIN {
                let (_, ready) = self.get("/readyz").await;
                panic!("{size} entries are not signed: {shown}; {}", String::from_utf8_lossy(&ready));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The log that `newer` signs begins with the one that `older` signed.
    pub async fn continues(&self, older: &Checkpoint, newer: &Checkpoint) {
        let (from, to) = (older.size(), newer.size());
        assert!(from <= to, "{from} entries were signed, now it shows {to}");
        let nodes = consistency_nodes(from, to).expect("two sizes");
        let mut tiles = Tiles::of(to);
        for path in tiles_for(&nodes, to).expect("tiles of that tree") {
            tiles.insert(path, &self.found(&format!("/log/{path}")).await).expect("a whole tile");
        }
        let proof = prove_consistency(from, to, |node| tiles.read(node)).expect("a proof");
        verify_consistency(from, older.root(), to, newer.root(), &proof).expect("the same log, grown");
    }

    /// Each is served as it was acknowledged, with its proof; the same request again gets the same answer.
    pub async fn holds(&self, acknowledged: &[Acknowledged]) {
        let indices = acknowledged.iter().flat_map(|one| &one.records).map(|record| record["index"].as_u64());
        self.checkpoint(indices.max().flatten().map_or(0, |last| last + 1)).await;
        for one in acknowledged {
            for record in &one.records {
                self.serves(record).await;
            }
            let again = one.ask.send(&self.client, &self.base, &self.ground.token).await;
            let Answered::Stands { records, before } = again else { panic!("sent again: {again:?}") };
            assert!(before, "acknowledged and lost, for it was appended anew: {}", one.ask.body);
            assert_eq!(records, one.records, "another answer to the same request");
        }
    }

    async fn serves(&self, record: &Value) {
        let (id, index) = (text(record, "id"), record["index"].as_u64().expect("an index"));
        let bytes = self.found(&format!("/records/{id}")).await;
        assert_eq!(bytes, canonical_bytes(&record["record"]).expect("a record"), "record {id} is served otherwise");
        assert_eq!(RecordId::of(&bytes).to_string(), id);
        let entry = self.found(&format!("/records/{id}/entry")).await;
        let read = Entry::from_bytes(&entry).expect("an entry");
        assert_eq!(read.record.bytes(), bytes, "the entry of {id} holds another record");
        assert_eq!(read.received_at.to_string(), text(record, "received_at"));
        let proof = self.found(&format!("/records/{id}/proof")).await;
        let proof: TlogProof = String::from_utf8(proof).expect("a text").parse().expect("a proof");
        assert_eq!(proof.index(), index, "record {id} has moved");
        proof.verify(&entry, &self.policy).expect("a proof of this entry under the log's key");
    }

    /// The whole log from its bytes up: the tree is the checkpoint's, every request stands once, and nothing else does.
    pub async fn whole_log(&self, acknowledged: &[Acknowledged]) {
        let records: usize = acknowledged.iter().map(|one| one.ask.uids.len()).sum();
        let size = self.ground.entries_before + records as u64;
        let checkpoint = self.checkpoint(size).await;
        assert_eq!(checkpoint.size(), size, "entries beside those that were asked for");
        let (mut tree, mut uids, mut ids) = (Frontier::new(), BTreeSet::new(), BTreeMap::new());
        let mut leaves = Vec::new();
        for path in bundles_of(size) {
            let bundle = self.found(&format!("/log/{path}")).await;
            for bytes in decode_bundle(&bundle, path.width()).expect("a bundle") {
                let entry = Entry::from_bytes(bytes).expect("an entry");
                assert!(uids.insert(entry.record.uid), "uid {} stands twice", entry.record.uid);
                ids.insert(entry.record.id().to_string(), tree.size());
                leaves.push(leaf_hash(bytes));
                tree.push(leaf_hash(bytes));
            }
        }
        assert_eq!((tree.size(), tree.root()), (size, checkpoint.root()), "the entries are not the signed tree");
        for path in tiles_of(size).filter(|path| path.level() == Some(0)) {
            let tile = self.found(&format!("/log/{path}")).await;
            let first = usize::try_from(path.index()).expect("a place") * usize::from(TILE_WIDTH);
            let expected: Vec<u8> =
                leaves[first..][..usize::from(path.width())].iter().flat_map(|hash| *hash.as_bytes()).collect();
            assert_eq!(tile, expected, "{path}");
        }
        for one in acknowledged {
            let expected: Vec<Option<&u64>> = one.records.iter().map(|record| ids.get(text(record, "id"))).collect();
            let told: Vec<Option<u64>> = one.records.iter().map(|record| record["index"].as_u64()).collect();
            assert_eq!(expected, told.iter().map(Option::as_ref).collect::<Vec<_>>(), "{}", one.ask.body);
            let lacking: Vec<&Uid> = one.ask.uids.iter().filter(|uid| !uids.contains(*uid)).collect();
            assert!(lacking.is_empty(), "acknowledged and not in the log: {lacking:?}");
        }
    }
}

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().expect("a text")
}
