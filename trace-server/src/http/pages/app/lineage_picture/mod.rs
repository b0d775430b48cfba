//! The picture of a batch's lineage: back to seed and fungus, forward to what is sold, stage by stage from left to
//! right. Drawn on the server as SVG, so that it needs no script and prints.

mod graph;
mod svg;

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use trace_core::id::BatchCode;
use trace_core::state::{BatchRow, EdgeRow};
use trace_core::tianma::PartyRole;

use super::words::{names_to, parties};
use super::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::pages::language::Lang;
use crate::store::Direction;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/batches/{code}/lineage", get(show))
}

#[derive(Template)]
#[template(path = "app/lineage.html")]
struct LineagePage {
    shell: Shell,
    lang: Lang,
    code: String,
    back: usize,
    forward: usize,
    picture: String,
    folded: Vec<Folded>,
}

async fn show(State(state): State<AppState>, who: SignedIn, Path(code): Path<String>) -> Result<Response, PageRefusal> {
    let absent =
        || who.refuse(Problem::absent(format!("您不能查看批次 {code}"), format!("no batch {code} that you may see")));
    let Ok(from) = BatchCode::parse_typed(&code) else { return Err(absent()) };
    let row = state.ledger.batch(from).await.or_refuse(&who)?;
    let row = row.filter(|row| row.owner == who.party() || who.role() == PartyRole::Office).ok_or_else(absent)?;
    let store = state.ledger.store();
    let back = store.trace(row.code, Direction::Back).await.or_refuse(&who)?;
    let forward = store.trace(row.code, Direction::Forward).await.or_refuse(&who)?;
    let counts = (back.batches.len().saturating_sub(1), forward.batches.len().saturating_sub(1));
    let mut rows: BTreeMap<BatchCode, BatchRow> = BTreeMap::new();
    rows.extend(back.batches.into_iter().chain(forward.batches).map(|row| (row.code, row)));
    let edges: Vec<EdgeRow> = back.edges.into_iter().chain(forward.edges).filter(|edge| edge.uses).collect();
    let owners = parties(&**store, rows.values().map(|row| row.owner).collect()).await.or_refuse(&who)?;
    let owners = names_to(who.party(), &state.ledger, who.lang, &owners).await.or_refuse(&who)?;
    // Amounts and the pages behind the boxes are open to owners and the office alone; the graph itself is public.
    let office = who.role() == PartyRole::Office;
    let graph = graph::fold(from, &rows, &edges);
    let sight = svg::Sight { lang: who.lang, owners: &owners, viewer: who.party(), office };
    Ok(page(&LineagePage {
        shell: who.shell(),
        lang: who.lang,
        code: from.to_string(),
        back: counts.0,
        forward: counts.1,
        picture: svg::draw(&graph, &sight),
        folded: folded(&graph, &sight),
    }))
}

/// A box that stands for several batches.
struct Folded {
    stage: &'static str,
    product: &'static str,
    /// Each batch's code, and the address of its page.
    batches: Vec<(String, String)>,
}

fn folded(graph: &graph::Graph, sight: &svg::Sight<'_>) -> Vec<Folded> {
    let lang = sight.lang;
    let several = graph.nodes.iter().filter(|node| node.batches.len() > 1);
    let list = |row: &BatchRow| {
        let open = sight.office || row.owner == sight.viewer;
        let address = if open { format!("/app/batches/{}", row.code) } else { format!("/b/{}", row.code) };
        (row.code.to_string(), address)
    };
    several
        .filter_map(|node| {
            let first = node.batches.first()?;
            Some(Folded {
                stage: lang.t(first.stage.zh(), first.stage.en()),
                product: lang.t(first.product.zh(), first.product.en()),
                batches: node.batches.iter().map(list).collect(),
            })
        })
        .collect()
}
