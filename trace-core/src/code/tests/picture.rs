//! Pictures of symbols, their size on a printer, and the brand's mark in them.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::super::*;

#[test]
fn pictures_show_the_modules_and_the_quiet_zone() {
    let symbol = Symbol::new("HTTPS://T.EXAMPLE.CN", Level::M).unwrap();
    let (side, dots) = (symbol.size() + 8, 3);
    let png = symbol.png(3).unwrap();
    let grey = image::load_from_memory(&png).unwrap().into_luma8();
    assert_eq!((grey.width() as usize, grey.height() as usize), (side * dots, side * dots));
    let lines: Vec<Vec<char>> = symbol.terminal().lines().map(|l| l.chars().collect()).collect();
    assert_eq!(lines.len(), side.div_ceil(2));
    for (x, y, pixel) in grey.enumerate_pixels() {
        let (column, row) = (x as usize / dots, y as usize / dots);
        let inner = |place: usize| (4..side - 4).contains(&place);
        let dark = inner(column) && inner(row) && symbol.is_dark(column - 4, row - 4);
        assert_eq!(pixel.0, [if dark { 0 } else { 255 }], "column {column}, row {row}");
        let light_drawn = if row % 2 == 0 { ['█', '▀'] } else { ['█', '▄'] };
        assert_eq!(light_drawn.contains(&lines[row / 2][column]), !dark);
    }
    let header = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
    assert_eq!((header.info().color_type, header.info().bit_depth), (png::ColorType::Grayscale, png::BitDepth::One));
    assert!(header.info().pixel_dims.is_none());
    assert!(symbol.terminal_coloured().lines().all(|line| line.ends_with("\u{1b}[0m")));
}

#[test]
fn pictures_out_of_proportion_are_refused() {
    let symbol = Symbol::new("HTTPS://T.EXAMPLE.CN", Level::M).unwrap();
    assert!(matches!(symbol.png(0), Err(PictureError::Dots { received: 0, max: 141 })));
    assert!(matches!(symbol.png(142), Err(PictureError::Dots { received: 142, .. })));
    assert!(symbol.png(u32::MAX).is_err());
}

/// The modules that the path of an SVG draws, in the order of rows.
fn drawn(svg: &str) -> Vec<(usize, usize)> {
    let path = svg.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
    let (mut column, mut row) = (0, 0);
    let mut modules = Vec::new();
    for run in path.split_terminator(['M', 'm']).skip(1) {
        let (to, length) = run.split_once('h').unwrap();
        let (x, y) = to.split_once(' ').unwrap();
        match y.strip_suffix(".5") {
            Some(y) => (column, row) = (x.parse().unwrap(), y.parse().unwrap()),
            None => column += x.parse::<usize>().unwrap(),
        }
        let length: usize = length.parse().unwrap();
        modules.extend((column..column + length).map(|column| (column, row)));
        column += length;
    }
    modules
}

#[test]
fn one_path_draws_all_modules() {
    for text in ["HTTPS://T.EXAMPLE.CN", &"天麻".repeat(100)] {
        let symbol = Symbol::new(text, Level::M).unwrap();
        let svg = symbol.svg("<a & \"b\">\u{7}");
        assert_eq!(svg.matches("<path").count(), 1);
        assert!(svg.contains("<title>&lt;a &amp; &quot;b&quot;&gt;</title>"), "{svg}");
        let size = symbol.size();
        let dark = (0..size * size).map(|place| (place % size, place / size));
        let dark: Vec<_> = dark
            .filter(|(column, row)| symbol.is_dark(*column, *row))
            .map(|(column, row)| (column + 4, row + 4))
            .collect();
        assert_eq!(drawn(&svg), dark);
        // A run of modules takes some seven characters.
        assert!(svg.len() < 5 * size * size, "{} bytes", svg.len());
    }
}

fn of_33_modules() -> Symbol {
    let symbol = Symbol::new(&"A".repeat(90), Level::M).unwrap();
    assert_eq!(symbol.size(), 33);
    symbol
}

#[test]
fn dots_are_whole_and_at_least_two() {
    let symbol = of_33_modules();
    let dots = |width, dpi| symbol.printed(width, dpi).map(Printing::dots);
    // 15 mm at 203 dpi are 119 dots, 3.6 a module; at 300 dpi, 177.
    assert_eq!(dots(15, 203), Ok(3));
    assert_eq!(dots(15, 300), Ok(5));
    assert_eq!(dots(9, 203), Ok(2));
    let error = dots(8, 203).unwrap_err();
    assert_eq!(error, PrintingError::TooNarrow { modules: 33, width_mm: 8, dpi: 203, needed_mm: 9 });
    assert!(error.zh().contains("需要 9 毫米"));
    assert_eq!(dots(0, 203).unwrap_err().to_string(), error.to_string().replace(" 8 ", " 0 "));
    for (width, dpi) in [(15, 0), (15, 99), (15, 4801), (1001, 203), (u32::MAX, 203)] {
        assert!(matches!(dots(width, dpi), Err(PrintingError::Printer { .. })));
    }
    // The largest that may be asked for.
    let largest = symbol.printed(1000, 4800).unwrap();
    assert!((995_000..=1_000_000).contains(&(largest.module_um() * 33)));
    assert!((1_238_000..=1_243_000).contains(&largest.outer_um()));
}

#[test]
fn modules_are_warned_of_outside_what_gs1_allows() {
    let symbol = of_33_modules();
    let printing = |width, dpi| symbol.printed(width, dpi).unwrap();
    // 203 dpi: a dot is 0.125 mm, so 3 dots are too small, 4 to 7 right, 8 too large.
    let small = PrintWarning::Small { module_um: 375, dots: 4, width_mm: 17 };
    assert_eq!(printing(15, 203).warning(), Some(small));
    assert_eq!(
        small.to_string(),
        "modules of 0.375 mm (14.8 mil) are smaller than GS1 allows (0.396 to 0.990 mm); 4 dots a module make the symbol 17 mm wide"
    );
    assert!(small.zh().contains("二维码宽 17 毫米"), "{}", small.zh());
    assert_eq!((printing(17, 203).dots(), printing(17, 203).warning()), (4, None));
    assert_eq!((printing(29, 203).dots(), printing(29, 203).warning()), (7, None));
    let large = PrintWarning::Large { module_um: 1001, dots: 7 };
    assert_eq!(printing(34, 203).warning(), Some(large));
    assert!(large.to_string().contains("at most 7 dots") && large.zh().contains("最多 7 个点"));
    // 300 dpi: 5 to 11 dots.
    assert_eq!((printing(15, 300).dots(), printing(15, 300).warning()), (5, None));
    assert_eq!(printing(12, 300).warning(), Some(PrintWarning::Small { module_um: 339, dots: 5, width_mm: 14 }));
    assert_eq!((printing(31, 300).dots(), printing(31, 300).warning()), (11, None));
    assert_eq!(printing(34, 300).warning(), Some(PrintWarning::Large { module_um: 1016, dots: 11 }));
    // 33 + 8 modules of 4 dots, 20.52 mm, rounded up.
    assert_eq!(printing(17, 203).outer_um(), 20_600);
}

#[test]
fn a_picture_for_a_printer_knows_its_size() {
    let symbol = of_33_modules();
    let png = symbol.png_printed(symbol.printed(17, 203).unwrap()).unwrap();
    let header = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
    let dims = header.info().pixel_dims.unwrap();
    // 203 dots an inch are 7,992.1 a metre.
    assert_eq!((header.info().width, dims.xppu, dims.yppu), (41 * 4, 7992, 7992));
    assert!(matches!(dims.unit, png::Unit::Meter));
}

#[test]
fn a_mark_stands_in_the_middle_and_leaves_some_correction() {
    let address = "HTTPS://T.EXAMPLE.CN/T/CJZCKKD64D6EX5CXY40K";
    let plain = Symbol::new(address, Level::H).unwrap();
    let marked = Symbol::with_mark(address, &Mark::tian()).unwrap();
    assert_eq!((plain.size(), marked.size()), (33, 33));
    let shown: Vec<String> = (12..21)
        .map(|row| (12..21).map(|column| if marked.is_dark(column, row) { '#' } else { '.' }).collect())
        .collect();
    assert_eq!(
        shown,
        [
            ".........",
            "..#####..",
            "....#....",
            ".#######.",
            "....#....",
            "...#.#...",
            "..#...#..",
            ".#.....#.",
            "........."
        ]
    );
    let outside = |column: usize, row: usize| !(12..21).contains(&column) || !(12..21).contains(&row);
    for (column, row) in
        (0..33 * 33).map(|place| (place % 33, place / 33)).filter(|(column, row)| outside(*column, *row))
    {
        assert_eq!(plain.is_dark(column, row), marked.is_dark(column, row), "{column}, {row}");
    }
}

#[test]
fn marks_that_cannot_be_are_refused() {
    assert_eq!(Mark::parse(""), Err(MarkError::Shape { lines: 1, line: 1, length: 0 }));
    assert_eq!(Mark::parse("##\n##"), Err(MarkError::Shape { lines: 2, line: 1, length: 2 }));
    assert_eq!(Mark::parse("###\n##\n###"), Err(MarkError::Shape { lines: 3, line: 2, length: 2 }));
    assert_eq!(Mark::parse("###\n#x#\n###"), Err(MarkError::Character { line: 2, character: 'x' }));
    assert!(Mark::parse(&"#################\n".repeat(17)).is_err());
    let of = |side: usize| Mark::parse(&format!("{}\n", "#".repeat(side)).repeat(side)).unwrap();
    assert_eq!(Symbol::with_mark("A", &of(3)), Err(MarkError::Size { side: 3, size: 21 }));
    assert_eq!(Symbol::with_mark("", &of(3)), Err(SymbolError::Empty.into()));
    let address = "HTTPS://T.EXAMPLE.CN/T/CJZCKKD64D6EX5CXY40K";
    // Version 4 at level H: of 25 codewords in a block 16 are of error correction and mend 8; 2 of these are kept.
    let error = Symbol::with_mark(address, &of(13)).unwrap_err();
    assert!(matches!(error, MarkError::Damage { side: 13, damaged: 7.., allowed: 6 }), "{error}");
    assert_eq!(Symbol::with_mark(&"A".repeat(200), &of(3)), Err(MarkError::Size { side: 3, size: 61 }));
}
