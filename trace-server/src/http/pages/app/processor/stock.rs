//! What a party has and may use now, and single batches by what is typed.

use std::collections::{BTreeMap, BTreeSet};

use trace_core::id::{BatchCode, PartyId, Stage};
use trace_core::prepare::DraftInput;
use trace_core::quantity::{Quantity, Stated};
use trace_core::state::{BatchRow, Key, Row};

use super::lines;
use crate::app::AppState;
use crate::http::forms::FieldErrors;
use crate::http::pages::app::sending::input;
use crate::http::pages::language::Lang;
use crate::store::{BatchFilter, StoreError};

/// Most batches of one stage that a page lists; two fields a line stay below what a form may have.
pub const LISTED_MAX: u32 = 900;

/// Whether something can still be taken of it, and nothing stops that.
pub fn usable(row: &BatchRow) -> bool {
    !row.void && row.holds.is_empty() && row.recalls.is_empty() && row.remaining() > 0
}

/// The usable batches of a party at these stages, oldest first: what came first is used first.
///
/// # Errors
/// [`StoreError`].
pub async fn on_hand(owner: PartyId, stages: &[Stage], state: &AppState) -> Result<Vec<BatchRow>, StoreError> {
    let mut rows = Vec::new();
    for stage in stages {
        let filter =
            BatchFilter { owner: Some(owner), stage: Some(*stage), limit: LISTED_MAX, ..BatchFilter::default() };
        rows.extend(state.ledger.store().batches(&filter).await?.into_iter().filter(usable));
    }
    rows.sort_by_key(|row| (row.occurred_at.date(), row.code));
    Ok(rows)
}

/// The rows of these batches.
///
/// # Errors
/// [`StoreError`].
pub async fn rows_of(
    codes: impl IntoIterator<Item = BatchCode>,
    state: &AppState,
) -> Result<BTreeMap<BatchCode, BatchRow>, StoreError> {
    let keys: BTreeSet<Key> = codes.into_iter().map(Key::Batch).collect();
    let (rows, _) = state.ledger.store().load(&keys).await?;
    let rows = rows.into_iter().filter_map(|row| if let Row::Batch(row) = row { Some((row.code, row)) } else { None });
    Ok(rows.collect())
}

/// The inputs out of lines of batch codes and amounts, all of batches of one party; what is wrong with a line stands
/// beside the field.
///
/// # Errors
/// [`StoreError`].
pub async fn own_inputs(
    owner: PartyId,
    text: &str,
    field: &'static str,
    errors: &mut FieldErrors,
    lang: Lang,
    state: &AppState,
) -> Result<Vec<DraftInput>, StoreError> {
    let given = lines::read(text);
    let rows = rows_of(given.iter().filter_map(|line| BatchCode::parse_typed(&line.code).ok()), state).await?;
    let mut inputs = Vec::new();
    for line in &given {
        let row = match BatchCode::parse_typed(&line.code) {
            Ok(code) => rows.get(&code).filter(|row| row.owner == owner).ok_or_else(|| {
                let zh = format!("名下没有批次 {code}");
                lang.t(&zh, &format!("there is no batch {code} of this party")).to_owned()
            }),
            Err(error) => Err(format!("{}: {}", line.code, lang.t(&error.zh(), &error.to_string()))),
        };
        let stated = row.and_then(|row| {
            let stated = Stated::parse(&line.amount, row.measure());
            let stated = stated.map_err(|error| format!("{}: {}", row.code, lang.t(&error.zh(), &error.to_string())));
            stated.map(|stated| input(&row.code, Some(stated.typed().to_owned())))
        });
        match stated {
            Ok(input) => inputs.push(input),
            Err(words) => errors.put(field, words),
        }
    }
    Ok(inputs)
}

/// What is left, exactly, as one would type it: `160 kg`.
pub fn all_of(row: &BatchRow) -> String {
    typed(Quantity::new(row.measure(), row.remaining()).ok())
}

/// A quantity as one would type it.
pub fn typed(quantity: Option<Quantity>) -> String {
    let stated = quantity.and_then(|quantity| Stated::of(quantity).ok());
    stated.map(|stated| stated.typed().to_owned()).unwrap_or_default()
}

/// The sum of several amounts of one measure.
pub fn sum<'a>(amounts: impl IntoIterator<Item = &'a Stated>) -> Option<Quantity> {
    let mut all = amounts.into_iter().map(Stated::quantity);
    let first = all.next()?;
    all.try_fold(first, |sum, one| sum.checked_add(one).ok())
}
