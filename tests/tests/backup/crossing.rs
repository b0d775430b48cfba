//! From either engine into a file and from there into either engine: the same rows, the same root, and life goes on.

use trace_server::backup;
use trace_tests::engines::{Database, Engine};
use trace_tests::household::{FIRST, World};

use crate::county::{Shelf, back_up, county, scans, signed_county, silent};
use crate::dump::{dump, of_file, same};
use crate::log;

/// Tables in which the county has no rows.
const UNFILLED: [&str; 1] = ["signing_keys"];

pub async fn a_backup_restores_into_both_engines(database: Database) {
    let world = signed_county(&database).await;
    let head = world.store().head().await.unwrap();
    let before = dump(&database).await;
    for (table, rows) in &before {
        assert!(!rows.is_empty() || UNFILLED.contains(&&**table), "nothing stands in {table}: fill it in the county");
    }
    let shelf = Shelf::new();
    let file = shelf.file("a.db");
    let copied = back_up(&database, &file).await.unwrap();
    assert_eq!((copied.size, copied.root), (head.frontier.size(), head.frontier.root()));
    assert_eq!(copied.head.engine, database.engine().to_string());
    assert_eq!(copied.code_keys, [(1, "a1b2".to_owned())]);
    assert_eq!(shelf.names(), ["a.db"], "one file and nothing beside it");
    same(&before, &of_file(&file));
    same(&before, &dump(&database).await);

    for engine in Engine::both() {
        let target = Database::create(engine).await;
        let restored = backup::restore(&file, target.url(), &silent()).await.unwrap();
        assert_eq!(restored, copied, "into {engine}");
        same(&before, &dump(&target).await);

        // It goes on: records, scans (whose numbers the engine gives), and backups of it.
        let world = World::open(target.url()).await;
        assert_eq!(world.store().head().await.unwrap(), head);
        world.fresh(FIRST, "3kg").await;
        assert_eq!(log::check(&**world.store()).await, head.frontier.size() + 1);
        world.store().put_scans(&scans(5)).await.unwrap();
        assert_eq!(dump(&target).await["scans"].len(), 605);
        let name = format!("{engine}.db");
        let again = back_up(&target, &shelf.file(&name)).await.unwrap();
        assert_eq!(again.size, head.frontier.size() + 1);
        assert_eq!(again.head.engine, engine.to_string());
        same(&dump(&target).await, &of_file(&shelf.file(&name)));
    }
}

pub async fn an_empty_ledger_is_copied_too(database: Database) {
    let shelf = Shelf::new();
    let error = back_up(&database, &shelf.file("a.db")).await.unwrap_err().to_string();
    assert!(error.contains("no database") || error.contains("holds no ledger"), "{error}");
    drop(trace_server::store::open(database.url()).await.unwrap());
    let copied = back_up(&database, &shelf.file("a.db")).await.unwrap();
    assert_eq!(copied.size, 0);
    assert_eq!(copied.root.to_base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    for engine in Engine::both() {
        let target = Database::create(engine).await;
        backup::restore(&shelf.file("a.db"), target.url(), &silent()).await.unwrap();
        World::open(target.url()).await.settle().await;
    }
}

/// A backup can be looked into by the code that serves, and is refused as a place for new records.
pub async fn a_backup_is_read_and_never_written(database: Database) {
    let world = county(&database, 5).await;
    let shelf = Shelf::new();
    let file = shelf.file("a.db");
    let copied = back_up(&database, &file).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();

    let Err(error) = trace_server::store::open(&format!("sqlite:{}", file.display())).await else {
        panic!("a backup was opened to write");
    };
    assert!(error.to_string().contains("is a backup") && error.to_string().contains("trace-server restore"), "{error}");
    let store = trace_server::store::copying::open_to_read(&file).await.unwrap();
    assert_eq!(log::check(&*store).await, copied.size);
    assert_eq!(store.users().await.unwrap(), world.store().users().await.unwrap());
    assert!(store.put_key_check(2, "x").await.is_err(), "written into a backup");
    let verified = backup::verify_copy(&format!("sqlite:{}", file.display()), &silent()).await.unwrap();
    assert_eq!((verified.size, verified.root), (copied.size, copied.root));

    // An ordinary database is made of it elsewhere.
    let other = shelf.file("b.db");
    trace_server::store::copying::upgrade(&file, &other, &silent()).await.unwrap();
    World::open(&format!("sqlite:{}", other.display())).await.fresh(FIRST, "1kg").await;
    assert!(std::fs::read(&file).unwrap() == bytes, "the backup was changed");

    let error = back_up(&database, &file).await.unwrap_err().to_string();
    assert!(error.contains("exists; nothing is overwritten"), "{error}");
    assert!(std::fs::read(&file).unwrap() == bytes, "the backup was overwritten");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "what is in it is not for everybody");
    }
}
