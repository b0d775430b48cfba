//! A small log and its evidence file: it holds, and every kind of tampering fails exactly the step that it should.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod history;
mod signing;
mod tampering;
mod trusting;

use super::{EvidenceFile, Report, StepName, Trust, Verdict, verify};

/// Names of the steps that failed.
fn failed(report: &Report) -> Vec<StepName> {
    let steps = report.steps.iter().filter(|step| step.verdict == Verdict::Failed);
    steps.map(|step| step.name).collect()
}

fn verify_file(file: &EvidenceFile) -> Report {
    verify(&file.to_bytes().unwrap(), &Trust::default())
}

fn verdict(report: &Report, name: StepName) -> Verdict {
    report.steps.iter().find(|step| step.name == name).unwrap().verdict
}
