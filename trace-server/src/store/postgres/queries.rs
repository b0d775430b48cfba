//! Lists by filter. A statement holds only the conditions that are asked for, so that the planner sees which index
//! serves them; the texts are few, and each is prepared once a session.

use std::fmt::Write as _;

use deadpool_postgres::GenericClient;
use tokio_postgres::types::ToSql;
use trace_core::id::{BatchCode, PartyId, RecordId};
use trace_core::state::{BatchRow, GrantRow, IssueRow, KeyRow, PartyRow, RecordRow, SiteRow};

use super::failure::Failure;
use super::statements::{Parameters, query};
use crate::store::rows::{Projected, from_doc, standing_code};
use crate::store::{BatchFilter, PartyFilter, RecordFilter};

/// A statement under construction.
struct Select {
    sql: String,
    values: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Select {
    fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Adds a condition; every `?` in it stands for the value.
    fn and(&mut self, condition: &str, value: impl ToSql + Sync + Send + 'static) {
        self.values.push(Box::new(value));
        let place = format!("${}", self.values.len());
        self.and_plain(&condition.replace('?', &place));
    }

    fn and_plain(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    /// Ends the statement with its order and limit, and reads documents of two columns, key and doc.
    async fn documents<T: Projected, C: GenericClient>(
        mut self,
        client: &C,
        order: &str,
        limit: u32,
    ) -> Result<Vec<T>, Failure> {
        self.values.push(Box::new(i64::from(limit)));
        let place = self.values.len();
        // Writing into a String cannot fail.
        let _ = write!(self.sql, " ORDER BY {order} LIMIT ${place}");
        let values: Vec<&(dyn ToSql + Sync)> =
            self.values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
        documents(client, &self.sql, &values).await
    }
}

async fn documents<T: Projected, C: GenericClient>(
    client: &C,
    sql: &str,
    values: Parameters<'_>,
) -> Result<Vec<T>, Failure> {
    let rows = query(client, sql, values).await?;
    rows.iter().map(|row| Ok(from_doc(row.try_get(0)?, row.try_get(1)?)?)).collect()
}

pub(super) async fn batches<C: GenericClient>(client: &C, filter: &BatchFilter) -> Result<Vec<BatchRow>, Failure> {
    let mut select = Select::new(
        "-- list_batches
         SELECT code, doc FROM batches WHERE true",
    );
    if let Some(owner) = filter.owner {
        select.and("owner = ?", owner.to_string());
    }
    if let Some(stage) = filter.stage {
        select.and("stage = ?", stage.code());
    }
    if let Some(site) = filter.site {
        select.and("site = ?", site.to_string());
    }
    if let Some(prefix) = &filter.code_prefix {
        if prefix.contains('\0') {
            // PostgreSQL has no such text, so no code begins with it.
            return Ok(Vec::new());
        }
        select.and("code >= ? AND starts_with(code, ?)", prefix.clone());
    }
    if filter.held {
        select.and_plain("held");
    }
    if filter.recalled {
        select.and_plain("recalled");
    }
    if let Some(after) = filter.after {
        // The first half can use an index, the second decides within the day.
        select.and(
            "occurred_on <= (SELECT occurred_on FROM batches WHERE code = ?)
             AND (occurred_on, code) < (SELECT occurred_on, code FROM batches WHERE code = ?)",
            after.to_string(),
        );
    }
    select.documents(client, "occurred_on DESC, code DESC", filter.limit).await
}

pub(super) async fn parties<C: GenericClient>(client: &C, filter: &PartyFilter) -> Result<Vec<PartyRow>, Failure> {
    let mut select = Select::new(
        "-- list_parties
         SELECT id, doc FROM parties WHERE true",
    );
    if let Some(role) = filter.role {
        select.and("role = ?", role.code());
    }
    if let Some(village) = &filter.village {
        if village.contains('\0') {
            return Ok(Vec::new());
        }
        select.and("village = ?", village.clone());
    }
    if let Some(after) = filter.after {
        select.and("id > ?", after.to_string());
    }
    select.documents(client, "id", filter.limit).await
}

pub(super) async fn sites<C: GenericClient>(client: &C, party: PartyId) -> Result<Vec<SiteRow>, Failure> {
    let sql = "-- list_sites
               SELECT id, doc FROM sites WHERE party = $1 ORDER BY id";
    documents(client, sql, &[&party.to_string()]).await
}

pub(super) async fn signing_keys<C: GenericClient>(client: &C, party: PartyId) -> Result<Vec<KeyRow>, Failure> {
    let sql = "-- list_signing_keys
               SELECT key, doc FROM signing_keys WHERE party = $1 ORDER BY key";
    documents(client, sql, &[&party.to_string()]).await
}

pub(super) async fn grants_from<C: GenericClient>(client: &C, party: PartyId) -> Result<Vec<GrantRow>, Failure> {
    let sql = "-- list_grants
               SELECT id, doc FROM grants WHERE from_party = $1 ORDER BY id";
    documents(client, sql, &[&party.to_string()]).await
}

pub(super) async fn records<C: GenericClient>(client: &C, filter: &RecordFilter) -> Result<Vec<RecordRow>, Failure> {
    let mut select = Select::new(
        "-- list_records
         SELECT id, doc FROM records WHERE true",
    );
    if let Some(actor) = filter.actor {
        select.and("actor = ?", actor.to_string());
    }
    if let Some(party) = filter.other_side {
        select.and("other_side = ?", party.to_string());
    }
    if let Some(kind) = filter.states {
        select.and("states = ?", kind.code());
    }
    if let Some(standing) = filter.standing {
        select.and("standing = ?", standing_code(standing));
    }
    if filter.held {
        select.and_plain("held");
    }
    if filter.live {
        select.and_plain("live");
    }
    if let Some(before) = filter.before {
        select.and("idx < ?", i64::try_from(before).unwrap_or(i64::MAX));
    }
    select.documents(client, "idx DESC", filter.limit).await
}

pub(super) async fn answers<C: GenericClient>(client: &C, records: &[RecordId]) -> Result<Vec<RecordRow>, Failure> {
    let ids: Vec<String> = records.iter().map(ToString::to_string).collect();
    let sql = "-- list_answers: the expression of the index
               SELECT id, doc FROM records
               WHERE substring(doc from '\"about\":\"([0-9a-f]{64})\"') = ANY($1) ORDER BY idx";
    documents(client, sql, &[&ids]).await
}

pub(super) async fn issues<C: GenericClient>(
    client: &C,
    batch: Option<BatchCode>,
    party: Option<PartyId>,
) -> Result<Vec<IssueRow>, Failure> {
    let mut select = Select::new(
        "-- list_issues
         SELECT number::text, doc FROM issues WHERE true",
    );
    if let Some(batch) = batch {
        select.and("batch = ?", batch.to_string());
    }
    if let Some(party) = party {
        select.and("party = ?", party.to_string());
    }
    // Issue numbers have 25 bits: there are never more.
    select.documents(client, "issues.number", u32::MAX).await
}
