//! All rows of a database, as a copy of it carries them: tables, cells, and digests by which two databases are
//! compared, whatever their engines.
//!
//! The list of tables and columns has no home of its own: it is read from the schema that the migrations made, so that
//! a new table cannot be forgotten. Of the rows nothing is known but their cells; what they mean is for others.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::StoreError;

/// The table in which the migrations keep their history. Each engine has its own; it is compared, never copied.
pub(super) const HISTORY: &str = "refinery_schema_history";

/// A part ends with this many rows …
const PART_ROWS: usize = 512;

/// … or with this many bytes, so that a copy needs little memory however large its rows are.
const PART_BYTES: usize = 1 << 20;

/// What a column holds; PostgreSQL's booleans are integers here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// A 64-bit number.
    Integer,
    /// UTF-8.
    Text,
    /// Bytes.
    Blob,
}

/// A value in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// None.
    Null,
    /// A number, or 0 and 1 of a boolean.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// The cells of a row, in the order of [`Table::columns`].
pub type Cells = Vec<Cell>;

/// A table of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, ordered by name: engines may add them in different orders.
    pub columns: Vec<(String, CellKind)>,
    /// The columns of its primary key, in the key's order; rows are read in that order.
    pub key: Vec<String>,
}

impl Table {
    /// The words before the rows in SQL: column names, quoted, with commas.
    pub(super) fn column_list(&self) -> String {
        quoted(self.columns.iter().map(|(name, _)| name))
    }

    /// The order of rows in SQL.
    pub(super) fn key_list(&self) -> String {
        quoted(self.key.iter())
    }

    /// The key of a row, for people.
    fn key_of(&self, row: &[Cell]) -> String {
        let cell =
            |name: &String| self.columns.iter().position(|(column, _)| column == name).and_then(|at| row.get(at));
        self.key.iter().filter_map(cell).map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }
}

fn quoted<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::Blob(bytes) => f.write_str(&hex::encode(bytes)),
        }
    }
}

/// Some rows of one table, in the order of its key.
#[derive(Debug, Clone)]
pub struct Part {
    /// The table.
    pub table: Arc<Table>,
    /// The rows.
    pub rows: Vec<Cells>,
    /// Which part of the table it is, and its digest.
    pub mark: Mark,
}

/// A part without its rows: enough to compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Name of the table.
    pub table: String,
    /// Parts of this table before it.
    pub number: u64,
    /// Rows in it.
    pub rows: u64,
    /// Key of its first row, for people.
    pub first_key: String,
    /// SHA-256 over the table's name and the cells.
    pub sha256: [u8; 32],
}

/// The marks of all parts of all tables, ordered by table and number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The marks.
    pub marks: Vec<Mark>,
}

impl Contents {
    /// Rows in all tables.
    pub fn rows(&self) -> u64 {
        self.marks.iter().map(|mark| mark.rows).sum()
    }

    /// Rows in a table.
    pub fn rows_of(&self, table: &str) -> u64 {
        self.of(table).map(|mark| mark.rows).sum()
    }

    fn of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Mark> {
        self.marks.iter().filter(move |mark| mark.table == table)
    }

    /// One digest over all of them.
    pub fn digest(&self) -> [u8; 32] {
        let mut sum = Sha256::new();
        for mark in &self.marks {
            sum.update(mark.table.as_bytes());
            sum.update([0]);
            sum.update(mark.number.to_be_bytes());
            sum.update(mark.rows.to_be_bytes());
            sum.update(mark.sha256);
        }
        sum.finalize().into()
    }

    /// Where `found` is not the same as this, in words, or `None` where it is.
    pub fn difference(&self, found: &Self) -> Option<String> {
        let at = self.marks.iter().zip(&found.marks).position(|(one, other)| one != other);
        let at = at.unwrap_or_else(|| self.marks.len().min(found.marks.len()));
        match (self.marks.get(at), found.marks.get(at)) {
            (None, None) => None,
            (Some(one), Some(other)) if one.table == other.table && one.number == other.number => Some(format!(
                "table {}: the {} rows from {} on are not those that were written ({} rows from {} on)",
                one.table, other.rows, other.first_key, one.rows, one.first_key
            )),
            (Some(one), other) if other.is_none_or(|other| (&one.table, one.number) < (&other.table, other.number)) => {
                Some(format!("table {}: the {} rows from {} on are missing", one.table, one.rows, one.first_key))
            }
            (_, other) => other.map(|other| {
                format!("table {}: the {} rows from {} on were not there", other.table, other.rows, other.first_key)
            }),
        }
    }

    /// The tables whose rows are not the same as in `fresh`, with the number of their rows.
    pub(super) fn beyond(&self, fresh: &Self) -> Vec<(String, u64)> {
        let mut tables: Vec<&String> = self.marks.iter().chain(&fresh.marks).map(|mark| &mark.table).collect();
        tables.sort();
        tables.dedup();
        let changed = |table: &&String| !self.of(table).eq(fresh.of(table));
        tables.into_iter().filter(changed).map(|table| (table.clone(), self.rows_of(table))).collect()
    }
}

/// Cuts the rows of one table into parts; the same rows give the same parts on every engine.
pub(super) struct Cutter {
    table: Arc<Table>,
    rows: Vec<Cells>,
    bytes: usize,
    number: u64,
}

impl Cutter {
    pub(super) fn of(table: Arc<Table>) -> Self {
        Self { table, rows: Vec::new(), bytes: 0, number: 0 }
    }

    /// Takes the next row; gives a part when one is full.
    pub(super) fn push(&mut self, row: Cells) -> Option<Part> {
        self.bytes += row.iter().map(size).sum::<usize>();
        self.rows.push(row);
        if self.rows.len() < PART_ROWS && self.bytes < PART_BYTES { None } else { self.cut() }
    }

    /// What is left after the last row.
    pub(super) fn cut(&mut self) -> Option<Part> {
        let rows = std::mem::take(&mut self.rows);
        let first = rows.first()?;
        let mark = Mark {
            table: self.table.name.clone(),
            number: self.number,
            rows: rows.len() as u64,
            first_key: self.table.key_of(first),
            sha256: digest(&self.table, &rows),
        };
        self.bytes = 0;
        self.number += 1;
        Some(Part { table: Arc::clone(&self.table), rows, mark })
    }
}

fn size(cell: &Cell) -> usize {
    match cell {
        Cell::Null | Cell::Integer(_) => 8,
        Cell::Text(text) => text.len(),
        Cell::Blob(bytes) => bytes.len(),
    }
}

/// Every cell with its kind and length before it, so that no two different parts have the same bytes.
fn digest(table: &Table, rows: &[Cells]) -> [u8; 32] {
    let mut sum = Sha256::new();
    let mut put = |tag: u8, bytes: &[u8]| {
        sum.update([tag]);
        sum.update((bytes.len() as u64).to_be_bytes());
        sum.update(bytes);
    };
    put(b't', table.name.as_bytes());
    for (column, _) in &table.columns {
        put(b'c', column.as_bytes());
    }
    for cell in rows.iter().flatten() {
        match cell {
            Cell::Null => put(0, &[]),
            Cell::Integer(number) => put(1, &number.to_be_bytes()),
            Cell::Text(text) => put(2, text.as_bytes()),
            Cell::Blob(bytes) => put(3, bytes),
        }
    }
    sum.finalize().into()
}

/// Refuses a schema that is not the one expected: a row that has no place would be lost without a word.
///
/// # Errors
/// [`StoreError::Unfit`] that names the first table or column that differs.
pub(super) fn same_schema(whose: &str, expected: &[Arc<Table>], found: &[Arc<Table>]) -> Result<(), StoreError> {
    let unfit = |what: String| Err(StoreError::Unfit(format!("{whose} {what}")));
    for table in found {
        let Some(same) = expected.iter().find(|other| other.name == table.name) else {
            return unfit(format!(
                "has a table {} that no migration of this program makes; it would be lost",
                table.name
            ));
        };
        if let Some((column, _)) = table.columns.iter().find(|column| !same.columns.contains(column)) {
            return unfit(format!("has a column {column} in table {} that is not expected there", table.name));
        }
        if let Some((column, _)) = same.columns.iter().find(|column| !table.columns.contains(column)) {
            return unfit(format!("lacks the column {column} of table {}", table.name));
        }
        if same.key != table.key {
            return unfit(format!("has another primary key in table {}: {}", table.name, table.key.join(", ")));
        }
    }
    match expected.iter().find(|table| !found.iter().any(|other| other.name == table.name)) {
        Some(missing) => unfit(format!("lacks the table {}", missing.name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    fn table(name: &str, columns: &[&str]) -> Arc<Table> {
        let columns = columns.iter().map(|column| ((*column).to_owned(), CellKind::Text)).collect();
        Arc::new(Table { name: name.to_owned(), columns, key: vec!["a".to_owned()] })
    }

    fn contents(table: &Arc<Table>, rows: impl Iterator<Item = Cells>) -> Contents {
        let mut cutter = Cutter::of(Arc::clone(table));
        let mut marks: Vec<Mark> = rows.filter_map(|row| cutter.push(row)).map(|part| part.mark).collect();
        marks.extend(cutter.cut().map(|part| part.mark));
        Contents { marks }
    }

    fn row(n: usize) -> Cells {
        vec![Cell::Text(format!("{n:05}")), Cell::Text("b".to_owned())]
    }

    #[test]
    fn a_difference_is_named_by_table_and_key() {
        let table = table("t", &["a", "b"]);
        let whole = contents(&table, (0..1500).map(row));
        assert_eq!((whole.marks.len(), whole.rows()), (3, 1500));
        assert_eq!(whole.difference(&whole.clone()), None);

        let changed = |n: usize| if n == 700 { vec![row(n)[0].clone(), Cell::Null] } else { row(n) };
        let other = contents(&table, (0..1500).map(changed));
        let words = whole.difference(&other).unwrap();
        assert!(words.contains("table t") && words.contains("from 00512 on"), "{words}");
        assert_ne!(whole.digest(), other.digest());

        let short = contents(&table, (0..1024).map(row));
        assert!(whole.difference(&short).unwrap().contains("from 01024 on are missing"));
        assert!(short.difference(&whole).unwrap().contains("from 01024 on were not there"));
        assert_eq!(whole.beyond(&short), [("t".to_owned(), 1500)]);
    }

    #[test]
    fn cells_do_not_run_into_each_other() {
        let table = table("t", &["a", "b"]);
        let text = |one: &str, other: &str| vec![Cell::Text(one.to_owned()), Cell::Text(other.to_owned())];
        let one = contents(&table, [text("x", "yz")].into_iter());
        assert_ne!(one, contents(&table, [text("xy", "z")].into_iter()));
        let blob = vec![Cell::Text("x".to_owned()), Cell::Blob(b"yz".to_vec())];
        assert_ne!(one.digest(), contents(&table, [blob].into_iter()).digest());
    }

    #[test]
    fn large_rows_end_a_part_early() {
        let table = table("t", &["a", "b"]);
        let large = |n: usize| vec![Cell::Text(format!("{n}")), Cell::Blob(vec![0; 600_000])];
        assert_eq!(contents(&table, (0..5).map(large)).marks.len(), 3);
    }

    #[test]
    fn another_schema_is_refused_by_name() {
        let all = [table("s", &["a"]), table("t", &["a", "b"])];
        same_schema("it", &all, &all).unwrap();
        for (found, words) in [
            (vec![table("s", &["a"])], "lacks the table t"),
            (vec![table("s", &["a"]), table("t", &["a"])], "lacks the column b of table t"),
            (vec![table("s", &["a", "x"]), table("t", &["a", "b"])], "a column x in table s"),
            (vec![table("s", &["a"]), table("t", &["a", "b"]), table("u", &["a"])], "a table u"),
        ] {
            let error = same_schema("it", &all, &found).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
