//! Cells as bytes, for the shelf: the same cells always give the same bytes, so that rows are compared without being
//! read.

use crate::store::snapshot::{Cell, Cells};

/// Appends a row: how many cells, then each with its kind and length.
pub fn encode(row: &[Cell], into: &mut Vec<u8>) {
    into.push(u8::try_from(row.len()).unwrap_or(u8::MAX));
    for cell in row {
        let (kind, bytes): (u8, &[u8]) = match cell {
            Cell::Null => (0, &[]),
            Cell::Integer(number) => {
                into.push(1);
                into.extend_from_slice(&number.to_be_bytes());
                continue;
            }
            Cell::Text(text) => (2, text.as_bytes()),
            Cell::Blob(bytes) => (3, bytes),
        };
        into.push(kind);
        if kind != 0 {
            into.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            into.extend_from_slice(bytes);
        }
    }
}

/// Reads one row back.
pub fn decode_row(mut bytes: &[u8]) -> Cells {
    take_row(&mut bytes)
}

/// Reads rows back until the bytes end.
pub fn decode_rows(mut bytes: &[u8]) -> Vec<Cells> {
    let mut rows = Vec::new();
    while !bytes.is_empty() {
        rows.push(take_row(&mut bytes));
    }
    rows
}

fn take_row(bytes: &mut &[u8]) -> Cells {
    let count = take(bytes, 1).first().copied().unwrap_or(0);
    (0..count).map(|_| take_cell(bytes)).collect()
}

fn take_cell(bytes: &mut &[u8]) -> Cell {
    let kind = take(bytes, 1).first().copied().unwrap_or(0);
    match kind {
        0 => Cell::Null,
        1 => Cell::Integer(take(bytes, 8).first_chunk().map_or(0, |number| i64::from_be_bytes(*number))),
        _ => {
            let length = take(bytes, 4).first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
            let content = take(bytes, length).to_vec();
            if kind == 2 { Cell::Text(String::from_utf8(content).unwrap_or_default()) } else { Cell::Blob(content) }
        }
    }
}

/// The next bytes; these were written by [`encode`] and never end early.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at_checked(count).unwrap_or((bytes, &[]));
    *bytes = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back() {
        let rows = vec![
            vec![Cell::Null, Cell::Integer(-1), Cell::Text("天麻".to_owned())],
            vec![Cell::Blob(vec![0, 255]), Cell::Text(String::new())],
        ];
        let mut bytes = Vec::new();
        for row in &rows {
            encode(row, &mut bytes);
        }
        assert_eq!(decode_rows(&bytes), rows);
        assert_eq!(decode_row(&bytes), rows[0]);
    }
}
