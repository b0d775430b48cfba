//! The list of an issue's codes as CSV (RFC 4180), for print shops that make their own labels.

use super::facts::Facts;
use crate::code::PackageCode;

/// What a spreadsheet program needs to read UTF-8 as such.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes rows: number, code, code in groups, address, and the facts of the batch.
///
/// ```
/// use trace_core::code::label::{Csv, Facts, Item};
/// # use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing};
/// # let ring = KeyRing::new(vec![CodeKey::new(1, [7; 32])?])?;
/// # let code = ring.encode(1, IssueNumber::new(42)?, CodeIndex::new(0)?)?;
///
/// let facts = Facts::default().with(Item::Product, "干天麻").with(Item::NetContent, "净含量 250 g");
/// let mut file = Csv::head(&facts).into_bytes();
/// Csv::new(&facts).row(&mut file, 1, code, "HTTPS://T.EXAMPLE.CN/P/1");
/// let text = String::from_utf8(file)?;
/// let row = text.lines().nth(1).unwrap_or_default();
/// assert_eq!(row, format!("1,{code},{},HTTPS://T.EXAMPLE.CN/P/1,干天麻,净含量 250 g", code.grouped()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Csv {
    tail: String,
}

impl Csv {
    /// A list of a batch's codes. Its facts are the same in each row and are put together once.
    pub fn new(facts: &Facts) -> Self {
        let tail = facts.all().fold(String::new(), |tail, (_, text)| tail + "," + &escaped_cell(text));
        Self { tail: tail + "\r\n" }
    }

    /// The first row.
    pub fn head(facts: &Facts) -> String {
        let names = facts.all().fold(String::new(), |names, (item, _)| names + "," + item.zh() + " " + item.name());
        format!("{BYTE_ORDER_MARK}序号 number,溯源码 serial,分组 grouped,网址 address{names}\r\n")
    }

    /// Adds the row of a package; people count from 1.
    pub fn row(&self, out: &mut Vec<u8>, number: u64, code: PackageCode, address: &str) {
        out.extend_from_slice(number.to_string().as_bytes());
        for cell in [&code.to_string(), &code.grouped(), address] {
            // Neither a code nor an address has anything that needs quotes: both are of QR's alphanumeric set.
            out.push(b',');
            out.extend_from_slice(cell.as_bytes());
        }
        out.extend_from_slice(self.tail.as_bytes());
    }
}

/// A cell in quotes where it needs them; what a spreadsheet would take for a formula gets an apostrophe before it.
///
/// ```
/// use trace_core::code::label::escaped_cell;
/// assert_eq!(escaped_cell("=1+1"), "'=1+1");
/// assert_eq!(escaped_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
/// ```
pub fn escaped_cell(text: &str) -> String {
    let safe = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if safe.contains([',', '"', '\n', '\r']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}
