//! Values as words for people: amounts, parties, the state of a batch, short ids.

use std::collections::{BTreeMap, BTreeSet};

use trace_core::id::{PartyId, RecordId, SiteId, Stage};
use trace_core::quantity::{Measure, Quantity};
use trace_core::record::sealed::Group;
use trace_core::record::{CodeRange, Person, Place};
use trace_core::state::{BatchRow, Key, PartyRow, Row, SiteRow};
use trace_core::tianma::{PartyRole, Product, SiteKind};
use trace_core::time::ReceivedAt;

use crate::app::AppState;
use crate::http::pages::language::Lang;
use crate::ledger::{Ledger, Personal};
use crate::store::{Store, StoreError};

/// Characters of an id that stand for it in a table; the whole is one tap away.
const SHORT_CHARS: usize = 10;

/// An amount in base units with its unit: mass in kg and 斤.
pub fn amount(lang: Lang, measure: Measure, value: i64) -> String {
    match Quantity::new(measure, value) {
        Ok(quantity) => quantity_words(lang, quantity),
        Err(_) => value.to_string(),
    }
}

/// An amount of a product: bottles are counted in bottles, the rest as [`amount`] says.
pub fn amount_of(lang: Lang, product: Product, value: i64) -> String {
    let words = amount(lang, product.measure(), value);
    match (product, lang) {
        (Product::MycenaBottle | Product::ArmillariaBottle, Lang::Zh) => words.replace('件', "瓶"),
        (Product::MycenaBottle | Product::ArmillariaBottle, Lang::En) => words.replace("piece", "bottle"),
        _ => words,
    }
}

/// A quantity with its unit: mass in kg and 斤.
pub fn quantity_words(lang: Lang, quantity: Quantity) -> String {
    match lang {
        Lang::Zh => quantity.zh(),
        Lang::En => quantity.en(),
    }
}

/// A run of package codes by issue and number, from 1 as they are printed.
pub fn range_words(lang: Lang, range: &CodeRange) -> String {
    let (issue, from, to) = (range.issue, range.from.get() + 1, range.to.get() + 1);
    match lang {
        Lang::Zh if from == to => format!("赋码批 {issue} 第 {from} 个"),
        Lang::Zh => format!("赋码批 {issue} 第 {from} 到 {to} 个"),
        Lang::En if from == to => format!("issue {issue}, number {from}"),
        Lang::En => format!("issue {issue}, numbers {from} to {to}"),
    }
}

/// The first characters of a record id.
pub fn short(id: &RecordId) -> String {
    id.to_string().chars().take(SHORT_CHARS).collect()
}

/// How a batch stands, in a word and as a class of the style.
pub fn batch_state(lang: Lang, row: &BatchRow) -> (&'static str, &'static str) {
    if row.void {
        (lang.t("已作废", "void"), "bad")
    } else if !row.recalls.is_empty() {
        (lang.t("召回中", "recalled"), "bad")
    } else if !row.holds.is_empty() {
        (lang.t("冻结", "held"), "warn")
    } else if row.closings > 0 {
        (lang.t("已采完", "closed"), "done")
    } else if row.remaining() == 0 {
        (lang.t("已用完", "used up"), "done")
    } else if row.stage == Stage::Planting {
        (lang.t("在种", "growing"), "good")
    } else {
        (lang.t("可用", "available"), "good")
    }
}

/// The time of the ledger's zone today.
///
/// # Errors
/// [`StoreError`].
pub async fn today(state: &AppState) -> Result<jiff::civil::Date, StoreError> {
    Ok(zone(&**state.ledger.store()).await?.date_at(state.ledger.now()))
}

/// The founding time zone; China's before there is a ledger.
///
/// # Errors
/// [`StoreError`].
pub async fn zone(store: &dyn Store) -> Result<trace_core::time::Zone, StoreError> {
    let (rows, _) = store.load(&[Key::Ledger].into()).await?;
    Ok(rows
        .into_iter()
        .find_map(|row| if let Row::Ledger(row) = row { Some(row.zone) } else { None })
        .unwrap_or_default())
}

/// A moment as people in this zone read it, to the minute.
pub fn moment(at: ReceivedAt, zone: trace_core::time::Zone) -> String {
    let shifted = ReceivedAt::from_unix_ms(at.as_unix_ms() + i64::from(zone.minutes()) * 60_000).unwrap_or(at);
    let text = shifted.to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

/// What is public of a party: an organisation's name, or village and role.
pub fn party_words(lang: Lang, row: &PartyRow) -> String {
    if let Some(name) = &row.organisation {
        return name.as_str().to_owned();
    }
    let village = row.village.as_ref().map_or("", |village| village.as_str());
    let tail: String = row.id.to_string().chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    match lang {
        Lang::Zh => format!("{village}{} …{tail}", row.role.zh()),
        Lang::En => format!("{} {village} …{tail}", row.role.en()),
    }
}

/// The rows of these parties.
///
/// # Errors
/// [`StoreError`].
pub async fn parties(store: &dyn Store, ids: BTreeSet<PartyId>) -> Result<BTreeMap<PartyId, PartyRow>, StoreError> {
    let keys = ids.into_iter().map(Key::Party).collect();
    let (rows, _) = store.load(&keys).await?;
    let rows = rows.into_iter().filter_map(|row| if let Row::Party(row) = row { Some((row.id, row)) } else { None });
    Ok(rows.collect())
}

/// The names of households, for a clerk whom they let write for them; without one, what is public. Where the name was
/// erased, it says so.
///
/// # Errors
/// [`StoreError`].
pub async fn names(
    ledger: &Ledger,
    lang: Lang,
    rows: &BTreeMap<PartyId, PartyRow>,
) -> Result<BTreeMap<PartyId, String>, StoreError> {
    let records: Vec<RecordId> = rows.values().map(PartyRow::person_record).collect();
    let persons = Personal::read_all::<Person>(ledger.personal(&records, Group::Person).await?);
    let name = |row: &PartyRow| {
        let public = party_words(lang, row);
        if row.erased.is_some() {
            return format!("{public}{}", lang.t("（个人信息已删除）", " (personal data erased)"));
        }
        if row.role != PartyRole::Household {
            return public;
        }
        persons.get(&row.person_record()).map_or(public, |person| match &row.village {
            Some(village) => format!("{} · {village}", person.name),
            None => person.name.to_string(),
        })
    };
    Ok(rows.values().map(|row| (row.id, name(row))).collect())
}

/// The parties as this reader may call them: itself by its own name, or as the one who reads where it has none; all
/// others by what is public.
///
/// # Errors
/// [`StoreError`].
pub async fn names_to(
    reader: PartyId,
    ledger: &Ledger,
    lang: Lang,
    rows: &BTreeMap<PartyId, PartyRow>,
) -> Result<BTreeMap<PartyId, String>, StoreError> {
    let mut called: BTreeMap<PartyId, String> = rows.iter().map(|(id, row)| (*id, party_words(lang, row))).collect();
    if let Some(own) = rows.get(&reader).filter(|own| own.organisation.is_none()) {
        let own_name = names(ledger, lang, &[(reader, own.clone())].into()).await?.remove(&reader);
        let own_name = own_name.filter(|name| called.get(&reader) != Some(name));
        called.insert(reader, own_name.unwrap_or_else(|| lang.t("您", "you").to_owned()));
    }
    Ok(called)
}

/// What the people call their sites; else the site's kind and village, and whether the name was erased.
///
/// # Errors
/// [`StoreError`].
pub async fn site_names(
    ledger: &Ledger,
    lang: Lang,
    sites: &[SiteRow],
) -> Result<BTreeMap<SiteId, String>, StoreError> {
    let records: Vec<RecordId> = sites.iter().map(|site| site.record).collect();
    let mut places = ledger.personal(&records, Group::Place).await?;
    let mut name = |site: &SiteRow| {
        let village = site.village.as_ref().map_or("", |village| village.as_str());
        let public = public_site(lang, village, site.kind);
        match places.remove(&site.record) {
            Some(Personal::Erased) => format!("{public}{}", lang.t("（名称已删除）", " (name erased)")),
            open => {
                let place = open.and_then(Personal::read::<Place>);
                place.and_then(|place| place.label).map_or(public, |label| label.to_string())
            }
        }
    };
    Ok(sites.iter().map(|site| (site.id, name(site))).collect())
}

/// Sites for a reader to whom nobody opens what they are called: village, kind and id.
pub fn public_site_names(lang: Lang, sites: &[SiteRow]) -> BTreeMap<SiteId, String> {
    let name = |site: &SiteRow| {
        let village = site.village.as_ref().map_or("", |village| village.as_str());
        format!("{} {}", public_site(lang, village, site.kind), site.id)
    };
    sites.iter().map(|site| (site.id, name(site))).collect()
}

/// A site without a name of its own: its village and what it is, apart in English.
fn public_site(lang: Lang, village: &str, kind: SiteKind) -> String {
    match lang {
        Lang::Zh => format!("{village}{}", kind.zh()),
        Lang::En if village.is_empty() => kind.en().to_owned(),
        Lang::En => format!("{village} {}", kind.en()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_site_without_a_name_is_its_village_and_kind() {
        assert_eq!(public_site(Lang::Zh, "小草坝", SiteKind::Workshop), "小草坝车间");
        assert_eq!(public_site(Lang::En, "小草坝", SiteKind::Workshop), "小草坝 workshop");
        assert_eq!(public_site(Lang::En, "", SiteKind::Plot), "plot");
    }

    #[test]
    fn moments_are_read_in_the_ledgers_zone() {
        let at: ReceivedAt = "2026-11-20T18:04:05.678Z".parse().unwrap();
        assert_eq!(moment(at, trace_core::time::Zone::CHINA), "2026-11-21 02:04");
    }

    #[test]
    fn weights_are_said_in_both_units() {
        assert_eq!(amount(Lang::Zh, Measure::Mass, 160_000_000), "160 kg（320 斤）");
        assert_eq!(amount(Lang::En, Measure::Count, 3), "3 pieces");
        assert_eq!(amount_of(Lang::En, Product::MycenaBottle, 3), "3 bottles");
        assert_eq!(amount_of(Lang::Zh, Product::MycenaBottle, 420), "420 瓶");
        assert_eq!(amount_of(Lang::Zh, Product::SeedTuber, 160_000_000), "160 kg（320 斤）");
    }
}
