//! Steaming: how long, by the size of the tubers, and on which day.
//!
//! It lacks drying, whose heat and sums are [`super::making`]'s. The figures are usual ones, so what is outside them is
//! shown and nothing is refused.

use super::Process;
use crate::judge::{Case, Findings};
use crate::record::Refusal;
use crate::state::BatchRow;
use crate::tianma::ProcessMethod;

/// Minutes and the size of tubers belong to this step.
pub(super) fn check_steaming(process: &Process) -> Result<(), Refusal> {
    if process.method == ProcessMethod::Steam {
        return Ok(());
    }
    let (field, zh, en) = match (process.minutes, process.tuber_size) {
        (Some(minutes), _) => ("minutes", format!("蒸制 {minutes} 分钟"), format!("{minutes} minutes of steaming")),
        (None, Some(size)) => ("tuber_size", size.zh().to_owned(), size.en().to_owned()),
        (None, None) => return Ok(()),
    };
    Err(Refusal::invalid(
        "steaming",
        format!("/details/{field}"),
        format!("“{}”不是蒸制，却写了{zh}；请去掉", process.method.zh()),
        format!("{} is no steaming, yet states {en}; leave it out", process.method.code()),
    ))
}

/// The time in the steam, and whether it was on the day of digging, as far as that is known.
pub(super) fn judge_steaming(process: &Process, case: &Case<'_>, rows: &[BatchRow], findings: &mut Findings) {
    if process.method != ProcessMethod::Steam {
        return;
    }
    if let Some(minutes) = process.minutes {
        let usual = case.rules.steam_minutes(process.tuber_size);
        if !usual.contains(&u64::from(minutes)) {
            let (least, most) = (usual.start(), usual.end());
            let (zh, en) = process.tuber_size.map_or(("天麻", "tubers"), |size| (size.zh(), size.en()));
            findings.warn(
                "steam_minutes",
                format!("蒸制 {minutes} 分钟，{zh}一般为 {least}-{most} 分钟"),
                format!("steamed for {minutes} minutes; {least} to {most} are usual for {en}"),
            );
        }
    }
    let day = case.record.occurred_at.date();
    if let Some(dug) = rows.iter().filter_map(|row| row.dug_on).min().filter(|dug| *dug < day) {
        findings.warn(
            "steamed_late",
            format!("{dug} 采收，{day} 才蒸制；天麻一般采收当天蒸制"),
            format!("dug on {dug} and steamed on {day}; tianma is usually steamed on the day it is dug"),
        );
    }
}
