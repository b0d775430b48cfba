//! Print runs, and what was printed: reads, and the contract's part as transactions of `printing`.

use async_trait::async_trait;
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;
use trace_core::code::IssueNumber;
use trace_core::tianma::{PrintHalt, PrintState};

use super::Postgres;
use super::failure::Failure;
use super::printing::{Abandon, Begin, Change, End, GoOn, Put, Start};
use super::statements::{Parameters, query};
use crate::store::prints::PrintStore;
use crate::store::rows::{HandColumns, PrintColumns, PrintRunColumns};
use crate::store::{NewPrint, PrintChange, PrintOrder, PrintRow, PrintRunRow, PrintStep, Sending, StoreError};

#[async_trait]
impl PrintStore for Postgres {
    async fn start_print_run(&self, order: &PrintOrder) -> Result<PrintStep, StoreError> {
        self.sessions.write(&Start { order }).await
    }

    async fn change_print_run(&self, change: &PrintChange) -> Result<PrintStep, StoreError> {
        self.sessions.write(&Change { change }).await
    }

    async fn print_run(&self, number: u64) -> Result<Option<PrintRunRow>, StoreError> {
        let session = self.sessions.get().await?;
        Ok(run(&session, number).await?)
    }

    async fn print_runs(&self, issue: IssueNumber, limit: u32) -> Result<Vec<PrintRunRow>, StoreError> {
        let session = self.sessions.get().await?;
        let (issue, limit) = (i64::from(issue.get()), i64::from(limit));
        Ok(runs(&session, "issue = $1 ORDER BY number DESC LIMIT $2", &[&issue, &limit]).await?)
    }

    async fn abandon_print_runs(&self) -> Result<usize, StoreError> {
        self.sessions.write(&Abandon).await
    }

    async fn put_print(&self, print: &NewPrint) -> Result<u64, StoreError> {
        self.sessions.write(&Put { print }).await
    }

    async fn begin_sending(&self, run: u64, version: u64, print: &NewPrint) -> Result<Option<u64>, StoreError> {
        self.sessions.write(&Begin { run, version, print }).await
    }

    async fn go_on_sending(&self, at: &Sending) -> Result<bool, StoreError> {
        self.sessions.write(&GoOn { at }).await
    }

    async fn end_sending(&self, at: &Sending, state: PrintState, halt: Option<PrintHalt>) -> Result<bool, StoreError> {
        self.sessions.write(&End { at, state, halt }).await
    }

    async fn prints(&self, issue: IssueNumber, before: Option<u64>, limit: u32) -> Result<Vec<PrintRow>, StoreError> {
        let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
        let session = self.sessions.get().await?;
        let (issue, limit) = (i64::from(issue.get()), i64::from(limit));
        let page = "issue = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
        Ok(prints(&session, page, &[&issue, &before, &limit]).await?)
    }
}

/// The runs for which a condition holds.
pub(super) async fn runs<C: GenericClient>(
    client: &C,
    condition: &str,
    values: Parameters<'_>,
) -> Result<Vec<PrintRunRow>, Failure> {
    let sql = format!(
        "-- list_print_runs
         SELECT number, issue, from_idx, to_idx, format, template, dpi, pictures, printer, portion, state, halt, next_idx,
                reason, version, started_at, party, login, token FROM print_runs WHERE {condition}"
    );
    let read = |row: &Row| -> Result<PrintRunRow, Failure> {
        let columns = PrintRunColumns {
            number: row.try_get(0)?,
            issue: row.try_get(1)?,
            from: row.try_get(2)?,
            to: row.try_get(3)?,
            format: row.try_get(4)?,
            template: row.try_get(5)?,
            dpi: row.try_get(6)?,
            pictures: row.try_get(7)?,
            printer: row.try_get(8)?,
            portion: row.try_get(9)?,
            state: row.try_get(10)?,
            halt: row.try_get(11)?,
            next: row.try_get(12)?,
            reason: row.try_get(13)?,
            version: row.try_get(14)?,
            started_at: row.try_get(15)?,
            hand: hand(row, 16)?,
        };
        Ok(columns.into_row()?)
    };
    query(client, &sql, values).await?.iter().map(read).collect()
}

/// The stretches for which a condition holds.
pub(super) async fn prints<C: GenericClient>(
    client: &C,
    condition: &str,
    values: Parameters<'_>,
) -> Result<Vec<PrintRow>, Failure> {
    let sql = format!(
        "-- list_prints
         SELECT number, issue, from_idx, to_idx, labels, at, way, format, template, printer, run, reprint, reason,
                party, login, token FROM prints WHERE {condition}"
    );
    let read = |row: &Row| -> Result<PrintRow, Failure> {
        let columns = PrintColumns {
            number: row.try_get(0)?,
            issue: row.try_get(1)?,
            from: row.try_get(2)?,
            to: row.try_get(3)?,
            labels: row.try_get(4)?,
            at: row.try_get(5)?,
            way: row.try_get(6)?,
            format: row.try_get(7)?,
            template: row.try_get(8)?,
            printer: row.try_get(9)?,
            run: row.try_get(10)?,
            reprint: row.try_get(11)?,
            reason: row.try_get(12)?,
            hand: hand(row, 13)?,
        };
        Ok(columns.into_row()?)
    };
    query(client, &sql, values).await?.iter().map(read).collect()
}

fn hand(row: &Row, at: usize) -> Result<HandColumns, Failure> {
    Ok(HandColumns { party: row.try_get(at)?, login: row.try_get(at + 1)?, token: row.try_get(at + 2)? })
}

pub(super) async fn run<C: GenericClient>(client: &C, number: u64) -> Result<Option<PrintRunRow>, Failure> {
    // Beyond 2^63 there is no run.
    let Ok(number) = i64::try_from(number) else { return Ok(None) };
    Ok(runs(client, "number = $1", &[&number]).await?.pop())
}
