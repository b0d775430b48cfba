//! Where a lot of bottles or seed went: who received it, and every plot that it was planted in. Whoever made a bad lot
//! needs exactly this list.
//!
//! It deliberately tells no amounts of others and no names of households: what is public of a party is enough to find
//! it, and the co-op or the office knows the rest.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use trace_core::id::{BatchCode, SiteId, Stage};
use trace_core::state::{BatchRow, Key, Row, SiteRow};
use trace_core::tianma::PartyRole;

use crate::app::AppState;
use crate::http::Problem;
use crate::http::pages::app::words::{batch_state, names_to, parties};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::http::pages::language::Lang;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/batches/{code}/reached", get(show))
}

/// A plot that the lot reached, by its planting.
struct Plot {
    batch: String,
    grower: String,
    village: String,
    altitude: String,
    date: String,
    state: &'static str,
    class: &'static str,
}

/// Somebody who has some of it in store.
struct Holder {
    batch: String,
    party: String,
    product: &'static str,
    date: String,
    state: &'static str,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "app/reached.html")]
struct ReachedPage {
    shell: Shell,
    lang: Lang,
    code: String,
    product: &'static str,
    plots: Vec<Plot>,
    growers: usize,
    villages: usize,
    holders: Vec<Holder>,
    later: Vec<(&'static str, usize)>,
}

async fn show(State(state): State<AppState>, who: SignedIn, Path(code): Path<String>) -> Result<Response, PageRefusal> {
    let absent = || who.refuse(Problem::absent(format!("您名下没有批次 {code}"), format!("no batch {code} is yours")));
    let Ok(from) = BatchCode::parse_typed(&code) else { return Err(absent()) };
    let row = state.ledger.batch(from).await.or_refuse(&who)?;
    let row = row.filter(|row| row.owner == who.party() || who.role() == PartyRole::Office).ok_or_else(absent)?;
    let lang = who.lang;
    let rows = descendants(&who, from, &state).await?;
    let store = state.ledger.store();
    let owners = parties(&**store, rows.iter().map(|row| row.owner).collect()).await.or_refuse(&who)?;
    let called = names_to(who.party(), &state.ledger, lang, &owners).await.or_refuse(&who)?;
    let party = |row: &BatchRow| called.get(&row.owner).cloned().unwrap_or_default();
    let sites = sites(&who, rows.iter().filter_map(|row| row.site).collect(), &state).await?;
    let plantings: Vec<&BatchRow> = rows.iter().filter(|row| row.stage == Stage::Planting).collect();
    let village = |row: &BatchRow| {
        let site = row.site.and_then(|site| sites.get(&site));
        let own = owners.get(&row.owner).and_then(|owner| owner.village.clone());
        site.and_then(|site| site.village.clone()).or(own).map(|name| name.to_string()).unwrap_or_default()
    };
    let plot = |row: &&BatchRow| {
        let (state, class) = batch_state(lang, row);
        let altitude = row.site.and_then(|site| sites.get(&site)).and_then(|site| site.altitude_m);
        Plot {
            batch: row.code.to_string(),
            grower: party(row),
            village: village(row),
            altitude: altitude.map(|metres| format!("{metres} {}", lang.t("米", "m"))).unwrap_or_default(),
            date: row.occurred_at.date().to_string(),
            state,
            class,
        }
    };
    let holder = |row: &BatchRow| {
        let (state, class) = batch_state(lang, row);
        Holder {
            batch: row.code.to_string(),
            party: party(row),
            product: lang.t(row.product.zh(), row.product.en()),
            date: row.occurred_at.date().to_string(),
            state,
            class,
        }
    };
    let stores = rows.iter().filter(|row| matches!(row.stage, Stage::Fungus | Stage::Seed));
    let later = [Stage::Harvest, Stage::Processing, Stage::Sale]
        .into_iter()
        .map(|stage| (lang.t(stage.zh(), stage.en()), rows.iter().filter(|row| row.stage == stage).count()));
    let mut plots: Vec<Plot> = plantings.iter().map(plot).collect();
    plots.sort_by(|one, other| {
        (&one.village, &one.grower, &one.date).cmp(&(&other.village, &other.grower, &other.date))
    });
    Ok(page(&ReachedPage {
        shell: who.shell(),
        lang,
        code: from.to_string(),
        product: lang.t(row.product.zh(), row.product.en()),
        growers: plantings.iter().map(|row| row.owner).collect::<BTreeSet<_>>().len(),
        villages: plots.iter().map(|plot| &plot.village).collect::<BTreeSet<_>>().len(),
        plots,
        holders: stores.map(holder).collect(),
        later: later.filter(|(_, count)| *count > 0).collect(),
    }))
}

/// Whatever came of the lot by records that stand, without the lot itself; void batches are left out.
async fn descendants(who: &SignedIn, from: BatchCode, state: &AppState) -> Result<Vec<BatchRow>, PageRefusal> {
    let rows = state.ledger.store().descendants(from).await.or_refuse(who)?;
    Ok(rows.into_iter().filter(|row| row.code != from && !row.void).collect())
}

async fn sites(
    who: &SignedIn,
    ids: BTreeSet<SiteId>,
    state: &AppState,
) -> Result<BTreeMap<SiteId, SiteRow>, PageRefusal> {
    let keys = ids.into_iter().map(Key::Site).collect();
    let (rows, _) = state.ledger.store().load(&keys).await.or_refuse(who)?;
    let rows = rows.into_iter().filter_map(|row| if let Row::Site(row) = row { Some((row.id, row)) } else { None });
    Ok(rows.collect())
}
