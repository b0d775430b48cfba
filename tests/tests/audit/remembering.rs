//! The checkpoint that an auditor keeps: a history that was written anew does not begin with it.

use trace_server::audit::{Options, StateFile};
use trace_tests::engines::Database;
use trace_tests::household::{PROCESSOR, World};

use crate::county::{County, audit};

/// Every entry is sound, every hash is right, and yet it is another history than the one that was audited.
pub async fn a_rewritten_history_is_found(database: Database) {
    let engine = database.engine();
    let world = World::found(database.url()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = StateFile::at(&folder.path().join("audited.txt"));
    assert_eq!(file.read().unwrap(), None);
    let first = audit(&database, &Options::default()).await;
    file.write(&first.checkpoint().unwrap()).unwrap();
    let remembered = || Options { state: file.read().unwrap(), ..Options::default() };
    world.fresh(PROCESSOR, "1kg").await;
    let grown = audit(&database, &remembered()).await;
    assert!(grown.ok && grown.size == first.size + 1, "{grown}");

    let rewritten = County::settle(Database::create(engine).await).await;
    let alone = rewritten.audit().await;
    assert!(alone.ok && alone.size > grown.size, "{alone}");
    let report = audit(&rewritten.database, &remembered()).await;
    let faults: Vec<_> = report.faults.iter().map(|fault| (fault.table, &*fault.field)).collect();
    assert_eq!(faults, [("state file", "root")], "{report}");
    assert!(report.to_string().contains("rewritten"));
}

pub async fn a_shorter_history_is_found(database: Database) {
    let county = County::settle(database).await;
    let report = county.audit().await;
    let short = Database::create(county.database.engine()).await;
    World::found(short.url()).await;
    let state = Some(report.checkpoint().unwrap());
    let report = audit(&short, &Options { state, ..Options::default() }).await;
    assert!(matches!(&report.faults[..], [fault] if fault.field == "size"), "{report}");
}
