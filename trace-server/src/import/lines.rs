//! JSON lines: on each line a draft as the API takes it, with its own uid. A later line may name an earlier one's
//! outputs as `#0`, counted from 0, as in a group of the API.

use trace_core::prepare::Draft;
use trace_core::record::canonical::strict_parse;

use super::{ROWS_MAX, Row, Wrong};

/// Longest line, in bytes; a record has at most 60,000.
const LINE_BYTES_MAX: usize = 100_000;

/// Whether a file holds JSON lines: it begins with an object.
pub(super) fn are(file: &[u8]) -> bool {
    let file = file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file);
    file.trim_ascii_start().first() == Some(&b'{')
}

/// Reads every line, so that all that is wrong is said at once.
pub(super) fn read(file: &[u8]) -> Result<Vec<Row>, Vec<Wrong>> {
    let file = file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file);
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(file.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let value = strict_parse(line, LINE_BYTES_MAX)
            .map_err(|error| (error.pointer().to_owned(), error.zh(), error.to_string()));
        let draft =
            value.and_then(|value| Draft::from_value(value).map_err(|refusal| (refusal.place, refusal.zh, refusal.en)));
        match draft {
            Ok(draft) => {
                rows.push(Row { number, harvest: None, findings: Vec::new(), uid: draft.uid, draft: Some(draft) });
            }
            Err((place, zh, en)) => {
                wrong.push(Wrong { row: Some(number), column: (place.clone(), place), zh, en });
            }
        }
    }
    if rows.len() + wrong.len() > ROWS_MAX {
        return Err(vec![Wrong::file(
            format!("文件超过 {ROWS_MAX} 行；请分成几个文件"),
            format!("the file has more than {ROWS_MAX} lines; split it"),
        )]);
    }
    if wrong.is_empty() { Ok(rows) } else { Err(wrong) }
}
