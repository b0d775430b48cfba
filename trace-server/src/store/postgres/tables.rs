//! All rows of a database, out of it and into it: one snapshot read with COPY, one transaction written with COPY.
//!
//! It knows no table by name but the head, and belongs to no pool: a copy takes minutes and has limits of its own.

use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_postgres::binary_copy::{BinaryCopyInWriter, BinaryCopyOutRow, BinaryCopyOutStream};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, IsolationLevel, NoTls, Row, Transaction};

use super::failure::Failure;
use super::{migrate, settings};
use crate::store::StoreError;
use crate::store::contents::{Cell, CellKind, Cells, Contents, Cutter, HISTORY, Part, Table, same_schema};
use crate::store::copying::not_empty;
use crate::store::sqlite::require_schema;

/// A copy waits for its other side, the file, as long as that takes; only a lock is not waited for.
const LIMITS: &str = "-- limits of a copy\n\
    SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; SET lock_timeout = '30s'";

/// A table and what its columns are to PostgreSQL.
struct Stored {
    table: Arc<Table>,
    types: Vec<Type>,
    /// A column that the server numbers itself.
    numbered: Option<String>,
}

struct Session {
    client: Client,
    driver: JoinHandle<()>,
}

impl Session {
    async fn open(url: &str) -> Result<Self, StoreError> {
        let (client, connection) =
            settings::configure("TRACE_DATABASE_URL", url)?.connect(NoTls).await.map_err(Failure::from)?;
        // What the connection has to say at its end, the statement that failed has said.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { client, driver })
    }

    /// Ends it on the server, too, before going on.
    async fn close(self) {
        drop(self.client);
        drop(self.driver.await);
    }
}

/// The tables of the schema, ordered by name.
async fn list(transaction: &Transaction<'_>) -> Result<Vec<Stored>, Failure> {
    let rows = transaction
        .query(
            "-- columns of all tables
             SELECT c.relname::text, a.attname::text, t.typname::text, a.attidentity <> '',
                    array_position(i.indkey::int2[], a.attnum)
             FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             JOIN pg_type t ON t.oid = a.atttypid
             LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> $1
             ORDER BY c.relname::text COLLATE \"C\", a.attname::text COLLATE \"C\"",
            &[&HISTORY],
        )
        .await?;
    let columns = rows.iter().map(Listed::read).collect::<Result<Vec<_>, _>>()?;
    columns.chunk_by(|one, next| one.table == next.table).map(stored).collect()
}

/// A column as the server lists it.
struct Listed {
    table: String,
    column: String,
    column_type: String,
    numbered: bool,
    place_in_key: Option<i32>,
}

impl Listed {
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            table: row.try_get(0)?,
            column: row.try_get(1)?,
            column_type: row.try_get(2)?,
            numbered: row.try_get(3)?,
            place_in_key: row.try_get(4)?,
        })
    }
}

/// A table of its columns, of which there is at least one.
fn stored(listed: &[Listed]) -> Result<Stored, Failure> {
    let name = listed.first().map(|first| first.table.clone()).unwrap_or_default();
    let (mut columns, mut types) = (Vec::new(), Vec::new());
    for Listed { column, column_type, .. } in listed {
        let (kind, column_type) = match &**column_type {
            "int8" => (CellKind::Integer, Type::INT8),
            "bool" => (CellKind::Integer, Type::BOOL),
            "text" => (CellKind::Text, Type::TEXT),
            "bytea" => (CellKind::Blob, Type::BYTEA),
            other => return Err(unfit(&name, &format!("column {column} has the type {other}, which is not copied"))),
        };
        columns.push((column.clone(), kind));
        types.push(column_type);
    }
    let mut key: Vec<(i32, &String)> =
        listed.iter().filter_map(|listed| Some((listed.place_in_key?, &listed.column))).collect();
    if key.is_empty() {
        return Err(unfit(&name, "it has no primary key, so its rows have no order"));
    }
    key.sort();
    let key = key.into_iter().map(|(_, column)| column.clone()).collect();
    let numbered = listed.iter().find(|listed| listed.numbered).map(|listed| listed.column.clone());
    Ok(Stored { table: Arc::new(Table { name, columns, key }), types, numbered })
}

fn unfit(table: &str, problem: &str) -> Failure {
    StoreError::Unfit(format!("table {table} cannot be copied: {problem}")).into()
}

/// Reads every row in one snapshot and hands the parts over. A replica will do: nothing is written.
///
/// # Errors
/// [`StoreError::Unfit`] if the schema is not the one expected; failures of the server.
pub async fn read_all(url: &str, expected: &[Arc<Table>], parts: mpsc::Sender<Part>) -> Result<Contents, StoreError> {
    let mut session = Session::open(url).await?;
    let read = async {
        session.client.batch_execute(LIMITS).await?;
        let level = IsolationLevel::RepeatableRead;
        let transaction = session.client.build_transaction().isolation_level(level).read_only(true).start().await?;
        require_schema(migrate::schema_version(&transaction).await?.unwrap_or(0))?;
        let stored = list(&transaction).await?;
        same_schema("the database", expected, &tables(&stored))?;
        read(&transaction, &stored, Some(parts)).await
    };
    let contents = read.await;
    session.close().await;
    Ok(contents?)
}

fn tables(stored: &[Stored]) -> Vec<Arc<Table>> {
    stored.iter().map(|stored| Arc::clone(&stored.table)).collect()
}

async fn read(
    transaction: &Transaction<'_>,
    stored: &[Stored],
    parts: Option<mpsc::Sender<Part>>,
) -> Result<Contents, Failure> {
    let mut contents = Contents::default();
    for Stored { table, types, .. } in stored {
        let sql = format!(
            "COPY (SELECT {} FROM \"{}\" ORDER BY {}) TO STDOUT (FORMAT binary)",
            table.column_list(),
            table.name,
            table.key_list()
        );
        let mut rows = pin!(BinaryCopyOutStream::new(transaction.copy_out(&*sql).await?, types));
        let mut cutter = Cutter::of(Arc::clone(table));
        loop {
            let row = rows.try_next().await?;
            let part = match &row {
                Some(row) => cutter.push(cells(row, types)?),
                None => cutter.cut(),
            };
            if let Some(part) = part {
                contents.marks.push(part.mark.clone());
                if let Some(parts) = &parts {
                    let gone = |_| StoreError::Engine("the file could not be written".to_owned());
                    parts.send(part).await.map_err(gone)?;
                }
            }
            if row.is_none() {
                break;
            }
        }
    }
    Ok(contents)
}

fn cells(row: &BinaryCopyOutRow, types: &[Type]) -> Result<Cells, Failure> {
    let cell = |(at, column_type): (usize, &Type)| -> Result<Cell, tokio_postgres::Error> {
        let cell = match *column_type {
            Type::INT8 => row.try_get::<Option<i64>>(at)?.map(Cell::Integer),
            Type::BOOL => row.try_get::<Option<bool>>(at)?.map(|yes| Cell::Integer(yes.into())),
            Type::TEXT => row.try_get::<Option<String>>(at)?.map(Cell::Text),
            _ => row.try_get::<Option<Vec<u8>>>(at)?.map(Cell::Blob),
        };
        Ok(cell.unwrap_or(Cell::Null))
    };
    Ok(types.iter().enumerate().map(cell).collect::<Result<_, _>>()?)
}

/// A cell as the type of its column wants it.
fn value<'a>(cell: &'a Cell, column_type: &Type) -> Result<Box<dyn ToSql + Sync + Send + 'a>, Failure> {
    Ok(match (cell, column_type) {
        (Cell::Null, &Type::INT8) => Box::new(None::<i64>),
        (Cell::Null, &Type::BOOL) => Box::new(None::<bool>),
        (Cell::Null, &Type::TEXT) => Box::new(None::<&str>),
        (Cell::Null, &Type::BYTEA) => Box::new(None::<&[u8]>),
        (Cell::Integer(number @ (0 | 1)), &Type::BOOL) => Box::new(*number == 1),
        (Cell::Integer(number), &Type::INT8) => Box::new(number),
        (Cell::Text(text), &Type::TEXT) => Box::new(text),
        (Cell::Blob(bytes), &Type::BYTEA) => Box::new(bytes),
        (cell, column_type) => return Err(StoreError::Unfit(format!("{cell} is no {column_type}")).into()),
    })
}

/// Replaces the rows of an empty database by those that come in, in one transaction: they are read back and compared
/// with what `sent` says was sent before it is committed. `begin` tells the sender that the database is fit.
///
/// # Errors
/// [`StoreError::Unfit`] if it is not empty or its schema is another; [`StoreError::Ambiguous`]; [`StoreError::Engine`].
pub async fn replace_all(
    url: &str,
    schema: &[Arc<Table>],
    fresh: &Contents,
    begin: oneshot::Sender<()>,
    parts: mpsc::Receiver<Part>,
    sent: impl Future<Output = Result<Contents, StoreError>>,
) -> Result<Contents, StoreError> {
    let mut session = Session::open(url).await?;
    let replaced = async {
        settings::check(&session.client).await?;
        migrate::migrate(&mut session.client).await?;
        session.client.batch_execute(LIMITS).await?;
        let transaction = session.client.transaction().await?;
        let stored = list(&transaction).await?;
        same_schema("the database", schema, &tables(&stored))?;
        take(&transaction, &stored, fresh).await?;
        // A sender that is gone says why at its end.
        let _ = begin.send(());
        let written = write(&transaction, &stored, parts).await;
        let sent = sent.await;
        // Where writing failed, the sender only says that nobody listened any more.
        written?;
        let sent = sent?;
        renumber(&transaction, &stored).await?;
        let found = read(&transaction, &stored, None).await?;
        if let Some(difference) = sent.difference(&found) {
            let words = format!("what was read back is not what was written: {difference}");
            return Err(StoreError::Engine(words).into());
        }
        transaction.commit().await.map_err(Failure::Commit)?;
        // The rows stand; without this the planner only knows less for a while.
        if let Err(error) = session.client.batch_execute("ANALYZE").await {
            tracing::warn!(%error, "the statistics of the restored database could not be taken");
        }
        Ok(sent)
    };
    let replaced: Result<Contents, Failure> = replaced.await;
    session.close().await;
    Ok(replaced?)
}

/// Locks every table against writers, and sees that there is nothing in them that a new database does not have.
async fn take(transaction: &Transaction<'_>, stored: &[Stored], fresh: &Contents) -> Result<(), Failure> {
    let names: Vec<String> = stored.iter().map(|stored| format!("\"{}\"", stored.table.name)).collect();
    let lock = format!("-- lock all tables\nLOCK TABLE {} IN EXCLUSIVE MODE", names.join(", "));
    transaction.batch_execute(&lock).await?;
    let mut holds = Vec::new();
    for (name, stored) in names.iter().zip(stored) {
        let count = format!("-- rows of a table\nSELECT count(*) FROM {name}");
        let rows: i64 = transaction.query_one(&count, &[]).await?.try_get(0)?;
        let rows = u64::try_from(rows).unwrap_or(0);
        if rows != fresh.rows_of(&stored.table.name) {
            holds.push((stored.table.name.clone(), rows));
        }
    }
    if holds.is_empty() {
        // As many rows as in a new database: few enough to look at each.
        holds = read(transaction, stored, None).await?.beyond(fresh);
    }
    if !holds.is_empty() {
        return Err(not_empty(&holds).into());
    }
    for name in names {
        transaction.batch_execute(&format!("-- empty a table\nDELETE FROM {name}")).await?;
    }
    Ok(())
}

async fn write(
    transaction: &Transaction<'_>,
    stored: &[Stored],
    mut parts: mpsc::Receiver<Part>,
) -> Result<(), Failure> {
    let mut next = parts.recv().await;
    while let Some(first) = next {
        let name = first.mark.table.clone();
        let gone = || unfit(&name, "the database does not have it");
        let Stored { table, types, .. } = stored.iter().find(|stored| stored.table.name == name).ok_or_else(gone)?;
        let sql = format!("COPY \"{}\" ({}) FROM STDIN (FORMAT binary)", table.name, table.column_list());
        let mut rows = pin!(BinaryCopyInWriter::new(transaction.copy_in(&*sql).await?, types));
        let mut part = Some(first);
        while let Some(Part { rows: cells, mark, .. }) = part.take() {
            if mark.table != name {
                part = Some(Part { table: Arc::clone(table), rows: cells, mark });
                break;
            }
            for row in &cells {
                let values = row.iter().zip(types).map(|(cell, column_type)| value(cell, column_type));
                rows.as_mut().write_raw(values.collect::<Result<Vec<_>, _>>()?).await?;
            }
            part = parts.recv().await;
        }
        rows.finish().await?;
        next = part;
    }
    Ok(())
}

/// Columns that the server numbers go on after the highest number that was copied.
async fn renumber(transaction: &Transaction<'_>, stored: &[Stored]) -> Result<(), Failure> {
    for Stored { table, numbered, .. } in stored {
        let Some(column) = numbered else { continue };
        let sql = format!(
            "-- go on numbering
             SELECT setval(pg_get_serial_sequence($1, $2), max(\"{column}\")) FROM \"{}\" HAVING count(*) > 0",
            table.name
        );
        transaction.query(&sql, &[&format!("\"{}\"", table.name), column]).await?;
    }
    Ok(())
}
