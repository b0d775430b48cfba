//! No trace: the values are looked for as bytes in everything that the engines write, before and after an erasure, and
//! would be found there if they were not sealed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use trace_core::record::sealed::{Group, Opening};
use trace_server::keystore;
use trace_tests::engines::Database;
use trace_tests::household::World;
use trace_tests::raw;

use crate::market::{Person, erase, person, world};
use crate::search::{Needles, files, find, of_bytes, spellings};
use crate::starting::service;

/// Everything of the person that must not stand anywhere.
fn needles(one: &Person) -> Needles {
    let mut all = Needles::new();
    for (what, text) in [
        ("name", &one.name),
        ("telephone", &one.telephone),
        ("label", &one.label),
        ("latitude", &one.latitude_e7.to_string()),
        ("greeting", &one.greeting),
    ] {
        all.extend(spellings(what, text));
    }
    // An unmarked digest could be compared with guesses of what was sent.
    all.extend(of_bytes("digest of the request", one.digest.as_bytes()));
    all
}

/// The files in which the ledger's database stands, whatever was written so far being in them.
async fn database_files(database: &Database) -> Vec<PathBuf> {
    match database {
        Database::Sqlite(fresh) => files(fresh.folder()),
        Database::Postgres(fresh) => {
            let client = fresh.connect().await;
            client.batch_execute("CHECKPOINT").await.unwrap();
            let sql = "SELECT current_setting('data_directory'), (SELECT oid::text FROM pg_database WHERE datname = current_database())";
            let row = client.query_one(sql, &[]).await.unwrap();
            let folder = PathBuf::from(row.get::<_, String>(0));
            let mut all = files(&folder.join("base").join(row.get::<_, String>(1)));
            assert!(all.len() > 100, "the server's files are not to be seen");
            all.extend(files(&folder.join("pg_wal")).into_iter().filter(|file| written_lately(file)));
            all
        }
    }
}

/// Segments of the journal that were not written for so long hold nothing of this test.
fn written_lately(file: &Path) -> bool {
    let age = std::fs::metadata(file).and_then(|data| data.modified()).map(|at| at.elapsed().unwrap_or_default());
    age.is_ok_and(|age| age < Duration::from_mins(2))
}

/// Salt, as a salt alone lets one try all names, and the value as the record's commitment has it.
async fn opening(database: &Database, world: &World, one: &Person) -> Opening {
    let row = world.store().sealed_openings(&[one.registered], Group::Person).await.unwrap().pop().unwrap();
    let name = keystore::KeyName { party: row.party, generation: row.generation };
    let keys = database.keys().find(&[name].into()).await.unwrap();
    let place = format!("tianma-trace/opening/1\n{}\nperson", one.registered);
    let opening: Opening = keys[&name].open(&place, &row.sealed).unwrap();
    let record = world.ledger.record(one.registered, None).await.unwrap().unwrap().entry.record;
    opening.verify(&record.uid, &record.sealed[&Group::Person]).unwrap();
    opening
}

pub async fn no_value_stands_anywhere(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    let mut needles = needles(&one);
    let salt = opening(&database, &world, &one).await.salt().clone();
    needles.extend(of_bytes("salt", salt.as_bytes()));
    let copies = tempfile::tempdir().unwrap();
    assert_eq!(find(&database_files(&database).await, &needles), [""; 0], "before the erasure");
    let now = trace_server::ledger::system_time();
    let copied = keystore::back_up(&*database.keys(), copies.path(), now).await.unwrap();
    assert_eq!(find(&[copied.path, database.keys_path()], &needles), [""; 0], "keys are no values");
    let key = key_bytes(&database, &one);
    erase(&world, one.party).await;
    let mut everywhere = database_files(&database).await;
    everywhere.extend(files(database.keys_path().parent().unwrap()));
    if let Database::Sqlite(fresh) = &database {
        // A copy of the ledger as a backup makes it.
        let copy = copies.path().join("copy.db");
        let source = rusqlite::Connection::open(fresh.path()).unwrap();
        source.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        everywhere.push(copy);
        // The log-in is closed: neither its name nor the code of its telephone is left in free pages or the log.
        needles.extend(spellings("log-in", &one.login));
        let mac = trace_core::id::RecordId::of(one.telephone.as_bytes());
        needles.extend(of_bytes("code of the telephone", mac.as_bytes()));
        needles.extend(of_bytes("code of the telephone as text", mac.to_string().as_bytes()));
    }
    assert_eq!(find(&everywhere, &needles), [""; 0], "after the erasure");
    // And the key itself is in no file of the key store.
    let key_files = files(database.keys_path().parent().unwrap());
    assert_eq!(find(&key_files, &of_bytes("key", &key)), [""; 0]);
}

fn key_bytes(database: &Database, one: &Person) -> Vec<u8> {
    let connection = rusqlite::Connection::open(database.keys_path()).unwrap();
    let sql = "SELECT key FROM party_keys WHERE party = ?1";
    connection.query_row(sql, [one.party.to_string()], |row| row.get(0)).unwrap()
}

/// Puts what is sealed into the tables in plain text, as a program without sealing would keep it.
pub async fn lay_open(database: &Database, world: &World, one: &Person) {
    let opening = opening(database, world, one).await;
    let record = world.ledger.record(one.registered, None).await.unwrap().unwrap().entry.record;
    let salt = hex::encode(opening.salt().as_bytes());
    let salt = match database {
        Database::Sqlite(_) => format!("X'{salt}'"),
        Database::Postgres(_) => format!("'\\x{salt}'::bytea"),
    };
    let value = opening.value().to_string();
    let sql = format!(
        "DELETE FROM sealed_openings WHERE record = '{record_id}';
         INSERT INTO openings (idx, record, grp, salt, value)
             SELECT idx, record, 'person', {salt}, '{value}' FROM entries WHERE record = '{record_id}';
         UPDATE requests SET digest = '{digest}' WHERE submitter = '{submitter}' AND uid = '{uid}';
         UPDATE users SET display_name = '{greeting}' WHERE login = '{login}';",
        record_id = one.registered,
        digest = one.digest,
        submitter = record.submitter(),
        uid = record.uid,
        greeting = one.greeting,
        login = one.login,
    );
    raw::execute(database, &sql).await;
}

pub async fn a_value_that_is_not_sealed_would_be_found(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    lay_open(&database, &world, &one).await;
    let needles = needles(&one);
    let found = find(&database_files(&database).await, &needles);
    for what in ["name (as it is)", "telephone (as it is)", "greeting (as it is)", "digest of the request (hex)"] {
        assert!(found.iter().any(|one| one.starts_with(what)), "{what} is not among {found:?}");
    }
    drop(world);
    // The start seals it and clears what stood there; the journal of PostgreSQL keeps it until it is used again.
    let service = service(&database).await.unwrap();
    let mut left = find(&database_files(&database).await, &needles);
    left.retain(|one| !one.contains("pg_wal"));
    assert_eq!(left, [""; 0]);
    drop(service);
    // Each spelling is one that is found.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    for (bytes, what) in &needles {
        std::fs::write(&file, [b"xx", &bytes[..], b"yy"].concat()).unwrap();
        assert!(find(std::slice::from_ref(&file), &needles).iter().any(|one| one.starts_with(what)), "{what}");
    }
}
