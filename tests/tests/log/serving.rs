//! `/log/checkpoint`, `/log/tile/…` and proofs, over a real socket.

use std::sync::Arc;

use tempfile::TempDir;
use trace_core::code::{CodeKey, KeyRing};
use trace_core::log::{Checkpoint, Note, Policy, Tiles, TlogProof, decode_bundle, tiles_of};
use trace_server::app::{self, AppState};
use trace_server::config::{Config, Settings};
use trace_tests::engines::Database;
use trace_tests::household::{PROCESSOR, World};
use trace_tests::raw;

struct Face {
    world: World,
    state: AppState,
    base: String,
    _folder: TempDir,
}

impl Face {
    async fn open(database: &Database) -> Self {
        let world = World::found(database.url()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { data_dir: Some(folder.path().to_owned()), ..Settings::default() };
        let keys = KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap();
        let state = AppState::joining(world.ledger.clone(), keys, Config::from_settings(settings).unwrap()).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(app::serve_on(listener, state.clone(), std::future::pending()));
        Self { world, state, base, _folder: folder }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        reqwest::get(format!("{}{path}", self.base)).await.unwrap()
    }

    /// Everything so far is under the published checkpoint.
    async fn signed(&self) -> u64 {
        let size = self.world.store().head().await.unwrap().frontier.size();
        let mut published = self.state.log.watch_published();
        let covers = |newest: &Option<Arc<trace_server::log::Published>>| {
            newest.as_ref().is_some_and(|newest| newest.size >= size)
        };
        published.wait_for(covers).await.unwrap();
        size
    }
}

/// From nothing but the origin's key and the address: checkpoint, tiles, bundles; the tree is the checkpoint's.
pub async fn tiles_and_checkpoint(database: Database) {
    let face = Face::open(&database).await;
    for _ in 0..3 {
        face.world.fresh(PROCESSOR, "1kg").await;
    }
    let size = face.signed().await;
    let answer = face.get("/log/checkpoint").await;
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=1");
    let note = Note::parse(&answer.bytes().await.unwrap()).unwrap();
    let key = face.state.log.keys().unwrap().unwrap().verifiers().next().unwrap().clone();
    let checkpoint: Checkpoint = Policy::of_log(key).unwrap().verify(&note).unwrap().checkpoint;
    assert_eq!(checkpoint.size(), size);
    let mut tiles = Tiles::of(size);
    for path in tiles_of(size) {
        let answer = face.get(&format!("/log/{path}")).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/octet-stream");
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
        tiles.insert(path, &answer.bytes().await.unwrap()).unwrap();
    }
    let bundle = face.get(&format!("/log/tile/entries/000.p/{size}")).await.bytes().await.unwrap();
    let entries = decode_bundle(&bundle, u16::try_from(size).unwrap()).unwrap();
    let mut tree = trace_core::log::Frontier::new();
    for entry in &entries {
        tree.push(trace_core::log::leaf_hash(entry));
    }
    assert_eq!(tree.root(), checkpoint.root());
    // An earlier size's partial tile stays.
    assert_eq!(face.get("/log/tile/0/000.p/2").await.bytes().await.unwrap().len(), 64);
}

/// A tile that was asked for is in memory, since it never changes; one that was not is read, and damage is told.
pub async fn tiles_are_kept(database: Database) {
    let face = Face::open(&database).await;
    let size = face.signed().await;
    let (asked, other) = (format!("/log/tile/0/000.p/{size}"), format!("/log/tile/0/000.p/{}", size - 1));
    let before = face.get(&asked).await.bytes().await.unwrap();
    raw::execute(&database, "UPDATE entries SET idx = idx + 100000 WHERE idx = 1").await;
    assert_eq!(face.get(&asked).await.bytes().await.unwrap(), before);
    assert_eq!(face.get(&other).await.status(), 500);
    assert_eq!(face.get(&format!("/log/tile/0/000.p/{}", size + 1)).await.status(), 404, "beyond the signed ones");
}

/// `/records/{id}/proof` is a tlog-proof that verifies with the entry's bytes and the log's key alone.
pub async fn proofs_of_records(database: Database) {
    let face = Face::open(&database).await;
    face.world.fresh(PROCESSOR, "1kg").await;
    let size = face.signed().await;
    let policy = Policy::of_log(face.state.log.keys().unwrap().unwrap().verifiers().next().unwrap().clone()).unwrap();
    for entry in face.world.store().entries(0..size).await.unwrap() {
        let answer = face.get(&format!("/records/{}/proof", entry.record)).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
        let proof: TlogProof = answer.text().await.unwrap().parse().unwrap();
        assert_eq!(proof.index(), entry.index);
        proof.verify(&entry.bytes, &policy).unwrap();
        let mut other = entry.bytes.clone();
        *other.last_mut().unwrap() ^= 1;
        assert!(proof.verify(&other, &policy).is_err());
        let entry_bytes = face.get(&format!("/records/{}/entry", entry.record)).await.bytes().await.unwrap();
        assert_eq!(entry_bytes, entry.bytes);
    }
}

/// Another spelling, a tile beyond the checkpoint, an empty one: 404 with the reason.
pub async fn what_is_not_there(database: Database) {
    let face = Face::open(&database).await;
    let size = face.signed().await;
    let beyond = size + 1;
    for path in [
        "/log/tile/0/000".to_owned(),
        "/log/tile/0/000.p/0".to_owned(),
        "/log/tile/0/000.p/256".to_owned(),
        format!("/log/tile/0/000.p/{beyond}"),
        "/log/tile/1/000.p/1".to_owned(),
        "/log/tile/0/x000/000.p/1".to_owned(),
        "/log/tile/entries/001".to_owned(),
        "/log/tile/64/000".to_owned(),
        "/log/tile/".to_owned(),
        format!("/records/{}/proof", "ab".repeat(32)),
    ] {
        let answer = face.get(&path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert!(answer.headers()["content-type"].to_str().unwrap().contains("problem"), "{path}");
    }
}
