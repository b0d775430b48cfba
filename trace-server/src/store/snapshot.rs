//! A database as an audit reads it: cells of rows as they stand, all of one moment, nothing believed of them.
//!
//! The contract of [`Store`](super::Store) gives rows that were read into their types and stops at the first damaged
//! one; here every cell is handed over, so that all damage can be named. It writes nothing, not even a schema: a backup
//! on a read-only disk is as good as a live database.

use std::fmt;

use async_trait::async_trait;

use super::{StoreError, postgres, sqlite};

/// A value in a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// None.
    Null,
    /// A number; 0 and 1 of a boolean.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes; of a text that is no UTF-8, too.
    Blob(Vec<u8>),
}

/// The cells of a row, in the order of [`TableShape::columns`].
pub type Cells = Vec<Cell>;

/// What is read of a table.
#[derive(Debug, PartialEq, Eq)]
pub struct TableShape {
    /// Its name.
    pub name: &'static str,
    /// How many of the columns, from the first, are the primary key; rows come in its order.
    pub key: usize,
    /// The columns.
    pub columns: &'static [&'static str],
}

impl TableShape {
    /// Columns in SQL, each with this before it.
    pub(super) fn list(&self, prefix: &str) -> String {
        list(self.columns, prefix)
    }

    /// The key's columns in SQL.
    pub(super) fn key_list(&self) -> String {
        list(&self.columns[..self.key], "")
    }

    /// The key of a row, for people: cells with a comma between them.
    pub fn key_of(&self, row: &[Cell]) -> String {
        row[..self.key].iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

fn list(columns: &[&str], prefix: &str) -> String {
    columns.iter().map(|column| format!("{prefix}{column}")).collect::<Vec<_>>().join(", ")
}

impl Cell {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one.
    pub const fn integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// The bytes, if they are some.
    pub fn blob(&self) -> Option<&[u8]> {
        if let Self::Blob(bytes) = self { Some(bytes) } else { None }
    }
}

/// Characters of a value that are shown of it.
const SHOWN: usize = 80;

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Text(text) if text.chars().count() > SHOWN => {
                write!(f, "{}…", text.chars().take(SHOWN).collect::<String>())
            }
            Self::Text(text) => f.write_str(text),
            Self::Blob(bytes) if bytes.len() > SHOWN / 2 => write!(f, "{}…", hex::encode(&bytes[..SHOWN / 2])),
            Self::Blob(bytes) => f.write_str(&hex::encode(bytes)),
        }
    }
}

/// Reads one moment of a database, row by row.
#[async_trait]
pub trait Snapshot: Send {
    /// Name of the engine, for people.
    fn engine(&self) -> &'static str;

    /// Rows in the order of their key, those after this key, at most so many.
    async fn rows(
        &mut self,
        table: &'static TableShape,
        after: Option<&[Cell]>,
        limit: u32,
    ) -> Result<Vec<Cells>, StoreError>;

    /// Rows of a table with a column `record`, those of the entries with these indices; before their cells the index of
    /// the entry. In the order of indices and keys.
    async fn beside(&mut self, table: &'static TableShape, first: i64, last: i64) -> Result<Vec<Cells>, StoreError>;

    /// Rows of a table with a column `record` for which there is no entry, at most so many.
    async fn strays(&mut self, table: &'static TableShape, limit: u32) -> Result<Vec<Cells>, StoreError>;

    /// How many rows a table has.
    async fn count(&mut self, table: &'static str) -> Result<u64, StoreError>;

    /// The names of all tables.
    async fn tables(&mut self) -> Result<Vec<String>, StoreError>;
}

/// Opens a database for reading alone. Its schema must be the one that this program knows.
///
/// # Errors
/// [`StoreError::Unfit`] for an address that is neither `sqlite:PATH` nor `postgres://…`, or an older schema;
/// [`StoreError::NewerSchema`]; [`StoreError::Engine`].
pub async fn snapshot(url: &str) -> Result<Box<dyn Snapshot>, StoreError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return Ok(Box::new(sqlite::SqliteSnapshot::open(path).await?));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Box::new(postgres::PostgresSnapshot::open(url).await?));
    }
    Err(StoreError::Unfit(format!("the database is '{url}'; it must be sqlite:PATH or postgres://USER@HOST/NAME")))
}

/// The schema is neither newer nor older than this program's.
pub(super) fn same_schema(found: i32, known: i32) -> Result<(), StoreError> {
    match found {
        _ if found == known => Ok(()),
        0 => Err(StoreError::Unfit("the database holds no ledger; is it the right one?".to_owned())),
        _ if found > known => Err(StoreError::NewerSchema { found, known }),
        _ => Err(StoreError::Unfit(format!(
            "the database has schema {found} and this program works with {known}; audit it with the program that \
             serves it, or start this one's server once, which brings the schema up to date"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_where_they_are_shown() {
        assert_eq!(Cell::Text("天".repeat(81)).to_string().chars().count(), 81);
        assert_eq!(Cell::Blob(vec![0xab; 41]).to_string(), format!("{}…", "ab".repeat(40)));
        assert_eq!(Cell::Integer(-7).to_string(), "-7");
    }

    #[test]
    fn another_schema_is_refused() {
        assert!(same_schema(2, 2).is_ok());
        assert!(matches!(same_schema(3, 2), Err(StoreError::NewerSchema { found: 3, known: 2 })));
        assert!(matches!(same_schema(1, 2), Err(StoreError::Unfit(words)) if words.contains("schema 1")));
        assert!(matches!(same_schema(0, 2), Err(StoreError::Unfit(words)) if words.contains("no ledger")));
    }
}
