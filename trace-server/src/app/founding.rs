//! The first entry of a new ledger. Who already has one is left as it is.

use serde_json::json;
use trace_core::id::{PartyId, Uid};
use trace_core::prepare::Draft;
use trace_core::record::{Kind, Name, Origin};
use trace_core::tianma::RulesTable;
use trace_core::time::{OccurredAt, Zone};

use crate::ledger::{AppendError, Item, Ledger, Request, canonical_rules, digest_of, random};
use crate::store::StoreError;

/// What a new ledger is founded with; of no effect once it is.
#[derive(Debug, Clone, clap::Args)]
pub struct FoundingOptions {
    /// Origin of a new log, such as t.example.cn/yiliang: part of every record, it can never change.
    #[arg(long, env = "TRACE_FOUND_ORIGIN", value_name = "ORIGIN", default_value = "tianma-trace/unnamed")]
    pub found_origin: Origin,
    /// Name of the brand office of a new ledger.
    #[arg(long, env = "TRACE_FOUND_OFFICE", value_name = "NAME", default_value = "品牌办公室")]
    pub found_office: Name,
}

/// Founds the ledger if it is empty, with the built-in rules table and a new office; answers the office's id then.
///
/// # Errors
/// [`AppendError`] if the founding record is refused or cannot be stored.
pub async fn found_if_new(ledger: &Ledger, options: &FoundingOptions) -> Result<Option<PartyId>, AppendError> {
    if ledger.store().head().await?.frontier.size() > 0 {
        return Ok(None);
    }
    let engine = |error: &dyn std::fmt::Display| StoreError::Engine(error.to_string());
    let rules = RulesTable::builtin().map_err(|error| engine(&error))?;
    let value = rules.to_value().map_err(|error| engine(&error))?;
    let (digest, table, _) = canonical_rules(value.to_string().as_bytes())?;
    let office = PartyId::from_random(random().map_err(|error| engine(&error))?);
    let uid = Uid::from_bytes(random().map_err(|error| engine(&error))?);
    let occurred_at = OccurredAt::day(Zone::CHINA.date_at(ledger.now())).map_err(|error| engine(&error))?;
    let details = json!({
        "origin": options.found_origin,
        "time_zone": Zone::CHINA,
        "office": office,
        "organisation": options.found_office,
        "rules": digest,
        "rules_version": rules.version(),
    });
    let draft = Draft { actor: Some(office), ..Draft::new(uid, Kind::Found, occurred_at, details) };
    let request = Request {
        submitter: office,
        digest: digest_of(uid.as_bytes()),
        items: vec![Item::Draft { draft: Box::new(draft), rules_table: Some(table) }],
    };
    ledger.append(request).await?;
    tracing::info!(%office, origin = %options.found_origin, "founded a new ledger");
    Ok(Some(office))
}
