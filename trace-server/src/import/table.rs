//! A file as rows of text: CSV as spreadsheet programs write it (RFC 4180), or the first sheet of an XLSX workbook.

use super::{ROWS_MAX, Wrong, fits, workbook};

/// Rows that are looked at, blank ones among them.
pub(super) const LOOKED_AT_MAX: usize = 4 * ROWS_MAX;
/// Columns that are looked at; the template has eight.
pub(super) const COLUMNS_MAX: usize = 64;

/// Rows of a file that are not blank, each with its number as spreadsheet programs count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The first one holds the headings.
    pub rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    /// Reads a file, whose kind is known by its first bytes.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(file: &[u8]) -> Result<Self, Wrong> {
        fits(file)?;
        let table = if file.starts_with(b"PK\x03\x04") { workbook::read(file)? } else { separated(file)? };
        table.of_usual_length()
    }

    /// Reads what [`to_csv`](Self::to_csv) wrote, which quotation marks may have made longer than the file was.
    ///
    /// # Errors
    /// As [`read`](Self::read), for a form that somebody changed.
    pub fn read_again(text: &str) -> Result<Self, Wrong> {
        separated(text.as_bytes())?.of_usual_length()
    }

    fn of_usual_length(self) -> Result<Self, Wrong> {
        match self.rows.len() {
            0 => Err(Wrong::file("文件是空的", "the file is empty")),
            1 => Err(Wrong::file("文件只有表头，没有数据", "the file has headings and no rows")),
            count if count - 1 > ROWS_MAX => Err(too_many()),
            _ => Ok(self),
        }
    }

    /// As CSV with every row at its number, for a form that carries it to the next step.
    pub fn to_csv(&self) -> String {
        let width = self.rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or_default();
        let mut lines = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let mut next = 1;
        let write = |lines: &mut csv::Writer<Vec<u8>>, cells: &[String]| {
            let padded = (0..width.max(1)).map(|at| cells.get(at).map_or("", |cell| cell));
            // To memory, and every row is as wide as the others: nothing can fail.
            drop(lines.write_record(padded));
        };
        for (number, cells) in &self.rows {
            for _ in next..*number {
                write(&mut lines, &[]);
            }
            write(&mut lines, cells);
            next = number + 1;
        }
        lines.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

pub(super) fn too_many() -> Wrong {
    Wrong::file(
        format!("文件超过 {ROWS_MAX} 行；请分成几个文件"),
        format!("the file has more than {ROWS_MAX} rows; split it"),
    )
}

/// Text in UTF-8, or in GB 18030, in which Chinese spreadsheet programs save "CSV" unless told otherwise.
fn text(file: &[u8]) -> Result<String, Wrong> {
    let file = file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file);
    if let Ok(text) = std::str::from_utf8(file) {
        return Ok(text.to_owned());
    }
    let chinese = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(file);
    chinese.map(std::borrow::Cow::into_owned).filter(|text| !text.contains('\0')).ok_or_else(|| {
        Wrong::file(
            "文件看不懂：应为 CSV（UTF-8 或 GB 18030）、XLSX 或 JSON 行",
            "the file cannot be read: it should be CSV (UTF-8 or GB 18030), XLSX or JSON lines",
        )
    })
}

fn separated(file: &[u8]) -> Result<Table, Wrong> {
    // One end of a line, after the last one too, so that lines can be counted.
    let text = text(file)?.replace("\r\n", "\n").replace('\r', "\n") + "\n";
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |mark: u8| first.bytes().filter(|byte| *byte == mark).count();
    let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut table = Table::default();
    let mut record = csv::StringRecord::new();
    let mut within_cells = 0;
    let mut broken_off = None;
    // Neither encoding nor width can be wrong here.
    while reader.read_record(&mut record).map_err(|_| Wrong::file("CSV 格式不对", "the CSV cannot be read"))? {
        // A spreadsheet's row is a record, and its number counts blank lines, but no ends of lines within cells.
        let within = record.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        within_cells += within;
        let lines = usize::try_from(reader.position().line()).unwrap_or(usize::MAX);
        let number = lines.saturating_sub(1 + within_cells);
        broken_off = (within > 0).then_some(number);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if number > LOOKED_AT_MAX {
            return Err(too_many());
        }
        table.rows.push((number, record.iter().take(COLUMNS_MAX).map(str::to_owned).collect()));
    }
    // A cell whose quotation mark is never closed holds all the rows that follow.
    match broken_off.filter(|_| text.matches('"').count() % 2 == 1) {
        // The end of the file is no end of a line.
        Some(row) => Err(Wrong {
            row: Some(row + 1),
            ..Wrong::file(
                "有引号没有成对，后面的行都会并进这一格",
                "a quotation mark is not closed, so that its cell holds all rows below",
            )
        }),
        None => Ok(table),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn numbers(file: &[u8]) -> Vec<(usize, Vec<String>)> {
        Table::read(file).unwrap().rows
    }

    #[test]
    fn rows_have_the_numbers_that_a_spreadsheet_shows() {
        let expected: Vec<(usize, Vec<String>)> =
            [(1, ["a", "b"]), (4, ["1", "x\ny"]), (5, ["2", "z"]), (7, ["3", ""])]
                .map(|(number, cells)| (number, cells.map(str::to_owned).to_vec()))
                .to_vec();
        let text = "a,b\n\n,\n1,\"x\ny\"\n2,z\n\n3,";
        assert_eq!(numbers(text.as_bytes()), expected);
        assert_eq!(numbers(format!("\u{feff}{}\r\n", text.replace('\n', "\r\n")).as_bytes()), expected);
        assert_eq!(numbers(text.replace(',', ";").as_bytes()), expected);
        let again = Table { rows: expected.clone() }.to_csv();
        assert_eq!(numbers(again.as_bytes()), expected, "{again}");
    }

    #[test]
    fn an_open_quotation_mark_swallows_no_rows() {
        let open = Table::read("a,b\n1,2\n2,\"x\n3,4\n5,6\n".as_bytes()).unwrap_err();
        assert_eq!(open.en(), "row 3: a quotation mark is not closed, so that its cell holds all rows below");
        assert_eq!(numbers("a,b\n1,2 \" wide\n".as_bytes()).len(), 2, "a mark within a cell is a mark");
    }

    #[test]
    fn chinese_programs_save_gb_18030() {
        let (bytes, ..) = encoding_rs::GB18030.encode("name,amount\n王\t,320斤\n");
        assert_eq!(numbers(&bytes)[1].1, ["王\t", "320斤"]);
        assert!(Table::read(b"\xff\xfe\x00\x00,\n1,2").is_err());
    }

    #[test]
    fn too_much_is_refused() {
        for (file, word) in [
            (String::new(), "empty"),
            ("a,b\n\n".to_owned(), "no rows"),
            ("a\n".repeat(ROWS_MAX + 2), "more than 500"),
            (format!("a{}b", "\n".repeat(LOOKED_AT_MAX + 1)), "more than 500"),
            ("PK\u{3}\u{4}nonsense".to_owned(), "cannot be opened"),
        ] {
            let wrong = Table::read(file.as_bytes()).unwrap_err();
            assert!(wrong.en().contains(word), "{}", wrong.en());
        }
        assert!(Table::read("a\n".repeat(ROWS_MAX + 1).as_bytes()).is_ok());
    }
}
