//! What a laboratory finds, and what an owner vouches for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{KindRules, Shaped};
use crate::id::{BatchCode, Stage};
use crate::judge::{Case, Findings};
use crate::record::{InputUse, RecordBody, Refusal, Shape};
use crate::state::{Stop, View};
use crate::tianma::{Basis, PartyRole, ResultItem, Standard, Verdict};

/// One measured value, in milligrams per kilogram (0.25 % = 2500); for what must be absent, 0 or what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestResult {
    /// What was measured.
    pub item: ResultItem,
    /// How much, in mg/kg.
    pub mg_per_kg: u32,
}

/// A laboratory's result on one batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspect {
    /// Against which standard.
    pub standard: Standard,
    /// What was measured.
    pub results: Vec<TestResult>,
    /// The laboratory's verdict.
    pub verdict: Verdict,
}

impl Shaped for Inspect {
    const SHAPE: Shape = Shape { actors: &[PartyRole::Laboratory], inputs: (1, 1), revisable: true, ..Shape::SPEAKS };
}

impl KindRules for Inspect {
    fn check_alone(&self, _body: &RecordBody) -> Result<(), Refusal> {
        if self.results.is_empty() {
            let (zh, en) = ("没有写检验结果；至少要有一项", "no result; at least one is needed");
            return Err(Refusal::invalid("results", "/details/results", zh, en));
        }
        let mut seen = BTreeSet::new();
        match self.results.iter().position(|result| !seen.insert(result.item)) {
            None => Ok(()),
            Some(i) => {
                let item: ResultItem = self.results[i].item;
                Err(Refusal::invalid(
                    "results",
                    format!("/details/results/{i}"),
                    format!("“{}”写了两次；每项只写一次", item.zh()),
                    format!("'{}' stands twice; each item stands once", item.code()),
                ))
            }
        }
    }

    fn judge(&self, case: &Case<'_>, _view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
        let mut failed = false;
        for (i, result) in self.results.iter().enumerate() {
            let Some(limit) = case.rules.result_limit(self.standard, result.item) else {
                continue;
            };
            if limit.judge(u64::from(result.mg_per_kg)) == Verdict::Pass {
                continue;
            }
            failed = true;
            if self.verdict == Verdict::Pass {
                return Err(Refusal::invalid(
                    "verdict_contradicts",
                    format!("/details/results/{i}"),
                    format!("{} {} mg/kg 不合限量，结论不能是合格", result.item.zh(), result.mg_per_kg),
                    format!(
                        "{} of {} mg/kg breaks the limit; the verdict cannot be 'pass'",
                        result.item.code(),
                        result.mg_per_kg
                    ),
                )
                .into());
            }
            findings.hold(
                "inspection_failed",
                format!("{}：{} mg/kg，不合格", result.item.zh(), result.mg_per_kg),
                format!("{}: {} mg/kg, out of limits", result.item.en(), result.mg_per_kg),
            );
        }
        if self.verdict == Verdict::Fail && !failed {
            findings.hold("inspection_failed", "检验机构判为不合格", "the laboratory's verdict is 'fail'");
        }
        Ok(())
    }

    /// A failed batch is frozen, not what the record makes: it makes nothing.
    fn frozen(&self, case: &Case<'_>) -> Vec<BatchCode> {
        case.record.inputs.iter().map(|input| input.batch).collect()
    }
}

/// 承诺达标合格证: the owner's commitment for one batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certify {
    /// What it rests on.
    pub basis: Basis,
    /// Version of the commitment's wording.
    pub wording_version: u16,
}

impl Shaped for Certify {
    const SHAPE: Shape = Shape {
        input_use: InputUse::SpeaksOf,
        inputs: (1, 1),
        input_stages: &[Stage::Harvest, Stage::Processing, Stage::Sale],
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Certify {
    fn check_alone(&self, _body: &RecordBody) -> Result<(), Refusal> {
        if self.wording_version == 0 {
            return Err(Refusal::invalid(
                "wording_version",
                "/details/wording_version",
                "没有第 0 版承诺文本；版本从 1 开始",
                "there is no version 0 of the wording; versions begin at 1",
            ));
        }
        Ok(())
    }
}
