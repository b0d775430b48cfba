//! Files that are no whole backup: cut off, changed in one byte anywhere, of another program, of a newer one. Nothing
//! of them arrives, and the words say where the damage is.

use std::path::Path;

use trace_server::backup::{self, BackupError, BackupFileError};
use trace_tests::engines::{Database, Engine};

use crate::county::{NAME, Shelf, back_up, county, scans, silent};
use crate::dump::{of_file, same};

/// A backup and its bytes.
async fn backup_of_a_county(shelf: &Shelf) -> Vec<u8> {
    let database = Database::create(Engine::Sqlite).await;
    county(&database, 20).await;
    // The photo of the county would be most of the bytes.
    trace_tests::raw::execute(&database, "DELETE FROM evidence WHERE length(bytes) > 0; VACUUM").await;
    back_up(&database, &shelf.file("a.db")).await.unwrap();
    std::fs::read(shelf.file("a.db")).unwrap()
}

async fn refusal(file: &Path) -> String {
    let target = Database::create(Engine::Sqlite).await;
    let error = backup::restore(file, target.url(), &silent()).await.unwrap_err();
    assert!(matches!(error, BackupError::File { .. }), "{error}");
    let Database::Sqlite(target) = &target else { panic!("SQLite was asked for") };
    assert!(!target.path().exists(), "the target was touched");
    let words = error.to_string();
    assert!(words.contains(&file.display().to_string()), "{words}");
    words
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_byte_is_found_and_named() {
    let shelf = Shelf::new();
    let bytes = backup_of_a_county(&shelf).await;
    let (file, whole) = (shelf.file("flipped.db"), of_file(&shelf.file("a.db")));
    for (text, place) in [
        (NAME.as_bytes(), "table users"),
        (b"$argon2id$v=19$m=1", "table users"),
        (&scans(600)[599].device, "table scans: the 88 rows from 513 on"),
        (b"\"kind\":\"harvest\"", "table entries"),
        (b"scale, '1'", "table tokens"),
        (b"CREATE TABLE scans", "damaged"),
        (b"SQLite format 3\0", "no database"),
        (b"tmbk", "no backup"),
    ] {
        let at: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text)).take(20).collect();
        let mut named = 0;
        for at in at {
            let mut damaged = bytes.clone();
            damaged[at + 1] ^= 1;
            std::fs::write(&file, damaged).unwrap();
            // What SQLite moved away from may still stand where no row is: then all rows are as they were.
            match backup::check(&file, &silent()).await {
                Ok(_) => same(&whole, &of_file(&file)),
                Err(_) => named += usize::from(refusal(&file).await.contains(place)),
            }
        }
        assert!(named > 0, "{place}: {}", String::from_utf8_lossy(text));
    }
    // What the file says of itself.
    for change in [
        "UPDATE backup_head SET made_at = made_at + 1",
        "UPDATE backup_head SET size = size - 1",
        "UPDATE backup_head SET engine = 'PostgreSQL'",
        "DELETE FROM backup_head",
    ] {
        std::fs::write(&file, &bytes).unwrap();
        rusqlite::Connection::open(&file).unwrap().execute_batch(change).unwrap();
        let words = refusal(&file).await;
        assert!(words.contains("table backup_head"), "{change}: {words}");
    }
    // A row more, a row less, and a row of the log that was put right in every index.
    for (change, place) in [
        ("DELETE FROM scans WHERE id = 599", "table scans: the 87 rows from 513 on"),
        ("INSERT INTO tokens VALUES ('x', 'x', 'x', 'x', 1)", "table tokens"),
        ("UPDATE entries SET received_at = received_at + 1 WHERE idx = 5", "table entries"),
        ("DELETE FROM evidence", "table evidence"),
    ] {
        std::fs::write(&file, &bytes).unwrap();
        rusqlite::Connection::open(&file).unwrap().execute_batch(change).unwrap();
        let words = refusal(&file).await;
        assert!(words.contains(place), "{change}: {words}");
    }
}

/// Bytes all over the file: each is found, or is one that no row rests on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_changed_byte_goes_through() {
    let shelf = Shelf::new();
    let bytes = backup_of_a_county(&shelf).await;
    let whole = of_file(&shelf.file("a.db"));
    let file = shelf.file("flipped.db");
    let (mut found, mut idle) = (0, 0);
    // Most of a small file is room for rows to come; there, nothing rests on a byte.
    let written: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    for at in written.iter().copied().step_by(written.len() / 160) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        std::fs::write(&file, damaged).unwrap();
        if let Err(error) = backup::check(&file, &silent()).await {
            found += 1;
            assert!(error.to_string().len() > 20, "byte {at}: {error}");
        } else {
            idle += 1;
            same(&whole, &of_file(&file));
        }
    }
    assert!(found > 3 * idle, "{found} found, {idle} without meaning");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_whole_backup_is_refused() {
    let shelf = Shelf::new();
    let bytes = backup_of_a_county(&shelf).await;
    let file = shelf.file("b.db");
    for (length, words) in [
        (0, "it has 0 bytes"),
        (20, "it has 20 bytes"),
        (100, "cut off"),
        (4096, "cut off"),
        (bytes.len() / 2, "cut off"),
        (bytes.len() - 1, "cut off"),
    ] {
        std::fs::write(&file, &bytes[..length]).unwrap();
        let said = refusal(&file).await;
        assert!(said.contains(words), "{length} bytes: {said}");
        assert!(length < 100 || said.contains(&bytes.len().to_string()), "{said}");
    }
    std::fs::write(&file, [&*bytes, b"more"].concat()).unwrap();
    assert!(refusal(&file).await.contains("added to"));
    std::fs::write(&file, "a letter to the office, long enough for a header").unwrap();
    assert!(refusal(&file).await.contains("no database"));
    assert!(refusal(&shelf.file("missing.db")).await.contains("cannot be read"));

    // The live file of a server, copied by hand: its newest records may be in another file.
    let live = Database::create(Engine::Sqlite).await;
    let world = county(&live, 0).await;
    let Database::Sqlite(live) = &live else { panic!("SQLite was asked for") };
    // While nothing writes: a server that is just closing would be copied in the midst of it.
    rusqlite::Connection::open(live.path())
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    std::fs::copy(live.path(), &file).unwrap();
    drop(world);
    let words = refusal(&file).await;
    assert!(words.contains("no backup; `trace-server backup` makes one"), "{words}");

    std::fs::write(&file, &bytes).unwrap();
    let history = "INSERT INTO refinery_schema_history VALUES (999, 'later', '2027-01-01T00:00:00Z', '1')";
    rusqlite::Connection::open(&file).unwrap().execute_batch(history).unwrap();
    let Err(error) = backup::check(&file, &silent()).await else { panic!("a backup of a newer program was taken") };
    assert!(matches!(error, BackupFileError::Newer { found: 999, .. }), "{error}");
    assert!(refusal(&file).await.contains("restore it with the newer program"));

    let format = "UPDATE backup_head SET format = 2; DELETE FROM refinery_schema_history WHERE version = 999";
    rusqlite::Connection::open(&file).unwrap().execute_batch(format).unwrap();
    assert!(refusal(&file).await.contains("format 2"));
}
