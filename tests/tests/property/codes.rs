//! Acts with package codes: issue, activation, voiding, and shipping, return, hold and recall by the code.

use serde_json::json;
use trace_core::code::IssueNumber;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::household::{OFFICE, SELLER};

use crate::acts::{Seeds, act, fact, making, pick};
use crate::model::{Act, Effect, Model, Use};

/// Milligrams in a package.
pub const PACKAGE: i64 = 250_000;

/// Issues codes of a sale batch, or does something with one code of an issue.
pub fn with_codes(model: &Model, s: Seeds) -> Option<Act> {
    let packed = model.facts.iter().filter(|fact| fact.kind == Kind::Pack);
    let sales: Vec<usize> = packed.flat_map(|fact| fact.outputs.iter().map(|output| output.0)).collect();
    let issues: Vec<usize> = (0..model.facts.len()).filter(|i| model.facts[*i].kind == Kind::IssueCodes).collect();
    if s[4].is_multiple_of(3) || issues.is_empty() {
        let batch = pick(&sales, s[1])?;
        let count = u32::from(s[3] % 12) + 1;
        let mut fact = fact(Kind::IssueCodes, model.batches[batch].owner, Use::Draws);
        fact.inputs.push((batch, i64::from(count) * PACKAGE));
        let sheet = draft(Kind::IssueCodes, json!({})).counting(count).names(model.batches[batch].code);
        return Some(act(sheet, fact));
    }
    let at = usize::from(s[1]) % issues.len();
    let origin = &model.facts[issues[at]];
    let number = IssueNumber::new(u32::try_from(at).ok()? + 1).ok()?;
    let (batch, drawn) = origin.inputs[0];
    let index = u32::from(s[3] / 8 % 3) % u32::try_from(drawn / PACKAGE).ok()?;
    Some(one_code(model, (number, index), batch, s))
}

fn one_code(model: &Model, code: (IssueNumber, u32), batch: usize, s: Seeds) -> Act {
    let owner = model.batches[batch].owner;
    let range = codes(code.0, code.1, code.1);
    let of_batch = model.batches[batch].code;
    let about = json!({"reason": "complaint", "ranges": [range]});
    let recalled = json!({"reason": "mould", "scope": "these_only", "stage": "consumer", "ranges": [range]});
    let (kind, party, usage, details, amount) = match s[2] % 8 {
        0 | 1 => (Kind::ActivateCodes, owner, Use::Speaks, json!({"issue": code.0}), 0),
        2 => {
            (Kind::VoidCodes, owner, Use::Speaks, json!({"issue": code.0, "reason": "jam", "give_back": true}), PACKAGE)
        }
        3 => (Kind::VoidCodes, owner, Use::Speaks, json!({"issue": code.0, "reason": "jam", "give_back": false}), 0),
        4 => {
            let to = if s[4] % 3 == 1 { json!({"party": SELLER}) } else { json!({"class": "outside_consumer"}) };
            (Kind::Ship, owner, Use::Draws, json!({"consignee": to}), PACKAGE)
        }
        5 => {
            let back_to = if s[4] % 3 == 1 { SELLER } else { owner };
            (Kind::Return, back_to, Use::Descends, json!({"reason": "damaged"}), 0)
        }
        6 => (Kind::Hold, OFFICE, Use::Speaks, about, 0),
        _ => (Kind::Recall, OFFICE, Use::Speaks, recalled, 0),
    };
    let mut fact = fact(kind, party, usage);
    fact.codes = Some(code);
    fact.other = (kind == Kind::Ship && s[4] % 3 == 1).then_some(SELLER);
    let mut sheet = draft(kind, details);
    if matches!(kind, Kind::Hold | Kind::Recall) {
        fact.held = kind == Kind::Hold;
    } else {
        fact.inputs.push((batch, amount));
        sheet = sheet.names(of_batch).ranging(range);
    }
    if kind == Kind::Return {
        fact.held = true;
        return making(act(sheet.keeps("250g"), fact), Product::DriedTianma, None, PACKAGE);
    }
    let mut act = act(sheet, fact);
    if kind == Kind::Recall {
        act.effect = Effect::Recall { descendants: false };
    }
    act
}
