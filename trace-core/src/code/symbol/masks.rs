//! Which of the eight masks makes the best symbol, judged for all eight at once (ISO/IEC 18004 section 7.8.3).
//!
//! A row of modules is one integer, so that a rule is a few shifts; and a row has eight lanes, one for each mask, so
//! that the compiler does several masks in one instruction of whatever the processor has. Each rule marks modules in
//! rows of its own, and marks are added up as bits before they are counted, which is where most of the time would go.
//! The scores are those of the `qrcode` crate, which departs from the standard where it says so (the balance is not
//! rounded to steps of 5 %): what counts is that both choose the same mask. Where rows come from is `layout`'s.

/// The masks of ISO/IEC 18004 table 10, in its order.
pub(super) const MASKS: usize = 8;

/// One row of modules under each mask. Bit n + 4 is the module in column n: the finder rule looks at the four modules
/// before a pattern, and those that are no longer in the symbol must count as light.
pub(super) type Lanes = [u64; MASKS];

/// The bits of a row before its first column.
pub(super) const MARGIN: usize = 4;

/// The most rows that are judged: version 10.
pub(super) const ROWS_MAX: usize = 57;

/// The rows of light that the finder rule sees below: six of the pattern, where it ends in the last row, and four more.
const BELOW: usize = 6 + MARGIN;

/// Room for what two rules mark.
type Marks = [Lanes; 2 * ROWS_MAX];

/// The mask with the lowest score; of equals the lowest number. `data` holds the unmasked modules of data and error
/// correction, `base` all others and the mask itself, so that a symbol is their difference.
pub(super) fn best(base: &[Lanes], data: &[u64]) -> usize {
    let size = base.len().min(ROWS_MAX);
    let mut framed = [[0; MASKS]; MARGIN + ROWS_MAX + BELOW];
    for ((row, base), data) in framed[MARGIN..].iter_mut().zip(base).zip(data) {
        for lane in 0..MASKS {
            row[lane] = base[lane] ^ data;
        }
    }
    let scores = scores(&framed[..MARGIN + size + BELOW], size);
    let mut best = 0;
    for mask in 1..MASKS {
        if scores[mask] < scores[best] {
            best = mask;
        }
    }
    best
}

/// The score of each mask. `framed` has rows of light above and below the symbol.
fn scores(framed: &[Lanes], size: usize) -> Lanes {
    let rows = &framed[MARGIN..MARGIN + size];
    let mut marks = [[0; MASKS]; 2 * ROWS_MAX];
    let finders = finders(framed, rows, &mut marks);
    let runs = runs(rows, &mut marks);
    let squares = squares(rows, &mut marks);
    let dark = counts(rows);
    let modules = (size * size) as u64;
    std::array::from_fn(|mask| {
        let balance = (dark[mask] * 200 / modules).abs_diff(100);
        runs[mask] + 3 * squares[mask] + 40 * finders[mask] + balance
    })
}

/// How often dark, light, three dark, light, dark stand in a row or column, with four light before or after. A pattern
/// with light on both sides counts once.
fn finders(framed: &[Lanes], rows: &[Lanes], marks: &mut Marks) -> Lanes {
    let (along, down) = marks.split_at_mut(rows.len());
    for (row, marks) in rows.iter().zip(along) {
        for lane in 0..MASKS {
            let row = row[lane];
            let fifth = row >> 4;
            let dark = row & fifth;
            let pattern = dark & dark >> 2 & row >> 3 & !((row | fifth) >> 1);
            let any = row | row >> 1;
            let any = any | any >> 2;
            marks[lane] = pattern & !(any << 4 & any >> 7);
        }
    }
    for (window, marks) in framed.array_windows::<{ 7 + 2 * MARGIN }>().zip(down) {
        let [b0, b1, b2, b3, row, m1, m2, m3, m4, m5, m6, a0, a1, a2, a3] = window;
        for lane in 0..MASKS {
            let dark = row[lane] & m2[lane] & m3[lane] & m4[lane] & m6[lane];
            let pattern = dark & !(m1[lane] | m5[lane]);
            let before = b0[lane] | b1[lane] | b2[lane] | b3[lane];
            let after = a0[lane] | a1[lane] | a2[lane] | a3[lane];
            marks[lane] = pattern & !(before & after);
        }
    }
    counts(&marks[..2 * rows.len()])
}

/// Five or more alike in a row or column: n of them score n - 2, and so n - 2 of their modules are marked: those where
/// five alike begin, n - 4, and the two after the last of these, which are still in the run.
fn runs(rows: &[Lanes], marks: &mut Marks) -> Lanes {
    let size = rows.len();
    let ends = ends(size);
    let (along, down) = marks.split_at_mut(size);
    for (row, marks) in rows.iter().zip(along) {
        for lane in 0..MASKS {
            let differs = row[lane] ^ row[lane] >> 1 | ends;
            let differs = differs | differs >> 1;
            let five = !(differs | differs >> 2);
            marks[lane] = five | five << 1 | five << 2;
        }
    }
    let columns = !ends << 1 | 1 << MARGIN;
    let (mut last, mut last_but_one) = ([0; MASKS], [0; MASKS]);
    let mut down = down[..size].iter_mut();
    for (window, marks) in rows.array_windows::<5>().zip(&mut down) {
        let [row, r1, r2, r3, r4] = window;
        for lane in 0..MASKS {
            let differs =
                (row[lane] ^ r1[lane]) | (r1[lane] ^ r2[lane]) | (r2[lane] ^ r3[lane]) | (r3[lane] ^ r4[lane]);
            let five = !differs & columns;
            marks[lane] = five | last[lane] | last_but_one[lane];
            last_but_one[lane] = last[lane];
            last[lane] = five;
        }
    }
    // In the last four rows no five begin any more.
    for marks in down {
        for lane in 0..MASKS {
            marks[lane] = last[lane] | last_but_one[lane];
            last_but_one[lane] = last[lane];
            last[lane] = 0;
        }
    }
    counts(&marks[..2 * size])
}

/// Squares of two by two alike, overlapping ones included.
fn squares(rows: &[Lanes], marks: &mut Marks) -> Lanes {
    let ends = ends(rows.len());
    for ([row, next], marks) in rows.array_windows().zip(&mut marks[..]) {
        for lane in 0..MASKS {
            let (row, next) = (row[lane], next[lane]);
            let down = row ^ next;
            // Where the first two are alike and each is like the one below, the second two are alike as well.
            marks[lane] = !(row ^ row >> 1 | down | down >> 1 | ends);
        }
    }
    counts(&marks[..rows.len() - 1])
}

/// All bits but those of modules that have a right neighbour: there, what looks at neighbours must see a difference.
const fn ends(size: usize) -> u64 {
    !(((1 << (size - 1)) - 1) << MARGIN)
}

/// How many bits are set in each lane of all rows together. Four rows are added as bits before anything is counted.
fn counts(rows: &[Lanes]) -> Lanes {
    let (mut ones, mut twos, mut total) = ([0; MASKS], [0; MASKS], [0; MASKS]);
    let (fours, rest) = rows.as_chunks::<4>();
    for [a, b, c, d] in fours {
        for lane in 0..MASKS {
            let (sum, two) = added(ones[lane], a[lane], b[lane]);
            let (sum, other_two) = added(sum, c[lane], d[lane]);
            ones[lane] = sum;
            let (sum, four) = added(twos[lane], two, other_two);
            twos[lane] = sum;
            total[lane] += count(four);
        }
    }
    for lane in 0..MASKS {
        total[lane] = 4 * total[lane] + 2 * count(twos[lane]) + count(ones[lane]);
    }
    for row in rest {
        for lane in 0..MASKS {
            total[lane] += count(row[lane]);
        }
    }
    total
}

/// A full adder for every bit: sum and carry.
const fn added(a: u64, b: u64, c: u64) -> (u64, u64) {
    let differ = a ^ b;
    (differ ^ c, (a & b) | (differ & c))
}

const fn count(marks: u64) -> u64 {
    marks.count_ones() as u64
}
