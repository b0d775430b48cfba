//! Batches of the whole county: by code, stage, owner and state, in pages.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use trace_core::id::{BatchCode, PartyId, Stage};

use super::OFFICE;
use crate::app::AppState;
use crate::http::forms::Fields;
use crate::http::pages::app::batches::Line;
use crate::http::pages::app::words::{parties, party_words};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::log::Standing;
use crate::store::{BatchFilter, PartyFilter};

/// Batches on one page.
const PAGE: u32 = 50;
/// Most parties that an owner's name is looked for among.
const PARTIES_MAX: u32 = 5_000;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/office", get(show))
}

/// A batch with its owner's name.
struct Found {
    line: Line,
    owner: String,
}

#[derive(Template)]
#[template(path = "app/office.html")]
struct SearchPage {
    shell: Shell,
    lang: Lang,
    code: String,
    owner: String,
    note: Option<String>,
    stages: Vec<(&'static str, &'static str, bool)>,
    held: bool,
    recalled: bool,
    found: Vec<Found>,
    next: Option<String>,
    /// Why the log refuses to sign, where it does.
    log_refuses: Option<String>,
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let lang = who.lang;
    let store = state.ledger.store();
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let typed = fields.text("code").to_uppercase();
    if let Ok(code) = BatchCode::parse_typed(&typed)
        && state.ledger.batch(code).await.or_refuse(&who)?.is_some()
    {
        return Ok(Redirect::to(&format!("/app/batches/{code}")).into_response());
    }
    let stage = Stage::ALL.into_iter().find(|stage| stage.code() == fields.text("stage"));
    let (owner, note) = owner(&who, fields.text("owner"), &state).await?;
    let filter = BatchFilter {
        owner,
        stage,
        code_prefix: Some(typed.clone()).filter(|prefix| !prefix.is_empty()),
        held: fields.ticked("held"),
        recalled: fields.ticked("recalled"),
        after: fields.typed("after").and_then(|text| BatchCode::parse(text).ok()),
        limit: PAGE,
        ..BatchFilter::default()
    };
    let rows = if note.is_some() { Vec::new() } else { store.batches(&filter).await.or_refuse(&who)? };
    let owners = parties(&**store, rows.iter().map(|row| row.owner).collect()).await.or_refuse(&who)?;
    let next = rows.last().filter(|_| rows.len() == PAGE as usize).map(|row| {
        let pairs = [
            ("code", typed.as_str()),
            ("stage", fields.text("stage")),
            ("owner", fields.text("owner")),
            ("held", fields.text("held")),
            ("recalled", fields.text("recalled")),
        ];
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        let pairs = pairs.map(|(name, value)| format!("{name}={}", super::super::login::escape_query(value)));
        let query: Vec<String> = pairs.chain([format!("after={}", row.code)]).collect();
        format!("/app/office?{}", query.join("&"))
    });
    let stages = Stage::ALL.into_iter().map(|one| (one.code(), lang.t(one.zh(), one.en()), Some(one) == stage));
    let found = rows.iter().map(|row| Found {
        line: Line::of(row, lang),
        owner: owners.get(&row.owner).map_or_else(|| row.owner.to_string(), |owner| party_words(lang, owner)),
    });
    Ok(page(&SearchPage {
        shell: who.shell(),
        lang,
        code: typed.clone(),
        owner: fields.text("owner").to_owned(),
        note,
        stages: stages.collect(),
        held: filter.held,
        recalled: filter.recalled,
        found: found.collect(),
        next,
        log_refuses: match state.log.standing() {
            Standing::Refuses(doubt) => Some(lang.t(&doubt.zh(), &doubt.to_string()).to_owned()),
            _ => None,
        },
    }))
}

/// The party that is meant: by its id, or by a piece of an organisation's name if only one has it.
async fn owner(
    who: &SignedIn,
    typed: &str,
    state: &AppState,
) -> Result<(Option<PartyId>, Option<String>), PageRefusal> {
    if typed.is_empty() {
        return Ok((None, None));
    }
    if let Ok(id) = typed.parse() {
        return Ok((Some(id), None));
    }
    let filter = PartyFilter { limit: PARTIES_MAX, ..PartyFilter::default() };
    let rows = state.ledger.store().parties(&filter).await.or_refuse(who)?;
    let named = rows.iter().filter(|row| party_words(who.lang, row).contains(typed));
    let named: Vec<_> = named.collect();
    match named[..] {
        [one] => Ok((Some(one.id), None)),
        [] => {
            let zh = format!("没有名称含“{typed}”的主体");
            Ok((None, Some(who.lang.t(&zh, &format!("no party's name has '{typed}' in it")).to_owned())))
        }
        _ => {
            let names: Vec<String> = named.iter().take(8).map(|row| party_words(who.lang, row)).collect();
            let names = names.join("、");
            let zh = format!("有 {} 个主体的名称含“{typed}”，请写得更全：{names}", named.len());
            let en = format!("{} parties have '{typed}' in their names, type more of it: {names}", named.len());
            Ok((None, Some(who.lang.t(&zh, &en).to_owned())))
        }
    }
}
