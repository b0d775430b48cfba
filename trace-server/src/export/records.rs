//! `export records`: the records of the log as rows, for a spreadsheet or a program. The public part of each, oldest
//! first; for a party those whose amounts it may see, with the amounts.
//!
//! A page of the log is held in memory at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde_json::{Map, Value};
use trace_core::code::label::escaped_cell;
use trace_core::id::RecordId;
use trace_core::quantity::Stated;
use trace_core::record::sealed::Group;
use trace_core::record::{Amounts, Entry, Kind, Level, Refusal};
use trace_core::state::{Key, RecordRow, Row, Standing};

use crate::ledger::{Ledger, Viewer};
use crate::spreadsheet::{self, Cell, Spreadsheet};
use crate::store::StoreError;

/// Entries that are read at a time.
const PAGE: u64 = 500;

/// The public columns.
const PUBLIC: [&str; 19] = [
    "index",
    "id",
    "kind",
    "states",
    "actor",
    "entered_by",
    "occurred_at",
    "received_at",
    "site",
    "inputs",
    "outputs",
    "standing",
    "other_side",
    "supersedes",
    "superseded_by",
    "void",
    "held",
    "signed",
    "findings",
];
/// What a party sees beside them: amounts as they were typed, and in base units.
const AMOUNTS: [&str; 4] = ["input_amounts", "input_values", "output_amounts", "output_values"];

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFormat {
    /// CSV (RFC 4180) with a byte order mark, as spreadsheet programs want it.
    Csv,
    /// A JSON object on each line.
    JsonLines,
    /// A workbook with one sheet.
    Xlsx,
}

/// Which records; all conditions hold together.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Those whose amounts this reader may see, with them.
    pub viewer: Option<Viewer>,
    /// What they state; a correction of a harvest states a harvest.
    pub kind: Option<Kind>,
    /// What happened on this day or later.
    pub since: Option<Date>,
}

/// Why the records were not written.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There are more rows than a sheet holds.
    #[error(
        "a sheet holds {} rows and there are more; choose csv or jsonl, or a kind and a day",
        spreadsheet::ROWS_MAX
    )]
    SheetFull,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the records to a file that does not exist yet, and says how many. The file is there when it is whole.
///
/// # Errors
/// [`RecordsError`].
pub async fn records(ledger: &Ledger, wanted: &Wanted, format: RowFormat, out: &Path) -> Result<u64, RecordsError> {
    let failed = |source| RecordsError::File { path: out.to_owned(), source };
    if out.exists() {
        return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, "it exists; nothing is overwritten")));
    }
    let mut name = out.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let written = write(ledger, wanted, format, &part).await;
    let written = written.and_then(|count| fs::rename(&part, out).map(|()| count).map_err(Stop::Io));
    written.map_err(|stop| {
        // What was begun is of no use; if it cannot be removed either, its name says so.
        drop(fs::remove_file(&part));
        match stop {
            Stop::Io(source) => failed(source),
            Stop::SheetFull => RecordsError::SheetFull,
            Stop::Store(error) => error.into(),
        }
    })
}

enum Stop {
    Io(io::Error),
    SheetFull,
    Store(StoreError),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn write(ledger: &Ledger, wanted: &Wanted, format: RowFormat, part: &Path) -> Result<u64, Stop> {
    let columns: Vec<&str> =
        PUBLIC.into_iter().chain(AMOUNTS.into_iter().filter(|_| wanted.viewer.is_some())).collect();
    let mut sheet = Sheet::begin(format, &columns, BufWriter::new(File::create_new(part)?))?;
    // What is appended meanwhile is not part of it.
    let size = ledger.store().head().await?.frontier.size();
    let mut count = 0;
    for from in (0..size).step_by(usize::try_from(PAGE).unwrap_or(1)) {
        for row in page(ledger, wanted, from..size.min(from + PAGE)).await? {
            count += 1;
            if format == RowFormat::Xlsx && count >= u64::from(spreadsheet::ROWS_MAX) {
                return Err(Stop::SheetFull);
            }
            sheet.row(&columns, &row)?;
        }
    }
    sheet.finish()?;
    Ok(count)
}

/// The wanted rows of some entries.
async fn page(ledger: &Ledger, wanted: &Wanted, range: std::ops::Range<u64>) -> Result<Vec<Vec<Field>>, StoreError> {
    let store = ledger.store();
    let entries = store.entries(range).await?;
    let keys: BTreeSet<Key> = entries.iter().map(|entry| Key::Record(entry.record)).collect();
    let rows = store.load(&keys).await?.0.into_iter();
    let rows: BTreeMap<RecordId, RecordRow> =
        rows.filter_map(|row| if let Row::Record(row) = row { Some((row.id, row)) } else { None }).collect();
    let corrupt = |table, key: String, problem: String| StoreError::Corrupt { table, key, problem };
    let mut kept = Vec::new();
    for stored in entries {
        let missing = || corrupt("records", stored.record.to_string(), "missing".to_owned());
        let row = rows.get(&stored.record).ok_or_else(missing)?;
        let fits = wanted.viewer.is_none_or(|viewer| viewer.sees_amounts(row))
            && wanted.kind.is_none_or(|kind| row.states == kind)
            && wanted.since.is_none_or(|day| row.occurred_at.date() >= day);
        if fits {
            let unreadable = |refusal: Refusal| corrupt("entries", stored.record.to_string(), refusal.to_string());
            kept.push((row, Entry::from_bytes(&stored.bytes).map_err(unreadable)?));
        }
    }
    let mut amounts: BTreeMap<RecordId, Amounts> = BTreeMap::new();
    if wanted.viewer.is_some() {
        let ids: Vec<RecordId> = kept.iter().map(|(row, _)| row.id).collect();
        for opening in store.openings(&ids, Group::Amounts).await? {
            let unreadable = |refusal: Refusal| corrupt("openings", opening.record.to_string(), refusal.to_string());
            amounts.insert(opening.record, Amounts::from_value(opening.value).map_err(unreadable)?);
        }
    }
    let fields = |(row, entry): (&RecordRow, Entry)| {
        let mut fields = public(row, &entry);
        if wanted.viewer.is_some() {
            let amounts = amounts.remove(&row.id).unwrap_or_default();
            fields.extend([&amounts.inputs, &amounts.outputs].into_iter().flat_map(|side| {
                let typed = side.iter().map(|one| one.typed().to_owned());
                [Field::List(typed.collect()), Field::List(side.iter().map(in_base_units).collect())]
            }));
        }
        fields
    };
    Ok(kept.into_iter().map(fields).collect())
}

/// One value of a row.
enum Field {
    Absent,
    Number(u64),
    Flag(bool),
    Text(String),
    List(Vec<String>),
}

fn public(row: &RecordRow, entry: &Entry) -> Vec<Field> {
    let text = |value: &dyn ToString| Field::Text(value.to_string());
    let standing = match row.standing {
        Standing::Settled => "settled",
        Standing::Unconfirmed => "unconfirmed",
        Standing::Disputed => "disputed",
    };
    let finding = |mark: &trace_core::record::FindingMark| {
        let level = if mark.level == Level::Hold { "hold" } else { "warning" };
        format!("{level}:{}", mark.rule)
    };
    vec![
        Field::Number(row.index),
        text(&row.id),
        text(&row.kind),
        text(&row.states),
        text(&row.actor),
        known(row.entered_by.as_ref()),
        text(&row.occurred_at),
        text(&row.received_at),
        known(row.site.as_ref()),
        Field::List(entry.record.inputs.iter().map(|input| input.batch.to_string()).collect()),
        Field::List(row.outputs.iter().map(ToString::to_string).collect()),
        Field::Text(standing.to_owned()),
        known(row.other_side.as_ref()),
        known(row.supersedes.as_ref()),
        known(row.superseded_by.as_ref()),
        Field::Flag(row.void),
        Field::Flag(row.held),
        Field::Flag(row.signed),
        Field::List(entry.findings.iter().map(finding).collect()),
    ]
}

fn known<T: ToString>(value: Option<&T>) -> Field {
    value.map_or(Field::Absent, |value| Field::Text(value.to_string()))
}

fn in_base_units(stated: &Stated) -> String {
    let quantity = stated.quantity();
    format!("{} {}", quantity.value(), quantity.measure().unit())
}

impl Field {
    /// As a cell says it: several values with a semicolon between them, which neither a code nor an amount holds.
    fn cell(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(values) => values.join("; "),
        }
    }

    fn value(&self) -> Option<Value> {
        match self {
            Self::Absent => None,
            Self::Number(number) => Some((*number).into()),
            Self::Flag(flag) => Some((*flag).into()),
            Self::Text(text) => Some(text.clone().into()),
            Self::List(values) => Some(values.clone().into()),
        }
    }
}

/// A file of rows that is being written.
enum Sheet {
    Csv(BufWriter<File>),
    JsonLines(BufWriter<File>),
    Xlsx(Box<Spreadsheet>, BufWriter<File>),
}

impl Sheet {
    fn begin(format: RowFormat, columns: &[&str], mut file: BufWriter<File>) -> io::Result<Self> {
        Ok(match format {
            RowFormat::Csv => {
                write!(file, "\u{feff}{}\r\n", columns.join(","))?;
                Self::Csv(file)
            }
            RowFormat::JsonLines => Self::JsonLines(file),
            RowFormat::Xlsx => {
                let columns = columns.iter().map(|name| (*name, None));
                Self::Xlsx(Box::new(Spreadsheet::begin(columns)?), file)
            }
        })
    }

    fn row(&mut self, columns: &[&str], row: &[Field]) -> io::Result<()> {
        match self {
            Self::Csv(file) => {
                let cells: Vec<String> = row.iter().map(|field| escaped_cell(&field.cell())).collect();
                write!(file, "{}\r\n", cells.join(","))
            }
            Self::JsonLines(file) => {
                let values = columns.iter().zip(row);
                let object: Map<String, Value> =
                    values.filter_map(|(name, field)| Some(((*name).to_owned(), field.value()?))).collect();
                writeln!(file, "{}", Value::Object(object))
            }
            Self::Xlsx(sheet, _) => {
                let texts: Vec<String> = row.iter().map(Field::cell).collect();
                sheet.row(row.iter().zip(&texts).map(|(field, text)| match field {
                    // Exact: the log has fewer than 2^53 entries.
                    Field::Number(_) => text.parse().map_or(Cell::Text(text), Cell::Number),
                    _ => Cell::Text(text),
                }))
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        let file = match self {
            Self::Csv(file) | Self::JsonLines(file) => file,
            Self::Xlsx(sheet, mut file) => {
                sheet.finish(&mut file)?;
                file
            }
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}
