//! A list of harvests: what a row says, for which household and planting, and the draft that follows.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::json;
use trace_core::id::{PartyId, RecordId, Uid};
use trace_core::prepare::{Draft, DraftInput, DraftOutput};
use trace_core::quantity::{Measure, Stated};
use trace_core::record::{Attributes, Kind, Refusal};
use trace_core::state::BatchRow;
use trace_core::tianma::{Product, Season};
use trace_core::time::OccurredAt;

use super::column::Places;
use super::households::{Households, Plots};
use super::{Column, Import, Row, Table, Wrong, cells};
use crate::store::StoreError;

/// What a row says, as it was understood.
#[derive(Debug, Clone)]
pub struct HarvestRow {
    /// The household's name and village; its id where it has no name.
    pub household: String,
    /// What the plot is called.
    pub plot: String,
    /// The day.
    pub day: OccurredAt,
    /// The weight.
    pub weight: Stated,
    /// The season.
    pub season: Season,
    /// Whether it is the last harvest of the planting.
    pub last: bool,
}

/// A row whose cells can be read.
pub(super) struct Typed {
    number: usize,
    household: String,
    name: String,
    village: String,
    plot: String,
    day: OccurredAt,
    weight: Stated,
    season: Season,
    last: bool,
}

/// Reads all rows: those that can be read, and what is wrong with the others.
///
/// # Errors
/// What is wrong with the headings.
pub(super) fn read(table: &Table, one_household: bool) -> Result<(Vec<Typed>, Vec<Wrong>), Vec<Wrong>> {
    let Some(((headings_row, headings), rows)) = table.rows.split_first() else {
        return Err(vec![Wrong::file("文件是空的", "the file is empty")]);
    };
    let places = Places::find(*headings_row, headings, one_household)?;
    let (mut typed, mut wrong) = (Vec::new(), Vec::new());
    for (number, cells) in rows {
        match row(*number, cells, &places, one_household) {
            Ok(row) => typed.push(row),
            Err(several) => wrong.extend(several),
        }
    }
    Ok((typed, wrong))
}

fn row(number: usize, row: &[String], places: &Places, one_household: bool) -> Result<Typed, Vec<Wrong>> {
    let cell = |column| places.cell(row, column);
    let mut wrong = Vec::new();
    let mut put = |column, zh: String, en: String| wrong.push(Wrong::cell(number, column, zh, en));
    if !one_household && cell(Column::Household).is_empty() && cell(Column::Name).is_empty() {
        put(Column::Household, "请写农户编号或姓名".to_owned(), "write the household's id or name".to_owned());
    }
    if cell(Column::Plot).is_empty() {
        put(Column::Plot, "请写地块".to_owned(), "write the plot".to_owned());
    }
    let text = cell(Column::Day);
    let day = cells::day(text).and_then(|day| OccurredAt::day(day).ok());
    if day.is_none() {
        put(
            Column::Day,
            format!("日期“{text}”看不懂，请写成 2026-11-20 这样"),
            format!("'{text}' is no day; write it as 2026-11-20"),
        );
    }
    let weight = Stated::parse(cell(Column::Amount), Measure::Mass);
    if let Err(error) = &weight {
        put(Column::Amount, error.zh(), error.to_string());
    }
    let text = cell(Column::Season);
    let season = match (text, day) {
        ("", Some(day)) => Some(Season::usual_on(day.date())),
        ("", None) => None,
        (text, _) => cells::season(text),
    };
    if season.is_none() && !text.is_empty() {
        put(Column::Season, format!("“{text}”应为冬麻或春麻"), format!("'{text}' should be dongma or chunma"));
    }
    let text = cell(Column::Final);
    let last = cells::yes(text);
    if last.is_none() {
        put(Column::Final, format!("“{text}”应为是或否"), format!("'{text}' should be yes or no"));
    }
    let (Some(day), Ok(weight), Some(season), Some(last), true) = (day, weight, season, last, wrong.is_empty()) else {
        return Err(wrong);
    };
    let text = |column| cell(column).to_owned();
    Ok(Typed {
        number,
        household: text(Column::Household),
        name: text(Column::Name),
        village: text(Column::Village),
        plot: text(Column::Plot),
        day,
        weight,
        season,
        last,
    })
}

/// Finds households, plots and plantings, and which rows stand already.
pub(super) async fn resolve(import: &Import<'_>, typed: Vec<Typed>) -> Result<Vec<Result<Row, Wrong>>, StoreError> {
    let households = Households::of(import.ledger, import.submitter).await?;
    let mut plots: BTreeMap<PartyId, Plots> = BTreeMap::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::with_capacity(typed.len());
    for row in typed {
        let household = match import.household {
            Some(household) => households.by_id(row.number, &household.to_string()),
            None if row.household.is_empty() => households.by_name(row.number, &row.name, &row.village),
            None => households.by_id(row.number, &row.household),
        };
        let household = match household {
            Ok(household) => household,
            Err(wrong) => {
                found.push(Err(wrong));
                continue;
            }
        };
        if let Entry::Vacant(place) = plots.entry(household) {
            place.insert(Plots::of(import.ledger, household).await?);
        }
        let place = plots.get(&household).map_or_else(|| Ok(String::new()), |plots| plots.find(row.number, &row.plot));
        found.push(place.map(|place| {
            let uid = uid(import.submitter, household, &place, &row, &mut seen);
            (row, household, place, uid)
        }));
    }
    let known = import.known(found.iter().flatten().map(|(.., uid)| *uid)).await?;
    let finish = |(typed, household, place, uid): (Typed, PartyId, String, Uid)| {
        let here = plots.get(&household);
        let draft = match here.filter(|_| !known.contains(&uid)) {
            None => None,
            Some(here) => {
                let planting = here.planting(typed.number, &place, typed.day)?;
                let actor = (household != import.submitter).then_some(household);
                Some(draft(uid, actor, planting, &typed))
            }
        };
        let harvest = HarvestRow {
            household: households.name(household),
            plot: here.map_or(place.clone(), |here| here.name(&place)),
            day: typed.day,
            weight: typed.weight,
            season: typed.season,
            last: typed.last,
        };
        Ok(Row { number: typed.number, harvest: Some(harvest), findings: Vec::new(), uid, draft })
    };
    Ok(found.into_iter().map(|one| one.and_then(finish)).collect())
}

/// The uid of a row follows from what it says and how often the rows above it said the same, not from the file: a list
/// that grew from day to day, or was saved in another format, stores its new rows alone.
fn uid(submitter: PartyId, household: PartyId, place: &str, row: &Typed, seen: &mut BTreeMap<String, usize>) -> Uid {
    let Typed { day, weight, season, last, .. } = row;
    let said = json!([submitter, household, place, day, weight.quantity().value(), season, last]).to_string();
    let before = seen.entry(said.clone()).or_default();
    let digest = RecordId::of(format!("tianma-trace/import/1\n{said}\n{before}").as_bytes());
    *before += 1;
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    Uid::from_bytes(bytes)
}

fn draft(uid: Uid, actor: Option<PartyId>, planting: &BatchRow, row: &Typed) -> Draft {
    let output = DraftOutput {
        batch: None,
        stage: None,
        product: Some(Product::FreshTianma),
        attributes: Attributes::default(),
        amount: row.weight.typed().to_owned(),
    };
    let details = json!({"season": row.season, "final": row.last});
    Draft {
        actor,
        site: planting.site,
        inputs: vec![DraftInput { batch: planting.code.to_string(), record: None, amount: None }],
        outputs: vec![output],
        ..Draft::new(uid, Kind::Harvest, row.day, details)
    }
}

/// The ledger's refusal of a row, beside the cell that it is about.
pub(super) fn wrong(row: usize, refusal: &Refusal) -> Wrong {
    let about = [
        ("/outputs", Column::Amount),
        ("/amounts", Column::Amount),
        ("/inputs", Column::Plot),
        ("/site", Column::Plot),
        ("/occurred_at", Column::Day),
        ("/actor", Column::Household),
        ("/details/season", Column::Season),
        ("/details/final", Column::Final),
    ];
    match about.iter().find(|(place, _)| refusal.place.starts_with(place)) {
        Some((_, column)) => Wrong::cell(row, *column, &refusal.zh, &refusal.en),
        None => Wrong { row: Some(row), ..Wrong::file(&refusal.zh, &refusal.en) },
    }
}
