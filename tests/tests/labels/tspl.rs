//! A small interpreter of TSPL: takes the commands that labels use and no others, checks their parameters, refuses
//! every dot beside the label, and gives the paper.

use crate::paper::Paper;

/// Prints a file on a printer of so many dots a millimetre.
pub fn print(mut file: &[u8], dots_per_mm: f64) -> Vec<Paper> {
    let (mut printed, mut size) = (Vec::new(), None);
    let mut label: Option<Paper> = None;
    while !file.is_empty() {
        let name = word(&mut file);
        match name.as_str() {
            "SIZE" => {
                let line = line(&mut file);
                let mm: Vec<f64> =
                    line.split(',').map(|part| part.strip_suffix(" mm").unwrap().parse().unwrap()).collect();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a label's side")]
                let dots = |mm: f64| (mm * dots_per_mm).floor() as usize;
                size = Some((dots(mm[0]), dots(mm[1])));
            }
            "GAP" => assert_eq!(line(&mut file), "2 mm,0 mm"),
            "DIRECTION" => assert_eq!(line(&mut file), "1"),
            "REFERENCE" => assert_eq!(line(&mut file), "0,0"),
            "CLS" => {
                let (width, height) = size.expect("SIZE before labels");
                label = Some(Paper::white(width, height));
            }
            "BITMAP" => {
                let numbers: Vec<usize> = (0..5).map(|_| comma(&mut file).parse().unwrap()).collect();
                let [x, y, row, height, mode] = numbers[..] else { unreachable!() };
                assert_eq!(mode, 0, "overwrite");
                // A set bit is white.
                let data: Vec<u8> = file[..row * height].iter().map(|byte| !byte).collect();
                file = file[row * height..].strip_prefix(b"\r\n").expect("the end of the line");
                label.as_mut().expect("CLS before pictures").stamp((x, y), row, &data);
            }
            "QRCODE" => {
                let line = line(&mut file);
                let parts: Vec<&str> = line.splitn(9, ',').collect();
                let [x, y, level, cell, "M", "0", "M2", mask, text] = parts[..] else { panic!("QRCODE {line}") };
                let text = text.strip_prefix("\"A").and_then(|text| text.strip_suffix('"')).expect("alphanumeric text");
                let mask: u8 = mask.strip_prefix('S').unwrap().parse().unwrap();
                let cell: usize = cell.parse().unwrap();
                assert!((1..=10).contains(&cell) && mask <= 7, "QRCODE {line}");
                let place = (x.parse().unwrap(), y.parse().unwrap());
                label.as_mut().expect("CLS before symbols").symbol(place, text, level, mask, cell);
            }
            "PRINT" => {
                assert_eq!(line(&mut file), "1,1");
                printed.push(label.take().expect("something to print"));
            }
            other => panic!("{other} is no command of labels"),
        }
    }
    assert!(label.is_none(), "the last label is not printed");
    printed
}

/// The name of a command; one without parameters ends its line.
fn word(file: &mut &[u8]) -> String {
    let end = file.iter().position(|byte| *byte == b' ' || *byte == b'\r').expect("a command");
    let word = String::from_utf8(file[..end].to_vec()).expect("ASCII");
    let skipped = if file[end] == b' ' { 1 } else { 2 };
    *file = &file[end + skipped..];
    word
}

fn line(file: &mut &[u8]) -> String {
    let end = file.windows(2).position(|pair| pair == b"\r\n").expect("the end of the line");
    let line = String::from_utf8(file[..end].to_vec()).expect("ASCII");
    *file = &file[end + 2..];
    line
}

fn comma(file: &mut &[u8]) -> String {
    let end = file.iter().position(|byte| *byte == b',').expect("a comma");
    let part = String::from_utf8(file[..end].to_vec()).expect("ASCII");
    *file = &file[end + 1..];
    part
}
