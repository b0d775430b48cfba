//! Rules tables by digest: parsed once, kept for as long as the ledger runs.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use trace_core::id::RecordId;
use trace_core::record::canonical;
use trace_core::record::{Details, Refusal};
use trace_core::tianma::RulesTable;

use crate::store::{Store, StoreError};

/// Largest rules table in bytes; today's has a tenth of that.
pub const RULES_BYTES_MAX: usize = 262_144;

/// The tables that were needed so far.
#[derive(Default)]
pub struct RulesShelf {
    tables: RwLock<HashMap<RecordId, Arc<RulesTable>>>,
}

impl RulesShelf {
    /// The table, if it was taken from the store or put here before.
    pub fn get(&self, digest: RecordId) -> Option<Arc<RulesTable>> {
        self.tables.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&digest).cloned()
    }

    /// Puts a table on the shelf.
    pub fn put(&self, digest: RecordId, table: Arc<RulesTable>) {
        self.tables.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(digest, table);
    }

    /// The table, from the store if need be.
    ///
    /// # Errors
    /// [`StoreError`] if the store has none under this digest or it cannot be read.
    pub async fn fetch(&self, digest: RecordId, store: &dyn Store) -> Result<Arc<RulesTable>, StoreError> {
        if let Some(table) = self.get(digest) {
            return Ok(table);
        }
        let corrupt = |problem: String| StoreError::Corrupt { table: "rules_tables", key: digest.to_string(), problem };
        let bytes = store.rules_table(digest).await?.ok_or_else(|| corrupt("missing".to_owned()))?;
        if RecordId::of(&bytes) != digest {
            return Err(corrupt("its bytes do not have its digest".to_owned()));
        }
        let table = Arc::new(RulesTable::parse(&bytes).map_err(|e| corrupt(e.to_string()))?);
        self.put(digest, Arc::clone(&table));
        Ok(table)
    }
}

/// The canonical bytes of a rules table with their digest, checked.
///
/// # Errors
/// A [`Refusal`] that names what is wrong with the table.
pub fn canonical_rules(json: &[u8]) -> Result<(RecordId, Vec<u8>, RulesTable), Refusal> {
    let bad = |zh: &str, en: String| Refusal::invalid("rules_table", "/rules_table", format!("规则表不对：{zh}"), en);
    let unreadable = |e: canonical::CanonicalError| bad(&e.zh(), e.to_string());
    let value = canonical::strict_parse(json, RULES_BYTES_MAX).map_err(unreadable)?;
    let bytes = canonical::canonical_bytes(&value).map_err(unreadable)?;
    let table = RulesTable::parse(&bytes).map_err(|e| bad(&e.zh(), e.to_string()))?;
    Ok((RecordId::of(&bytes), bytes, table))
}

/// The table that came with a `found` or `set_rules` is the one that its details name.
pub(super) fn check_table(details: &Details, bytes: Option<&[u8]>) -> Result<Option<RulesTable>, Refusal> {
    let (digest, version) = match details {
        Details::Found(found) => (found.rules, found.rules_version),
        Details::SetRules(set) => (set.digest, set.version),
        _ => return Ok(None),
    };
    let Some(bytes) = bytes else {
        return Err(Refusal::invalid("rules_table", "/rules_table", "缺少规则表", "the rules table itself is missing"));
    };
    let (found, _, table) = canonical_rules(bytes)?;
    if found != digest || table.version() != version {
        return Err(Refusal::invalid(
            "rules_table",
            "/details",
            format!("记录写的是指纹 {digest}、版本 {version}；所附规则表的指纹是 {found}，版本 {}", table.version()),
            format!(
                "the record names digest {digest} and version {version}; the table that came with it has digest {found} \
                 and version {}",
                table.version()
            ),
        ));
    }
    Ok(Some(table))
}
