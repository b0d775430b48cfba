//! Acts about earlier facts: a new version with other amounts, and its end.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::household::OFFICE;

use crate::acts::{KG, Seeds, act, day, fact, kg, pick};
use crate::codes::PACKAGE;
use crate::model::{Act, Effect, Fact, Model, Use};

/// The kinds of which every run has a correction.
pub const CORRECTED: [Kind; 11] = [
    Kind::BringIn,
    Kind::Produce,
    Kind::Plant,
    Kind::Harvest,
    Kind::Receive,
    Kind::Process,
    Kind::Adjust,
    Kind::Pack,
    Kind::Ship,
    Kind::Return,
    Kind::Inspect,
];

/// A new version with another amount.
pub fn correct(model: &Model, s: Seeds, small: i64) -> Option<Act> {
    // Most corrections are of what stands, and every kind has its turn, however rare it is in a history.
    let turn = CORRECTED[usize::from(s[2]) % CORRECTED.len()];
    let stale = s[4].is_multiple_of(7);
    let fits = |i: &usize| {
        let fact = &model.facts[*i];
        let one = fact.kind != Kind::Process || (fact.outputs.len() == 1 && pooled(model, fact));
        let by_weight = fact.codes.is_none() || fact.kind == Kind::Return;
        CORRECTED.contains(&fact.kind) && one && by_weight && (stale || fact.live)
    };
    let all: Vec<usize> = (0..model.facts.len()).filter(fits).collect();
    let of_turn: Vec<usize> = all.iter().copied().filter(|i| model.facts[*i].kind == turn).collect();
    let old = pick(if of_turn.is_empty() { &all } else { &of_turn }, s[1])?;
    let before = &model.facts[old];
    let mut fact =
        Fact { live: true, held: false, freezes: BTreeSet::new(), counted: false, disputed: false, ..before.clone() };
    let passed = !s[4].is_multiple_of(5);
    let (details, mut sheet) = restated(model, before, passed);
    let times = i64::try_from(before.inputs.len().max(1)).ok()?;
    for (batch, amount) in &mut fact.inputs {
        let code = model.batches[*batch].code;
        if before.usage == Use::Draws {
            *amount = small * KG;
            sheet = sheet.takes(code, &kg(small));
        } else {
            sheet = sheet.names(code);
        }
    }
    for (batch, amount) in &mut fact.outputs {
        let made = &model.batches[*batch];
        let typed = if made.product == Product::Planting {
            let square_metres = i64::from(s[3] % 900) + 200;
            *amount = square_metres * 10_000;
            format!("{square_metres}平方米")
        } else if fact.codes.is_some() {
            // Less may come back than the package held.
            *amount = PACKAGE / small;
            format!("{}毫克", *amount)
        } else {
            *amount = small * times * KG;
            kg(small * times)
        };
        sheet = sheet.makes_at(made.code.stage(), made.product, &typed);
        sheet.outputs.last_mut().expect("the output").batch = Some(made.code.to_string());
        if let Some(site) = made.site {
            sheet = sheet.at(site);
        }
    }
    fact.held = match fact.kind {
        Kind::Adjust => fact.more,
        Kind::Harvest => !model.is_early(before.inputs[0].0),
        Kind::Produce => !passed,
        Kind::Return => true,
        _ => false,
    };
    sheet.details = json!({"kind": before.kind, "details": details});
    sheet = sheet.replacing(before.id).on(day(before));
    let by_office = s[4] % 3 == 1;
    let submitter = if by_office { OFFICE } else { before.party };
    Some(Act { submitter, effect: Effect::Correct(old), ..act(sheet, fact) })
}

fn pooled(model: &Model, fact: &Fact) -> bool {
    let product = |batch: usize| model.batches[batch].product;
    fact.inputs.iter().all(|(batch, _)| product(*batch) == product(fact.outputs[0].0))
}

fn restated(model: &Model, before: &Fact, passed: bool) -> (Value, Draft) {
    let mut sheet = draft(Kind::Correct, json!({}));
    if let Some((issue, index)) = before.codes {
        sheet = sheet.ranging(codes(issue, index, index));
    }
    let details = match before.kind {
        Kind::BringIn => json!({"origin": "before_system"}),
        Kind::Produce => json!({"generation": "g1", "passed": passed}),
        Kind::Plant => json!({"method": "hole", "form": "wutianma"}),
        Kind::Harvest => json!({"season": "dongma", "final": before.last}),
        Kind::Receive => match before.ship {
            Some(root) => json!({"condition": "good", "ship": model.facts[root].id}),
            None => json!({"condition": "good"}),
        },
        Kind::Adjust => json!({"reason": "stock_take", "direction": if before.more { "more" } else { "less" }}),
        Kind::Pack => json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": PACKAGE}}),
        Kind::Ship => json!({"consignee": {"party": before.other}}),
        Kind::Return => match before.ship {
            Some(root) => json!({"reason": "unsold", "ship": model.facts[root].id}),
            None => json!({"reason": "damaged"}),
        },
        Kind::Inspect => {
            json!({"standard": "other", "results": [{"item": "water", "mg_per_kg": 9}], "verdict": "pass"})
        }
        _ => json!({"method": "pool"}),
    };
    (details, sheet)
}

/// The end of a fact that is not for good.
pub fn void(model: &Model, s: Seeds) -> Option<Act> {
    let fixed = [
        Kind::IssueCodes,
        Kind::ActivateCodes,
        Kind::VoidCodes,
        Kind::Hold,
        Kind::Release,
        Kind::Recall,
        Kind::LiftRecall,
        Kind::Confirm,
        Kind::Dispute,
        Kind::Consent,
        Kind::Erase,
        Kind::Void,
        Kind::RegisterParty,
        Kind::RegisterSite,
        Kind::RegisterKey,
        Kind::EndKey,
        Kind::Grant,
        Kind::EndGrant,
        Kind::SetRules,
    ];
    let fits = |i: &usize| !fixed.contains(&model.facts[*i].kind);
    let old = pick(&(0..model.facts.len()).filter(fits).collect::<Vec<_>>(), s[1])?;
    let before = &model.facts[old];
    let submitter = if s[4].is_multiple_of(3) { OFFICE } else { before.party };
    let sheet = draft(Kind::Void, json!({"reason": "not_happened"})).replacing(before.id);
    let mut act = act(sheet, fact(Kind::Void, submitter, Use::Speaks));
    act.effect = Effect::Void(old);
    Some(act)
}
