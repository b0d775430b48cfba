//! The rows of a projection as plain cells, column by column: what stands in a database if it is right.

use trace_core::state::{self as rows, EdgeRow, Row};

use super::super::StoreError;
use super::super::snapshot::{Cell, Cells};
use super::{EdgeColumns, Projected as _, Tables, row_from_doc};

/// The table that holds a row, and the row's cells in the order in which the migrations name the columns.
///
/// # Errors
/// [`StoreError::Engine`] if the row has no JSON.
pub fn projected_cells(row: &Row) -> Result<(&'static str, Cells), StoreError> {
    let tables = Tables::of(std::slice::from_ref(row))?;
    let text = |text: &str| Cell::Text(text.to_owned());
    let maybe = |text: Option<String>| text.map_or(Cell::Null, Cell::Text);
    let yes = |yes: bool| Cell::Integer(yes.into());
    let mut found = None;
    for row in tables.ledger {
        found = Some((rows::LedgerRow::TABLE, vec![Cell::Integer(1), Cell::Text(row.doc)]));
    }
    for row in tables.parties {
        let cells = vec![Cell::Text(row.id), text(row.role), maybe(row.village), Cell::Text(row.doc)];
        found = Some((rows::PartyRow::TABLE, cells));
    }
    for row in tables.sites {
        found = Some((rows::SiteRow::TABLE, vec![Cell::Text(row.id), Cell::Text(row.party), Cell::Text(row.doc)]));
    }
    for row in tables.batches {
        let mut cells = vec![Cell::Text(row.code), Cell::Text(row.owner), text(row.stage), maybe(row.site)];
        cells.extend([Cell::Text(row.occurred_on), yes(row.held), yes(row.recalled), Cell::Text(row.doc)]);
        found = Some((rows::BatchRow::TABLE, cells));
    }
    for row in tables.records {
        let mut cells = vec![Cell::Integer(row.idx), Cell::Text(row.id), text(row.states), Cell::Text(row.actor)];
        cells.extend([maybe(row.other_side), text(row.standing), yes(row.held), yes(row.live), Cell::Text(row.doc)]);
        found = Some((rows::RecordRow::TABLE, cells));
    }
    for row in tables.grants {
        let cells = [row.id, row.from_party, row.to_party, row.doc].map(Cell::Text);
        found = Some((rows::GrantRow::TABLE, cells.to_vec()));
    }
    for row in tables.signing_keys {
        found = Some((rows::KeyRow::TABLE, [row.key, row.party, row.doc].map(Cell::Text).to_vec()));
    }
    for row in tables.issues {
        let mut cells = vec![Cell::Integer(row.number)];
        cells.extend([row.batch, row.party, row.doc].map(Cell::Text));
        found = Some((rows::IssueRow::TABLE, cells));
    }
    found.ok_or_else(|| StoreError::Engine("a row belongs to no table".to_owned()))
}

/// The cells of an edge, likewise.
///
/// # Errors
/// As [`projected_cells`].
pub fn edge_cells(edge: &EdgeRow) -> Result<Cells, StoreError> {
    let row = EdgeColumns::of(edge)?;
    let yes = |yes: bool| Cell::Integer(yes.into());
    let mut cells = vec![Cell::Integer(row.idx), Cell::Integer(row.position), Cell::Text(row.record)];
    cells.extend([Cell::Text(row.batch), Cell::Text(row.input_record)]);
    cells.extend([Cell::Integer(row.amount), yes(row.uses), yes(row.live)]);
    cells.push(Cell::Text(row.outputs));
    Ok(cells)
}

/// Reads back what [`projected_cells`] gave.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn row_of_cells(table: &'static str, cells: &[Cell]) -> Result<Row, StoreError> {
    let key = match cells.first() {
        // The key of a record is its id, though rows are read in the order of the log.
        Some(Cell::Integer(_)) if table == rows::RecordRow::TABLE => cells[1].to_string(),
        Some(key) => key.to_string(),
        None => String::new(),
    };
    let doc = cells.last().and_then(Cell::text).unwrap_or_default();
    row_from_doc(table, &key, doc)
}

/// Reads back what [`edge_cells`] gave.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn edge_of_cells(cells: &[Cell]) -> Result<EdgeRow, StoreError> {
    let text = |at: usize| cells.get(at).and_then(Cell::text).unwrap_or_default();
    let number = |at: usize| cells.get(at).and_then(Cell::integer).unwrap_or_default();
    let texts = EdgeColumns {
        idx: number(0),
        position: number(1),
        record: text(2),
        batch: text(3),
        input_record: text(4),
        amount: number(5),
        uses: number(6) != 0,
        live: number(7) != 0,
        outputs: text(8),
    };
    texts.to_row()
}
