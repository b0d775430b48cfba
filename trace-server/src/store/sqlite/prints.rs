//! Print runs, and what was printed. All that writes runs in a transaction that holds the write lock.

use async_trait::async_trait;
use rusqlite::{Connection, Params, Row, params};
use trace_core::code::IssueNumber;
use trace_core::tianma::{PrintHalt, PrintState, ReprintReason};

use super::{Sqlite, engine};
use crate::store::prints::PrintStore;
use crate::store::rows::{HandColumns, PrintColumns, PrintRunColumns, to_i64};
use crate::store::{NewPrint, PrintChange, PrintOrder, PrintRow, PrintRunRow, PrintStep, Sending, StoreError};

#[async_trait]
impl PrintStore for Sqlite {
    async fn start_print_run(&self, order: &PrintOrder) -> Result<PrintStep, StoreError> {
        let order = order.clone();
        self.writer.transact(move |c| start(c, &order)).await
    }

    async fn change_print_run(&self, change: &PrintChange) -> Result<PrintStep, StoreError> {
        let change = change.clone();
        self.writer.transact(move |c| self::change(c, &change)).await
    }

    async fn print_run(&self, number: u64) -> Result<Option<PrintRunRow>, StoreError> {
        self.readers.run(move |c| run(c, number)).await
    }

    async fn print_runs(&self, issue: IssueNumber, limit: u32) -> Result<Vec<PrintRunRow>, StoreError> {
        self.readers
            .run(move |c| runs(c, "issue = ?1 ORDER BY number DESC LIMIT ?2", params![issue.get(), limit]))
            .await
    }

    async fn abandon_print_runs(&self) -> Result<usize, StoreError> {
        self.writer.transact(abandon).await
    }

    async fn put_print(&self, print: &NewPrint) -> Result<u64, StoreError> {
        let print = print.clone();
        self.writer.transact(move |c| put(c, &print)).await
    }

    async fn begin_sending(&self, run: u64, version: u64, print: &NewPrint) -> Result<Option<u64>, StoreError> {
        let print = print.clone();
        self.writer
            .transact(move |c| if runs_still(c, run, version)? { put(c, &print).map(Some) } else { Ok(None) })
            .await
    }

    async fn go_on_sending(&self, at: &Sending) -> Result<bool, StoreError> {
        let at = *at;
        self.writer.transact(move |c| go_on(c, &at)).await
    }

    async fn end_sending(&self, at: &Sending, state: PrintState, halt: Option<PrintHalt>) -> Result<bool, StoreError> {
        let at = *at;
        self.writer.transact(move |c| end(c, &at, state, halt)).await
    }

    async fn prints(&self, issue: IssueNumber, before: Option<u64>, limit: u32) -> Result<Vec<PrintRow>, StoreError> {
        let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
        let page = "issue = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";
        self.readers.run(move |c| prints(c, page, params![issue.get(), before, limit])).await
    }
}

/// The runs for which a condition holds.
fn runs(connection: &Connection, condition: &str, values: impl Params) -> Result<Vec<PrintRunRow>, StoreError> {
    let sql = format!(
        "-- print runs\n\
         SELECT number, issue, from_idx, to_idx, format, template, dpi, pictures, printer, portion, state, halt, next_idx,\n\
         reason, version, started_at, party, login, token FROM print_runs WHERE {condition}"
    );
    let read = |row: &Row<'_>| {
        Ok(PrintRunColumns {
            number: row.get(0)?,
            issue: row.get(1)?,
            from: row.get(2)?,
            to: row.get(3)?,
            format: row.get(4)?,
            template: row.get(5)?,
            dpi: row.get(6)?,
            pictures: row.get(7)?,
            printer: row.get(8)?,
            portion: row.get(9)?,
            state: row.get(10)?,
            halt: row.get(11)?,
            next: row.get(12)?,
            reason: row.get(13)?,
            version: row.get(14)?,
            started_at: row.get(15)?,
            hand: hand(row, 16)?,
        })
    };
    let mut statement = connection.prepare_cached(&sql).map_err(engine)?;
    let found = statement.query_map(values, read).map_err(engine)?;
    found.map(|columns| columns.map_err(engine)?.into_row()).collect()
}

/// The stretches for which a condition holds.
fn prints(connection: &Connection, condition: &str, values: impl Params) -> Result<Vec<PrintRow>, StoreError> {
    let sql = format!(
        "-- prints\n\
         SELECT number, issue, from_idx, to_idx, labels, at, way, format, template, printer, run, reprint, reason,\n\
         party, login, token FROM prints WHERE {condition}"
    );
    let read = |row: &Row<'_>| {
        Ok(PrintColumns {
            number: row.get(0)?,
            issue: row.get(1)?,
            from: row.get(2)?,
            to: row.get(3)?,
            labels: row.get(4)?,
            at: row.get(5)?,
            way: row.get(6)?,
            format: row.get(7)?,
            template: row.get(8)?,
            printer: row.get(9)?,
            run: row.get(10)?,
            reprint: row.get(11)?,
            reason: row.get(12)?,
            hand: hand(row, 13)?,
        })
    };
    let mut statement = connection.prepare_cached(&sql).map_err(engine)?;
    let found = statement.query_map(values, read).map_err(engine)?;
    found.map(|columns| columns.map_err(engine)?.into_row()).collect()
}

fn hand(row: &Row<'_>, at: usize) -> rusqlite::Result<HandColumns> {
    Ok(HandColumns { party: row.get(at)?, login: row.get(at + 1)?, token: row.get(at + 2)? })
}

fn run(connection: &Connection, number: u64) -> Result<Option<PrintRunRow>, StoreError> {
    // Beyond 2^63 there is no run.
    let Ok(number) = i64::try_from(number) else { return Ok(None) };
    Ok(runs(connection, "number = ?1", [number])?.pop())
}

/// Why a run may not print these labels, if it may not. `own` is its number, 0 before it has one.
fn hindrance(
    connection: &Connection,
    own: u64,
    (order, next): (&PrintOrder, u32),
    reason: Option<ReprintReason>,
) -> Result<Option<PrintStep>, StoreError> {
    let (own, issue) = (to_i64(own, "a print run's number")?, order.issue.get());
    let overlaps = "issue = ?1 AND number <> ?2 AND state IN ('running', 'paused') AND next_idx <= ?4 AND to_idx >= ?3\n\
                    ORDER BY number LIMIT 1";
    if let Some(other) = runs(connection, overlaps, params![issue, own, next, order.to])?.pop() {
        return Ok(Some(PrintStep::Overlaps(other)));
    }
    let taken = "printer = ?1 AND number <> ?2 AND state = 'running' ORDER BY number LIMIT 1";
    if let Some(printer) = &order.printer
        && let Some(other) = runs(connection, taken, params![printer, own])?.pop()
    {
        return Ok(Some(PrintStep::PrinterTaken(other)));
    }
    let before = "issue = ?1 AND way IN ('printed', 'sent') AND from_idx <= ?3 AND to_idx >= ?2\n\
                  ORDER BY number DESC LIMIT 1";
    if reason.is_none()
        && let Some(print) = prints(connection, before, params![issue, next, order.to])?.pop()
    {
        return Ok(Some(PrintStep::PrintedBefore(print)));
    }
    Ok(None)
}

fn start(connection: &Connection, order: &PrintOrder) -> Result<PrintStep, StoreError> {
    const SQL: &str = "-- start print run\n\
        INSERT INTO print_runs (number, issue, from_idx, to_idx, format, template, dpi, pictures, printer, portion,\n\
        state, next_idx, reason, version, started_at, party, login, token)\n\
        SELECT COALESCE(max(number), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'running', ?2, ?10, 1, ?11, ?12, ?13,\n\
        ?14 FROM print_runs RETURNING number";
    if let Some(step) = hindrance(connection, 0, (order, order.from), order.reason)? {
        return Ok(step);
    }
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let values = params![
        order.issue.get(),
        order.from,
        order.to,
        order.format,
        order.template,
        order.dpi,
        order.pictures,
        order.printer,
        order.portion,
        order.reason.map(ReprintReason::code),
        order.at.as_unix_ms(),
        order.by.party.to_string(),
        order.by.login,
        order.by.token,
    ];
    let number: i64 = statement.query_row(values, |row| row.get(0)).map_err(engine)?;
    taken(connection, number.unsigned_abs())
}

fn taken(connection: &Connection, number: u64) -> Result<PrintStep, StoreError> {
    run(connection, number)?.map(PrintStep::Taken).ok_or_else(|| StoreError::Engine("a print run is gone".to_owned()))
}

fn change(connection: &Connection, change: &PrintChange) -> Result<PrintStep, StoreError> {
    const SQL: &str = "-- change print run\n\
        UPDATE print_runs SET state = ?3, halt = ?4, next_idx = ?5, reason = COALESCE(?6, reason), version = version + 1\n\
        WHERE number = ?1 AND version = ?2";
    let Some(row) = run(connection, change.run)?.filter(|row| row.version == change.version) else {
        return Ok(PrintStep::Stale);
    };
    if change.resumes
        && let Some(step) = hindrance(connection, row.number, (&row.order, change.next), change.reason)?
    {
        return Ok(step);
    }
    let (number, version) = (to_i64(change.run, "a print run's number")?, to_i64(change.version, "a version")?);
    let (halt, reason) = (change.halt.map(PrintHalt::code), change.reason.map(ReprintReason::code));
    let values = params![number, version, change.state.code(), halt, change.next, reason];
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    if let Some(print) = &change.print {
        put(connection, print)?;
    }
    taken(connection, change.run)
}

fn put(connection: &Connection, print: &NewPrint) -> Result<u64, StoreError> {
    const SQL: &str = "-- write down a print\n\
        INSERT INTO prints (number, issue, from_idx, to_idx, labels, at, way, format, template, printer, run, reprint,\n\
        reason, party, login, token)\n\
        SELECT COALESCE(max(number), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,\n\
        EXISTS (SELECT 1 FROM prints WHERE issue = ?1 AND way IN ('printed', 'sent') AND from_idx <= ?3 AND to_idx >= ?2),\n\
        ?11, ?12, ?13, ?14 FROM prints RETURNING number";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let values = params![
        print.issue.get(),
        print.from,
        print.to,
        print.labels,
        print.at.as_unix_ms(),
        print.way.code(),
        print.format,
        print.template,
        print.printer,
        print.run.map(|run| to_i64(run, "a print run's number")).transpose()?,
        print.reason.map(ReprintReason::code),
        print.by.party.to_string(),
        print.by.login,
        print.by.token,
    ];
    let number: i64 = statement.query_row(values, |row| row.get(0)).map_err(engine)?;
    Ok(number.unsigned_abs())
}

fn runs_still(connection: &Connection, number: u64, version: u64) -> Result<bool, StoreError> {
    let row = run(connection, number)?;
    Ok(row.is_some_and(|row| row.version == version && row.state == PrintState::Running))
}

fn go_on(connection: &Connection, at: &Sending) -> Result<bool, StoreError> {
    const SQL: &str = "-- move print run on\nUPDATE print_runs SET next_idx = ?2 WHERE number = ?1";
    if !runs_still(connection, at.run, at.version)? {
        return Ok(false);
    }
    let values = params![to_i64(at.run, "a print run's number")?, at.next];
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    stretch(connection, at)?;
    Ok(true)
}

/// Sets the end of a stretch, and whether any of it was on paper before.
fn stretch(connection: &Connection, at: &Sending) -> Result<(), StoreError> {
    const MOVE: &str = "-- move end of a print\n\
        UPDATE prints SET to_idx = ?2, labels = ?3, reprint = EXISTS (SELECT 1 FROM prints AS earlier\n\
        WHERE earlier.issue = prints.issue AND earlier.number < prints.number AND earlier.way IN ('printed', 'sent')\n\
        AND earlier.from_idx <= ?2 AND earlier.to_idx >= prints.from_idx) WHERE number = ?1";
    const DROP: &str = "-- drop an empty print\nDELETE FROM prints WHERE number = ?1";
    let Some(print) = at.print else { return Ok(()) };
    let print = to_i64(print, "a print's number")?;
    if at.labels == 0 {
        connection.prepare_cached(DROP).and_then(|mut statement| statement.execute([print])).map_err(engine)?;
    } else {
        let values = params![print, at.last, at.labels];
        connection.prepare_cached(MOVE).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    }
    Ok(())
}

fn end(connection: &Connection, at: &Sending, state: PrintState, halt: Option<PrintHalt>) -> Result<bool, StoreError> {
    const END: &str = "-- end sending\n\
        UPDATE print_runs SET state = ?3, halt = ?4, next_idx = ?5, version = version + 1\n\
        WHERE number = ?1 AND version = ?2 AND state = 'running'";
    const OTHERS: &str = "-- end sending of a run that somebody else paused\n\
        UPDATE print_runs SET next_idx = ?3 WHERE number = ?1 AND version = ?2 + 1 AND state = 'paused'";
    stretch(connection, at)?;
    let (run, version) = (to_i64(at.run, "a print run's number")?, to_i64(at.version, "a version")?);
    let values = params![run, version, state.code(), halt.map(PrintHalt::code), at.next];
    let ended = connection.prepare_cached(END).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    if ended == 0 {
        let values = params![run, version, at.next];
        connection.prepare_cached(OTHERS).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    }
    Ok(ended > 0)
}

fn abandon(connection: &Connection) -> Result<usize, StoreError> {
    const SQL: &str = "-- abandon print runs\n\
        UPDATE print_runs SET state = 'paused', halt = 'restarted', version = version + 1\n\
        WHERE state = 'running' AND printer IS NOT NULL";
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute([])).map_err(engine)
}
