//! Balances: what records do to the amounts of batches and the areas of sites, as entries that can be undone.
//!
//! A record's effects are kept with it ([`crate::state::RecordRow::effects`]). Voiding undoes them, correcting undoes
//! the old and does the new; after each step no batch may have given more than it holds.
//!
//! ```
//! use trace_core::balance::{Effect, Sight, apply, check, undo};
//! use trace_core::state::{Row, Stop, View};
//! # use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
//! # fn main() -> Result<(), Stop> {
//! # let batch = BatchCode::new(Stage::Processing, jiff::civil::date(2026, 11, 20), [7; 4]).unwrap();
//! # let dried = serde_json::from_value(serde_json::json!({
//! #     "code": batch, "stage": "processing", "product": "dried_tianma", "owner": PartyId::from_random([1; 10]),
//! #     "record": RecordId::of(b""), "occurred_at": "2026-11-20", "made": 100_000_000, "drawn": 0}))
//! #     .unwrap();
//!
//! let mut view = View::in_memory();
//! view.put(Row::Batch(dried)); // 100 kg, in milligrams
//! let draw = Effect::Draw { batch, amount: 160_000_000 };
//! apply(draw, &mut view)?;
//! match check(&[], &[draw], &mut view, |_| Sight::Amounts, |_| Some(0)) {
//!     Err(Stop::Refused(refusal)) => {
//!         assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("overdraw", "/amounts/inputs/0"));
//!     }
//!     other => panic!("{other:?}"),
//! }
//! undo(draw, &mut view)?;
//! assert_eq!(view.batch(batch)?.map(|row| row.remaining()), Some(100_000_000));
//! # Ok(())
//! # }
//! ```

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{BatchCode, RecordId, SiteId};
use crate::quantity::{Measure, words};
use crate::record::Refusal;
use crate::state::{BatchRow, RecordRow, Stop, View};

/// One entry in the books. Amounts are in the base unit of the batch, areas in cm².
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are named by the first line of each: batch, amount, area")]
pub enum Effect {
    /// The batch is made.
    Make { batch: BatchCode, amount: i64 },
    /// Taken out of the batch.
    Draw { batch: BatchCode, amount: i64 },
    /// Set aside for a consignee; `taken` of it was received, `returned` of it came back.
    Allot {
        batch: BatchCode,
        amount: i64,
        taken: i64,
        #[serde(default, skip_serializing_if = "is_default")]
        returned: i64,
    },
    /// Received out of what the shipment `ship` had set aside.
    Take { ship: RecordId, batch: BatchCode, amount: i64 },
    /// Packed under package codes.
    Code { batch: BatchCode, amount: i64 },
    /// Given back by voided codes.
    Uncode { batch: BatchCode, amount: i64 },
    /// Came back of what had left the batch by weight; records that name no shipment have it, from before they had to.
    Return { batch: BatchCode, amount: i64 },
    /// Came back of what the shipment `ship` had set aside: it is not received any more.
    BringBack { ship: RecordId, batch: BatchCode, amount: i64 },
    /// Came back of the packages that had left under codes.
    ReturnCoded { batch: BatchCode, amount: i64 },
    /// Fresh milligrams dug from a planting.
    Harvest { batch: BatchCode, amount: i64 },
    /// The last harvest of a planting: its area is free again, from this day on.
    Close {
        batch: BatchCode,
        site: Option<SiteId>,
        area: i64,
        #[serde(default, skip_serializing_if = "is_default")]
        on: Option<Date>,
    },
    /// A planting opens on a site.
    Open { site: SiteId, area: i64 },
    /// Found at a stock-take; counts once the office has released it (`counted`).
    Gain { batch: BatchCode, amount: i64, counted: bool },
}

/// Whether a field says nothing and is left out of the stored row.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether the one who reads a refusal may see how much a batch holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The owner's party, or the office.
    Amounts,
    /// Anybody else.
    Outline,
}

impl Effect {
    /// The batch whose balance it changes.
    pub fn batch(&self) -> Option<BatchCode> {
        match *self {
            Self::Make { batch, .. }
            | Self::Draw { batch, .. }
            | Self::Allot { batch, .. }
            | Self::Take { batch, .. }
            | Self::Code { batch, .. }
            | Self::Uncode { batch, .. }
            | Self::Return { batch, .. }
            | Self::BringBack { batch, .. }
            | Self::ReturnCoded { batch, .. }
            | Self::Harvest { batch, .. }
            | Self::Close { batch, .. }
            | Self::Gain { batch, .. } => Some(batch),
            Self::Open { .. } => None,
        }
    }

    /// What it asks of the batch, in base units.
    fn wanted(&self) -> i64 {
        match *self {
            Self::Draw { amount, .. } | Self::Code { amount, .. } | Self::Take { amount, .. } => amount,
            Self::Allot { amount, taken, .. } => amount - taken,
            _ => 0,
        }
    }

    /// What it brings back to the batch, in base units.
    fn brought_back(&self) -> i64 {
        match *self {
            Self::Return { amount, .. } | Self::BringBack { amount, .. } | Self::ReturnCoded { amount, .. } => amount,
            _ => 0,
        }
    }
}

/// Does an effect, unchecked: [`check`] follows when all effects of a record are done.
///
/// # Errors
/// [`Stop::Missing`] if a row is not loaded; [`Stop::Refused`] if more is taken from a shipment than it has to give.
pub fn apply(effect: Effect, view: &mut View) -> Result<(), Stop> {
    step(effect, 1, view)
}

/// Undoes an effect, unchecked.
///
/// # Errors
/// As [`apply`].
pub fn undo(effect: Effect, view: &mut View) -> Result<(), Stop> {
    step(effect, -1, view)
}

/// Checks every batch and site that the effects touched: nothing gave more than it holds. `position` is that of a batch
/// among the record's inputs. The answer is the refusal that a batch gave more than it holds whose amounts may not be seen:
/// that it is refused tells of them, so the caller decides when to say it.
///
/// # Errors
/// [`Stop::Refused`] with the arithmetic, for those who may see it.
pub fn check(
    undone: &[Effect],
    done: &[Effect],
    view: &mut View,
    sight: impl Fn(&BatchRow) -> Sight,
    position: impl Fn(BatchCode) -> Option<usize>,
) -> Result<Option<Refusal>, Stop> {
    let mut veiled = None;
    for effect in done.iter().chain(undone) {
        if let Some(code) = effect.batch()
            && let Some(row) = view.batch(code)?
        {
            let asks = |e: &&Effect| e.batch() == Some(code);
            let wanted: i64 = done.iter().filter(asks).map(Effect::wanted).sum();
            if row.remaining() < 0 {
                let (sight, refusal) = (sight(row), overdrawn(row, wanted, sight(row), position(code)));
                if sight == Sight::Amounts || wanted == 0 {
                    return Err(refusal.into());
                }
                veiled.get_or_insert(refusal);
            }
            // What lies under codes comes back by its codes alone, else the same goods would get new ones.
            let by_weight = row.returned - row.returned_coded;
            if by_weight > row.drawn + row.allotted || row.returned_coded > row.coded {
                let back: i64 = done.iter().filter(asks).map(Effect::brought_back).sum();
                return Err(returned_too_much(row, back).into());
            }
        }
        if let Effect::Open { site, area } | Effect::Close { site: Some(site), area, .. } = *effect
            && let Some(row) = view.site(site)?
            && row.open_cm2 > row.area_cm2.unwrap_or(0)
        {
            return Err(site_full(row.area_cm2.unwrap_or(0) - row.open_cm2 + area, area).into());
        }
    }
    Ok(veiled)
}

fn step(effect: Effect, sign: i64, view: &mut View) -> Result<(), Stop> {
    match effect {
        Effect::Make { batch, amount } => on_batch(view, batch, |row| row.made += sign * amount),
        Effect::Draw { batch, amount } => on_batch(view, batch, |row| row.drawn += sign * amount),
        // What came back stays out of the batch's balance: it is in the batch that the return made.
        Effect::Allot { batch, amount, taken, .. } => {
            on_batch(view, batch, |row| row.allotted += sign * (amount - taken))
        }
        Effect::Take { ship, batch, amount } => {
            settle(view, ship, batch, sign * amount, false)?;
            on_batch(view, batch, |row| {
                row.allotted -= sign * amount;
                row.drawn += sign * amount;
            })
        }
        Effect::Code { batch, amount } => on_batch(view, batch, |row| row.coded += sign * amount),
        Effect::Uncode { batch, amount } => on_batch(view, batch, |row| row.coded -= sign * amount),
        Effect::Return { batch, amount } => on_batch(view, batch, |row| row.returned += sign * amount),
        Effect::BringBack { ship, batch, amount } => {
            settle(view, ship, batch, sign * amount, true)?;
            on_batch(view, batch, |row| row.returned += sign * amount)
        }
        Effect::ReturnCoded { batch, amount } => on_batch(view, batch, |row| {
            row.returned += sign * amount;
            row.returned_coded += sign * amount;
        }),
        Effect::Harvest { batch, amount } => on_batch(view, batch, |row| row.harvested_mg += sign * amount),
        Effect::Gain { batch, amount, counted } => {
            on_batch(view, batch, |row| row.made += if counted { sign * amount } else { 0 })
        }
        Effect::Close { batch, site, area, on } => {
            let (mut turns, mut day) = (false, on);
            on_batch(view, batch, |row| {
                let before = row.closings;
                row.closings += sign;
                turns = (before == 0) != (row.closings == 0);
                // The day that was noted is taken back, whichever of several closings is undone last.
                if turns {
                    day = if sign > 0 { on } else { row.closed_on };
                    row.closed_on = if sign > 0 { on } else { None };
                }
            })?;
            match site {
                Some(site) if turns => on_site(view, site, -sign * area, day),
                _ => Ok(()),
            }
        }
        Effect::Open { site, area } => on_site(view, site, sign * area, None),
    }
}

fn on_batch(view: &mut View, code: BatchCode, change: impl FnOnce(&mut BatchRow)) -> Result<(), Stop> {
    if let Some(row) = view.edit_batch(code)? {
        change(row);
    }
    Ok(())
}

/// Changes the area under plantings; `freed` is the day on which it was dug up.
fn on_site(view: &mut View, id: SiteId, delta: i64, freed: Option<Date>) -> Result<(), Stop> {
    if let Some(site) = view.edit_site(id)? {
        site.open_cm2 += delta;
        if let Some(day) = freed {
            let area = site.freed.entry(day).or_default();
            *area -= delta;
            if *area == 0 {
                site.freed.remove(&day);
            }
        }
    }
    Ok(())
}

fn site_full(free_cm2: i64, wanted_cm2: i64) -> Refusal {
    let (free, wanted) = (words(Measure::Area, free_cm2.max(0)), words(Measure::Area, wanted_cm2));
    Refusal::invalid(
        "site_area",
        "/amounts/outputs/0",
        format!("地块还空 {}，要种 {}；请先登记上一茬的“最后一次采收”，或更正面积", free.0, wanted.0),
        format!(
            "the site has {} free, {} is to be planted; register the final harvest of the earlier planting, or correct the area",
            free.1, wanted.1
        ),
    )
}

/// Counts what was received of a shipment, or came back of it, on its newest version: no kilogram does both.
fn settle(view: &mut View, ship: RecordId, batch: BatchCode, delta: i64, back: bool) -> Result<(), Stop> {
    let newest = newest_version(view, ship)?;
    let measure = view.batch(batch)?.map_or(Measure::Mass, BatchRow::measure);
    let Some(row) = view.edit_record(newest)? else {
        return Ok(());
    };
    for effect in &mut row.effects {
        if let Effect::Allot { batch: of, amount, taken, returned } = effect
            && *of == batch
        {
            if delta > 0 && *taken + *returned + delta > *amount {
                // Both sides of a shipment know what it sets aside; nobody else gets here.
                let (left, asked) = (words(measure, *amount - *taken - *returned), words(measure, delta));
                let refuse = if back { came_back_already } else { received_already };
                return Err(refuse(batch, &left, &asked).into());
            }
            *if back { returned } else { taken } += delta;
            return Ok(());
        }
    }
    Err(Refusal::invalid(
        "not_in_shipment",
        "/details/ship",
        format!("发货单没有按重量给批次 {batch} 留出数量；带码的包装不按重量收货、退货"),
        format!(
            "the shipment sets aside no weight of batch {batch}; packages under codes are neither received nor returned by weight"
        ),
    )
    .into())
}

fn received_already(batch: BatchCode, left: &(String, String), asked: &(String, String)) -> Refusal {
    Refusal::invalid(
        "more_than_shipped",
        "/amounts/inputs",
        format!("发货单上批次 {batch} 还没收、也没退的只有 {}，要收 {}；多出的部分请另记一条收货", left.0, asked.0),
        format!(
            "of batch {batch} the shipment still has {} to give, {} is to be received; record the rest as a receipt of its own",
            left.1, asked.1
        ),
    )
}

fn came_back_already(batch: BatchCode, left: &(String, String), asked: &(String, String)) -> Refusal {
    Refusal::invalid(
        "return_too_much",
        "/amounts/outputs/0",
        format!(
            "发货单上批次 {batch} 还没收、也没退的只有 {}，要退 {}；收货方已收的，由收货方从他的批次发回",
            left.0, asked.0
        ),
        format!(
            "of batch {batch} {} is left of the shipment, {} is to come back; what its consignee received comes back out of the consignee's own batch",
            left.1, asked.1
        ),
    )
}

/// The newest version of a record.
///
/// # Errors
/// [`Stop::Missing`] if a version is not loaded.
pub fn newest_version(view: &mut View, id: RecordId) -> Result<RecordId, Stop> {
    let mut newest = id;
    while let Some(RecordRow { superseded_by: Some(next), void: false, .. }) = view.record(newest)? {
        newest = *next;
    }
    Ok(newest)
}

fn overdrawn(row: &BatchRow, wanted: i64, sight: Sight, position: Option<usize>) -> Refusal {
    let code = row.code;
    if wanted == 0 {
        let (zh, en) = if sight == Sight::Amounts {
            let (holds, used) = (words(row.measure(), row.made), words(row.measure(), row.made - row.remaining()));
            (
                format!("更正后批次 {code} 只有 {}，已用掉、发出或赋码的 {} 比这多", holds.0, used.0),
                format!(
                    "after this batch {code} would hold {}; {} is already used, shipped or under codes",
                    holds.1, used.1
                ),
            )
        } else {
            (
                format!("批次 {code} 已被用掉的数量多于更正后的数量"),
                format!("more of batch {code} is already drawn than it would hold after this"),
            )
        };
        return Refusal::conflict("below_drawn", "/amounts/outputs", zh, en);
    }
    let place = position.map_or_else(|| "/amounts/inputs".to_owned(), |i| format!("/amounts/inputs/{i}"));
    let asked = words(row.measure(), wanted);
    let (zh, en) = if sight == Sight::Amounts {
        let holds = words(row.measure(), (row.remaining() + wanted).max(0));
        (
            format!("批次 {code} 只剩 {}，不够 {}", holds.0, asked.0),
            format!("batch {code} still holds {}; {} is more than that", holds.1, asked.1),
        )
    } else {
        (
            format!("批次 {code} 剩下的不够 {}；请向货主核对数量", asked.0),
            format!("batch {code} does not hold {} any more; ask its owner for the amount", asked.1),
        )
    };
    Refusal::invalid("overdraw", place, zh, en)
}

/// How much left the batch is told to nobody: a consignee that returns may not see it.
fn returned_too_much(row: &BatchRow, back: i64) -> Refusal {
    let (code, back) = (row.code, words(row.measure(), back));
    Refusal::invalid(
        "return_too_much",
        "/amounts/outputs/0",
        format!("批次 {code} 的退货 {}，连以前退的多于曾经发出的数量；带码的包装退货要写明码段", back.0),
        format!(
            "{} comes back to batch {code}, with what came back before more than ever left it; packages under codes come back with the ranges of their codes",
            back.1
        ),
    )
}
