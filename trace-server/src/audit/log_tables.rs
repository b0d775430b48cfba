//! The small tables of the log: its head, the roots of full tiles, signed heads, rules tables, files.

use trace_core::audit::Fault;
use trace_core::id::RecordId;
use trace_core::log::{Checkpoint, Hash, Note, Policy};
use trace_core::record::MediaType;
use trace_core::tianma::RulesTable;

use super::coverage::{CHECKPOINTS, EVIDENCE, HEAD, LOG_HASHES, NotCovered, RULES_TABLES};
use super::database::all;
use super::links::parsed;
use super::walk::Walked;
use super::{AuditError, Options};
use crate::store::snapshot::{Cell, Cells, Snapshot};

/// Files of a page; each has up to some megabytes.
const PAGE_FILES: u32 = 4;

/// Checks all of them but the files.
pub(super) async fn check(
    snapshot: &mut dyn Snapshot,
    checkpoints: &[Cells],
    options: &Options,
    walked: &mut Walked,
) -> Result<(), AuditError> {
    check_head(&all(snapshot, &HEAD).await?, walked);
    check_tile_roots(&all(snapshot, &LOG_HASHES).await?, walked);
    for row in checkpoints {
        check_checkpoint(row, options, walked);
    }
    check_rules(&all(snapshot, &RULES_TABLES).await?, walked);
    Ok(())
}

/// Checks every file against its digest, and against the record that names it.
pub(super) async fn check_files(snapshot: &mut dyn Snapshot, walked: &mut Walked) -> Result<(), AuditError> {
    let mut after: Option<Cells> = None;
    loop {
        let rows = snapshot.rows(&EVIDENCE, after.as_deref(), PAGE_FILES).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last[..1].to_vec());
        for row in &rows {
            check_file(row, walked);
        }
    }
}

fn check_head(rows: &[Cells], walked: &mut Walked) {
    let tree = walked.chain.tree();
    let last = walked.chain.last_received_at();
    let expected = [
        Cell::Integer(1),
        i64::try_from(tree.size()).map_or(Cell::Null, Cell::Integer),
        Cell::Blob(tree.to_bytes()),
        last.map_or(Cell::Null, |last| Cell::Integer(last.as_unix_ms())),
    ];
    let Some(row) = rows.first() else {
        walked.faults.push(Fault::new(HEAD.name, "1", "id", "the row is missing"));
        return;
    };
    for ((column, found), expected) in HEAD.columns.iter().zip(row).zip(&expected) {
        if found != expected {
            let problem = format!("found {found}; the entries give {expected}");
            walked.faults.push(Fault::new(HEAD.name, "1", column, problem));
        }
    }
}

fn check_tile_roots(rows: &[Cells], walked: &mut Walked) {
    let mut missing = walked.tile_roots.clone();
    for row in rows {
        let fault = |field: &str, problem: String| Fault::new(LOG_HASHES.name, LOG_HASHES.key_of(row), field, problem);
        let level = row[0].integer().and_then(|level| u8::try_from(level).ok());
        let index = row[1].integer().and_then(|index| u64::try_from(index).ok());
        match level.zip(index).and_then(|place| missing.remove(&place)) {
            None => walked.faults.push(fault("idx", "the entries fill no such tile".to_owned())),
            Some(hash) if row[2].blob() != Some(&hash.as_bytes()[..]) => {
                walked.faults.push(fault("hash", format!("found {}; the entries give {}", row[2], hash.to_hex())));
            }
            Some(_) => {}
        }
    }
    for (level, index) in missing.keys() {
        walked.faults.push(Fault::new(LOG_HASHES.name, format!("{level}, {index}"), "hash", "the row is missing"));
    }
}

/// The sizes of the signed heads, as their column and their notes say.
pub(super) fn sizes(checkpoints: &[Cells]) -> impl Iterator<Item = u64> {
    let in_note = |row: &Cells| read_note(row).ok().map(|(_, checkpoint)| checkpoint.size());
    let in_column = |row: &Cells| row[0].integer().and_then(|size| u64::try_from(size).ok());
    checkpoints.iter().flat_map(move |row| in_column(row).into_iter().chain(in_note(row)))
}

fn read_note(row: &[Cell]) -> Result<(Note, Checkpoint), String> {
    let note = Note::parse(row[1].text().unwrap_or_default().as_bytes()).map_err(|error| error.to_string())?;
    let checkpoint = note.text().parse().map_err(|error: trace_core::log::CheckpointError| error.to_string())?;
    Ok((note, checkpoint))
}

fn check_checkpoint(row: &[Cell], options: &Options, walked: &mut Walked) {
    let key = CHECKPOINTS.key_of(row);
    let mut fault =
        |field: &str, problem: String| walked.faults.push(Fault::new(CHECKPOINTS.name, &*key, field, problem));
    let (note, checkpoint) = match read_note(row) {
        Ok(read) => read,
        Err(problem) => return fault("note", problem),
    };
    if row[0].integer().and_then(|size| u64::try_from(size).ok()) != Some(checkpoint.size()) {
        fault("size", format!("found {}; the note signs {} entries", row[0], checkpoint.size()));
    }
    let origin = walked.chain.origin().map(ToString::to_string).unwrap_or_default();
    if checkpoint.origin() != origin {
        fault("note", format!("found a checkpoint of {}; this log is {origin}", checkpoint.origin()));
    }
    match walked.roots.get(&checkpoint.size()) {
        None => fault("note", format!("it signs {} entries; the log has fewer", checkpoint.size())),
        Some(root) if *root != checkpoint.root() => {
            let (found, size) = (checkpoint.root(), checkpoint.size());
            fault("note", format!("found the root {found}; the first {size} entries have the root {root}"));
        }
        Some(_) => {}
    }
    if let Some(problem) = unsigned(&note, &origin, options) {
        fault("note", problem);
    }
}

/// Why the note is not believed, if keys to judge it by were given.
pub(super) fn unsigned(note: &Note, origin: &str, options: &Options) -> Option<String> {
    if options.log_keys.is_empty() {
        return None;
    }
    let policy = Policy::new(origin, options.log_keys.clone(), options.witnesses.clone(), 0);
    policy.and_then(|policy| policy.verify(note)).err().map(|error| error.to_string())
}

/// Whose signatures cannot be checked.
pub(super) fn signatures_not_covered(checkpoints: &[Cells], options: &Options) -> Vec<NotCovered> {
    let mut strangers: Vec<String> = Vec::new();
    for row in checkpoints {
        let Ok((note, _)) = read_note(row) else { continue };
        let known = || options.log_keys.iter().chain(&options.witnesses);
        for signature in note.signatures() {
            let unknown = known().all(|key| key.name() != signature.name() || key.id() != signature.id());
            let name = format!("checkpoints, signature of {} ({})", signature.name(), signature.id());
            if unknown && !strangers.contains(&name) {
                strangers.push(name);
            }
        }
    }
    let why = "no such key was given";
    strangers.into_iter().map(|what| NotCovered { what, why }).collect()
}

fn check_rules(rows: &[Cells], walked: &mut Walked) {
    let tables = walked.chain.rules_tables().to_vec();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let mut fault = |field: &str, problem: String| {
            walked.faults.push(Fault::new(RULES_TABLES.name, RULES_TABLES.key_of(row), field, problem));
        };
        let body = row[1].blob().unwrap_or_default();
        let digest = RecordId::of(body);
        found.push(digest);
        if row[0].text() != Some(&*digest.to_string()) {
            fault("body", format!("its bytes have the digest {digest}"));
        } else if let Err(error) = RulesTable::parse(body) {
            fault("body", error.to_string());
        }
        if !tables.iter().any(|(_, table)| *table == digest) {
            fault("digest", "no record puts this table into force".to_owned());
        }
    }
    for (index, table) in tables.iter().filter(|(_, table)| !found.contains(table)) {
        let problem = format!("entry {index} puts it into force, and it is missing");
        walked.faults.push(Fault::new(RULES_TABLES.name, table.to_string(), "digest", problem));
    }
}

fn check_file(row: &[Cell], walked: &mut Walked) {
    let mut fault = |field: &str, problem: String| {
        walked.faults.push(Fault::new(EVIDENCE.name, EVIDENCE.key_of(row), field, problem));
    };
    let named: RecordId = match parsed(&EVIDENCE, row, 0) {
        Ok(named) => named,
        Err(problem) => return walked.faults.push(problem),
    };
    let bytes = row[2].blob().unwrap_or_default();
    let digest = RecordId::of(bytes);
    if digest != named {
        fault("bytes", format!("its bytes have the digest {digest}"));
    }
    let media_type = serde_json::from_value::<MediaType>(row[1].text().unwrap_or_default().into()).ok();
    if media_type.is_none() {
        fault("media_type", format!("found {}; files are image/jpeg, image/png or application/pdf", row[1]));
    }
    if let Some((_, evidence)) = walked.evidence.remove(&named) {
        if media_type.is_some_and(|found| found != evidence.media_type) {
            fault("media_type", format!("found {}; the record says otherwise", row[1]));
        }
        if u64::from(evidence.size) != bytes.len() as u64 {
            fault("bytes", format!("found {} bytes; the record says {}", bytes.len(), evidence.size));
        }
    }
}

/// The root at a size as the walk noted it, for those who have another word for it.
pub(super) fn root_at(walked: &Walked, size: u64) -> Option<Hash> {
    walked.roots.get(&size).copied()
}
