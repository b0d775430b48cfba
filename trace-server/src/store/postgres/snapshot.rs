//! One moment of a PostgreSQL database, for an audit: a session of its own, in one transaction that only reads.
//!
//! It asks for no settings of the server that an append needs: a replica can be audited.

use async_trait::async_trait;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row};

use super::failure::Failure;
use super::{migrate, settings};
use crate::store::StoreError;
use crate::store::snapshot::{Cell, Cells, Snapshot, TableShape, same_schema};

/// A database that is read in one transaction, which ends with the session.
pub struct PostgresSnapshot {
    client: Client,
}

impl PostgresSnapshot {
    /// Connects and begins the transaction.
    ///
    /// # Errors
    /// As [`snapshot`](crate::store::snapshot::snapshot).
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let (client, connection) =
            settings::configure("TRACE_DATABASE_URL", url)?.connect(NoTls).await.map_err(Failure::from)?;
        // It ends by itself when the client is dropped; a failure shows in the next statement.
        tokio::spawn(async move { drop(connection.await) });
        let begin = "SET idle_in_transaction_session_timeout = 0;
             BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        client.batch_execute(begin).await.map_err(Failure::from)?;
        same_schema(migrate::schema_version(&client).await?.unwrap_or(0), migrate::known())?;
        Ok(Self { client })
    }

    async fn query(&mut self, sql: &str, values: &[Cell]) -> Result<Vec<Cells>, StoreError> {
        let values: Vec<Box<dyn ToSql + Sync + Send>> = values.iter().map(value).collect();
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
        let rows = self.client.query(sql, &values).await.map_err(Failure::from)?;
        Ok(rows.iter().map(cells).collect::<Result<_, _>>().map_err(Failure::from)?)
    }
}

fn value(cell: &Cell) -> Box<dyn ToSql + Sync + Send> {
    match cell {
        Cell::Null => Box::new(None::<String>),
        Cell::Integer(number) => Box::new(*number),
        Cell::Text(text) => Box::new(text.clone()),
        Cell::Blob(bytes) => Box::new(bytes.clone()),
    }
}

fn cells(row: &Row) -> Result<Cells, tokio_postgres::Error> {
    let read = |at: usize| -> Result<Cell, tokio_postgres::Error> {
        let found = match *row.columns()[at].type_() {
            Type::BOOL => row.try_get::<_, Option<bool>>(at)?.map(|it| Cell::Integer(it.into())),
            Type::INT8 => row.try_get::<_, Option<i64>>(at)?.map(Cell::Integer),
            Type::INT4 => row.try_get::<_, Option<i32>>(at)?.map(|it| Cell::Integer(it.into())),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(at)?.map(Cell::Blob),
            _ => row.try_get::<_, Option<String>>(at)?.map(Cell::Text),
        };
        Ok(found.unwrap_or(Cell::Null))
    };
    (0..row.len()).map(read).collect()
}

fn places(count: usize) -> String {
    (1..=count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

#[async_trait]
impl Snapshot for PostgresSnapshot {
    fn engine(&self) -> &'static str {
        "PostgreSQL"
    }

    async fn rows(
        &mut self,
        table: &'static TableShape,
        after: Option<&[Cell]>,
        limit: u32,
    ) -> Result<Vec<Cells>, StoreError> {
        let (name, columns, key) = (table.name, table.list(""), table.key_list());
        let after = after.unwrap_or_default();
        let condition =
            if after.is_empty() { String::new() } else { format!("WHERE ({key}) > ({})", places(after.len())) };
        let sql = format!(
            "-- rows_for_an_audit
             SELECT {columns} FROM {name} {condition} ORDER BY {key} LIMIT {limit}"
        );
        self.query(&sql, after).await
    }

    async fn beside(&mut self, table: &'static TableShape, first: i64, last: i64) -> Result<Vec<Cells>, StoreError> {
        let sql = format!(
            "-- rows_beside_entries
             SELECT e.idx, {} FROM entries e JOIN {} o ON o.idx = e.idx
             WHERE e.idx >= $1 AND e.idx <= $2 ORDER BY e.idx",
            table.list("o."),
            table.name
        );
        self.query(&sql, &[Cell::Integer(first), Cell::Integer(last)]).await
    }

    async fn strays(&mut self, table: &'static TableShape, limit: u32) -> Result<Vec<Cells>, StoreError> {
        let sql = format!(
            "-- rows_of_no_entry
             SELECT {} FROM {} o WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.idx = o.idx) LIMIT {limit}",
            table.list("o."),
            table.name
        );
        self.query(&sql, &[]).await
    }

    async fn count(&mut self, table: &'static str) -> Result<u64, StoreError> {
        let sql = format!(
            "-- how_many_rows
             SELECT count(*) FROM {table}"
        );
        let rows = self.query(&sql, &[]).await?;
        let count = rows.first().and_then(|row| row.first()).and_then(Cell::integer);
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    async fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        let sql = "-- tables
             SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename";
        let rows = self.query(sql, &[]).await?;
        Ok(rows.into_iter().flatten().filter_map(|cell| cell.text().map(str::to_owned)).collect())
    }
}
