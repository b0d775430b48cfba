//! A package's QR symbol, version 4 at level M: ours against the crates `qrcode`, whose modules ours must equal, and
//! `fast_qr`, which chooses other masks.
//!
//! Ratios come first: in each round all of them are timed one after another, so that what else the machine does meets all
//! alike, and the median of the rounds' ratios is printed with its quartiles. Criterion's figures of each follow.

#![allow(clippy::unwrap_used, reason = "a bench that cannot set up has nothing to measure")]

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use fast_qr::{ECL, QRBuilder};
use qrcode::{Color, EcLevel, QrCode};
use trace_core::code::{DigitalLink, Gtin14, Host, Level, LotNumber, PackageCode, Scheme, Symbol};

/// Rounds, and symbols of each kind in a round: some 20 ms a round.
const ROUNDS: usize = 101;
const SYMBOLS: u32 = 40;

/// What a code issue knows of its packages beside their serials.
struct Issue {
    gtin: Gtin14,
    lot: LotNumber,
    host: Host,
}

impl Issue {
    fn address(&self, code: PackageCode) -> String {
        DigitalLink::new(self.gtin, self.lot.clone(), code).address(Scheme::Https, &self.host)
    }
}

fn issue() -> (Issue, PackageCode) {
    let issue = Issue {
        gtin: "06901234567892".parse().unwrap(),
        lot: LotNumber::parse("S261120-4F7K2MQ").unwrap(),
        host: Host::parse("trace.example.cn").unwrap(),
    };
    (issue, "CJZCKKD64D6EX5CXY40K".parse().unwrap())
}

fn ours(address: &str) -> Symbol {
    Symbol::new(address, Level::M).unwrap()
}

fn crates(address: &str) -> QrCode {
    QrCode::with_error_correction_level(address, EcLevel::M).unwrap()
}

fn fast(address: &str) -> fast_qr::QRCode {
    QRBuilder::new(address).ecl(ECL::M).build().unwrap()
}

/// Nanoseconds a call.
fn time<R>(mut call: impl FnMut() -> R) -> f64 {
    let started = Instant::now();
    for _ in 0..SYMBOLS {
        black_box(call());
    }
    started.elapsed().as_secs_f64() * 1e9 / f64::from(SYMBOLS)
}

/// The median, and the quartiles: a round in which another program had the processor says nothing.
fn middle(mut figures: Vec<f64>) -> (f64, f64, f64) {
    figures.sort_by(f64::total_cmp);
    (figures[figures.len() / 2], figures[figures.len() / 4], figures[figures.len() * 3 / 4])
}

fn symbols(c: &mut Criterion) {
    let (issue, code) = issue();
    let address = issue.address(code);
    let (symbol, of_crate) = (ours(&address), crates(&address));
    assert_eq!((symbol.version(), of_crate.width()), (4, 33));
    assert!(symbol.modules().eq(of_crate.into_colors().into_iter().map(|colour| colour == Color::Dark)));
    assert_eq!(fast(&address).size, 33);

    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let address = black_box(&address);
            [
                time(|| crates(address)),
                time(|| fast(address)),
                time(|| ours(address)),
                time(|| ours(&issue.address(black_box(code)))),
            ]
        })
        .collect();
    let named = [("qrcode", 0), ("fast_qr", 1)];
    for (what, own) in [("from its address", 2), ("from its serial", 3)] {
        let (median, ..) = middle(rounds.iter().map(|round| round[own]).collect());
        println!("a symbol {what}: {median:.0} ns");
        for (name, other) in named {
            let (time, ..) = middle(rounds.iter().map(|round| round[other]).collect());
            let (ratio, least, most) = middle(rounds.iter().map(|round| round[other] / round[own]).collect());
            println!("  {ratio:.1}x {name} ({least:.1} to {most:.1}), which takes {time:.0} ns");
        }
    }

    let mut group = c.benchmark_group("a symbol of version 4, level M");
    group.bench_function("qrcode", |b| b.iter(|| crates(black_box(&address))));
    group.bench_function("fast_qr", |b| b.iter(|| fast(black_box(&address))));
    group.bench_function("ours, from the address", |b| b.iter(|| ours(black_box(&address))));
    group.bench_function("ours, from the serial", |b| b.iter(|| ours(&issue.address(black_box(code)))));
    group.finish();
}

criterion_group!(benches, symbols);
criterion_main!(benches);
