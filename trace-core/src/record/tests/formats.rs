//! `docs/FORMATS.md` against the code: a stranger who writes a second implementation finds every kind as it is, every
//! field of its details, and every word of every vocabulary.

use serde_json::Value;

use crate::id::Stage;
use crate::quantity::Measure;
use crate::record::shape::ANY_STAGE;
use crate::record::{InputUse, Kind, Shape};
use crate::tianma::{self, PartyRole};

const FORMATS: &str = include_str!("../../../../docs/FORMATS.md");

fn count((least, most): (usize, usize)) -> String {
    if least == most { least.to_string() } else { format!("{least}-{most}") }
}

fn stages(stages: &[Stage]) -> String {
    if stages == ANY_STAGE {
        return "any stage".to_owned();
    }
    stages.iter().map(|stage| stage.code()).collect::<Vec<_>>().join(", ")
}

fn inputs(shape: &Shape) -> String {
    let verb = match shape.input_use {
        InputUse::None => return "–".to_owned(),
        InputUse::Draws => "drawn",
        InputUse::Descends => "descended from",
        InputUse::SpeaksOf => "spoken of",
    };
    let whose = if shape.foreign_inputs { ", of any party" } else { "" };
    let state = if shape.frozen_inputs { ", also frozen" } else { "" };
    format!("{} {verb}: {}{whose}{state}", count(shape.inputs), stages(shape.input_stages))
}

fn outputs(shape: &Shape) -> String {
    if shape.outputs == (0, 0) {
        "–".to_owned()
    } else {
        format!("{}: {}", count(shape.outputs), stages(shape.output_stages))
    }
}

fn sealed(shape: &Shape) -> String {
    let must = shape.must_seal.iter().map(|group| group.code().to_owned());
    let all: Vec<String> = must.chain(shape.may_seal.iter().map(|group| format!("({})", group.code()))).collect();
    if all.is_empty() { "–".to_owned() } else { all.join(", ") }
}

fn who(shape: &Shape) -> String {
    let roles: Vec<&str> = shape.actors.iter().map(|role: &PartyRole| role.code()).collect();
    if roles.is_empty() { "any".to_owned() } else { roles.join(", ") }
}

/// The cells of the kind's row.
fn row(kind: Kind) -> Vec<&'static str> {
    let start = format!("| `{kind}` | ");
    let line = FORMATS.lines().find(|line| line.starts_with(&start));
    line.unwrap_or_else(|| panic!("FORMATS.md has no row of `{kind}`"))
        .trim_matches('|')
        .split(" | ")
        .map(str::trim)
        .collect()
}

#[test]
fn every_kind_is_described_as_it_is() {
    for kind in Kind::ALL.iter().copied().filter(|kind| !kind.is_revision()) {
        let shape = kind.shape();
        let revised = if shape.revisable { "yes" } else { "no" };
        let cells = [inputs(shape), outputs(shape), sealed(shape), who(shape), revised.to_owned()];
        assert_eq!(row(kind)[1..], cells, "`{kind}`");
    }
}

/// Every field that a golden record's details have is named in the list of details.
#[test]
fn every_detail_is_described() {
    let golden: Value = serde_json::from_str(include_str!("../../../../fixtures/golden/records.json")).unwrap();
    for case in golden["records"].as_array().unwrap() {
        let record: Value = serde_json::from_str(case["canonical"].as_str().unwrap()).unwrap();
        let start = format!("- `{}`: ", case["kind"].as_str().unwrap());
        let at = FORMATS.find(&start).unwrap_or_else(|| panic!("no details of {start}"));
        let text = FORMATS[at + 2..].split("\n- `").next().unwrap();
        for field in record["details"].as_object().unwrap().keys() {
            assert!(text.contains(&format!("`{field}`")), "{start} does not name `{field}`");
        }
        for output in record["outputs"].as_array().into_iter().flatten() {
            for field in output["attributes"].as_object().into_iter().flat_map(serde_json::Map::keys) {
                assert!(FORMATS.contains(&format!("| `{field}` | ")), "the attribute `{field}` is not described");
            }
        }
    }
}

#[test]
fn every_word_is_listed() {
    macro_rules! listed {
        ($($name:literal: $list:ident),* $(,)?) => {
            $({
                let codes: Vec<String> = tianma::$list::ALL.iter().map(|word| format!("`{}`", word.code())).collect();
                let line = format!("| {} | {} |", $name, codes.join(" "));
                assert!(FORMATS.contains(&line), "FORMATS.md lacks the line\n{line}");
            })*
        };
    }
    listed!(
        "adjust reason": AdjustReason, "basis": Basis, "channel": Channel, "code void reason": CodeVoidReason,
        "condition": Condition, "consignee class": ConsigneeClass, "dispute reason": DisputeReason, "erase reason": EraseReason, "form": Form,
        "fuel": Fuel, "fungus species": FungusSpecies, "generation": Generation, "grade": Grade,
        "hold reason": HoldReason, "origin": Origin, "party role": PartyRole, "personal field": PersonalField, "plant method": PlantMethod,
        "process method": ProcessMethod, "product": Product, "propagation": Propagation,
        "recall reason": RecallReason, "recall scope": RecallScope, "recall stage": RecallStage,
        "release reason": ReleaseReason, "result item": ResultItem, "return reason": ReturnReason, "season": Season,
        "seed source": SeedSource, "site kind": SiteKind, "size class": SizeClass, "standard": Standard,
        "tend operation": TendOperation, "tenure": Tenure, "tuber size": TuberSize, "verdict": Verdict, "void reason": VoidReason, "wood species": WoodSpecies,
    );
}

/// The table of products says where each may stand and how it is measured, since a reader checks both.
#[test]
fn every_product_has_its_stages_and_measure() {
    for product in tianma::Product::ALL {
        let unit = match product.measure() {
            Measure::Mass => "mg",
            Measure::Area => "cm2",
            Measure::Count => "piece",
        };
        let line = format!("| `{product}` | {} | {unit} |", stages(product.stages()));
        assert!(FORMATS.contains(&line), "FORMATS.md lacks the line\n{line}");
    }
}
