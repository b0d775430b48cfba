//! Files of labels against the clock: a list of 1,000,000 codes, PDFs of 3,000 and 100,000 labels, 3,000 labels in each
//! printer's language; with the greatest resident memory of the process above what it had before.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot set up has nothing to measure")]

use std::io::Write;
use std::time::Instant;

use trace_core::code::label::{Dpi, Facts, Item, SymbolBy, Template};
use trace_core::code::{CodeIndex, CodeKey, DigitalLink, Gtin14, Host, IssueNumber, KeyRing, LotNumber, Scheme};
use trace_server::labels::{FontSource, Format, Job, Work as _};

/// Counts what is written and keeps nothing, as a socket does.
struct Sink(u64);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn job(format: Format, count: u32) -> Job {
    let keys = KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap();
    let host = Host::parse("t.example.cn").unwrap();
    let (gtin, lot) = (Gtin14::parse("6901234567892").unwrap(), LotNumber::parse("R261120-4F7K2MQ").unwrap());
    let facts = [
        (Item::Product, "干天麻"),
        (Item::NetContent, "净含量 250 g"),
        (Item::Grade, "等级 特等"),
        (Item::Batch, "批次 R261120-4F7K2MQ"),
        (Item::Packed, "包装日期 2026-11-20"),
        (Item::ShelfLife, "保质期 24 个月"),
        (Item::Producer, "生产者 小草坝天麻加工有限公司"),
        (Item::Mark, "产地「彝良天麻」"),
        (Item::Warning, "不建议孕妇、哺乳期妇女及婴幼儿食用"),
    ];
    Job {
        format,
        template: Template::built_in().remove(0),
        dpi: Dpi::D203,
        symbols: SymbolBy::Printer,
        facts: facts.into_iter().fold(Facts::default(), |facts, (item, text)| facts.with(item, text)),
        title: "R261120-4F7K2MQ 1".to_owned(),
        runs: vec![0..=count - 1],
        code: Box::new(move |index| {
            let code = keys.encode(1, IssueNumber::new(1).ok()?, CodeIndex::new(index).ok()?).ok()?;
            Some((code, DigitalLink::new(gtin, lot.clone(), code).address(Scheme::Https, &host)))
        }),
    }
}

fn main() {
    // `cargo test` runs benches without this word, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    // The greatest memory only grows, so what needs least goes first.
    for (format, count, must) in [
        (Format::Csv, 1_000_000, "8 s, 50 MB above idle"),
        (Format::Xlsx, 1_000_000, "no target"),
        (Format::Zpl, 3_000, "no target"),
        (Format::Tspl, 3_000, "no target"),
        (Format::Zip, 3_000, "no target"),
        (Format::Pdf, 3_000, "3 s, a file of 10 MB"),
        (Format::Pdf, 100_000, "200 MB"),
    ] {
        let (job, before, begun) = (job(format, count), memory("VmRSS:"), Instant::now());
        let mut sink = Sink(0);
        job.write(&FontSource::new(None), &mut sink, &mut || ()).unwrap();
        println!(
            "{format} of {count}: {:.2} s, a file of {} kB, at most {:.0} MB resident, {before:.0} before (must {must})",
            begun.elapsed().as_secs_f64(),
            sink.0 / 1000,
            memory("VmHWM:"),
        );
    }
}

fn memory(which: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(which)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
