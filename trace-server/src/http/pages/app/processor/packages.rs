//! Packages by their codes, as they are typed, pasted or scanned: single codes, addresses out of QR symbols, ranges of
//! codes, and ranges by number as the printed sheets count. They become runs of their code issues.
//!
//! It deliberately does not ask whose the packages are or what happened to them; the ledger judges that.

use std::collections::{BTreeMap, BTreeSet};

use trace_core::code::{CodeIndex, IssueNumber, PackageCode};
use trace_core::id::BatchCode;
use trace_core::record::CodeRange;
use trace_core::state::{IssueRow, Key, Row};

use super::package_text::{self, Meant};
use super::stock::rows_of;
use crate::app::AppState;
use crate::http::forms::FieldErrors;
use crate::http::pages::app::form::FormPage;
use crate::http::pages::app::words::{amount_of, range_words};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedIn};
use crate::http::pages::language::Lang;
use crate::store::StoreError;

/// Most pieces of one form; whoever has more names ranges.
const PIECES_MAX: usize = 2_000;
/// So many mistakes are told at once.
const TOLD_MAX: usize = 3;

/// Packages of one issue that follow each other.
#[derive(Debug, Clone)]
pub struct Run {
    /// Which codes.
    pub range: CodeRange,
    /// The sale batch.
    pub batch: BatchCode,
    /// What they hold, in base units.
    pub amount: i64,
}

/// The runs of one sale batch, and what they hold together.
#[derive(Debug, Clone)]
pub struct OfBatch {
    /// The sale batch.
    pub batch: BatchCode,
    /// Its runs, in order.
    pub runs: Vec<Run>,
}

impl OfBatch {
    /// What the packages hold, in base units.
    pub fn amount(&self) -> i64 {
        self.runs.iter().map(|run| run.amount).sum()
    }

    /// How many packages.
    pub fn count(&self) -> i64 {
        self.runs.iter().map(|run| run.range.count()).sum()
    }

    /// As a record states them.
    pub fn ranges(&self) -> Vec<CodeRange> {
        self.runs.iter().map(|run| run.range).collect()
    }
}

/// The packages that a field names, by sale batch; what is wrong with it stands beside the field. A code that was scanned
/// twice is one package.
///
/// # Errors
/// [`StoreError`].
pub async fn read(
    text: &str,
    field: &'static str,
    errors: &mut FieldErrors,
    lang: Lang,
    state: &AppState,
) -> Result<Vec<OfBatch>, StoreError> {
    let pieces = package_text::pieces(text);
    if pieces.len() > PIECES_MAX {
        let zh = format!("共 {} 行，一次最多 {PIECES_MAX} 行；连续的码请写成一段", pieces.len());
        let en = format!(
            "{} lines, at most {PIECES_MAX} at a time; write codes that follow each other as a range",
            pieces.len()
        );
        errors.put(field, lang.t(&zh, &en));
        return Ok(Vec::new());
    }
    let mut wrong = Vec::new();
    let mut ranges = Vec::new();
    for piece in &pieces {
        match piece.meant.as_ref().map_err(Clone::clone).and_then(|meant| range(meant, state)) {
            Ok(named) => ranges.push((piece.typed.as_str(), named)),
            Err((zh, en)) => wrong.push(told(&piece.typed, &zh, &en, lang)),
        }
    }
    let issues = issues(ranges.iter().map(|(_, named)| named.range.issue).collect(), state).await?;
    let mut runs: Vec<Run> = Vec::new();
    for (typed, named) in ranges {
        match issues.get(&named.range.issue).map(|issue| run(&named, issue)) {
            Some(Ok(run)) => runs.push(run),
            Some(Err((zh, en))) => wrong.push(told(typed, &zh, &en, lang)),
            None => {
                let number = named.range.issue;
                let (zh, en) = (format!("系统里没有赋码批 {number}"), format!("there is no code issue {number}"));
                wrong.push(told(typed, &zh, &en, lang));
            }
        }
    }
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(TOLD_MAX);
        wrong.truncate(TOLD_MAX);
        let words = wrong.join(lang.t("；", "; "));
        let words = match lang {
            _ if more == 0 => words,
            Lang::Zh => format!("{words}；另有 {more} 处不对"),
            Lang::En => format!("{words}; and {more} more"),
        };
        errors.put(field, words);
    }
    Ok(by_batch(joined(runs)))
}

fn told(typed: &str, zh: &str, en: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("“{typed}”：{zh}"),
        Lang::En => format!("'{typed}': {en}"),
    }
}

/// A range with the version of the key that made its codes; by number there is none to compare.
struct Named {
    range: CodeRange,
    key_version: Option<u8>,
}

/// What a piece names; codes are opened by the key ring, without the database.
fn range(meant: &Meant, state: &AppState) -> Result<Named, (String, String)> {
    let open = |code: &PackageCode| {
        state.keys.decode(code).ok_or_else(|| {
            (
                format!("系统里没有溯源码 {}，请核对有没有看错字符", code.grouped()),
                format!("there is no package code {}; a character may be wrong", code.grouped()),
            )
        })
    };
    let (range, key_version) = match meant {
        Meant::One(code) => {
            let one = open(code)?;
            (CodeRange { issue: one.issue(), from: one.index(), to: one.index() }, Some(one.key_version()))
        }
        Meant::FromTo(first, last) => {
            let (first, last) = (open(first)?, open(last)?);
            if first.issue() != last.issue() || first.key_version() != last.key_version() {
                return Err((
                    format!("两头不是同一个赋码批的（{} 和 {}），请分段写", first.issue(), last.issue()),
                    format!(
                        "its ends are of two issues, {} and {}; write one range for each",
                        first.issue(),
                        last.issue()
                    ),
                ));
            }
            let (from, to) = (first.index().min(last.index()), first.index().max(last.index()));
            (CodeRange { issue: first.issue(), from, to }, Some(first.key_version()))
        }
        Meant::Numbers { issue, from, to } => {
            let wrong = || {
                (
                    format!("序号应从 1 起，从小到大，写成 {issue}:{from}-{to} 这样"),
                    "numbers count from 1 and go up, as in 12:1-40".to_owned(),
                )
            };
            let index = |number: u32| number.checked_sub(1).and_then(|index| CodeIndex::new(index).ok());
            let number = IssueNumber::new(*issue).ok();
            match (number, index(*from), index(*to)) {
                (Some(issue), Some(from), Some(to)) if from <= to => (CodeRange { issue, from, to }, None),
                _ => return Err(wrong()),
            }
        }
    };
    Ok(Named { range, key_version })
}

/// The run, if the issue has these codes.
fn run(named: &Named, issue: &IssueRow) -> Result<Run, (String, String)> {
    let range = named.range;
    if named.key_version.is_some_and(|version| version != issue.key_version) {
        return Err(("系统里没有这个溯源码".to_owned(), "there is no such package code".to_owned()));
    }
    if i64::from(range.to.get()) >= issue.count {
        return Err((
            format!("赋码批 {} 只有 {} 个码", issue.number, issue.count),
            format!("issue {} has {} codes only", issue.number, issue.count),
        ));
    }
    Ok(Run { range, batch: issue.batch, amount: range.count().saturating_mul(issue.package_amount) })
}

/// Puts what the packages are above a form: of which batch, which numbers, how many, and what they hold.
///
/// # Errors
/// The store's failure, as a page.
pub async fn facts(
    mut page: FormPage,
    packages: &[OfBatch],
    who: &SignedIn,
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let rows = rows_of(packages.iter().map(|one| one.batch), state).await.or_refuse(who)?;
    for one in packages {
        let Some(row) = rows.get(&one.batch) else { continue };
        let product = lang.t(row.product.zh(), row.product.en());
        let holds = amount_of(lang, row.product, one.amount());
        let count = match lang {
            Lang::Zh => format!("{} 包", one.count()),
            Lang::En => Lang::counted(one.count(), "package", "packages"),
        };
        page = page.fact(lang.t("批次", "Batch"), format!("{} · {product} · {count} · {holds}", one.batch));
        for run in &one.runs {
            page = page.fact(lang.t("溯源码", "Codes"), range_words(lang, &run.range));
        }
    }
    Ok(page)
}

async fn issues(
    numbers: BTreeSet<IssueNumber>,
    state: &AppState,
) -> Result<BTreeMap<IssueNumber, IssueRow>, StoreError> {
    let (rows, _) = state.ledger.store().load(&numbers.into_iter().map(Key::Issue).collect()).await?;
    let rows =
        rows.into_iter().filter_map(|row| if let Row::Issue(row) = row { Some((row.number, row)) } else { None });
    Ok(rows.collect())
}

/// Runs that touch or overlap become one.
fn joined(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by_key(|run| run.range);
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        // What one package holds is the same throughout an issue.
        let each = run.amount / run.range.count().max(1);
        match joined.last_mut() {
            Some(last) if last.range.issue == run.range.issue && run.range.from.get() <= last.range.to.get() + 1 => {
                last.range.to = last.range.to.max(run.range.to);
                last.amount = last.range.count().saturating_mul(each);
            }
            _ => joined.push(run),
        }
    }
    joined
}

fn by_batch(runs: Vec<Run>) -> Vec<OfBatch> {
    let mut batches: Vec<OfBatch> = Vec::new();
    for run in runs {
        match batches.iter_mut().find(|one| one.batch == run.batch) {
            Some(one) => one.runs.push(run),
            None => batches.push(OfBatch { batch: run.batch, runs: vec![run] }),
        }
    }
    batches
}
