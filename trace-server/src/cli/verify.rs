//! `trace-server verify FILE`: checks an evidence file where there is no server, no database and no network.
//!
//! The verification is the core's; this reads the file and says in words what was proven and what was not.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use trace_core::evidence::{EVIDENCE_BYTES_MAX, Fault, Report, Trust, Verdict, Words, verify};
use trace_core::log::{KeyType, VerifierKey};

/// Faults that are listed of one step; the rest is counted. `--json` has all of them.
const FAULTS_SHOWN_MAX: usize = 20;

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The evidence file, as a package's or batch's page offers it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Verifier key of the log, from elsewhere than the file: NAME+ID+KEY.
    #[arg(long, value_name = "VKEY")]
    key: Option<VerifierKey>,
    /// Verifier key of a witness that must have cosigned; may be given several times.
    #[arg(long = "witness", value_name = "VKEY")]
    witnesses: Vec<VerifierKey>,
    /// Prints the whole report as JSON.
    #[arg(long)]
    json: bool,
    /// Language of the report; that of the terminal unless set.
    #[arg(long, value_enum)]
    lang: Option<ReportLang>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportLang {
    /// 中文
    Zh,
    /// English
    En,
}

impl ReportLang {
    /// By the environment (POSIX, "Environment Variables"), else English.
    fn of_terminal() -> Self {
        let set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
        let name = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find(|name| set(name));
        let value = name.and_then(|name| std::env::var(name).ok()).unwrap_or_default();
        if value.starts_with("zh") { Self::Zh } else { Self::En }
    }

    fn of(self, words: &Words) -> &str {
        self.t(&words.zh, &words.en)
    }

    fn t<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// Checks and prints; an error where anything does not hold, so that the exit code says it, too.
#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) fn run(command: Verify) -> anyhow::Result<()> {
    if command.key.as_ref().is_some_and(|key| key.key_type() != KeyType::Ed25519) {
        bail!("--key takes the verifier key of the log (type 1, Ed25519); that of a witness goes to --witness");
    }
    if command.witnesses.iter().any(|key| key.key_type() != KeyType::Cosignature) {
        bail!("--witness takes the verifier key of a witness (type 4, cosignature); that of the log goes to --key");
    }
    let named = || format!("reading {}", command.file.display());
    let size = std::fs::metadata(&command.file).with_context(named)?.len();
    if size > EVIDENCE_BYTES_MAX as u64 {
        bail!("{} has {size} bytes, and an evidence file at most {EVIDENCE_BYTES_MAX}", command.file.display());
    }
    let bytes = std::fs::read(&command.file).with_context(named)?;
    let report = verify(&bytes, &Trust { key: command.key, witnesses: command.witnesses });
    if command.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", in_words(&report, command.lang.unwrap_or_else(ReportLang::of_terminal)));
    }
    match report.faults().count() {
        0 => Ok(()),
        1 => bail!("this evidence file does not hold: 1 fault"),
        faults => bail!("this evidence file does not hold: {faults} faults"),
    }
}

fn in_words(report: &Report, lang: ReportLang) -> String {
    let mut text = String::new();
    let mut line = |line: &str| _ = writeln!(text, "{line}");
    if let Some(batch) = &report.batch {
        line(&format!("{} {batch}", lang.t("证据文件，批次", "Evidence file of batch")));
    }
    if let Some(package) = &report.package {
        line(&format!("{} {}", lang.t("溯源码", "Package code"), package.code.grouped()));
    }
    line("");
    for step in &report.steps {
        let mark = match step.verdict {
            Verdict::Proven => lang.t("[成立]", "[ ok ]"),
            Verdict::Failed => lang.t("[不成立]", "[FAIL]"),
            Verdict::NotChecked => lang.t("[未核对]", "[ -- ]"),
        };
        line(&format!("{mark} {}{}{}", lang.of(&step.name.title()), lang.t("：", ": "), lang.of(&step.says)));
        for fault in step.faults.iter().take(FAULTS_SHOWN_MAX) {
            line(&format!("       {}", one_fault(fault, lang)));
        }
        if step.faults.len() > FAULTS_SHOWN_MAX {
            let more = step.faults.len() - FAULTS_SHOWN_MAX;
            line(&format!("       {}", lang.t(&format!("另有 {more} 处"), &format!("and {more} more"))));
        }
    }
    line("");
    line(if report.holds() {
        lang.t(
            "已证明：这些记录的字节没有被改动，彼此的来源关系成立，并收录在上述检查点的日志里。",
            "Proven: the bytes of these records were not altered, they build on one another as they say, and the log \
             of that checkpoint holds them.",
        )
    } else {
        lang.t(
            "这份文件不成立。请保存它，并与日志方或监管部门核对。",
            "This file does not hold. Keep it, and take it up with the log's operator or the authorities.",
        )
    });
    line("");
    line(lang.t("没有证明的：", "Not proven:"));
    for open in &report.unproven {
        line(&format!("  - {}", lang.of(open)));
    }
    text
}

fn one_fault(fault: &Fault, lang: ReportLang) -> String {
    let record = fault.record.map(|id| format!("{} {id}, ", lang.t("记录", "record"))).unwrap_or_default();
    let colon = lang.t("：", ": ");
    let place = if fault.place.is_empty() { lang.t("整个文件", "the file") } else { &fault.place };
    format!("{record}{place}{colon}{}", lang.of(&fault.words))
}
