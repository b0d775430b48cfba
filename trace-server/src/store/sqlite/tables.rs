//! Tables as the schema lists them, and their rows from first to last: read for a copy, written from one.
//!
//! It knows no table by name, except those that a backup file has beside the schema's own.

use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Row, ToSql, params_from_iter};

use super::engine;
use crate::store::StoreError;
use crate::store::contents::{Cell, CellKind, Cells, Contents, Cutter, HISTORY, Part, Table};

/// Takes one part after the other.
pub type Each<'a> = &'a mut dyn FnMut(Part) -> Result<(), StoreError>;

/// The tables of the schema, ordered by name; without the migrations' history and a backup's own tables.
pub fn list(connection: &Connection) -> Result<Vec<Arc<Table>>, StoreError> {
    const NAMES: &str = "-- tables of the schema\n\
        SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
        AND name NOT LIKE 'backup\\_%' ESCAPE '\\' AND name <> ?1 ORDER BY name";
    let mut statement = connection.prepare(NAMES).map_err(engine)?;
    let names = statement.query_map([HISTORY], |row| row.get(0)).map_err(engine)?;
    names.map(|name| table(connection, name.map_err(engine)?)).collect()
}

fn table(connection: &Connection, name: String) -> Result<Arc<Table>, StoreError> {
    const COLUMNS: &str = "-- columns of a table\nSELECT name, type, pk FROM pragma_table_info(?1) ORDER BY name";
    let mut statement = connection.prepare(COLUMNS).map_err(engine)?;
    let found = statement
        .query_map([&name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .and_then(Iterator::collect::<Result<Vec<(String, String, i64)>, _>>)
        .map_err(engine)?;
    let mut key: Vec<(i64, String)> = Vec::new();
    let mut columns = Vec::with_capacity(found.len());
    for (column, kind, place) in found {
        if place > 0 {
            key.push((place, column.clone()));
        }
        let kind = match &*kind {
            "INTEGER" => CellKind::Integer,
            "TEXT" => CellKind::Text,
            "BLOB" => CellKind::Blob,
            other => return Err(unfit(&name, &format!("column {column} has the type {other}, which is not copied"))),
        };
        columns.push((column, kind));
    }
    if key.is_empty() {
        return Err(unfit(&name, "it has no primary key, so its rows have no order"));
    }
    key.sort();
    Ok(Arc::new(Table { name, columns, key: key.into_iter().map(|(_, column)| column).collect() }))
}

fn unfit(table: &str, problem: &str) -> StoreError {
    StoreError::Unfit(format!("table {table} cannot be copied: {problem}"))
}

/// Hands over the rows of these tables, part by part, and gives the marks of all.
pub fn read(connection: &Connection, tables: &[Arc<Table>], each: Each<'_>) -> Result<Contents, StoreError> {
    let mut contents = Contents::default();
    for table in tables {
        let broken = |error: rusqlite::Error| StoreError::Engine(format!("SQLite, table {}: {error}", table.name));
        let sql = format!(
            "-- all rows of a table\nSELECT {} FROM \"{}\" ORDER BY {}",
            table.column_list(),
            table.name,
            table.key_list()
        );
        let mut statement = connection.prepare(&sql).map_err(broken)?;
        let mut rows = statement.query([]).map_err(broken)?;
        let mut cutter = Cutter::of(Arc::clone(table));
        let mut hand_over = |part: Part| {
            contents.marks.push(part.mark.clone());
            each(part)
        };
        while let Some(row) = rows.next().map_err(broken)? {
            let cells = (0..table.columns.len())
                .map(|at| cell(row.get_ref(at).map_err(broken)?).map_err(|problem| unfit(&table.name, &problem)))
                .collect::<Result<Cells, _>>()?;
            if let Some(part) = cutter.push(cells) {
                hand_over(part)?;
            }
        }
        if let Some(part) = cutter.cut() {
            hand_over(part)?;
        }
    }
    Ok(contents)
}

/// A value as a cell, or why it is none.
pub fn cell(value: ValueRef<'_>) -> Result<Cell, String> {
    match value {
        ValueRef::Null => Ok(Cell::Null),
        ValueRef::Integer(number) => Ok(Cell::Integer(number)),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cell::Text(text.to_owned())),
            Err(error) => Err(format!("a text is not UTF-8: {error}")),
        },
        ValueRef::Blob(bytes) => Ok(Cell::Blob(bytes.to_vec())),
        ValueRef::Real(number) => Err(format!("a cell holds {number}, a fraction")),
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

/// Writes the rows of a part.
pub fn insert(connection: &Connection, part: &Part) -> Result<(), StoreError> {
    let Part { table, rows, .. } = part;
    let places = vec!["?"; table.columns.len()].join(", ");
    let sql = format!("-- a row of a copy\nINSERT INTO \"{}\" ({}) VALUES ({places})", table.name, table.column_list());
    let broken = |error: rusqlite::Error| StoreError::Engine(format!("SQLite, table {}: {error}", table.name));
    let mut statement = connection.prepare_cached(&sql).map_err(broken)?;
    for row in rows {
        statement.execute(params_from_iter(row)).map_err(broken)?;
    }
    Ok(())
}

/// Deletes every row of these tables: what the migrations put in is in the copy, too.
pub fn clear(connection: &Connection, tables: &[Arc<Table>]) -> Result<(), StoreError> {
    for table in tables {
        connection.execute(&format!("-- empty a table\nDELETE FROM \"{}\"", table.name), []).map_err(engine)?;
    }
    Ok(())
}

/// The rows of each table that is not as a new database has it: nothing in an empty one.
pub fn beyond(
    connection: &Connection,
    tables: &[Arc<Table>],
    fresh: &Contents,
) -> Result<Vec<(String, u64)>, StoreError> {
    let mut holds = Vec::new();
    for table in tables {
        let sql = format!("-- rows of a table\nSELECT count(*) FROM \"{}\"", table.name);
        let rows = connection.query_row(&sql, [], |row| count(row, 0)).map_err(engine)?;
        if rows != fresh.rows_of(&table.name) {
            holds.push((table.name.clone(), rows));
        }
    }
    if holds.is_empty() {
        // As many rows as in a new database: few enough to look at each.
        return Ok(read(connection, tables, &mut |_| Ok(()))?.beyond(fresh));
    }
    Ok(holds)
}

/// A number that counts something.
pub fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(at)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, number))
}
