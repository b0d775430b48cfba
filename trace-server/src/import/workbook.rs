//! The first sheet of an XLSX workbook as rows of text.
//!
//! What a stranger hands in is bounded before it is unpacked: a small workbook can hold gigabytes, a single cell in the
//! last corner would make a table of sixteen milliards, one long text may be named by every cell, and a number in it is
//! taken for the room to make ready. What is too much is refused before it is copied.

use std::borrow::Cow;
use std::io::{Cursor, Read as _};

use calamine::{DataRef, Reader as _, Xlsx};

use super::table::{COLUMNS_MAX, LOOKED_AT_MAX, Table, too_many};
use super::{FILE_BYTES_MAX, Wrong};

/// What a workbook may unpack to, in bytes: twenty times what 500 rows need.
const UNPACKED_BYTES_MAX: u64 = 32 << 20;
/// Texts that a workbook may announce: as many as fit what it may unpack to, a text with its tags having eight bytes at
/// least.
const TEXTS_MAX: u64 = UNPACKED_BYTES_MAX / 8;
/// Longest text of a cell, in bytes; names and amounts are a hundredth of it.
const CELL_BYTES_MAX: usize = 4_000;

pub(super) fn read(file: &[u8]) -> Result<Table, Wrong> {
    let unreadable = || Wrong::file("XLSX 文件打不开；请重新另存一次", "the workbook cannot be opened; save it again");
    match Unpacked::of(file).ok_or_else(unreadable)? {
        Unpacked::Fits => {}
        Unpacked::TooMuch => return Err(too_many()),
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).map_err(|_| unreadable())?;
    let name = book.sheet_names().first().cloned().ok_or_else(unreadable)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| unreadable())?;
    let mut table = Table::default();
    let mut bytes = 0;
    while let Some(cell) = cells.next_cell().map_err(|_| unreadable())? {
        let (row, column) = cell.get_position();
        let (number, column) = (row as usize + 1, column as usize);
        let text = cell_text(cell.get_value());
        if column >= COLUMNS_MAX || text.trim().is_empty() {
            continue;
        }
        if number > LOOKED_AT_MAX {
            return Err(too_many());
        }
        if text.len() > CELL_BYTES_MAX {
            return Err(too_long(number, text.len()));
        }
        bytes += text.len();
        if bytes > FILE_BYTES_MAX {
            return Err(too_many());
        }
        // Cells come row after row.
        if table.rows.last().is_none_or(|(last, _)| *last != number) {
            table.rows.push((number, Vec::new()));
        }
        if let Some((_, row)) = table.rows.last_mut() {
            row.resize(row.len().max(column + 1), String::new());
            row[column] = text.into_owned();
        }
    }
    table.rows.sort_by_key(|(number, _)| *number);
    Ok(table)
}

fn too_long(row: usize, received: usize) -> Wrong {
    Wrong {
        row: Some(row),
        ..Wrong::file(
            format!("有一格长 {received} 字节；最多 {CELL_BYTES_MAX} 字节"),
            format!("a cell has {received} bytes; at most {CELL_BYTES_MAX} are read"),
        )
    }
}

/// How much a workbook unpacks to, counted and not believed.
enum Unpacked {
    Fits,
    TooMuch,
}

impl Unpacked {
    /// Nothing for what cannot be unpacked.
    fn of(file: &[u8]) -> Option<Self> {
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).ok()?;
        let mut left = UNPACKED_BYTES_MAX;
        let mut content = Vec::new();
        for at in 0..archive.len() {
            content.clear();
            let entry = archive.by_index(at).ok()?;
            let read = entry.take(left + 1).read_to_end(&mut content).ok()? as u64;
            if read > left || announced_texts(&content) > TEXTS_MAX {
                return Some(Self::TooMuch);
            }
            left -= read;
        }
        Some(Self::Fits)
    }
}

/// How many texts a part says that it has; the library that reads workbooks makes room for them at once.
fn announced_texts(content: &[u8]) -> u64 {
    const NAME: &[u8] = b"uniqueCount";
    let after = |at: usize| {
        let rest = content[at + NAME.len()..].iter().take(40);
        let digits =
            rest.skip_while(|byte| !byte.is_ascii_digit() && **byte != b'>').take_while(|b| b.is_ascii_digit());
        digits.fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
    };
    let places = content.windows(NAME.len()).enumerate().filter(|(_, part)| *part == NAME);
    places.map(|(at, _)| after(at)).max().unwrap_or(0)
}

/// A cell as a person reads it: a day as 2026-11-20, a whole number without a point.
fn cell_text<'a>(value: &'a DataRef<'_>) -> Cow<'a, str> {
    match value {
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}").into()
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) | DataRef::String(text) => text.as_str().into(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Int(number) => number.to_string().into(),
        DataRef::Float(number) => number.to_string().into(),
        DataRef::Bool(yes) => (if *yes { "yes" } else { "no" }).into(),
        DataRef::Error(_) | DataRef::Empty => Cow::default(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::io::Write as _;

    use super::*;

    /// A workbook as small as can be, with these shared texts and this sheet.
    fn book(texts: &str, sheet: &str) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let types = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let to = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let root = format!(
            r#"<Relationships xmlns="{package}"><Relationship Id="a" Type="{to}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
        );
        let below = format!(
            r#"<Relationships xmlns="{package}"><Relationship Id="b" Type="{to}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
        );
        let workbook = format!(
            r#"<workbook xmlns="{main}" xmlns:r="{to}"><sheets><sheet name="s" sheetId="1" r:id="b"/></sheets></workbook>"#
        );
        let sheet = format!(r#"<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>"#);
        for (name, content) in [
            ("[Content_Types].xml", types),
            ("_rels/.rels", &root),
            ("xl/workbook.xml", &workbook),
            ("xl/_rels/workbook.xml.rels", &below),
            ("xl/sharedStrings.xml", texts),
            ("xl/worksheets/sheet1.xml", &sheet),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn texts(count: &str, text: &str) -> String {
        format!(
            r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount = "{count}"><si><t>{text}</t></si></sst>"#
        )
    }

    fn cells(row: usize, count: u8) -> String {
        let cell = |at| format!("<c r=\"{}{row}\" t=\"s\"><v>0</v></c>", char::from(b'A' + at));
        let cells: Vec<String> = (0..count).map(cell).collect();
        format!("<row r=\"{row}\">{}</row>", cells.concat())
    }

    #[test]
    fn a_workbook_is_read_cell_by_cell() {
        let table = read(&book(&texts("1", "天麻"), &cells(3, 2))).unwrap();
        assert_eq!(table.rows, [(3, vec!["天麻".to_owned(), "天麻".to_owned()])]);
    }

    #[test]
    fn no_number_in_a_workbook_is_taken_for_room() {
        for count in ["10000000000000", "99999999999999999999999", "4200000"] {
            assert_eq!(read(&book(&texts(count, "a"), &cells(1, 1))), Err(too_many()), "{count}");
        }
        assert!(read(&book(&texts("4000000", "a"), &cells(1, 1))).is_ok());
    }

    #[test]
    fn a_long_text_is_not_copied_into_every_cell() {
        let long = read(&book(&texts("1", &"a".repeat(CELL_BYTES_MAX + 1)), &cells(2, 3))).unwrap_err();
        assert_eq!(long.en(), "row 2: a cell has 4001 bytes; at most 4000 are read");
        let sheet: String = (1..=50).map(|row| cells(row, 20)).collect();
        assert_eq!(read(&book(&texts("1", &"a".repeat(CELL_BYTES_MAX)), &sheet)), Err(too_many()));
    }

    #[test]
    fn a_workbook_that_unpacks_to_too_much_is_not_unpacked() {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("xl/sharedStrings.xml", zip::write::SimpleFileOptions::default()).unwrap();
        std::io::copy(&mut std::io::repeat(b' ').take(UNPACKED_BYTES_MAX + 1), &mut archive).unwrap();
        let file = archive.finish().unwrap().into_inner();
        assert!(file.len() < 100_000, "{}", file.len());
        assert!(read(&file).unwrap_err().en().contains("more than 500"));
    }
}
