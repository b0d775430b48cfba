//! What a row is in a database: its table, its key and columns as plain texts and integers, its document as JSON.
//!
//! Both engines use it, so that they store the same and refuse the same damage. It deliberately has no SQL and no type
//! of a database driver. `of` goes to the database and cannot fail but for JSON; `into_row` comes back and answers
//! [`StoreError::Corrupt`] with table and key.

mod accounts;
mod cells;
mod log;
mod many;
mod personal;
mod prints;
mod suspicions;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use trace_core::id::BatchCode;
use trace_core::state::{
    BatchRow, EdgeRow, GrantRow, IssueRow, Key, KeyRow, LedgerRow, PartyRow, RecordRow, Row, SiteRow, Standing,
};
use trace_core::time::ReceivedAt;

pub use cells::{edge_cells, edge_of_cells, projected_cells, row_of_cells};

pub use accounts::{UserColumns, scan, session, token, token_digest};
pub use log::{CheckpointColumns, EntryColumns, FindingColumns, HeadColumns, OpeningColumns, RequestColumns};
pub use many::Reading;
pub use personal::SealedColumns;
pub use prints::{HandColumns, PrintColumns, PrintRunColumns};
pub use suspicions::{SuspicionColumns, place_of};

use super::StoreError;

/// A row that a table of projections holds as a document.
pub trait Projected: Serialize + DeserializeOwned {
    /// The table.
    const TABLE: &'static str;
    /// The primary key as text, `1` for the ledger's one row.
    fn key_text(&self) -> String;
    /// The row among all rows.
    fn into_row(self) -> Row;
}

macro_rules! projected {
    ($($row:ident in $table:literal by $key:expr => $variant:ident;)*) => {$(
        impl Projected for $row {
            const TABLE: &'static str = $table;

            fn key_text(&self) -> String {
                let key: fn(&Self) -> String = $key;
                key(self)
            }

            fn into_row(self) -> Row {
                Row::$variant(self)
            }
        }
    )*};
}

projected! {
    LedgerRow in "ledger" by |_| "1".to_owned() => Ledger;
    PartyRow in "parties" by |row| row.id.to_string() => Party;
    SiteRow in "sites" by |row| row.id.to_string() => Site;
    BatchRow in "batches" by |row| row.code.to_string() => Batch;
    RecordRow in "records" by |row| row.id.to_string() => Record;
    GrantRow in "grants" by |row| row.id.to_string() => Grant;
    KeyRow in "signing_keys" by |row| row.key.to_string() => SigningKey;
    IssueRow in "issues" by |row| row.number.to_string() => Issue;
}

/// Reads a document and checks that it is the one of this key.
pub fn from_doc<T: Projected>(key: &str, doc: &str) -> Result<T, StoreError> {
    let row: T = from_json(T::TABLE, key, doc)?;
    let inside = row.key_text();
    if inside == key { Ok(row) } else { Err(corrupt(T::TABLE, key, format!("its document is that of {inside}"))) }
}

/// [`from_doc`] for a row of any of the tables of projections, named as [`Projected::TABLE`].
pub fn row_from_doc(table: &'static str, key: &str, doc: &str) -> Result<Row, StoreError> {
    fn read<T: Projected>(key: &str, doc: &str) -> Result<Row, StoreError> {
        from_doc::<T>(key, doc).map(T::into_row)
    }
    match table {
        LedgerRow::TABLE => read::<LedgerRow>(key, doc),
        PartyRow::TABLE => read::<PartyRow>(key, doc),
        SiteRow::TABLE => read::<SiteRow>(key, doc),
        BatchRow::TABLE => read::<BatchRow>(key, doc),
        RecordRow::TABLE => read::<RecordRow>(key, doc),
        GrantRow::TABLE => read::<GrantRow>(key, doc),
        KeyRow::TABLE => read::<KeyRow>(key, doc),
        IssueRow::TABLE => read::<IssueRow>(key, doc),
        other => Err(StoreError::Engine(format!("the table {other} holds no documents"))),
    }
}

/// The document of the table `ledger`.
pub struct LedgerColumns {
    pub doc: String,
}

/// A row of `parties`.
pub struct PartyColumns {
    pub id: String,
    pub role: &'static str,
    pub village: Option<String>,
    pub doc: String,
}

/// A row of `sites`.
pub struct SiteColumns {
    pub id: String,
    pub party: String,
    pub doc: String,
}

/// A row of `batches`.
pub struct BatchColumns {
    pub code: String,
    pub owner: String,
    pub stage: &'static str,
    pub site: Option<String>,
    /// `YYYY-MM-DD`, so that texts order as days.
    pub occurred_on: String,
    pub held: bool,
    pub recalled: bool,
    pub doc: String,
}

/// A row of `records`.
pub struct RecordColumns {
    pub id: String,
    pub idx: i64,
    pub states: &'static str,
    pub actor: String,
    pub other_side: Option<String>,
    pub standing: &'static str,
    pub held: bool,
    pub live: bool,
    pub doc: String,
    /// The record's rows of `makes`: the batches that it made.
    pub makes: Vec<String>,
}

/// A row of `grants`.
pub struct GrantColumns {
    pub id: String,
    pub from_party: String,
    pub to_party: String,
    pub doc: String,
}

/// A row of `signing_keys`.
pub struct KeyColumns {
    pub key: String,
    pub party: String,
    pub doc: String,
}

/// A row of `issues`.
pub struct IssueColumns {
    pub number: i64,
    pub batch: String,
    pub party: String,
    pub doc: String,
}

/// Changed rows, table by table, in the order in which they came.
#[derive(Default)]
pub struct Tables {
    pub ledger: Vec<LedgerColumns>,
    pub parties: Vec<PartyColumns>,
    pub sites: Vec<SiteColumns>,
    pub batches: Vec<BatchColumns>,
    pub records: Vec<RecordColumns>,
    pub grants: Vec<GrantColumns>,
    pub signing_keys: Vec<KeyColumns>,
    pub issues: Vec<IssueColumns>,
}

impl Tables {
    /// Sorts rows into their tables.
    pub fn of(rows: &[Row]) -> Result<Self, StoreError> {
        let mut tables = Self::default();
        for row in rows {
            tables.push(row)?;
        }
        Ok(tables)
    }

    fn push(&mut self, row: &Row) -> Result<(), StoreError> {
        match row {
            Row::Ledger(row) => self.ledger.push(LedgerColumns { doc: to_json(row)? }),
            Row::Party(row) => self.parties.push(PartyColumns {
                id: row.id.to_string(),
                role: row.role.code(),
                village: row.village.as_ref().map(ToString::to_string),
                doc: to_json(row)?,
            }),
            Row::Site(row) => self.sites.push(SiteColumns {
                id: row.id.to_string(),
                party: row.party.to_string(),
                doc: to_json(row)?,
            }),
            Row::Batch(row) => self.batches.push(BatchColumns {
                code: row.code.to_string(),
                owner: row.owner.to_string(),
                stage: row.stage.code(),
                site: row.site.map(|site| site.to_string()),
                occurred_on: row.occurred_at.date().to_string(),
                held: !row.holds.is_empty(),
                recalled: !row.recalls.is_empty(),
                doc: to_json(row)?,
            }),
            Row::Record(row) => self.records.push(RecordColumns {
                id: row.id.to_string(),
                idx: to_i64(row.index, INDEX)?,
                states: row.states.code(),
                actor: row.party.to_string(),
                other_side: row.other_side.map(|party| party.to_string()),
                standing: standing_code(row.standing),
                held: row.held,
                live: row.is_live(),
                doc: to_json(row)?,
                makes: row.outputs.iter().map(ToString::to_string).collect(),
            }),
            Row::Grant(row) => self.grants.push(GrantColumns {
                id: row.id.to_string(),
                from_party: row.from.to_string(),
                to_party: row.to.to_string(),
                doc: to_json(row)?,
            }),
            Row::SigningKey(row) => self.signing_keys.push(KeyColumns {
                key: row.key.to_string(),
                party: row.party.to_string(),
                doc: to_json(row)?,
            }),
            Row::Issue(row) => self.issues.push(IssueColumns {
                number: i64::from(row.number.get()),
                batch: row.batch.to_string(),
                party: row.party.to_string(),
                doc: to_json(row)?,
            }),
        }
        Ok(())
    }
}

/// What a set of [`Key`]s asks of each table.
#[derive(Default)]
pub struct Wanted {
    pub ledger: bool,
    pub parties: Vec<String>,
    pub sites: Vec<String>,
    pub batches: Vec<String>,
    pub records: Vec<String>,
    pub grants: Vec<String>,
    /// From whom and to whom.
    pub grants_between: Vec<(String, String)>,
    pub signing_keys: Vec<String>,
    pub issues: Vec<i64>,
    /// Batches of which all edges are wanted.
    pub uses: Vec<String>,
    /// Records of which all edges are wanted.
    pub edges: Vec<String>,
}

impl Wanted {
    /// Sorts keys into their tables.
    pub fn of(keys: &BTreeSet<Key>) -> Self {
        let mut wanted = Self::default();
        for key in keys {
            match key {
                Key::Ledger => wanted.ledger = true,
                Key::Party(id) => wanted.parties.push(id.to_string()),
                Key::Site(id) => wanted.sites.push(id.to_string()),
                Key::Batch(code) => wanted.batches.push(code.to_string()),
                Key::Record(id) => wanted.records.push(id.to_string()),
                Key::Grant(id) => wanted.grants.push(id.to_string()),
                Key::Grants(from, to) => wanted.grants_between.push((from.to_string(), to.to_string())),
                Key::SigningKey(key) => wanted.signing_keys.push(key.to_string()),
                Key::Issue(number) => wanted.issues.push(i64::from(number.get())),
                Key::Uses(code) => wanted.uses.push(code.to_string()),
                Key::Edges(id) => wanted.edges.push(id.to_string()),
            }
        }
        wanted
    }
}

/// A row of `edges`; `Text` is `&str` where it is read in place, for a lineage has thousands of them.
pub struct EdgeColumns<Text = String> {
    pub idx: i64,
    pub position: i64,
    pub record: Text,
    pub batch: Text,
    pub input_record: Text,
    pub amount: i64,
    pub uses: bool,
    pub live: bool,
    /// JSON array of batch codes.
    pub outputs: Text,
}

impl EdgeColumns {
    pub fn of(row: &EdgeRow) -> Result<Self, StoreError> {
        Ok(Self {
            idx: to_i64(row.index, INDEX)?,
            position: i64::from(row.position),
            record: row.record.to_string(),
            batch: row.batch.to_string(),
            input_record: row.input_record.to_string(),
            amount: row.amount,
            uses: row.uses,
            live: row.live,
            outputs: to_json(&row.outputs)?,
        })
    }
}

impl EdgeColumns<&str> {
    /// The same, to be read later or elsewhere.
    pub fn to_owned(&self) -> EdgeColumns {
        EdgeColumns {
            idx: self.idx,
            position: self.position,
            record: self.record.to_owned(),
            batch: self.batch.to_owned(),
            input_record: self.input_record.to_owned(),
            amount: self.amount,
            uses: self.uses,
            live: self.live,
            outputs: self.outputs.to_owned(),
        }
    }
}

impl<Text: AsRef<str>> EdgeColumns<Text> {
    pub fn to_row(&self) -> Result<EdgeRow, StoreError> {
        Ok(EdgeRow {
            record: self.text("record", &self.record)?,
            index: u64::try_from(self.idx).map_err(|e| self.at().wrong("idx", e))?,
            position: u32::try_from(self.position).map_err(|e| self.at().wrong("position", e))?,
            batch: self.batch_code()?,
            input_record: self.text("input_record", &self.input_record)?,
            amount: self.amount,
            uses: self.uses,
            live: self.live,
            outputs: self.output_codes()?,
        })
    }

    /// The batch that it leaves.
    pub fn batch_code(&self) -> Result<BatchCode, StoreError> {
        self.text("batch", &self.batch)
    }

    /// The batches that its record made.
    pub fn output_codes(&self) -> Result<Vec<BatchCode>, StoreError> {
        serde_json::from_str(self.outputs.as_ref()).map_err(|e| self.at().wrong("outputs", e))
    }

    fn text<T: FromStr<Err: Display>>(&self, column: &str, text: &Text) -> Result<T, StoreError> {
        text.as_ref().parse().map_err(|e| self.at().wrong(column, e))
    }

    fn at(&self) -> At {
        At { table: "edges", key: format!("{}, {}", self.record.as_ref(), self.position) }
    }
}

/// A row's place, for reading its columns.
pub struct At {
    pub table: &'static str,
    pub key: String,
}

impl At {
    /// A text that must parse.
    pub fn text<T: FromStr<Err: Display>>(&self, column: &str, text: &str) -> Result<T, StoreError> {
        text.parse().map_err(|e| self.wrong(column, e))
    }

    /// A number that must fit.
    pub fn number<T: TryFrom<i64>>(&self, column: &str, number: i64) -> Result<T, StoreError> {
        T::try_from(number).map_err(|_| self.wrong(column, format!("{number} is out of range")))
    }

    /// Milliseconds since 1970.
    pub fn time(&self, column: &str, ms: i64) -> Result<ReceivedAt, StoreError> {
        ReceivedAt::from_unix_ms(ms).map_err(|e| self.wrong(column, e))
    }

    /// The error that this column is wrong.
    pub fn wrong(&self, column: &str, problem: impl Display) -> StoreError {
        corrupt(self.table, &self.key, format!("column {column}: {problem}"))
    }
}

/// The code of a standing, as in JSON.
pub const fn standing_code(standing: Standing) -> &'static str {
    match standing {
        Standing::Settled => "settled",
        Standing::Unconfirmed => "unconfirmed",
        Standing::Disputed => "disputed",
    }
}

/// What [`to_i64`] says of an entry's index.
const INDEX: &str = "the index of an entry";

/// A count or index as the databases hold it.
pub fn to_i64(number: u64, what: &str) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Engine(format!("{what} is {number}, beyond 2^63 - 1")))
}

pub fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Engine(format!("a row has no JSON: {e}")))
}

fn from_json<T: DeserializeOwned>(table: &'static str, key: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| corrupt(table, key, e.to_string()))
}

pub fn corrupt(table: &'static str, key: &str, problem: String) -> StoreError {
    StoreError::Corrupt { table, key: key.to_owned(), problem }
}
