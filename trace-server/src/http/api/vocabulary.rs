//! `/api/v1/vocabulary`: every code that may stand in a record, with its words.

use std::collections::BTreeMap;

use axum::Json;
use serde::Serialize;
use trace_core::id::Stage;
use trace_core::record::Kind;
use trace_core::tianma::{self, Vocabulary};
use utoipa::ToSchema;

/// A code and what people call it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Term {
    /// What stands in records
    code: &'static str,
    /// The Chinese term
    zh: &'static str,
    /// The English term
    en: &'static str,
}

fn terms<V: Vocabulary>() -> Vec<Term> {
    V::ALL.iter().map(|entry| Term { code: entry.code(), zh: entry.zh(), en: entry.en() }).collect()
}

/// Every closed list by its name, in the order in which people expect to choose.
#[utoipa::path(
    get,
    path = "/api/v1/vocabulary",
    tag = "meta",
    responses((status = 200, description = "The lists by name", body = BTreeMap<String, Vec<Term>>))
)]
pub(super) async fn read() -> Json<BTreeMap<&'static str, Vec<Term>>> {
    let mut lists = BTreeMap::new();
    macro_rules! add {
        ($($name:literal: $list:ident),* $(,)?) => {
            $(lists.insert($name, terms::<tianma::$list>());)*
        };
    }
    add!(
        "adjust_reason": AdjustReason, "basis": Basis, "channel": Channel, "code_void_reason": CodeVoidReason,
        "condition": Condition, "consignee_class": ConsigneeClass, "dispute_reason": DisputeReason, "erase_reason": EraseReason, "form": Form,
        "fuel": Fuel, "fungus_species": FungusSpecies, "generation": Generation, "grade": Grade,
        "hold_reason": HoldReason, "limit_kind": LimitKind, "origin": Origin, "party_role": PartyRole, "personal_field": PersonalField,
        "plant_method": PlantMethod, "process_method": ProcessMethod, "product": Product, "propagation": Propagation,
        "recall_reason": RecallReason, "recall_scope": RecallScope, "recall_stage": RecallStage,
        "release_reason": ReleaseReason, "result_item": ResultItem, "return_reason": ReturnReason, "season": Season,
        "seed_source": SeedSource, "site_kind": SiteKind, "size_class": SizeClass, "standard": Standard, "tag": Tag,
        "tend_operation": TendOperation, "tenure": Tenure, "tuber_size": TuberSize, "verdict": Verdict, "void_reason": VoidReason, "wood_species": WoodSpecies,
    );
    let kinds = Kind::ALL.iter().map(|kind| Term { code: kind.code(), zh: kind.zh(), en: kind.en() });
    lists.insert("kind", kinds.collect());
    let stages = Stage::ALL.iter().map(|stage| Term { code: stage.code(), zh: stage.zh(), en: stage.en() });
    lists.insert("stage", stages.collect());
    Json(lists)
}
