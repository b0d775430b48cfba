//! The list of codes as a spreadsheet. Rows go to a file as they are written, and the whole is zipped to another, so
//! that memory does not grow with them.

use std::io::{Seek as _, Write};

use rust_xlsxwriter::{Format, Workbook, XlsxError};
use trace_core::code::label::Facts;

use super::job::{Codes, JobError};

/// Wide enough for a serial in groups, and for an address.
const WIDTHS: [f64; 4] = [8.0, 24.0, 30.0, 70.0];

/// Writes number, code, groups, address and the facts of the batch, a row a code. Everything is text: a spreadsheet
/// takes a cell of text for no formula, whatever it begins with.
pub(super) fn write(out: &mut dyn Write, facts: &Facts, codes: Codes<'_>) -> Result<(), JobError> {
    let mut file = tempfile::tempfile()?;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().map_err(failed)?;
    let bold = Format::new().set_bold();
    for (column, width) in (0_u16..).zip(WIDTHS) {
        sheet.set_column_width(column, width).map_err(failed)?;
    }
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    let names = ["序号 number", "溯源码 serial", "分组 grouped", "网址 address"].map(str::to_owned);
    let names = names.into_iter().chain(facts.all().map(|(item, _)| format!("{} {item}", item.zh())));
    for (column, name) in (0_u16..).zip(names) {
        sheet.write_string_with_format(0, column, name, &bold).map_err(failed)?;
    }
    for (row, code) in (1_u32..).zip(codes) {
        let (index, code, address) = code?;
        sheet.write_number(row, 0, f64::from(index) + 1.0).map_err(failed)?;
        sheet.write_string(row, 1, code.to_string()).map_err(failed)?;
        sheet.write_string(row, 2, code.grouped()).map_err(failed)?;
        sheet.write_string(row, 3, address).map_err(failed)?;
        for (column, (_, text)) in (4_u16..).zip(facts.all()) {
            sheet.write_string(row, column, text).map_err(failed)?;
        }
    }
    book.save_to_writer(&mut file).map_err(failed)?;
    file.rewind()?;
    std::io::copy(&mut file, out)?;
    Ok(())
}

fn failed(error: XlsxError) -> JobError {
    match error {
        XlsxError::IoError(error) => JobError::Io(error),
        other => JobError::Io(std::io::Error::other(other)),
    }
}
