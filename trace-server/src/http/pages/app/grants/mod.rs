//! Who may enter for whom: a party sees the grants that it gave, gives one, and ends one; the office does so for those who
//! ask it on paper, and looks grants up.

mod end;
mod find;
mod give;

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use trace_core::id::PartyId;
use trace_core::record::Kind;
use trace_core::state::{GrantRow, Key, PartyRow, Row};

use self::find::Found;
use super::farmer::GROWERS;
use super::office::OFFICE;
use super::processor::OWNERS;
use super::words::{parties, party_words, today};
use super::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::app::AppState;
use crate::http::forms::Fields;
use crate::http::pages::language::Lang;
use crate::store::{RecordFilter, StoreError};

/// Newest grants that the office sees before it names a party.
const NEWEST: u32 = 40;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/app/grants", get(own))
        .route("/app/office/grants", get(of_office))
        .merge(give::router())
        .merge(end::router())
}

/// A grant as a line of a list.
#[derive(Debug, Clone)]
struct Line {
    id: String,
    from: String,
    from_id: String,
    to: String,
    kinds: Vec<&'static str>,
    until: String,
    state: &'static str,
    class: &'static str,
    in_force: bool,
}

impl Line {
    fn of(grant: &GrantRow, names: &BTreeMap<PartyId, PartyRow>, day: jiff::civil::Date, lang: Lang) -> Self {
        let name = |id: PartyId| names.get(&id).map_or_else(|| id.to_string(), |row| party_words(lang, row));
        let (state, class) = if grant.ended {
            (lang.t("已终止", "ended"), "done")
        } else if grant.until < day {
            (lang.t("已到期", "run out"), "done")
        } else {
            (lang.t("有效", "in force"), "good")
        };
        Self {
            id: grant.id.to_string(),
            from: name(grant.from),
            from_id: grant.from.to_string(),
            to: name(grant.to),
            kinds: grant.kinds.iter().map(|kind| lang.t(kind.zh(), kind.en())).collect(),
            until: grant.until.to_string(),
            state,
            class,
            in_force: class == "good",
        }
    }
}

/// Parties that stand open on the page; more are folded above their grants.
const PARTIES_OPEN: usize = 4;

/// A party that the office looked for. Other forms ask for its id.
#[derive(Debug, Clone)]
struct Party {
    id: String,
    name: String,
    erased: bool,
    /// Whether it harvests, which the office may enter for it.
    grows: bool,
}

impl Party {
    fn of(row: &PartyRow, lang: Lang) -> Self {
        let grows = GROWERS.contains(&row.role);
        Self { id: row.id.to_string(), name: party_words(lang, row), erased: row.erased.is_some(), grows }
    }
}

#[derive(Template)]
#[template(path = "app/grants.html")]
struct GrantsPage {
    shell: Shell,
    lang: Lang,
    /// For the office: what was searched for, as typed.
    search: Option<String>,
    note: Option<String>,
    /// For the office: the parties that were found.
    parties: Vec<Party>,
    give: &'static str,
    in_force: Vec<Line>,
    over: Vec<Line>,
}

/// The lines, those in force first, each part by its last day.
async fn lines(mut grants: Vec<GrantRow>, lang: Lang, state: &AppState) -> Result<(Vec<Line>, Vec<Line>), StoreError> {
    let day = today(state).await?;
    let ids = grants.iter().flat_map(|grant| [grant.from, grant.to]).collect();
    let names = parties(&**state.ledger.store(), ids).await?;
    grants.sort_by_key(|grant| (std::cmp::Reverse(grant.until), grant.id));
    let lines = grants.iter().map(|grant| Line::of(grant, &names, day, lang));
    Ok(lines.partition(|line| line.in_force))
}

async fn own(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let grants = state.ledger.store().grants_from(who.party()).await.or_refuse(&who)?;
    let (in_force, over) = lines(grants, who.lang, &state).await.or_refuse(&who)?;
    Ok(page(&GrantsPage {
        shell: who.shell(),
        lang: who.lang,
        search: None,
        note: None,
        parties: Vec::new(),
        give: "/app/grants/new",
        in_force,
        over,
    }))
}

async fn of_office(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let typed = fields.text("party");
    let found = if typed.is_empty() {
        Found { grants: newest(&state).await.or_refuse(&who)?, ..Found::default() }
    } else {
        find::found(typed, who.lang, &state).await.or_refuse(&who)?
    };
    let (in_force, over) = lines(found.grants, who.lang, &state).await.or_refuse(&who)?;
    Ok(page(&GrantsPage {
        shell: who.shell(),
        lang: who.lang,
        search: Some(typed.to_owned()),
        note: found.note,
        parties: found.parties.iter().map(|row| Party::of(row, who.lang)).collect(),
        give: "/app/office/register/grant",
        in_force,
        over,
    }))
}

/// The newest grants of all.
async fn newest(state: &AppState) -> Result<Vec<GrantRow>, StoreError> {
    let store = state.ledger.store();
    let filter = RecordFilter { states: Some(Kind::Grant), live: true, limit: NEWEST, ..RecordFilter::default() };
    let keys = store.records(&filter).await?.into_iter().map(|row| Key::Grant(row.id)).collect();
    let (rows, _) = store.load(&keys).await?;
    Ok(rows.into_iter().filter_map(|row| if let Row::Grant(grant) = row { Some(grant) } else { None }).collect())
}
