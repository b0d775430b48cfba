//! One moment of a SQLite file, for an audit: a connection of its own that only reads, inside one transaction.

use std::path::PathBuf;

use async_trait::async_trait;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use super::{connection, engine, migrate, stopped};
use crate::store::StoreError;
use crate::store::snapshot::{Cell, Cells, Snapshot, TableShape, same_schema};

/// Page cache in KiB. The pages are read once, in order; the system keeps what it can beside it.
const CACHE_KIB: i64 = 8 * 1024;

/// A file that is read in one transaction.
pub struct SqliteSnapshot {
    connection: Option<Connection>,
}

impl SqliteSnapshot {
    /// Opens a file that must be there.
    ///
    /// # Errors
    /// As [`snapshot`](crate::store::snapshot::snapshot).
    pub async fn open(path: &str) -> Result<Self, StoreError> {
        let path = PathBuf::from(path);
        let work = move || {
            if !path.is_file() {
                return Err(StoreError::Unfit(format!("there is no database {}", path.display())));
            }
            let connection = connection::open_reader(&path)?;
            // Pages that are read through the page tables would count as this program's memory.
            connection.pragma_update(None, "mmap_size", 0).map_err(engine)?;
            connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(engine)?;
            // BEGIN alone waits for the first read; the look at the schema is the moment of the snapshot.
            connection.execute_batch("BEGIN").map_err(engine)?;
            same_schema(migrate::version(&connection)?, migrate::known())?;
            Ok(Self { connection: Some(connection) })
        };
        tokio::task::spawn_blocking(work).await.map_err(stopped)?
    }

    async fn query(&mut self, sql: String, values: Vec<Cell>) -> Result<Vec<Cells>, StoreError> {
        let connection = self.connection.take().ok_or_else(|| stopped("an earlier read did not end"))?;
        let work = move || {
            let rows = query(&connection, &sql, &values);
            (connection, rows)
        };
        let (connection, rows) = tokio::task::spawn_blocking(work).await.map_err(stopped)?;
        self.connection = Some(connection);
        rows
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Integer(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

fn query(connection: &Connection, sql: &str, values: &[Cell]) -> Result<Vec<Cells>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(engine)?;
    let columns = statement.column_count();
    let mut rows = statement.query(params_from_iter(values)).map_err(engine)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(engine)? {
        let cells = (0..columns).map(|column| Ok(cell(row.get_ref(column)?)));
        found.push(cells.collect::<rusqlite::Result<Cells>>().map_err(engine)?);
    }
    Ok(found)
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        // No column is of this kind; a row that holds one was made by hand, and shows as what it is not.
        ValueRef::Real(number) => Cell::Text(number.to_string()),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Blob(bytes.to_vec()),
        },
        ValueRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
    }
}

/// `?1, ?2, …`
fn places(count: usize) -> String {
    (1..=count).map(|place| format!("?{place}")).collect::<Vec<_>>().join(", ")
}

#[async_trait]
impl Snapshot for SqliteSnapshot {
    fn engine(&self) -> &'static str {
        "SQLite"
    }

    async fn rows(
        &mut self,
        table: &'static TableShape,
        after: Option<&[Cell]>,
        limit: u32,
    ) -> Result<Vec<Cells>, StoreError> {
        let (name, columns, key) = (table.name, table.list(""), table.key_list());
        let after = after.map(<[Cell]>::to_vec).unwrap_or_default();
        let condition =
            if after.is_empty() { String::new() } else { format!("WHERE ({key}) > ({})", places(after.len())) };
        let sql =
            format!("-- rows for an audit\nSELECT {columns} FROM {name} {condition} ORDER BY {key} LIMIT {limit}");
        self.query(sql, after).await
    }

    async fn beside(&mut self, table: &'static TableShape, first: i64, last: i64) -> Result<Vec<Cells>, StoreError> {
        // CROSS JOIN keeps the order of the loops: entries by index, then the rows of each.
        let sql = format!(
            "-- rows beside entries\nSELECT e.idx, {} FROM entries e CROSS JOIN {} o ON o.idx = e.idx\n\
             WHERE e.idx >= ?1 AND e.idx <= ?2 ORDER BY e.idx",
            table.list("o."),
            table.name
        );
        self.query(sql, vec![Cell::Integer(first), Cell::Integer(last)]).await
    }

    async fn strays(&mut self, table: &'static TableShape, limit: u32) -> Result<Vec<Cells>, StoreError> {
        let sql = format!(
            "-- rows of no entry\nSELECT {} FROM {} o\n\
             WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.idx = o.idx) LIMIT {limit}",
            table.list("o."),
            table.name
        );
        self.query(sql, Vec::new()).await
    }

    async fn count(&mut self, table: &'static str) -> Result<u64, StoreError> {
        let rows = self.query(format!("-- how many rows\nSELECT count(*) FROM {table}"), Vec::new()).await?;
        let count = rows.first().and_then(|row| row.first()).and_then(Cell::integer);
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    async fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "-- tables\n\
            SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
        let rows = self.query(SQL.to_owned(), Vec::new()).await?;
        Ok(rows.into_iter().flatten().filter_map(|cell| cell.text().map(str::to_owned)).collect())
    }
}
