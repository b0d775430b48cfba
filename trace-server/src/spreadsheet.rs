//! A spreadsheet (XLSX) that is written row after row: headings in bold that stay in sight, and text that a spreadsheet
//! program takes for no formula, whatever it begins with. Rows go to a file as they are written, and the whole is zipped
//! to another, so that memory does not grow with them.

use std::io::{self, Seek as _, Write};

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

/// Most rows that a sheet holds, headings among them.
pub const ROWS_MAX: u32 = 1_048_576;

/// A cell.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    /// A number that fits in 53 bits.
    Number(f64),
    /// Text.
    Text(&'a str),
}

/// A workbook with one sheet.
pub struct Spreadsheet {
    book: Workbook,
    next_row: u32,
}

impl Spreadsheet {
    /// Begins with the headings, and how wide each column is in characters.
    ///
    /// # Errors
    /// If a temporary file cannot be written.
    pub fn begin<'a>(columns: impl IntoIterator<Item = (&'a str, Option<f64>)>) -> io::Result<Self> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet_with_constant_memory().map_err(failed)?;
        let bold = Format::new().set_bold();
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (column, (name, width)) in (0_u16..).zip(columns) {
            if let Some(width) = width {
                sheet.set_column_width(column, width).map_err(failed)?;
            }
            sheet.write_string_with_format(0, column, name, &bold).map_err(failed)?;
        }
        Ok(Self { book, next_row: 1 })
    }

    /// Writes the next row.
    ///
    /// # Errors
    /// If the sheet is full, or a temporary file cannot be written.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> io::Result<()> {
        let row = self.next_row;
        self.next_row += 1;
        let sheet: &mut Worksheet = self.book.worksheet_from_index(0).map_err(failed)?;
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Number(number) => sheet.write_number(row, column, number).map_err(failed)?,
                Cell::Text(text) => sheet.write_string(row, column, text).map_err(failed)?,
            };
        }
        Ok(())
    }

    /// Writes the workbook.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn finish(mut self, out: &mut dyn Write) -> io::Result<()> {
        let mut file = tempfile::tempfile()?;
        self.book.save_to_writer(&mut file).map_err(failed)?;
        file.rewind()?;
        io::copy(&mut file, out)?;
        Ok(())
    }
}

fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}
