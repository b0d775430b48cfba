//! The households for whom a party may enter harvests, by id and by name, with their plots and what grows there.

use std::collections::{BTreeMap, BTreeSet};

use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::record::sealed::Group;
use trace_core::record::{Kind, Person, Place};
use trace_core::state::{BatchRow, PartyRow, SiteRow};
use trace_core::time::OccurredAt;

use super::{Column, Wrong};
use crate::ledger::{Ledger, Personal, not_granted, party_rows};
use crate::store::{BatchFilter, StoreError};

/// Most plantings of a household that are looked at; one has a few.
const PLANTINGS_MAX: u32 = 300;

/// A household by what people call it.
struct Household {
    id: PartyId,
    name: String,
    village: String,
}

/// Those that a party may write for, itself among them.
pub(super) struct Households(Vec<Household>);

impl Households {
    /// Those whose grant for harvests is in force, and the party itself.
    pub async fn of(ledger: &Ledger, party: PartyId) -> Result<Self, StoreError> {
        let grants = ledger.grants_to(party).await?.into_iter().filter(|grant| grant.kinds.contains(&Kind::Harvest));
        let ids: BTreeSet<PartyId> = grants.map(|grant| grant.from).chain([party]).collect();
        let rows = party_rows(&**ledger.store(), ids).await?;
        let records: Vec<RecordId> = rows.values().map(PartyRow::person_record).collect();
        let persons = Personal::read_all::<Person>(ledger.personal(&records, Group::Person).await?);
        let household = |row: &PartyRow| Household {
            id: row.id,
            name: match (persons.get(&row.person_record()), &row.organisation) {
                (Some(person), _) => person.name.to_string(),
                (None, Some(name)) => name.to_string(),
                (None, None) => String::new(),
            },
            village: row.village.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        Ok(Self(rows.values().map(household).collect()))
    }

    /// What people call it, for the check before storing.
    pub fn name(&self, id: PartyId) -> String {
        let found = self.0.iter().find(|one| one.id == id);
        found.filter(|one| !one.name.is_empty()).map_or_else(
            || id.to_string(),
            |one| {
                if one.village.is_empty() { one.name.clone() } else { format!("{} · {}", one.name, one.village) }
            },
        )
    }

    /// The household of this id.
    pub fn by_id(&self, row: usize, text: &str) -> Result<PartyId, Wrong> {
        let id: Option<PartyId> = text.parse().ok();
        let found = id.filter(|id| self.0.iter().any(|one| one.id == *id));
        found.ok_or_else(|| {
            let refusal = not_granted(Kind::Harvest);
            Wrong::cell(
                row,
                Column::Household,
                format!("“{text}”：{}", refusal.zh),
                format!("'{text}': {}", refusal.en),
            )
        })
    }

    /// The household of this name, in this village if one is named.
    pub fn by_name(&self, row: usize, name: &str, village: &str) -> Result<PartyId, Wrong> {
        let here = |one: &&Household| one.name == name && (village.is_empty() || one.village == village);
        let found: Vec<&Household> = self.0.iter().filter(here).collect();
        match &found[..] {
            [only] => Ok(only.id),
            [] => Err(Wrong::cell(
                row,
                Column::Name,
                format!("授权给您登记采收的农户里没有“{name}”{village}"),
                format!("no household that lets you enter harvests is called '{name}' {village}").trim_end(),
            )),
            several => Err(Wrong::cell(
                row,
                Column::Name,
                format!("有 {} 户叫“{name}”；请写村，或写农户编号", several.len()),
                format!("{} households are called '{name}'; write the village, or the household's id", several.len()),
            )),
        }
    }
}

/// The plots of one household.
pub(super) struct Plots {
    sites: Vec<(SiteRow, String)>,
    plantings: Vec<BatchRow>,
}

impl Plots {
    pub async fn of(ledger: &Ledger, household: PartyId) -> Result<Self, StoreError> {
        let sites = ledger.store().sites(household).await?;
        let records: Vec<RecordId> = sites.iter().map(|site| site.record).collect();
        let mut places: BTreeMap<RecordId, Place> = Personal::read_all(ledger.personal(&records, Group::Place).await?);
        let label = |site: SiteRow| {
            let label = places.remove(&site.record).and_then(|place| place.label);
            (site, label.map(|label| label.to_string()).unwrap_or_default())
        };
        let sites = sites.into_iter().map(label).collect();
        let filter = BatchFilter {
            owner: Some(household),
            stage: Some(Stage::Planting),
            limit: PLANTINGS_MAX,
            ..BatchFilter::default()
        };
        Ok(Self { sites, plantings: ledger.store().batches(&filter).await? })
    }

    /// What a cell means, whatever grows there now: a planting or a site of this household, by its id. The same words
    /// mean the same after the last harvest, so that a row is known again.
    pub fn find(&self, row: usize, text: &str) -> Result<String, Wrong> {
        if let Ok(code) = BatchCode::parse_typed(text)
            && let Some(planting) = self.plantings.iter().find(|planting| planting.code == code)
        {
            return Ok(planting.code.to_string());
        }
        let named = |(site, label): &&(SiteRow, String)| site.id.to_string() == text || label == text;
        let found: Vec<_> = self.sites.iter().filter(named).collect();
        let wrong = |zh: String, en: String| Err(Wrong::cell(row, Column::Plot, zh, en));
        match &found[..] {
            [(site, _)] => Ok(site.id.to_string()),
            [] => {
                let known: Vec<&str> =
                    self.sites.iter().map(|(_, label)| &**label).filter(|label| !label.is_empty()).take(10).collect();
                wrong(
                    format!("这户没有叫“{text}”的地块；登记了的有：{}", known.join("、")),
                    format!("this household has no plot called '{text}'; registered are: {}", known.join(", ")),
                )
            }
            several => {
                let ids: Vec<String> = several.iter().map(|(site, _)| site.id.to_string()).collect();
                wrong(
                    format!("有 {} 块地叫“{text}”；请写地块编号：{}", several.len(), ids.join("、")),
                    format!("{} plots are called '{text}'; write the site's id: {}", several.len(), ids.join(", ")),
                )
            }
        }
    }

    /// What is called so, for the check before storing.
    pub fn name(&self, place: &str) -> String {
        let site = self.sites.iter().find(|(site, label)| site.id.to_string() == place && !label.is_empty());
        site.map_or_else(|| place.to_owned(), |(_, label)| label.clone())
    }

    /// The planting that is dug there on this day.
    pub fn planting(&self, row: usize, place: &str, day: OccurredAt) -> Result<&BatchRow, Wrong> {
        let here =
            |one: &&BatchRow| one.code.to_string() == place || one.site.is_some_and(|site| site.to_string() == place);
        // What the ledger refuses anyway, it refuses in its own words.
        if let Some(named) = self.plantings.iter().find(|one| one.code.to_string() == place) {
            return Ok(named);
        }
        let open = |one: &&BatchRow| one.closings == 0 && !one.void && one.occurred_at.precedes_or_equals(&day);
        let found: Vec<&BatchRow> = self.plantings.iter().filter(here).filter(open).collect();
        match &found[..] {
            [only] => Ok(only),
            [] => Err(Wrong::cell(
                row,
                Column::Plot,
                format!("这块地在 {day} 没有在种的天麻（没有登记种植，或已采完）"),
                format!("nothing grows on this plot on {day}: no planting is recorded, or its last harvest is"),
            )),
            several => {
                let codes: Vec<String> = several.iter().map(|one| one.code.to_string()).collect();
                Err(Wrong::cell(
                    row,
                    Column::Plot,
                    format!("这块地在种 {} 批；请在“地块”里写批次号：{}", several.len(), codes.join("、")),
                    format!(
                        "{} plantings grow on this plot; write the planting's code: {}",
                        several.len(),
                        codes.join(", ")
                    ),
                ))
            }
        }
    }
}
