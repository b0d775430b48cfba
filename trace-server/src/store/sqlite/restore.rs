//! Fills an empty database with the rows of a copy, in one transaction.

use std::path::Path;

use super::{connection, engine, migrate, tables, writer};
use crate::store::StoreError;
use crate::store::contents::{Contents, same_schema};
use crate::store::copying::{Progress, Told, not_empty};

/// Reads the copy's rows into the database, reads them back and compares, then commits. The database is made if it is
/// not there; one with rows is refused.
pub fn restore(copy: &Path, to: &Path, told: &Told) -> Result<Contents, StoreError> {
    let source = connection::open_reader(copy)?;
    let copied = tables::list(&source)?;
    let mut target = connection::open_writer(to)?;
    migrate::migrate(&mut target)?;
    let all = tables::list(&target)?;
    same_schema("the database", &copied, &all)?;
    let (_, fresh) = super::fresh()?;

    let transaction = writer::begin(&mut target)?;
    let holds = tables::beyond(&transaction, &all, &fresh)?;
    if !holds.is_empty() {
        return Err(not_empty(&holds));
    }
    tables::clear(&transaction, &all)?;
    let contents = tables::read(&source, &copied, &mut |part| {
        told(Progress::Rows { table: part.mark.table.clone(), rows: part.mark.rows });
        tables::insert(&transaction, &part)
    })?;
    told(Progress::Reading);
    let found = tables::read(&transaction, &all, &mut |_| Ok(()))?;
    if let Some(difference) = contents.difference(&found) {
        return Err(StoreError::Engine(format!("what was read back is not what was written: {difference}")));
    }
    transaction.commit().map_err(engine)?;
    Ok(contents)
}
