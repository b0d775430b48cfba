//! The plots and beds on which a party plants: what people call them, and how much of each is free.

use trace_core::id::{PartyId, SiteId};
use trace_core::quantity::{Measure, Quantity, Stated};
use trace_core::state::SiteRow;
use trace_core::tianma::{Form, SiteKind};

use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::words::{amount, site_names};
use crate::http::pages::language::Lang;
use crate::store::StoreError;

/// A party's plots, each with its name.
pub(super) struct Ground(Vec<(SiteRow, String)>);

impl Ground {
    pub(super) async fn of(party: PartyId, lang: Lang, state: &AppState) -> Result<Self, StoreError> {
        let sites = state.ledger.store().sites(party).await?;
        let names = site_names(&state.ledger, lang, &sites).await?;
        let plots = sites.into_iter().filter(|site| !matches!(site.kind, SiteKind::Workshop | SiteKind::Store));
        let named = plots.map(|site| {
            let name = names.get(&site.id).cloned().unwrap_or_default();
            (site, name)
        });
        Ok(Self(named.collect()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one that is chosen before anything is typed: the only one.
    pub(super) fn only(&self) -> Option<SiteId> {
        if let [(only, _)] = &self.0[..] { Some(only.id) } else { None }
    }

    /// The one that is typed into the field `plot`, or what is to be said there.
    pub(super) fn chosen(&self, fields: &Fields, errors: &mut FieldErrors, lang: Lang) -> Option<SiteId> {
        let site = fields.text("plot").parse::<SiteId>().ok();
        let site = site.filter(|site| self.0.iter().any(|(row, _)| row.id == *site));
        if site.is_none() {
            errors.put("plot", lang.t("请选择地块", "Choose the plot"));
        }
        site
    }

    /// The lines of the list of plots: name, and what is still free of it.
    pub(super) fn choices(&self, lang: Lang) -> Vec<(String, String)> {
        let line = |(site, name): &(SiteRow, String)| {
            let free = site.area_cm2.and_then(|area| Quantity::new(Measure::Area, area - site.open_cm2).ok());
            let free = free.map(|free| amount(lang, Measure::Area, free.value()));
            // The second unit would not fit a telephone's list.
            let free = free.as_deref().and_then(|words| words.split(['（', '(']).next()).unwrap_or_default().trim();
            let label = match lang {
                _ if free.is_empty() => name.clone(),
                Lang::Zh => format!("{name} · 空 {free}"),
                Lang::En => format!("{name} · {free} free"),
            };
            (site.id.to_string(), label)
        };
        self.0.iter().map(line).collect()
    }
}

/// The area and the form that are planted, as the fields `area` and `form` say them.
pub(super) fn planted(fields: &Fields, errors: &mut FieldErrors, lang: Lang) -> Option<(Stated, Form)> {
    let area = Stated::parse(fields.text("area"), Measure::Area);
    if let Err(error) = &area {
        errors.put("area", lang.t(&error.zh(), &error.to_string()));
    }
    let form = fields.text("form").parse::<Form>().ok();
    if form.is_none() {
        errors.put("form", lang.t("请选择变型", "Choose the form"));
    }
    area.ok().zip(form)
}
