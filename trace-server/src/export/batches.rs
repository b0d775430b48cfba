//! The pages of sale batches, their evidence files, and the lists by month.

use trace_core::id::{BatchCode, Stage};
use trace_core::state::{Key, Row};
use trace_core::time::Zone;

use super::folder::Folder;
use super::{ExportError, Progress, Told, signed};
use crate::app::AppState;
use crate::http::pages::language::Lang;
use crate::http::pages::still::{Month, StillBatch, StillPages};
use crate::log::evidence::{GatherError, Subject};
use crate::scan::Story;
use crate::store::BatchFilter;

/// Batches that are asked for at once.
const BATCHES_TOGETHER: u32 = 200;

/// What was written.
#[derive(Default)]
pub(super) struct Written {
    pub batches: u64,
    pub without_evidence: Vec<String>,
}

/// The zone in which the ledger tells its days.
pub(super) async fn zone(state: &AppState) -> Result<Zone, ExportError> {
    let (rows, _) = state.ledger.store().load(&[Key::Ledger].into()).await?;
    let found = rows.into_iter().find_map(|row| match row {
        Row::Ledger(row) => Some(row.zone),
        _ => None,
    });
    Ok(found.unwrap_or(Zone::CHINA))
}

/// Writes them newest first, as the store lists them; a list is written when its month is over.
pub(super) async fn write(
    state: &AppState,
    folder: &Folder,
    still: &StillPages<'_>,
    told: &Told,
) -> Result<Written, ExportError> {
    let mut written = Written::default();
    let mut months: Vec<Month> = Vec::new();
    let mut of_month: Vec<String> = Vec::new();
    let mut filter = BatchFilter { stage: Some(Stage::Sale), limit: BATCHES_TOGETHER, ..BatchFilter::default() };
    loop {
        let rows = state.ledger.store().batches(&filter).await?;
        for row in &rows {
            let month = row.occurred_at.date().strftime("%Y-%m").to_string();
            if months.last().is_none_or(|last| last.name != month) {
                end_month(folder, still, &mut months, &mut of_month)?;
                months.push(Month { name: month, batches: 0 });
            }
            let proven = batch(state, folder, still, row.code).await?;
            let code = row.code.to_string();
            if !proven {
                written.without_evidence.push(code.clone());
            }
            of_month.push(code);
            written.batches += 1;
            told(Progress::Batches(written.batches));
        }
        let Some(last) = rows.last() else { break };
        filter.after = Some(last.code);
    }
    end_month(folder, still, &mut months, &mut of_month)?;
    folder.write("b/index.html", still.months(&months)?.as_bytes())?;
    Ok(written)
}

fn end_month(
    folder: &Folder,
    still: &StillPages<'_>,
    months: &mut [Month],
    codes: &mut Vec<String>,
) -> Result<(), ExportError> {
    if let Some(month) = months.last_mut() {
        month.batches = codes.len();
        folder.write(&format!("b/{}.html", month.name), still.month(&month.name, codes)?.as_bytes())?;
    }
    codes.clear();
    Ok(())
}

/// One batch; false if its evidence is too long for a file.
async fn batch(
    state: &AppState,
    folder: &Folder,
    still: &StillPages<'_>,
    code: BatchCode,
) -> Result<bool, ExportError> {
    // It was listed a moment ago, and no batch ever goes.
    let Some(story) = state.scanner.story(code).await? else { return Ok(true) };
    let name = code.to_string();
    let failed = |source: GatherError| ExportError::Evidence { batch: name.clone(), source };
    let subject = Subject { batch: code, package: None, viewer: None };
    // Gathered after the story, so that it covers every record that the page shows.
    let proven = loop {
        match state.log.evidence(&subject).await {
            Ok(file) => {
                let bytes = file.to_bytes().map_err(|error| failed(error.into()))?;
                folder.write(&StillPages::evidence_place(&name), &bytes)?;
                break true;
            }
            Err(GatherError::TooMany(_)) => break false,
            // A server wrote of the batch meanwhile.
            Err(GatherError::NotSigned) => drop(signed(state).await?),
            Err(error) => return Err(failed(error)),
        }
    };
    let story: &Story = &story;
    let recall = state.scanner.recall_of(&story.batch).await;
    let published = state.log.published();
    let of = StillBatch { story, recall, proven: published.as_deref().filter(|_| proven) };
    for lang in [Lang::Zh, Lang::En] {
        folder.write(&StillPages::place(&name, lang), still.batch(&of, lang)?.as_bytes())?;
    }
    Ok(proven)
}
