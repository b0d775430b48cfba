//! The plots that can be harvested: open plantings, by the names that the people give their plots.

use trace_core::id::{PartyId, Stage};
use trace_core::record::Kind;
use trace_core::state::BatchRow;

use crate::app::AppState;
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::words::{amount, public_site_names, site_names};
use crate::http::pages::language::Lang;
use crate::store::{BatchFilter, RecordFilter, StoreError};

/// Most plantings that a form offers; a household has a few.
const PLANTINGS_MAX: u32 = 300;

/// One planting to choose.
#[derive(Debug, Clone)]
pub struct Plot {
    /// The planting.
    pub planting: BatchRow,
    /// What the people call the plot.
    pub name: String,
    /// The line of the choice.
    pub label: String,
}

/// The open plantings of a party, newest first, and the one to offer: the plot of the last harvest, or the only one.
///
/// # Errors
/// [`StoreError`].
pub async fn open_plots(acting: &Acting, lang: Lang, state: &AppState) -> Result<(Vec<Plot>, String), StoreError> {
    let party = acting.party;
    let store = state.ledger.store();
    let filter = BatchFilter {
        owner: Some(party),
        stage: Some(Stage::Planting),
        limit: PLANTINGS_MAX,
        ..BatchFilter::default()
    };
    let plantings = store.batches(&filter).await?;
    let sites = store.sites(party).await?;
    let names =
        if acting.opens { site_names(&state.ledger, lang, &sites).await? } else { public_site_names(lang, &sites) };
    let mut plots = Vec::new();
    for planting in plantings {
        if planting.closings > 0 || planting.void || !planting.holds.is_empty() || !planting.recalls.is_empty() {
            continue;
        }
        let name = planting.site.and_then(|site| names.get(&site)).cloned().unwrap_or_default();
        let form = planting.attributes.form.map_or("", |form| lang.t(form.zh(), form.en()));
        // The second unit would not fit a telephone's list.
        let area = amount(lang, planting.measure(), planting.made);
        let area = area.split(['（', '(']).next().unwrap_or_default().trim();
        let label = match lang {
            Lang::Zh => format!("{name} · {form} · {area} · {} 种", planting.occurred_at.date()),
            Lang::En => format!("{name} · {form} · {area} · planted {}", planting.occurred_at.date()),
        };
        plots.push(Plot { planting, name, label });
    }
    let chosen = match &plots[..] {
        [only] => only.planting.code.to_string(),
        _ => last_plot(party, &plots, state).await?,
    };
    Ok((plots, chosen))
}

async fn last_plot(party: PartyId, plots: &[Plot], state: &AppState) -> Result<String, StoreError> {
    let filter = RecordFilter {
        actor: Some(party),
        states: Some(Kind::Harvest),
        live: true,
        limit: 1,
        ..RecordFilter::default()
    };
    let last = state.ledger.store().records(&filter).await?.pop().and_then(|row| row.site);
    let plot = last.and_then(|site| plots.iter().find(|plot| plot.planting.site == Some(site)));
    Ok(plot.map(|plot| plot.planting.code.to_string()).unwrap_or_default())
}

/// What one line of text says: `收 3号地 320斤`, with spaces or without. The weight is the part that is an amount of
/// mass, the rest the plot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Name of the plot, or part of it.
    pub plot: String,
    /// Weight as typed; a bare number too, so that the form can say that its unit is missing.
    pub weight: String,
}

impl Line {
    /// Reads a line.
    pub fn read(text: &str) -> Self {
        let text = crate::http::session::plain_text(text);
        let mut line = Self::default();
        let mut bare = None;
        for word in text.split_whitespace() {
            let name = match weight_at(word).filter(|_| line.weight.is_empty()) {
                Some(at) => {
                    word[at..].clone_into(&mut line.weight);
                    &word[..at]
                }
                None => word,
            };
            if name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
                bare = (!name.is_empty()).then_some(name).or(bare);
            } else if !matches!(name, "收" | "采收" | "采" | "harvest") {
                line.plot.push_str(name);
            }
        }
        match bare {
            Some(number) if line.weight.is_empty() => number.clone_into(&mut line.weight),
            Some(number) => line.plot.push_str(number),
            None => {}
        }
        if line.plot.starts_with('收') && line.plot.chars().count() > 1 {
            line.plot.remove(0);
        }
        line
    }

    /// The plot that it means: of this name, or the only one whose name holds it, or the only one of all.
    pub fn find<'a>(&self, plots: &'a [Plot]) -> Option<&'a Plot> {
        if let Some(exact) = plots.iter().find(|plot| plot.name == self.plot) {
            return Some(exact);
        }
        let mut near = plots.iter().filter(|plot| plot.name.contains(&self.plot));
        match (near.next(), near.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

/// Where an amount of mass begins that goes on to the end of the word: `收3号地320斤` has one after the plot's name. Never
/// behind a sign or within a number.
fn weight_at(word: &str) -> Option<usize> {
    let mut before = None;
    word.char_indices().find_map(|(at, character)| {
        let begins =
            !before.is_some_and(|one: char| one.is_ascii_digit() || matches!(one, '.' | ',' | '-' | '−' | '+'));
        before = Some(character);
        let reads = || {
            let text = &word[at..];
            trace_core::quantity::Stated::parse(text, trace_core::quantity::Measure::Mass).is_ok()
        };
        (character.is_ascii_digit() && begins && reads()).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_enough() {
        let line = |plot: &str, weight: &str| Line { plot: plot.to_owned(), weight: weight.to_owned() };
        assert_eq!(Line::read("收 3号地 320斤"), line("3号地", "320斤"));
        assert_eq!(Line::read("３２０斤　收３号地"), line("3号地", "320斤"));
        assert_eq!(Line::read("收3号地320斤"), line("3号地", "320斤"), "as people write, without spaces");
        assert_eq!(Line::read("收 3 320斤"), line("3", "320斤"));
        assert_eq!(Line::read("3号地 320"), line("3号地", "320"), "to be told that its unit is missing");
        assert_eq!(Line::read("3号地 -5斤").weight, "", "a sign is not dropped");
        assert_eq!(Line::read("3号地1.5吨").weight, "1.5吨");
        assert_eq!(Line::read(""), line("", ""));
    }
}
