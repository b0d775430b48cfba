//! `key adopt`: a restored database on a new machine, whose kept checkpoint was lost with the old one.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use trace_core::code::{CodeKey, KeyRing};
use trace_core::log::{Checkpoint, Hash};
use trace_server::app::{self, AppState};
use trace_server::config::{Config, Settings};
use trace_server::log::{Doubt, Round, SignerError};
use trace_tests::engines::Database;
use trace_tests::household::{NOW_MS, ORIGIN, PROCESSOR, World, loss};
use trace_tests::raw::execute;

use crate::place::Place;

/// What the command prints, once no server holds the database: PostgreSQL frees a lock when it has seen the end of the
/// session.
fn adopt(database: &Database, place: &Place, more: &[&str]) -> (i32, String) {
    let begun = std::time::Instant::now();
    loop {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trace-server-under-test"));
        command.args(["key", "adopt", "--database-url", database.url(), "--data-dir"]).arg(place.folder.path());
        let Output { status, stdout, stderr } = command.args(more).output().unwrap();
        let said = format!("{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        if !said.contains("a server signs on this database now") || begun.elapsed().as_secs() > 20 {
            return (status.code().unwrap(), said);
        }
    }
}

/// It must be refused with these words, and leave everything as it was.
async fn refused(world: &World, database: &Database, place: &Place, more: &[&str], words: &str) {
    let bound = world.store().signing_place().await.unwrap();
    let (code, said) = adopt(database, place, more);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(words), "'{words}' is not in: {said}");
    assert!(!said.contains("postgres://"), "an address may hold a password: {said}");
    assert_eq!(world.store().signing_place().await.unwrap(), bound, "{said}");
    assert!(!place.checkpoint_file().exists() && !noted(place).exists(), "{said}");
}

fn noted(place: &Place) -> std::path::PathBuf {
    place.folder.path().join("checkpoint.txt.adopted")
}

/// A machine that has the log's key back, and nothing else.
fn new_machine(old: &Place) -> Place {
    let place = Place::new();
    std::fs::copy(old.key_file(), place.key_file()).unwrap();
    place
}

/// `/log/` of a service that has its files here; it signs nothing meanwhile.
async fn log_page(world: &World, place: &Place, lang: &str) -> String {
    let settings = Settings { data_dir: Some(place.folder.path().to_owned()), ..Settings::default() };
    let keys = KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap();
    let state = AppState::joining(world.ledger.clone(), keys, Config::from_settings(settings).unwrap()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move { axum::serve(listener, app::router(state)).await });
    let page = reqwest::get(format!("http://{address}/log/?lang={lang}")).await.unwrap().text().await.unwrap();
    served.abort();
    page
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub async fn a_restored_database_is_adopted(database: Database) {
    let world = World::found(database.url()).await;
    let old = Place::new();
    let checkpoint = old.sign(&old.log(&world)).await;
    world.fresh(PROCESSOR, "1kg").await;
    let place = Place::new();
    let kept = old.checkpoint_file();
    let given = ["--known", text(&kept)];
    refused(&world, &database, &place, &given, "put it back from its backup first").await;
    let place = new_machine(&old);
    // It shows what it found, and changes nothing.
    let size = world.store().head().await.unwrap().frontier.size();
    refused(&world, &database, &place, &given, "the same again with --confirm").await;
    let (_, said) = adopt(&database, &place, &given);
    for words in [format!("database   {size} entries"), format!("known      {} entries, signed", checkpoint.size())] {
        assert!(said.contains(&words), "'{words}' is not in: {said}");
    }
    // What the database itself says proves nothing.
    refused(&world, &database, &place, &["--confirm"], "no checkpoint from outside the database was given").await;
    let log = place.log(&world);
    let mut other = log.sign().await;
    // PostgreSQL may not yet have noticed that the command, which held the lock, has ended.
    for _ in 0..100 {
        let Ok(Round::Elsewhere) = other else { break };
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        other = log.sign().await;
    }
    assert!(matches!(other, Err(SignerError::Doubt(Doubt::OtherPlace { .. }))), "{other:?}");

    let (code, said) = adopt(&database, &place, &[&given[..], &["--confirm"]].concat());
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("adopted: from now on"), "{said}");
    let note = std::fs::read_to_string(noted(&place)).unwrap();
    assert!(note.contains(&format!("{size} entries")) && note.lines().count() == 1, "{note}");
    let (code, said) = adopt(&database, &place, &given);
    assert!(code == 0 && said.contains("nothing is to be done"), "{said}");
    // Everybody may know, but not what the operator's files are called.
    let page = log_page(&world, &place, "zh").await;
    let known = format!("比对到第 {} 条", checkpoint.size());
    for words in [&format!("当时有 {size} 条"), &known, "是否丢失，日志本身说不出来"] {
        assert!(page.contains(words), "'{words}' is not in: {page}");
    }
    assert!(!page.contains(text(&kept)) && !page.contains("checkpoint.txt"), "{page}");
    let page = log_page(&world, &old, "zh").await;
    assert!(!page.contains("data-adopted"), "not where it was lost: {page}");
    // It goes on from the kept checkpoint, and the old machine does not.
    let log = place.log(&world);
    assert_eq!(place.sign(&log).await.size(), size);
    drop(log);
    let (code, said) = adopt(&database, &place, &[]);
    assert!(code == 0, "its own file is outside the database: {said}");
}

pub async fn what_the_database_lacks_is_not_adopted(database: Database) {
    let world = World::found(database.url()).await;
    let old = Place::new();
    let batch = world.fresh(PROCESSOR, "100kg").await;
    old.sign(&old.log(&world)).await;
    let shelf = tempfile::tempdir().unwrap();
    let (early, file) = (shelf.path().join("early.txt"), shelf.path().join("a.db"));
    std::fs::copy(old.checkpoint_file(), &early).unwrap();
    let now = trace_core::time::ReceivedAt::from_unix_ms(NOW_MS).unwrap();
    trace_server::backup::write(database.url(), &file, now, &(Arc::new(|_| ()) as _)).await.unwrap();
    // A record that was signed, and is not in the backup.
    world.append(PROCESSOR, loss(batch, "1kg")).await;
    let log = old.log(&world);
    old.sign(&log).await;
    let newest = log.published().unwrap().text.clone();
    let restored = Database::create(database.engine()).await;
    trace_server::backup::restore(&file, restored.url(), &(Arc::new(|_| ()) as _)).await.unwrap();
    let world = World::open(restored.url()).await;
    let place = new_machine(&old);

    let kept = old.checkpoint_file();
    let behind = "an old backup was restored";
    refused(&world, &restored, &place, &["--known", text(&kept), "--confirm"], behind).await;
    // The same where somebody serves it, and beside one that fits.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = axum::Router::new().route("/log/checkpoint", axum::routing::get(move || async move { newest }));
    tokio::spawn(async move { axum::serve(listener, served).await });
    let from = format!("{address}/log/checkpoint");
    refused(&world, &restored, &place, &["--known", text(&early), "--from", &from, "--confirm"], behind).await;
    let nothing = format!("{address}/nothing");
    refused(&world, &restored, &place, &["--from", &nothing, "--confirm"], "answers 404").await;
    // The text alone, as an audit keeps it.
    let bare = shelf.path().join("audited.txt");
    let size = world.store().head().await.unwrap().frontier.size();
    let text_of = |size: u64, root: Hash| Checkpoint::new(ORIGIN, size, root).unwrap();
    std::fs::write(&bare, text_of(size + 1, Hash::from_bytes([1; 32])).to_string()).unwrap();
    refused(&world, &restored, &place, &["--known", text(&bare), "--confirm"], behind).await;
    // Of its size, but with another root; by another key; no checkpoint at all.
    let forked = old.keys().sign(&text_of(size, Hash::from_bytes([1; 32]))).unwrap();
    std::fs::write(&bare, forked.to_string()).unwrap();
    refused(&world, &restored, &place, &["--known", text(&bare), "--confirm"], "the log was forked").await;
    let stranger = Place::new();
    let strange = trace_server::log::LogKeys::read_or_make(&stranger.key_file(), ORIGIN).unwrap();
    let head = world.store().head().await.unwrap().frontier;
    std::fs::write(&bare, strange.sign(&text_of(size, head.root())).unwrap().to_string()).unwrap();
    refused(&world, &restored, &place, &["--known", text(&bare), "--confirm"], "is no checkpoint of").await;
    std::fs::write(&bare, "nothing of the kind\n").unwrap();
    refused(&world, &restored, &place, &["--known", text(&bare), "--confirm"], "is no checkpoint of").await;
    // A database that was changed.
    let zeros = match restored {
        Database::Sqlite(_) => "zeroblob(32)".to_owned(),
        Database::Postgres(_) => format!("'\\x{}'::bytea", "00".repeat(32)),
    };
    execute(&restored, "CREATE TABLE aside AS SELECT idx, leaf_hash FROM entries WHERE idx = 3").await;
    execute(&restored, &format!("UPDATE entries SET leaf_hash = {zeros} WHERE idx = 3")).await;
    refused(&world, &restored, &place, &["--known", text(&early), "--confirm"], "entry 3 does not have").await;
    execute(&restored, "UPDATE entries SET leaf_hash = (SELECT leaf_hash FROM aside) WHERE idx = 3").await;
    execute(&restored, "DROP TABLE aside").await;
    // With what is older it may go on, and with nothing only if somebody says so.
    let (code, said) = adopt(&restored, &place, &["--nobody-knows", "--confirm"]);
    assert!(code == 0 && said.contains("NOTHING from outside"), "{said}");
    let note = trace_server::log::newest_adoption(&place.checkpoint_file()).unwrap();
    assert!(note.contains(&format!("{size} entries")) && note.contains("compared with the database"), "{note}");
    assert_eq!(trace_server::log::newest_adoption(&old.checkpoint_file()), None, "not where it was lost");
    let page = log_page(&world, &place, "en").await;
    assert!(page.contains("no checkpoint from outside the database to compare it with"), "{page}");
    assert_eq!(place.sign(&place.log(&world)).await.size(), size);
}

/// A server that signed when the database was adopted elsewhere signs no more.
pub async fn a_log_that_was_adopted_is_let_go(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let log = place.log(&world);
    place.sign(&log).await;
    let own = world.store().signing_place().await.unwrap().unwrap();
    world.store().put_signing_place(&"0f".repeat(16)).await.unwrap();
    world.fresh(PROCESSOR, "1kg").await;
    let said = log.sign().await;
    assert!(matches!(said, Err(SignerError::Doubt(Doubt::OtherPlace { .. }))), "{said:?}");
    world.store().put_signing_place(&own).await.unwrap();
    place.sign(&log).await;
}
