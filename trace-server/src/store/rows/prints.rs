//! The rows of `print_runs` and `prints`.

use trace_core::code::IssueNumber;
use trace_core::tianma::ReprintReason;

use super::super::{Hand, NewPrint, PrintOrder, PrintRow, PrintRunRow, StoreError};
use super::At;

/// Who did it, as three columns.
pub struct HandColumns {
    pub party: String,
    pub login: Option<String>,
    pub token: Option<String>,
}

impl HandColumns {
    fn into_hand(self, at: &At) -> Result<Hand, StoreError> {
        Ok(Hand { party: at.text("party", &self.party)?, login: self.login, token: self.token })
    }
}

/// What reading a row of `print_runs` gives.
pub struct PrintRunColumns {
    pub number: i64,
    pub issue: i64,
    pub from: i64,
    pub to: i64,
    pub format: String,
    pub template: String,
    pub dpi: i64,
    pub pictures: bool,
    pub printer: Option<String>,
    pub portion: i64,
    pub state: String,
    pub halt: Option<String>,
    pub next: i64,
    pub reason: Option<String>,
    pub version: i64,
    pub started_at: i64,
    pub hand: HandColumns,
}

impl PrintRunColumns {
    pub fn into_row(self) -> Result<PrintRunRow, StoreError> {
        let at = At { table: "print_runs", key: self.number.to_string() };
        Ok(PrintRunRow {
            number: at.number("number", self.number)?,
            state: at.text("state", &self.state)?,
            halt: self.halt.map(|halt| at.text("halt", &halt)).transpose()?,
            next: at.number("next_idx", self.next)?,
            version: at.number("version", self.version)?,
            order: PrintOrder {
                issue: issue(&at, self.issue)?,
                from: at.number("from_idx", self.from)?,
                to: at.number("to_idx", self.to)?,
                format: self.format,
                template: self.template,
                dpi: at.number("dpi", self.dpi)?,
                pictures: self.pictures,
                printer: self.printer,
                portion: at.number("portion", self.portion)?,
                reason: reason(&at, self.reason)?,
                at: at.time("started_at", self.started_at)?,
                by: self.hand.into_hand(&at)?,
            },
        })
    }
}

/// What reading a row of `prints` gives.
pub struct PrintColumns {
    pub number: i64,
    pub issue: i64,
    pub from: i64,
    pub to: i64,
    pub labels: i64,
    pub at: i64,
    pub way: String,
    pub format: String,
    pub template: Option<String>,
    pub printer: Option<String>,
    pub run: Option<i64>,
    pub reprint: bool,
    pub reason: Option<String>,
    pub hand: HandColumns,
}

impl PrintColumns {
    pub fn into_row(self) -> Result<PrintRow, StoreError> {
        let at = At { table: "prints", key: self.number.to_string() };
        let reason = reason(&at, self.reason)?;
        Ok(PrintRow {
            number: at.number("number", self.number)?,
            reprint: self.reprint,
            print: NewPrint {
                issue: issue(&at, self.issue)?,
                from: at.number("from_idx", self.from)?,
                to: at.number("to_idx", self.to)?,
                labels: at.number("labels", self.labels)?,
                at: at.time("at", self.at)?,
                way: at.text("way", &self.way)?,
                format: self.format,
                template: self.template,
                printer: self.printer,
                run: self.run.map(|run| at.number("run", run)).transpose()?,
                // A run's reason stands beside each of its stretches, and says something of those alone that need one.
                reason: reason.filter(|_| self.reprint),
                by: self.hand.into_hand(&at)?,
            },
        })
    }
}

fn issue(at: &At, number: i64) -> Result<IssueNumber, StoreError> {
    IssueNumber::new(at.number("issue", number)?).map_err(|error| at.wrong("issue", error))
}

fn reason(at: &At, code: Option<String>) -> Result<Option<ReprintReason>, StoreError> {
    code.map(|code| at.text("reason", &code)).transpose()
}
