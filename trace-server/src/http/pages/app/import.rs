//! A clerk's list of harvests, handed in as a file: shown as it was understood, with what is wrong beside each row, and
//! stored whole once the clerk says so.
//!
//! Nothing of the file is kept between the two steps: the rows travel in the form. They name persons, and what is kept
//! of persons is sealed.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use trace_core::tianma::PartyRole;

use super::words::quantity_words;
use super::{PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::app::AppState;
use crate::http::pages::language::Lang;
use crate::import::{Checked, Column, Count, FILE_BYTES_MAX, Import, ImportError, ROWS_MAX, Table, Wrong, template};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/app/import", get(show).post(check))
        .route("/app/import/store", post(store).get(back))
        .route("/app/import/template", get(empty_list))
}

async fn back() -> Redirect {
    Redirect::to("/app/import")
}

/// A row as it is shown before it is stored.
#[derive(Debug, Clone)]
struct Shown {
    number: usize,
    household: String,
    plot: String,
    day: String,
    weight: String,
    season: &'static str,
    last: bool,
    known: bool,
    findings: Vec<String>,
}

#[derive(Template)]
#[template(path = "app/import.html")]
struct ImportPage {
    shell: Shell,
    lang: Lang,
    columns: Vec<&'static str>,
    wrong: Vec<String>,
    rows: Vec<Shown>,
    count: Option<Count>,
    table: String,
}

impl ImportPage {
    fn new(who: &SignedIn) -> Self {
        Self {
            shell: who.shell(),
            lang: who.lang,
            columns: Column::ALL.iter().map(|column| who.lang.t(column.zh(), column.en())).collect(),
            wrong: Vec::new(),
            rows: Vec::new(),
            count: None,
            table: String::new(),
        }
    }

    fn of(who: &SignedIn, checked: &Checked, table: String) -> Self {
        let lang = who.lang;
        let rows = checked.rows.iter().filter_map(|row| {
            let said = row.harvest.as_ref()?;
            Some(Shown {
                number: row.number,
                household: said.household.clone(),
                plot: said.plot.clone(),
                day: said.day.to_string(),
                weight: quantity_words(lang, said.weight.quantity()),
                season: lang.t(said.season.zh(), said.season.en()),
                last: said.last,
                known: row.is_known(),
                findings: row.findings.iter().map(|one| lang.t(&one.zh, &one.en).to_owned()).collect(),
            })
        });
        Self { rows: rows.collect(), count: Some(checked.count()), table, ..Self::new(who) }.with(&checked.wrong)
    }

    fn with(mut self, wrong: &[Wrong]) -> Self {
        self.wrong = wrong.iter().map(|one| self.lang.t(&one.zh(), &one.en()).to_owned()).collect();
        self
    }

    fn answer(&self) -> Response {
        let mut response = page(self);
        if !self.wrong.is_empty() {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        response
    }
}

async fn show(who: SignedIn) -> Result<Response, PageRefusal> {
    who.only(&[PartyRole::Coop])?;
    Ok(ImportPage::new(&who).answer())
}

async fn empty_list(who: SignedIn) -> Result<Response, PageRefusal> {
    who.only(&[PartyRole::Coop])?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"harvest.csv\""),
    ];
    Ok((headers, template()).into_response())
}

/// The step before storing: every row as it was understood.
async fn check(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&[PartyRole::Coop])?;
    let none = || Wrong::file("请选择一个文件", "choose a file");
    // Unpacking takes a processor's time, which other requests need as well.
    let table = match fields.file("file").cloned() {
        Some(upload) => tokio::task::spawn_blocking(move || Table::read(&upload.bytes)).await,
        None => Ok(Err(none())),
    };
    let table = match table.map_err(|_| who.refuse(crate::http::Problem::internal()))? {
        Ok(table) => table,
        Err(wrong) => return Ok(ImportPage::new(&who).with(&[wrong]).answer()),
    };
    let checked = import(&who, &state).check_table(&table).await.map_err(|error| refused(&who, error))?;
    Ok(ImportPage::of(&who, &checked, table.to_csv()).answer())
}

/// Pressed twice, the second press finds every row stored.
async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&[PartyRole::Coop])?;
    let table = match Table::read_again(fields.text("table")) {
        Ok(table) => table,
        Err(wrong) => return Ok(ImportPage::new(&who).with(&[wrong]).answer()),
    };
    let import = import(&who, &state);
    let checked = import.check_table(&table).await.map_err(|error| refused(&who, error))?;
    let shown = ImportPage::of(&who, &checked, table.to_csv());
    match import.store(checked).await {
        Ok(_) => Ok(Redirect::to("/app/today?note=recorded").into_response()),
        Err(ImportError::Wrong(wrong)) => Ok(shown.with(&wrong).answer()),
        Err(error) => Err(refused(&who, error)),
    }
}

fn import<'a>(who: &SignedIn, state: &'a AppState) -> Import<'a> {
    Import { ledger: &state.ledger, submitter: who.party(), household: None }
}

/// What the ledger could not do; what is wrong with a file is shown on the page instead.
fn refused(who: &SignedIn, error: ImportError) -> PageRefusal {
    match error {
        ImportError::Append(error) => who.refuse(error),
        ImportError::Wrong(_) => who.refuse(crate::http::Problem::internal()),
    }
}
