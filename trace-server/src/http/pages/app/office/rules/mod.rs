//! The rules table: the office sees the one in force, hands in another as text or as a file, sees what it changes, and
//! puts it into force. Nothing is stored before the changes were shown.

mod rows;
mod text;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use trace_core::id::RecordId;
use trace_core::record::{Kind, canonical};
use trace_core::state::LedgerRow;
use trace_core::tianma::RulesTable;

use super::OFFICE;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields, new_uid};
use crate::http::pages::app::sending::{answered, blank, send_with_table, today_of};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::ledger::{RULES_BYTES_MAX, canonical_rules};
use rows::{Change, Line};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/office/rules", get(show).post(check)).route("/app/office/rules/set", post(set))
}

/// The table in force.
struct InForce {
    ledger: LedgerRow,
    table: Value,
}

#[derive(Template)]
#[template(path = "app/rules.html")]
struct RulesPage {
    shell: Shell,
    lang: Lang,
    uid: String,
    version: u32,
    digest: String,
    lines: Vec<Line>,
    typed: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "app/rules_changes.html")]
struct ChangesPage {
    shell: Shell,
    lang: Lang,
    uid: String,
    typed: String,
    old_version: u32,
    new_version: u32,
    digest: String,
    changes: Vec<Change>,
}

async fn in_force(who: &SignedIn, state: &AppState) -> Result<InForce, PageRefusal> {
    let ledger = state.ledger.ledger_row().await.or_refuse(who)?.ok_or_else(|| who.refuse(Problem::internal()))?;
    let bytes = state.ledger.store().rules_table(ledger.rules).await.or_refuse(who)?;
    let table = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(InForce { table: table.ok_or_else(|| who.refuse(Problem::internal()))?, ledger })
}

async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let in_force = in_force(&who, &state).await?;
    // The next version stands in the text already; a figure is changed, and that is all.
    let mut next = in_force.table.clone();
    next["version"] = json!(in_force.ledger.rules_version + 1);
    form(&who, &in_force, text::written(&next), None, &Fields::default())
}

fn form(
    who: &SignedIn,
    in_force: &InForce,
    typed: String,
    wrong: Option<String>,
    fields: &Fields,
) -> Result<Response, PageRefusal> {
    let uid = match fields.uid() {
        Some(uid) => uid,
        None => new_uid().or_refuse(who)?,
    };
    let refused = wrong.is_some();
    let mut response = page(&RulesPage {
        shell: who.shell(),
        lang: who.lang,
        uid: uid.to_string(),
        version: in_force.ledger.rules_version,
        digest: in_force.ledger.rules.to_string(),
        lines: rows::lines(&in_force.table, who.lang),
        typed,
        wrong,
    });
    if refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What was handed in: a file goes before the text, which stands in the form from the beginning.
fn handed_in(fields: &Fields, lang: Lang) -> Result<String, String> {
    let Some(file) = fields.file("file") else { return Ok(fields.text("table").to_owned()) };
    String::from_utf8(file.bytes.clone()).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        match lang {
            Lang::Zh => format!("文件第 {offset} 字节（从 0 起）不是有效的 UTF-8；请另存为 UTF-8 再传"),
            Lang::En => format!("byte {offset} (from 0) of the file is no valid UTF-8; save it as UTF-8"),
        }
    })
}

/// A table that may come into force, with its digest and canonical bytes; or what is wrong with the text, and where.
fn read(text: &str, version: u32, lang: Lang) -> Result<(RecordId, Vec<u8>, RulesTable), String> {
    if let Err(error) = canonical::strict_parse(text.as_bytes(), RULES_BYTES_MAX) {
        let problem = Problem::from(error);
        let refusal = problem.refusal();
        let words = lang.t(&refusal.zh, &refusal.en);
        return Err(if refusal.place.is_empty() { words.to_owned() } else { format!("{} — {words}", refusal.place) });
    }
    // Read as it was typed, so that a fault's line and column are those of the text.
    if let Err(error) = RulesTable::parse(text.as_bytes()) {
        return Err(lang.t(&error.zh(), &error.to_string()).to_owned());
    }
    let read = canonical_rules(text.as_bytes()).map_err(|refusal| lang.t(&refusal.zh, &refusal.en).to_owned())?;
    if read.2.version() <= version {
        let given = read.2.version();
        return Err(match lang {
            Lang::Zh => format!("version：写的是 {given}，应大于现行的 {version}"),
            Lang::En => format!("version: {given} was given; it must be above {version}, the one in force"),
        });
    }
    Ok(read)
}

async fn check(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let (lang, in_force) = (who.lang, in_force(&who, &state).await?);
    let typed = match handed_in(&fields, lang) {
        Ok(typed) => typed,
        Err(words) => return form(&who, &in_force, fields.text("table").to_owned(), Some(words), &fields),
    };
    match read(&typed, in_force.ledger.rules_version, lang) {
        Ok((digest, bytes, table)) => {
            let new: Value = serde_json::from_slice(&bytes).map_err(|_| who.refuse(Problem::internal()))?;
            let changes = rows::changes(&in_force.table, &new, lang);
            let uid = new_uid().or_refuse(&who)?.to_string();
            Ok(page(&ChangesPage {
                shell: who.shell(),
                lang,
                uid: fields.uid().map_or(uid, |uid| uid.to_string()),
                typed: text::written(&new),
                old_version: in_force.ledger.rules_version,
                new_version: table.version(),
                digest: digest.to_string(),
                changes,
            }))
        }
        Err(words) => form(&who, &in_force, typed, Some(words), &fields),
    }
}

async fn set(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let set = || Redirect::to("/app/office/rules?note=rules_set").into_response();
    if answered(&who, &fields, &state).await?.is_some() {
        return Ok(set());
    }
    let in_force = in_force(&who, &state).await?;
    let typed = fields.text("table").to_owned();
    let (digest, bytes, table) = match read(&typed, in_force.ledger.rules_version, who.lang) {
        Ok(read) => read,
        Err(words) => return form(&who, &in_force, typed, Some(words), &fields),
    };
    let details = json!({"digest": digest, "version": table.version()});
    let draft = blank(Kind::SetRules, today_of(&who, &state).await?, details);
    match send_with_table(&who, &fields, vec![draft], Some(&bytes), &state).await? {
        Ok(_) => Ok(set()),
        Err(refusal) => {
            let mut errors = FieldErrors::default();
            errors.put_refusal(&refusal, who.lang, |_| Some("table"));
            form(&who, &in_force, typed, errors.of("table").map(str::to_owned), &fields)
        }
    }
}
