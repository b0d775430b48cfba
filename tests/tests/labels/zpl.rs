//! A small interpreter of ZPL: takes the commands that labels use and no others, checks their parameters, refuses
//! every dot beside the label, and gives the paper.

use std::collections::HashMap;

use crate::paper::Paper;

/// The printer's memory and state.
#[derive(Default)]
struct Printer {
    /// Pictures by name: bytes of a row, rows.
    kept: HashMap<String, (usize, Vec<u8>)>,
    printed: Vec<Paper>,
    label: Option<Paper>,
    width: usize,
    at: (usize, usize),
    /// What ^BY set; a symbol sinks by it.
    bar_height: usize,
    /// Level, magnification and mask of a ^BQ that waits for its data.
    symbol: Option<(String, usize, u8)>,
}

/// Prints a file.
pub fn print(file: &str) -> Vec<Paper> {
    let mut printer = Printer { bar_height: 10, ..Printer::default() };
    let text: String = file.chars().filter(|c| *c != '\n').collect();
    let starts: Vec<usize> = text.match_indices(['^', '~']).map(|(at, _)| at).chain([text.len()]).collect();
    assert_eq!(starts[0], 0, "a file begins with a command");
    for pair in starts.windows(2) {
        let command = &text[pair[0]..pair[1]];
        printer.run(&command[..3], &command[3..]);
    }
    assert!(printer.label.is_none(), "the last label is not ended");
    assert!(printer.kept.is_empty(), "the printer's memory is not given back");
    printer.printed
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("'{text}' is no number"))
}

fn bytes(hexadecimal: &str, count: usize) -> Vec<u8> {
    let bytes = hex::decode(hexadecimal).expect("hexadecimal digits");
    assert_eq!(bytes.len(), count, "as many bytes as were announced");
    bytes
}

impl Printer {
    fn run(&mut self, name: &str, rest: &str) {
        let parts: Vec<&str> = rest.split(',').collect();
        match name {
            "~DG" => {
                let [name, count, row, data] = parts[..] else { panic!("~DG{rest}") };
                let own = name.strip_prefix("R:").and_then(|name| name.strip_suffix(".GRF"));
                assert!(own.is_some_and(|own| (1..=8).contains(&own.len())), "{name}");
                self.kept.insert(name.to_owned(), (number(row), bytes(data, number(count))));
            }
            "^XA" => assert!(rest.is_empty() && self.label.is_none()),
            "^PW" => self.width = number(rest),
            "^LL" => self.label = Some(Paper::white(self.width, number(rest))),
            "^LH" => assert_eq!(rest, "0,0"),
            "^FO" => self.at = (number(parts[0]), number(parts[1])),
            "^XG" => {
                assert_eq!(parts[1..], ["1", "1"], "not magnified");
                let (row, data) = self.kept[parts[0]].clone();
                self.stamp(row, &data);
            }
            "^GF" => {
                let ["A", sent, count, row, data] = parts[..] else { panic!("^GF{rest}") };
                assert_eq!(sent, count);
                let data = bytes(data, number(count));
                self.stamp(number(row), &data);
            }
            "^BY" => {
                let [module, "2.0", height] = parts[..] else { panic!("^BY{rest}") };
                assert!((1..=10).contains(&number(module)) && (1..=32_000).contains(&number(height)));
                self.bar_height = number(height);
            }
            "^BQ" => {
                let ["N", "2", magnification, level, mask] = parts[..] else { panic!("^BQ{rest}") };
                let (magnification, mask) = (number(magnification), number(mask));
                assert!((1..=10).contains(&magnification) && mask <= 7, "^BQ{rest}");
                self.symbol = Some((level.to_owned(), magnification, u8::try_from(mask).unwrap()));
            }
            "^FD" => {
                let (level, magnification, mask) = self.symbol.take().expect("^BQ before ^FD");
                let text = rest.strip_prefix(&format!("{level}M,A")).expect("the level, manual input, alphanumeric");
                let sinks = self.bar_height;
                let (x, y) = self.at;
                self.label.as_mut().expect("a label").symbol((x, y + sinks), text, &level, mask, magnification);
            }
            "^FS" => assert!(rest.is_empty()),
            "^ID" => assert!(self.kept.remove(rest).is_some(), "{rest} is not in memory"),
            "^XZ" => self.printed.extend(self.label.take()),
            _ => panic!("{name}{rest} is no command of labels"),
        }
    }

    fn stamp(&mut self, row: usize, data: &[u8]) {
        self.label.as_mut().expect("^LL before pictures").stamp(self.at, row, data);
    }
}
