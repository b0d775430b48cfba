//! What labels would be like, before any is made: whether they may be made now, of which codes, how fine their symbols
//! come out, and what is to be known although they can be made. The page shows it, `labels.json` answers it, and every file
//! names its notes in a header.

use std::ops::RangeInclusive;

use serde::Serialize;
use trace_core::code::label::{Dpi, LabelError, Template, TemplateKind};
use trace_core::code::{CodeIndex, PrintWarning, Printing};
use trace_core::state::{BatchRow, IssueRow};
use utoipa::ToSchema;

use super::Problem;
use super::labels::{LabelsQuery, TEMPLATE_DEFAULT, dpi, range, range_refused, template, unfit};
use super::printing::{Note, codes_may_go_out, may_go_out, of_key, of_returned};
use crate::app::AppState;
use crate::labels::printable;

/// The header of a file of labels that names its notes, separated by commas.
pub(super) const NOTES_HEADER: &str = "tianma-notes";

/// Labels that may be made.
pub(super) struct Prospect {
    /// On which labels.
    pub template: Template,
    /// For which printer.
    pub dpi: Dpi,
    /// The sale batch.
    pub batch: BatchRow,
    /// The codes, void ones left out.
    pub runs: Vec<RangeInclusive<u32>>,
    /// How many they are.
    pub count: u64,
    /// How many of the range are void.
    pub left_out: u64,
    /// How the symbols come out, if they fit at all.
    pub printing: Result<Printing, LabelError>,
    /// What is to be known.
    pub notes: Vec<Note>,
}

impl Prospect {
    /// Labels of an issue that the caller may see.
    pub async fn of(state: &AppState, issue: &IssueRow, wanted: &LabelsQuery) -> Result<Self, Problem> {
        let name = wanted.template.as_deref().unwrap_or(TEMPLATE_DEFAULT);
        let template = template(state, TemplateKind::Package, name)?.clone();
        let dpi = dpi(wanted.dpi.as_deref())?;
        let (from, to) = range(issue, wanted)?;
        let batch = state.ledger.batch(issue.batch).await?.ok_or_else(Problem::internal)?;
        may_go_out(state, &batch).await?;
        codes_may_go_out(state, issue, from, to).await?;
        let runs = printable(issue, from, to);
        let count = runs.iter().map(|run| u64::from(run.end() - run.start()) + 1).sum::<u64>();
        let first = runs.first().map(|run| *run.start()).ok_or_else(|| {
            range_refused(
                format!("序号 {from} 到 {to} 的码全部已作废，没有可打印的"),
                format!("all codes from {from} to {to} are void; there is nothing to print"),
            )
        })?;
        let code = CodeIndex::new(first).ok();
        let code = code.and_then(|index| state.keys.encode(issue.key_version, issue.number, index).ok());
        let address = state.package_address(&batch, code.ok_or_else(Problem::internal)?);
        let printing = template.printing(&address, dpi);
        let fine = printing.as_ref().ok().and_then(|printing| printing.warning()).map(of_modules);
        let key = of_key(state.keys.is_withdrawn(issue.key_version));
        let notes = key.into_iter().chain(fine).chain(of_returned(issue, &runs)).collect();
        let left_out = u64::from(to - from) + 1 - count;
        Ok(Self { template, dpi, batch, runs, count, left_out, printing, notes })
    }

    /// The notes by name, for the header.
    pub fn names(&self) -> String {
        self.notes.iter().map(|note| note.rule).collect::<Vec<_>>().join(", ")
    }
}

fn of_modules(warning: PrintWarning) -> Note {
    let rule = match warning {
        PrintWarning::Small { .. } => "module_small",
        PrintWarning::Large { .. } => "module_large",
    };
    Note { rule, zh: warning.zh(), en: warning.to_string() }
}

/// What labels would be like.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LabelsBody {
    /// Name of the template
    template: String,
    /// Dots an inch of the printer
    dpi: u32,
    /// How many labels
    count: u64,
    /// How many codes of the range are left out as they are void
    left_out: u64,
    /// Modules along one side of the symbol, without its quiet zone; of the finest that a serial can make
    modules: u32,
    /// Printer dots of a module's side
    dots: u32,
    /// A module's side, the X-dimension, in micrometres
    module_um: u32,
    /// The same in thousandths of an inch
    #[schema(example = "19.7")]
    module_mil: String,
    /// What is to be known of these labels
    notes: Vec<NoteBody>,
}

/// Something to know.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoteBody {
    /// `withdrawn_key`, `module_small`, `module_large` or `returned_codes`
    rule: &'static str,
    /// In English
    en: String,
    /// In Chinese
    zh: String,
}

impl TryFrom<Prospect> for LabelsBody {
    type Error = Problem;

    fn try_from(prospect: Prospect) -> Result<Self, Problem> {
        let printing = prospect.printing.map_err(|error| unfit(&error))?;
        let notes = prospect.notes.into_iter().map(|Note { rule, zh, en }| NoteBody { rule, en, zh });
        Ok(Self {
            template: prospect.template.name().to_owned(),
            dpi: prospect.dpi.per_inch(),
            count: prospect.count,
            left_out: prospect.left_out,
            modules: printing.modules(),
            dots: printing.dots(),
            module_um: printing.module_um(),
            module_mil: printing.module_mil(),
            notes: notes.collect(),
        })
    }
}
