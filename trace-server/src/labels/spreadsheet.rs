//! The list of codes as a spreadsheet: number, code, groups, address and the facts of the batch, a row a code.

use std::io::Write;
use std::iter::repeat;

use trace_core::code::label::Facts;

use super::job::{Codes, JobError};
use crate::spreadsheet::{Cell, Spreadsheet};

/// Wide enough for a serial in groups, and for an address.
const WIDTHS: [f64; 4] = [8.0, 24.0, 30.0, 70.0];

/// Writes the list.
pub(super) fn write(out: &mut dyn Write, facts: &Facts, codes: Codes<'_>) -> Result<(), JobError> {
    let names = ["序号 number", "溯源码 serial", "分组 grouped", "网址 address"].map(str::to_owned);
    let names: Vec<String> =
        names.into_iter().chain(facts.all().map(|(item, _)| format!("{} {item}", item.zh()))).collect();
    let widths = WIDTHS.map(Some).into_iter().chain(repeat(None));
    let mut sheet = Spreadsheet::begin(names.iter().map(String::as_str).zip(widths))?;
    for code in codes {
        let (index, code, address) = code?;
        let (serial, grouped) = (code.to_string(), code.grouped());
        let of_code =
            [Cell::Number(f64::from(index) + 1.0), Cell::Text(&serial), Cell::Text(&grouped), Cell::Text(&address)];
        sheet.row(of_code.into_iter().chain(facts.all().map(|(_, text)| Cell::Text(text))))?;
    }
    Ok(sheet.finish(out)?)
}
