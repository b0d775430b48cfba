//! Lists by filter, page by page.
//!
//! The conditions that are asked for are put together from fixed texts, so that each combination uses the index that
//! fits it; values are always bound.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use trace_core::id::{BatchCode, PartyId, RecordId};
use trace_core::state::{BatchRow, GrantRow, IssueRow, KeyRow, PartyRow, RecordRow, SiteRow};

use super::engine;
use super::load::keyed_doc;
use crate::store::rows::{Projected, standing_code, to_i64};
use crate::store::{BatchFilter, PartyFilter, RecordFilter, StoreError};

/// A statement in the making: conditions, each with at most one value bound.
struct Query {
    sql: String,
    values: Vec<Value>,
}

impl Query {
    fn new(select: &str) -> Self {
        Self { sql: format!("{select} WHERE TRUE"), values: Vec::new() }
    }

    /// Adds a condition without a value.
    fn only(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    /// Adds a condition in which `?` stands for the value, if there is one.
    fn with(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.values.push(value.into());
            let place = format!("?{}", self.values.len());
            self.only(&condition.replace('?', &place));
        }
    }

    fn ordered(mut self, order: &str, limit: u32) -> Self {
        self.values.push(Value::from(i64::from(limit)));
        let place = self.values.len();
        self.sql = format!("{} ORDER BY {order} LIMIT ?{place}", self.sql);
        self
    }

    /// Runs it; it selects the key's text and the document.
    fn rows<T: Projected>(&self, connection: &Connection) -> Result<Vec<T>, StoreError> {
        let mut statement = connection.prepare_cached(&self.sql).map_err(engine)?;
        let mut rows = statement.query(params_from_iter(&self.values)).map_err(engine)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(engine)? {
            found.push(keyed_doc(row)?);
        }
        Ok(found)
    }
}

pub fn batches(connection: &Connection, filter: &BatchFilter) -> Result<Vec<BatchRow>, StoreError> {
    let mut query = Query::new("-- batches by filter\nSELECT code, doc FROM batches");
    query.with("owner = ?", filter.owner.map(|party| party.to_string()));
    query.with("stage = ?", filter.stage.map(|stage| stage.code().to_owned()));
    query.with("site = ?", filter.site.map(|site| site.to_string()));
    // '~' comes after every character of a code, so this is the range of codes that begin with the prefix.
    query.with("code >= ? AND code < ? || '~'", filter.code_prefix.clone());
    if filter.held {
        query.only("held = 1");
    }
    if filter.recalled {
        query.only("recalled = 1");
    }
    query.with(
        "(occurred_on, code) < (SELECT occurred_on, code FROM batches WHERE code = ?)",
        filter.after.map(|code| code.to_string()),
    );
    query.ordered("occurred_on DESC, code DESC", filter.limit).rows(connection)
}

pub fn parties(connection: &Connection, filter: &PartyFilter) -> Result<Vec<PartyRow>, StoreError> {
    let mut query = Query::new("-- parties by filter\nSELECT id, doc FROM parties");
    query.with("role = ?", filter.role.map(|role| role.code().to_owned()));
    query.with("village = ?", filter.village.clone());
    query.with("id > ?", filter.after.map(|party| party.to_string()));
    query.ordered("id", filter.limit).rows(connection)
}

pub fn sites(connection: &Connection, party: PartyId) -> Result<Vec<SiteRow>, StoreError> {
    let mut query = Query::new("-- sites of a party\nSELECT id, doc FROM sites");
    query.with("party = ?", Some(party.to_string()));
    query.ordered("id", u32::MAX).rows(connection)
}

pub fn signing_keys(connection: &Connection, party: PartyId) -> Result<Vec<KeyRow>, StoreError> {
    let mut query = Query::new("-- signing keys of a party\nSELECT key, doc FROM signing_keys");
    query.with("party = ?", Some(party.to_string()));
    query.ordered("key", u32::MAX).rows(connection)
}

pub fn grants_from(connection: &Connection, party: PartyId) -> Result<Vec<GrantRow>, StoreError> {
    let mut query = Query::new("-- grants of a party\nSELECT id, doc FROM grants");
    query.with("from_party = ?", Some(party.to_string()));
    query.ordered("id", u32::MAX).rows(connection)
}

pub fn records(connection: &Connection, filter: &RecordFilter) -> Result<Vec<RecordRow>, StoreError> {
    let mut query = Query::new("-- records by filter\nSELECT id, doc FROM records");
    query.with("actor = ?", filter.actor.map(|party| party.to_string()));
    query.with("other_side = ?", filter.other_side.map(|party| party.to_string()));
    query.with("states = ?", filter.states.map(|kind| kind.code().to_owned()));
    query.with("standing = ?", filter.standing.map(|standing| standing_code(standing).to_owned()));
    if filter.held {
        query.only("held = 1");
    }
    if filter.live {
        query.only("live = 1");
    }
    query.with("idx < ?", filter.before.map(|index| to_i64(index, "an index").unwrap_or(i64::MAX)));
    query.ordered("idx DESC", filter.limit).rows(connection)
}

pub fn answers(connection: &Connection, records: &[RecordId]) -> Result<Vec<RecordRow>, StoreError> {
    const SQL: &str = "-- what speaks of a record: the expressions of the index\n\
        SELECT id, doc FROM records \
        WHERE substr(doc, instr(doc, '\"about\":\"') + 9, 64) = ?1 AND instr(doc, '\"about\":\"') > 0";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let mut found: Vec<RecordRow> = Vec::new();
    for record in records {
        let mut rows = statement.query([record.to_string()]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            found.push(keyed_doc(row)?);
        }
    }
    found.sort_by_key(|row| row.index);
    found.dedup_by_key(|row| row.index);
    Ok(found)
}

pub fn issues(
    connection: &Connection,
    batch: Option<BatchCode>,
    party: Option<PartyId>,
) -> Result<Vec<IssueRow>, StoreError> {
    let mut query = Query::new("-- issues\nSELECT CAST(number AS TEXT), doc FROM issues");
    query.with("batch = ?", batch.map(|code| code.to_string()));
    query.with("party = ?", party.map(|party| party.to_string()));
    query.ordered("number", u32::MAX).rows(connection)
}
