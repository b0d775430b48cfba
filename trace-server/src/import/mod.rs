//! Records out of a file that somebody kept: a spreadsheet of harvests, or JSON lines as the API takes them. A file is
//! checked whole, by the ledger's own rules, and its records are appended as one group: all of them or none.
//!
//! It deliberately lacks a rule of its own on what may stand, and it knows no page and no command line.

mod cells;
mod column;
mod harvest;
mod households;
mod lines;
mod table;
mod workbook;

use std::collections::BTreeSet;

use trace_core::id::{PartyId, RecordId, Uid};
use trace_core::prepare::Draft;
use trace_core::record::{Finding, Refusal};
use trace_core::state::{Key, RecordRow, Row as StateRow};

pub use column::{Column, template};
pub use harvest::HarvestRow;
pub use table::Table;

use crate::ledger::{
    AppendError, GROUP_RECORDS_MAX, Item, Ledger, Rehearsed, Request, digest_of, position, uid_reused,
};
use crate::store::{RequestRow, StoreError};

/// Most rows of a file: they are one group.
pub const ROWS_MAX: usize = GROUP_RECORDS_MAX;
/// Largest file, in bytes; 500 rows are a tenth of it in a spreadsheet program's wordiest format.
pub const FILE_BYTES_MAX: usize = 2_000_000;

/// What is wrong, and where, as somebody finds it who looks at the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The row as a spreadsheet program counts it, from 1; `None` where it is the file.
    pub row: Option<usize>,
    /// The column's heading in Chinese and English, or a JSON pointer twice; empty where it is the row.
    pub column: (String, String),
    /// The reason in Chinese.
    pub zh: String,
    /// The reason in English.
    pub en: String,
}

impl Wrong {
    /// With the whole file.
    pub(crate) fn file(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { row: None, column: (String::new(), String::new()), zh: zh.into(), en: en.into() }
    }

    fn cell(row: usize, column: Column, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let column = (column.zh().to_owned(), column.en().to_owned());
        Self { row: Some(row), column, zh: zh.into(), en: en.into() }
    }

    /// 第 7 行 数量：……
    pub fn zh(&self) -> String {
        match (self.row, &*self.column.0) {
            (None, _) => self.zh.clone(),
            (Some(row), "") => format!("第 {row} 行：{}", self.zh),
            (Some(row), column) => format!("第 {row} 行 {column}：{}", self.zh),
        }
    }

    /// row 7, amount: …
    pub fn en(&self) -> String {
        match (self.row, &*self.column.1) {
            (None, _) => self.en.clone(),
            (Some(row), "") => format!("row {row}: {}", self.en),
            (Some(row), column) => format!("row {row}, {column}: {}", self.en),
        }
    }
}

/// A row that could be read.
#[derive(Debug, Clone)]
pub struct Row {
    /// As a spreadsheet program counts it, from 1.
    pub number: usize,
    /// What it says, of a spreadsheet.
    pub harvest: Option<HarvestRow>,
    /// What the rules would find.
    pub findings: Vec<Finding>,
    uid: Uid,
    /// `None` if it was stored before.
    draft: Option<Draft>,
}

impl Row {
    /// Whether the very same row was stored before.
    pub fn is_known(&self) -> bool {
        self.draft.is_none()
    }
}

/// A file as it was checked.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The rows that could be read, in their order.
    pub rows: Vec<Row>,
    /// What is wrong, in the order of the rows. If anything is, nothing of the file can be stored.
    pub wrong: Vec<Wrong>,
    /// Whether a refusal of one row says nothing of the others, and rows that stand already may be left out.
    separate: bool,
}

/// How many rows came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Stored, or to be stored.
    pub stored: usize,
    /// Stored before; nothing was stored for them.
    pub repeated: usize,
    /// Refused; if there is one, nothing was stored.
    pub refused: usize,
}

impl Checked {
    fn of_wrong(wrong: Vec<Wrong>) -> Self {
        Self { wrong, ..Self::default() }
    }

    /// What storing it would come to.
    pub fn count(&self) -> Count {
        let repeated = self.rows.iter().filter(|row| row.is_known()).count();
        let mut refused: Vec<Option<usize>> = self.wrong.iter().map(|wrong| wrong.row).collect();
        refused.dedup();
        let fit = self.rows.iter().filter(|row| !row.is_known() && !refused.contains(&Some(row.number))).count();
        Count { stored: if refused.is_empty() { fit } else { 0 }, repeated, refused: refused.len() }
    }
}

/// Why a file was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Something is wrong with it; nothing of it was stored.
    #[error("{} rows or cells are wrong; nothing was stored", .0.len())]
    Wrong(Vec<Wrong>),
    /// The ledger could not append.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Append(error.into())
    }
}

/// Somebody's import.
pub struct Import<'a> {
    /// Into which ledger.
    pub ledger: &'a Ledger,
    /// The party that submits.
    pub submitter: PartyId,
    /// The household of every row; else each row names its own.
    pub household: Option<PartyId>,
}

impl Import<'_> {
    /// Reads a file and checks every row as the ledger would, without storing anything.
    ///
    /// # Errors
    /// If the ledger cannot be asked. What is wrong with the file is part of the answer.
    pub async fn check(&self, file: &[u8]) -> Result<Checked, ImportError> {
        if lines::are(file) {
            if self.household.is_some() {
                return Ok(Checked::of_wrong(vec![Wrong::file(
                    "“--for”只用于采收表；JSON 每一行自己写明主体 actor",
                    "--for is for lists of harvests; each JSON line names its own actor",
                )]));
            }
            return match fits(file).map_err(|wrong| vec![wrong]).and_then(|()| lines::read(file)) {
                Ok(rows) => self.check_lines(rows).await,
                Err(wrong) => Ok(Checked::of_wrong(wrong)),
            };
        }
        match Table::read(file) {
            Ok(table) => self.check_table(&table).await,
            Err(wrong) => Ok(Checked::of_wrong(vec![wrong])),
        }
    }

    /// The same of a table that was read before.
    ///
    /// # Errors
    /// As [`Import::check`].
    pub async fn check_table(&self, table: &Table) -> Result<Checked, ImportError> {
        let (typed, mut wrong) = match harvest::read(table, self.household.is_some()) {
            Ok(read) => read,
            Err(wrong) => return Ok(Checked::of_wrong(wrong)),
        };
        let mut rows = Vec::with_capacity(typed.len());
        for row in harvest::resolve(self, typed).await? {
            match row {
                Ok(row) => rows.push(row),
                Err(one) => wrong.push(one),
            }
        }
        let fresh = rows.iter().filter_map(|row| Some((row.uid, row.draft.clone()?)));
        let requests = fresh.map(|(uid, draft)| self.request(&[uid], vec![draft])).collect();
        let mut answers = self.ledger.rehearse(requests).await?.into_iter();
        for row in rows.iter_mut().filter(|row| !row.is_known()) {
            match answers.next() {
                Some(Rehearsed::Stands(findings)) => row.findings = findings,
                Some(Rehearsed::Refused(refusal)) => wrong.push(harvest::wrong(row.number, &refusal)),
                None => {}
            }
        }
        wrong.extend(self.voided(&rows).await?);
        wrong.sort_by_key(|wrong| wrong.row);
        Ok(Checked { rows, wrong, separate: true })
    }

    async fn check_lines(&self, mut rows: Vec<Row>) -> Result<Checked, ImportError> {
        let drafts: Vec<Draft> = rows.iter().filter_map(|row| row.draft.clone()).collect();
        let request = self.request(&[], drafts);
        let first = request.items[0].uid();
        if self.ledger.answered(self.submitter, first, request.digest).await?.is_some() {
            for row in &mut rows {
                row.draft = None;
            }
            return Ok(Checked { rows, ..Checked::default() });
        }
        // A line that stands already belongs to another file.
        let known = self.known(rows.iter().map(|row| row.uid)).await?;
        let reused: Vec<Wrong> = (rows.iter().filter(|row| known.contains(&row.uid)))
            .map(|row| wrong_line(std::slice::from_ref(row), &uid_reused(row.uid)))
            .collect();
        if !reused.is_empty() {
            return Ok(Checked { rows, wrong: reused, separate: false });
        }
        let refused = self.ledger.rehearse(vec![request]).await?.into_iter().find_map(|answer| match answer {
            Rehearsed::Refused(refusal) => Some(refusal),
            Rehearsed::Stands(_) => None,
        });
        let wrong = refused.iter().map(|refusal| wrong_line(&rows, refusal)).collect();
        Ok(Checked { rows, wrong, separate: false })
    }

    /// Appends what was checked, as one group: all of it or nothing.
    ///
    /// # Errors
    /// [`ImportError::Wrong`] if something was wrong already, or the ledger refuses a row after all.
    pub async fn store(&self, mut checked: Checked) -> Result<Count, ImportError> {
        if !checked.wrong.is_empty() {
            return Err(ImportError::Wrong(checked.wrong));
        }
        // Somebody else may store some of the same rows at this moment; then these are found to be known, once.
        let mut again = checked.separate;
        loop {
            let rows: Vec<&Row> = checked.rows.iter().filter(|row| !row.is_known()).collect();
            let repeated = checked.rows.len() - rows.len();
            if rows.is_empty() {
                return Ok(Count { stored: 0, repeated, refused: 0 });
            }
            let uids: Vec<Uid> = if checked.separate { rows.iter().map(|row| row.uid).collect() } else { Vec::new() };
            let request = self.request(&uids, rows.iter().filter_map(|row| row.draft.clone()).collect());
            let (sent, refusal) = match self.ledger.append(request).await {
                Ok(answer) if answer.repeated => {
                    return Ok(Count { stored: 0, repeated: checked.rows.len(), refused: 0 });
                }
                Ok(answer) => return Ok(Count { stored: answer.records.len(), repeated, refused: 0 }),
                Err(AppendError::Refused(refusal)) => (rows.len(), refusal),
                Err(error) => return Err(error.into()),
            };
            if again && refusal.rule == "uid_reused" {
                again = false;
                let known = self.known(checked.rows.iter().map(|row| row.uid)).await?;
                for row in checked.rows.iter_mut().filter(|row| known.contains(&row.uid)) {
                    row.draft = None;
                }
                continue;
            }
            if !checked.separate {
                return Err(ImportError::Wrong(vec![wrong_line(&checked.rows, &refusal)]));
            }
            let (at, place) = position(&refusal.place, sent);
            let number = rows.get(at).map_or(0, |row| row.number);
            let refusal = Refusal { place: place.to_owned(), ..refusal };
            return Err(ImportError::Wrong(vec![harvest::wrong(number, &refusal)]));
        }
    }

    /// Which of these rows were stored before.
    async fn known(&self, uids: impl Iterator<Item = Uid>) -> Result<Vec<Uid>, StoreError> {
        Ok(self.stored(uids).await?.into_iter().map(|row| row.uid).collect())
    }

    async fn stored(&self, uids: impl Iterator<Item = Uid>) -> Result<Vec<RequestRow>, StoreError> {
        let uids: Vec<(PartyId, Uid)> = uids.map(|uid| (self.submitter, uid)).collect();
        self.ledger.store().requests(&uids).await
    }

    /// What is wrong with rows that were stored before and voided since: they do not stand, and the same row cannot be
    /// stored twice.
    async fn voided(&self, rows: &[Row]) -> Result<Vec<Wrong>, StoreError> {
        let requests = self.stored(rows.iter().filter(|row| row.is_known()).map(|row| row.uid)).await?;
        // A request names all records of its group.
        let ids: BTreeSet<RecordId> = requests.into_iter().flat_map(|request| request.records).collect();
        let mut wrong = Vec::new();
        for first in self.records(ids).await?.into_iter().filter(|first| !first.is_live()) {
            let Some(row) = rows.iter().find(|row| row.uid == first.uid) else { continue };
            let Some(newest) = self.newest(first).await?.filter(|newest| newest.void) else { continue };
            wrong.push(Wrong {
                row: Some(row.number),
                ..Wrong::file(
                    format!("这一行以前保存过，后来作废了（记录 {}）；要重新登记，请在登记采收页上录入", newest.id),
                    format!("it was stored before and voided since (record {}); enter it on its page", newest.id),
                )
            });
        }
        Ok(wrong)
    }

    /// The newest version of a record.
    async fn newest(&self, mut row: RecordRow) -> Result<Option<RecordRow>, StoreError> {
        while let Some(next) = row.superseded_by.filter(|_| !row.void) {
            let Some(newer) = self.records([next].into()).await?.pop() else { return Ok(None) };
            row = newer;
        }
        Ok(Some(row))
    }

    async fn records(&self, ids: BTreeSet<RecordId>) -> Result<Vec<RecordRow>, StoreError> {
        let keys = ids.into_iter().map(Key::Record).collect();
        let (rows, _) = self.ledger.store().load(&keys).await?;
        Ok(rows.into_iter().filter_map(|row| if let StateRow::Record(row) = row { Some(row) } else { None }).collect())
    }

    /// The request of these drafts. Its digest follows from the rows' uids, which follow from what the rows say; where
    /// the drafts bring their own, from all that they say.
    fn request(&self, uids: &[Uid], drafts: Vec<Draft>) -> Request {
        let said = if uids.is_empty() { serde_json::json!(drafts) } else { serde_json::json!(uids) };
        let digest: RecordId = digest_of(said.to_string().as_bytes());
        Request { submitter: self.submitter, digest, items: drafts.into_iter().map(Item::draft).collect() }
    }
}

/// Whether a file is small enough to be looked into.
fn fits(file: &[u8]) -> Result<(), Wrong> {
    if file.len() <= FILE_BYTES_MAX {
        return Ok(());
    }
    Err(Wrong::file(
        format!("文件有 {} 字节，最多 {FILE_BYTES_MAX} 字节；请分成几个文件", file.len()),
        format!("the file has {} bytes, at most {FILE_BYTES_MAX}; split it", file.len()),
    ))
}

/// A refusal of a group of lines, with the line that it is of.
fn wrong_line(rows: &[Row], refusal: &Refusal) -> Wrong {
    let (at, place) = position(&refusal.place, rows.len());
    let row = rows.get(at).map(|row| row.number);
    Wrong { row, column: (place.to_owned(), place.to_owned()), zh: refusal.zh.clone(), en: refusal.en.clone() }
}
