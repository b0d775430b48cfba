//! Changes of print runs and of the ledger of prints, each a transaction.
//!
//! Every one locks the table of runs first: they come one after another, so that numbers have no gaps, and what one may
//! do is judged on what the one before it left. Readers wait for none of them.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use trace_core::tianma::{PrintHalt, PrintState, ReprintReason};

use super::failure::Failure;
use super::prints::{prints, run, runs};
use super::sessions::{End as Ending, Work};
use super::statements::{execute, query_opt};
use crate::store::rows::to_i64;
use crate::store::{NewPrint, PrintChange, PrintOrder, PrintStep, Sending, StoreError};

async fn lock(transaction: &Transaction<'_>) -> Result<(), Failure> {
    let sql = "-- lock_print_runs
               LOCK TABLE print_runs IN SHARE ROW EXCLUSIVE MODE";
    execute(transaction, sql, &[]).await?;
    Ok(())
}

pub(super) struct Start<'a> {
    pub(super) order: &'a PrintOrder,
}

#[async_trait]
impl Work for Start<'_> {
    type Answer = PrintStep;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Ending<PrintStep>, Failure> {
        lock(transaction).await?;
        let order = self.order;
        if let Some(step) = hindrance(transaction, 0, (order, order.from), order.reason).await? {
            return Ok(Ending::Discard(step));
        }
        let number = query_opt(
            transaction,
            "-- start_print_run
             INSERT INTO print_runs (number, issue, from_idx, to_idx, format, template, dpi, pictures, printer, portion,
                 state, next_idx, reason, version, started_at, party, login, token)
             SELECT COALESCE(max(number), 0) + 1, $1, $2::bigint, $3, $4, $5, $6, $7, $8, $9, 'running', $2::bigint, $10,
                 1, $11, $12, $13, $14
             FROM print_runs RETURNING number",
            &[
                &i64::from(order.issue.get()),
                &i64::from(order.from),
                &i64::from(order.to),
                &order.format,
                &order.template,
                &i64::from(order.dpi),
                &order.pictures,
                &order.printer,
                &i64::from(order.portion),
                &order.reason.map(ReprintReason::code),
                &order.at.as_unix_ms(),
                &order.by.party.to_string(),
                &order.by.login,
                &order.by.token,
            ],
        )
        .await?;
        let number: i64 = number.ok_or_else(gone)?.try_get(0)?;
        Ok(Ending::Commit(taken(transaction, number.unsigned_abs()).await?))
    }
}

/// Why a run may not print these labels, if it may not. `own` is its number, 0 before it has one.
async fn hindrance(
    transaction: &Transaction<'_>,
    own: u64,
    (order, next): (&PrintOrder, u32),
    reason: Option<ReprintReason>,
) -> Result<Option<PrintStep>, Failure> {
    let own = to_i64(own, "a print run's number")?;
    let (issue, next, to) = (i64::from(order.issue.get()), i64::from(next), i64::from(order.to));
    let overlaps = "issue = $1 AND number <> $2 AND state IN ('running', 'paused') AND next_idx <= $4 AND to_idx >= $3
                    ORDER BY number LIMIT 1";
    if let Some(other) = runs(transaction, overlaps, &[&issue, &own, &next, &to]).await?.pop() {
        return Ok(Some(PrintStep::Overlaps(other)));
    }
    let taken = "printer = $1 AND number <> $2 AND state = 'running' ORDER BY number LIMIT 1";
    if let Some(printer) = &order.printer
        && let Some(other) = runs(transaction, taken, &[printer, &own]).await?.pop()
    {
        return Ok(Some(PrintStep::PrinterTaken(other)));
    }
    let before = "issue = $1 AND way IN ('printed', 'sent') AND from_idx <= $3 AND to_idx >= $2
                  ORDER BY number DESC LIMIT 1";
    if reason.is_none()
        && let Some(print) = prints(transaction, before, &[&issue, &next, &to]).await?.pop()
    {
        return Ok(Some(PrintStep::PrintedBefore(print)));
    }
    Ok(None)
}

fn gone() -> StoreError {
    StoreError::Engine("a print run is gone".to_owned())
}

async fn taken(transaction: &Transaction<'_>, number: u64) -> Result<PrintStep, Failure> {
    Ok(PrintStep::Taken(run(transaction, number).await?.ok_or_else(gone)?))
}

pub(super) struct Change<'a> {
    pub(super) change: &'a PrintChange,
}

#[async_trait]
impl Work for Change<'_> {
    type Answer = PrintStep;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Ending<PrintStep>, Failure> {
        lock(transaction).await?;
        let change = self.change;
        let Some(row) = run(transaction, change.run).await?.filter(|row| row.version == change.version) else {
            return Ok(Ending::Discard(PrintStep::Stale));
        };
        if change.resumes
            && let Some(step) = hindrance(transaction, row.number, (&row.order, change.next), change.reason).await?
        {
            return Ok(Ending::Discard(step));
        }
        execute(
            transaction,
            "-- change_print_run
             UPDATE print_runs SET state = $2, halt = $3, next_idx = $4, reason = COALESCE($5, reason),
                 version = version + 1
             WHERE number = $1",
            &[
                &to_i64(change.run, "a print run's number")?,
                &change.state.code(),
                &change.halt.map(PrintHalt::code),
                &i64::from(change.next),
                &change.reason.map(ReprintReason::code),
            ],
        )
        .await?;
        if let Some(print) = &change.print {
            put(transaction, print).await?;
        }
        Ok(Ending::Commit(taken(transaction, change.run).await?))
    }
}

pub(super) struct Put<'a> {
    pub(super) print: &'a NewPrint,
}

#[async_trait]
impl Work for Put<'_> {
    type Answer = u64;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Ending<u64>, Failure> {
        lock(transaction).await?;
        Ok(Ending::Commit(put(transaction, self.print).await?))
    }
}

async fn put(transaction: &Transaction<'_>, print: &NewPrint) -> Result<u64, Failure> {
    let number = query_opt(
        transaction,
        "-- write_down_print
         INSERT INTO prints (number, issue, from_idx, to_idx, labels, at, way, format, template, printer, run, reprint,
             reason, party, login, token)
         SELECT COALESCE(max(number), 0) + 1, $1::bigint, $2::bigint, $3::bigint, $4, $5, $6, $7, $8, $9, $10,
             EXISTS (SELECT FROM prints WHERE issue = $1::bigint AND way IN ('printed', 'sent')
                     AND from_idx <= $3::bigint AND to_idx >= $2::bigint),
             $11, $12, $13, $14
         FROM prints RETURNING number",
        &[
            &i64::from(print.issue.get()),
            &i64::from(print.from),
            &i64::from(print.to),
            &i64::from(print.labels),
            &print.at.as_unix_ms(),
            &print.way.code(),
            &print.format,
            &print.template,
            &print.printer,
            &print.run.map(|run| to_i64(run, "a print run's number")).transpose()?,
            &print.reason.map(ReprintReason::code),
            &print.by.party.to_string(),
            &print.by.login,
            &print.by.token,
        ],
    )
    .await?;
    let number: i64 = number.ok_or_else(gone)?.try_get(0)?;
    Ok(number.unsigned_abs())
}

async fn runs_still(transaction: &Transaction<'_>, number: u64, version: u64) -> Result<bool, Failure> {
    let row = run(transaction, number).await?;
    Ok(row.is_some_and(|row| row.version == version && row.state == PrintState::Running))
}

pub(super) struct Begin<'a> {
    pub(super) run: u64,
    pub(super) version: u64,
    pub(super) print: &'a NewPrint,
}

#[async_trait]
impl Work for Begin<'_> {
    type Answer = Option<u64>;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Ending<Option<u64>>, Failure> {
        lock(transaction).await?;
        if !runs_still(transaction, self.run, self.version).await? {
            return Ok(Ending::Discard(None));
        }
        Ok(Ending::Commit(Some(put(transaction, self.print).await?)))
    }
}

pub(super) struct GoOn<'a> {
    pub(super) at: &'a Sending,
}

#[async_trait]
impl Work for GoOn<'_> {
    type Answer = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Ending<bool>, Failure> {
        lock(transaction).await?;
        let at = self.at;
        if !runs_still(transaction, at.run, at.version).await? {
            return Ok(Ending::Discard(false));
        }
        let sql = "-- move_print_run_on
                   UPDATE print_runs SET next_idx = $2 WHERE number = $1";
        execute(transaction, sql, &[&to_i64(at.run, "a print run's number")?, &i64::from(at.next)]).await?;
        stretch(transaction, at).await?;
        Ok(Ending::Commit(true))
    }
}

/// Sets the end of a stretch, and whether any of it was on paper before.
async fn stretch(transaction: &Transaction<'_>, at: &Sending) -> Result<(), Failure> {
    let Some(print) = at.print else { return Ok(()) };
    let print = to_i64(print, "a print's number")?;
    if at.labels == 0 {
        let sql = "-- drop_empty_print
                   DELETE FROM prints WHERE number = $1";
        execute(transaction, sql, &[&print]).await?;
        return Ok(());
    }
    execute(
        transaction,
        "-- move_end_of_print
         UPDATE prints SET to_idx = $2, labels = $3, reprint = EXISTS (SELECT FROM prints AS earlier
             WHERE earlier.issue = prints.issue AND earlier.number < prints.number
             AND earlier.way IN ('printed', 'sent')
             AND earlier.from_idx <= $2 AND earlier.to_idx >= prints.from_idx)
         WHERE number = $1",
        &[&print, &i64::from(at.last), &i64::from(at.labels)],
    )
    .await?;
    Ok(())
}

pub(super) struct End<'a> {
    pub(super) at: &'a Sending,
    pub(super) state: PrintState,
    pub(super) halt: Option<PrintHalt>,
}

#[async_trait]
impl Work for End<'_> {
    type Answer = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Ending<bool>, Failure> {
        lock(transaction).await?;
        stretch(transaction, self.at).await?;
        let run = to_i64(self.at.run, "a print run's number")?;
        let (version, next) = (to_i64(self.at.version, "a version")?, i64::from(self.at.next));
        let ended = execute(
            transaction,
            "-- end_sending
             UPDATE print_runs SET state = $3, halt = $4, next_idx = $5, version = version + 1
             WHERE number = $1 AND version = $2 AND state = 'running'",
            &[&run, &version, &self.state.code(), &self.halt.map(PrintHalt::code), &next],
        )
        .await?;
        if ended == 0 {
            let sql = "-- end_sending_of_a_paused_run
                       UPDATE print_runs SET next_idx = $3
                       WHERE number = $1 AND version = $2::bigint + 1 AND state = 'paused'";
            execute(transaction, sql, &[&run, &version, &next]).await?;
        }
        Ok(Ending::Commit(ended > 0))
    }
}

pub(super) struct Abandon;

#[async_trait]
impl Work for Abandon {
    type Answer = usize;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Ending<usize>, Failure> {
        lock(transaction).await?;
        let sql = "-- abandon_print_runs
                   UPDATE print_runs SET state = 'paused', halt = 'restarted', version = version + 1
                   WHERE state = 'running' AND printer IS NOT NULL";
        let count = execute(transaction, sql, &[]).await?;
        Ok(Ending::Commit(usize::try_from(count).unwrap_or(usize::MAX)))
    }
}
