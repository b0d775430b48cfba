//! The lineage in the file: from the batch back, every input's record is there, made that batch, and came before.
//!
//! Records that only speak of a batch may name others too, which are not in the file; those that made one may not.

use std::collections::{HashMap, HashSet};

use super::entries::Read;
use super::file::EvidenceFile;
use super::report::{Fault, Step, StepName, Words};
use super::verify::fault_at;
use crate::id::{BatchCode, RecordId};
use crate::lineage::{LineageFault, weave};
use crate::record::{Details, Kind, Record};

/// The records of the file, by id.
type Records<'a> = HashMap<RecordId, (&'a Read, &'a Record)>;

pub(super) fn judge(file: &EvidenceFile, read: &[Read]) -> Step {
    let readable: Vec<(&Read, &Record)> =
        read.iter().filter_map(|one| one.record().map(|record| (one, record))).collect();
    let records: Records<'_> = readable.iter().map(|(one, record)| (record.id(), (*one, *record))).collect();
    let (lineage, found) = weave(readable.iter().map(|(one, record)| (one.index, *record)));
    let walk = lineage.back(&file.batch);
    let makers: HashSet<RecordId> = walk.records.iter().copied().collect();
    let batches: HashSet<BatchCode> = walk.batches.iter().copied().collect();
    let mut faults = Vec::new();
    if makers.is_empty() {
        let words = Words::new(
            format!("文件里没有产生批次 {} 的记录", file.batch),
            format!("no record in the file made batch {}", file.batch),
        );
        faults.push(Fault { place: "/batch".to_owned(), record: None, words });
    }
    let real = found.iter().filter(|fault| !is_elsewhere(fault, &records, &makers, &batches));
    faults.extend(real.map(|fault| told(fault, &records)));
    faults.extend(out_of_time(read));
    faults.extend(issued(file, &readable));
    let names = |record: &Record| record.inputs.iter().any(|input| batches.contains(&input.batch));
    let speaking = readable.iter().filter(|(_, record)| !makers.contains(&record.id()) && names(record)).count();
    let (made, count, root) = (makers.len(), batches.len(), file.batch);
    let proven = Words::new(
        format!(
            "从批次 {root} 往回，{made} 条记录产生了 {count} 个批次，每个来源都有记录、在先、不成环；\
             另有 {speaking} 条记录说到这些批次"
        ),
        format!(
            "back from batch {root}, {made} records made {count} batches; every input's record is there, came before, \
             and nothing descends from itself; {speaking} more records speak of these batches"
        ),
    );
    Step::judged(StepName::Lineage, proven, faults)
}

/// Whether a record that only speaks of batches names one that does not belong to this lineage.
fn is_elsewhere(
    fault: &LineageFault,
    records: &Records<'_>,
    makers: &HashSet<RecordId>,
    batches: &HashSet<BatchCode>,
) -> bool {
    let LineageFault::UnknownInput { record, found, .. } = fault else { return false };
    let Some((_, named_by)) = records.get(record).filter(|_| !makers.contains(record)) else { return false };
    // The same record may stand behind several of the inputs.
    named_by.inputs.iter().filter(|input| input.record == *found).all(|input| !batches.contains(&input.batch))
}

/// Entries are received in the order of the log.
fn out_of_time(read: &[Read]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut last = None;
    for one in read {
        let Some(entry) = &one.entry else { continue };
        if let Some(before) = last.filter(|before| *before > entry.received_at) {
            let words = Words::new(
                format!("收到的时间 {} 早于前面一条的 {before}", entry.received_at),
                format!("received at {}, before the earlier entry's {before}", entry.received_at),
            );
            faults.push(fault_at(one, "/entry", words));
        }
        last = last.max(Some(entry.received_at));
    }
    faults
}

/// The package's code issue is in the file and is of this batch.
fn issued(file: &EvidenceFile, readable: &[(&Read, &Record)]) -> Option<Fault> {
    let issue = file.package.as_ref()?.issue;
    let issues = |record: &Record| {
        let of_batch = record.inputs.iter().any(|input| input.batch == file.batch);
        matches!(record.details.stated(), Details::IssueCodes(codes) if codes.issue == issue) && of_batch
    };
    if readable.iter().any(|(_, record)| issues(record)) {
        return None;
    }
    let words = Words::new(
        format!("文件里没有给批次 {} 发第 {issue} 号赋码批的记录", file.batch),
        format!("no record in the file issued code issue {issue} for batch {}", file.batch),
    );
    Some(Fault { place: "/package".to_owned(), record: None, words })
}

/// A fault of the lineage with its place in the file.
fn told(fault: &LineageFault, records: &Records<'_>) -> Fault {
    let words = Words::new(zh(fault), fault.to_string());
    match records.get(&fault.record()) {
        Some((one, _)) => fault_at(one, "/entry", words),
        None => Fault { place: "/entries".to_owned(), record: Some(fault.record()), words },
    }
}

fn zh(fault: &LineageFault) -> String {
    let place = fault.place();
    match fault {
        LineageFault::OutOfOrder { index, after, .. } => format!("序号 {index} 排在 {after} 之后，应当递增"),
        LineageFault::Twice { first, .. } => format!("同一条记录在序号 {first} 已经出现过"),
        LineageFault::Unreadable { refusal, .. } => format!("不是有效的记录：{}", refusal.zh),
        LineageFault::WrongId { found, .. } => format!("由字节算出的指纹是 {found}"),
        LineageFault::UnknownInput { found, .. } | LineageFault::UnknownSuperseded { found, .. } => {
            format!("{place}：{found} 不是文件里更早的记录")
        }
        LineageFault::NotItsMaker { batch, found, .. } => format!("{place}：{found} 没有产生批次 {batch}"),
        LineageFault::StaleInput { batch, wanted, .. } => {
            format!("{place}：这是批次 {batch} 的旧版本，当时最新的是 {wanted}")
        }
        LineageFault::VoidInput { batch, voided_by, .. } => format!("{place}：批次 {batch} 已被 {voided_by} 作废"),
        LineageFault::BeforeInput { batch, found, wanted, .. } => {
            format!("{place}：发生于 {found}，早于来源批次 {batch} 的 {wanted}")
        }
        LineageFault::BatchTaken { batch, maker, .. } => format!("{place}：批次 {batch} 已由 {maker} 产生"),
        LineageFault::StaleVersion { found, by, .. } => format!("{place}：{found} 已被 {by} 取代"),
        LineageFault::OtherKind { found, wanted, .. } => {
            format!("{place}：更正的类型是 {}，原记录是 {}", Kind::code(*found), Kind::code(*wanted))
        }
        LineageFault::OtherOutputs { .. } => format!("{place}：更正没有保留原来的产出批次"),
        LineageFault::InputsOfUsed { user, .. } => format!("{place}：产出已被 {user} 使用，来源不能再改"),
        LineageFault::VoidsUsed { user, .. } => format!("{place}：产出仍被 {user} 使用，不能作废"),
        LineageFault::Cycle { batch, .. } => format!("{place}：批次 {batch} 出现在自己的来源里"),
    }
}
