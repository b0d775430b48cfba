//! Those on the way who let everybody know who they are, in words. Their names are opened here, for this one answer.

use std::collections::BTreeMap;

use trace_core::id::RecordId;
use trace_core::record::sealed::Group;
use trace_core::record::{Person, Place};
use trace_core::tianma::PersonalField;

use super::words::{joined, plain_name, say, word};
use crate::http::pages::language::Lang;
use crate::ledger::{Ledger, Personal};
use crate::scan::Story;
use crate::scan::story::Named;
use crate::store::StoreError;

/// As many as a page shows; the others are counted.
const SHOWN_MAX: usize = 12;

/// Somebody on the way.
pub struct PersonView {
    /// The name, whole or as `王*`, or what the party is.
    pub name: String,
    /// Village and what was done.
    pub line: String,
    /// The telephone number.
    pub telephone: Option<String>,
    /// Plots, by the names that the people gave them or by where they lie.
    pub sites: Vec<String>,
}

/// Those people.
#[derive(Default)]
pub struct PeopleView {
    /// The first of them.
    pub named: Vec<PersonView>,
    /// How many more consented to something.
    pub left_out: usize,
}

/// The people of a story as they let themselves be shown. Where their names cannot be opened the page does without.
pub async fn people(ledger: &Ledger, story: &Story, lang: Lang) -> PeopleView {
    if story.named.is_empty() {
        return PeopleView::default();
    }
    match opened(ledger, &story.named).await {
        Ok((persons, places)) => {
            let named = story.named.iter().filter_map(|one| view(one, &persons, &places, lang)).take(SHOWN_MAX);
            let named: Vec<PersonView> = named.collect();
            PeopleView { left_out: story.named_left_out + story.named.len() - named.len(), named }
        }
        Err(error) => {
            tracing::error!(%error, "the people of a story cannot be named");
            PeopleView::default()
        }
    }
}

type Opened = (BTreeMap<RecordId, Person>, BTreeMap<RecordId, Place>);

/// What of these people may be shown, by the record that holds it.
async fn opened(ledger: &Ledger, named: &[Named]) -> Result<Opened, StoreError> {
    const OF_PERSON: [PersonalField; 3] =
        [PersonalField::FamilyName, PersonalField::FullName, PersonalField::Telephone];
    const OF_PLACE: [PersonalField; 2] = [PersonalField::SiteNames, PersonalField::SitePositions];
    let show = |one: &&Named, fields: &[PersonalField]| fields.iter().any(|field| one.party.shows(*field));
    let persons = named.iter().filter(|one| show(one, &OF_PERSON)).map(|one| one.party.person_record());
    let placed = named.iter().filter(|one| show(one, &OF_PLACE));
    let places = placed.flat_map(|one| one.sites.iter().map(|site| site.record));
    let (persons, places): (Vec<RecordId>, Vec<RecordId>) = (persons.collect(), places.collect());
    let (persons, places) =
        tokio::try_join!(ledger.personal(&persons, Group::Person), ledger.personal(&places, Group::Place))?;
    Ok((Personal::read_all(persons), Personal::read_all(places)))
}

fn view(
    one: &Named,
    persons: &BTreeMap<RecordId, Person>,
    places: &BTreeMap<RecordId, Place>,
    lang: Lang,
) -> Option<PersonView> {
    let party = &one.party;
    let person = persons.get(&party.person_record());
    let name = person.and_then(|person| {
        let whole = party.shows(PersonalField::FullName).then(|| person.name.as_str().to_owned());
        whole.or_else(|| party.shows(PersonalField::FamilyName).then(|| person.family_name()))
    });
    let telephone =
        person.filter(|_| party.shows(PersonalField::Telephone)).and_then(|person| person.telephone.as_ref());
    let telephone = telephone.map(ToString::to_string);
    let of_site = |place: &Place| {
        let name = place.label.as_ref().filter(|_| party.shows(PersonalField::SiteNames)).map(ToString::to_string);
        let position = party.shows(PersonalField::SitePositions).then(|| position(place)).flatten();
        match (name, position) {
            (Some(name), Some(position)) => Some(say!(lang, "{name}（{position}）", "{name} ({position})")),
            (name, position) => name.or(position),
        }
    };
    let sites: Vec<String> = one.sites.iter().filter_map(|site| places.get(&site.record)).filter_map(of_site).collect();
    if name.is_none() && telephone.is_none() && sites.is_empty() {
        return None;
    }
    let role = || party.organisation.as_ref().map_or_else(|| word(party.role, lang).to_owned(), ToString::to_string);
    let did = joined(one.did.iter().map(|kind| lang.t(kind.zh(), kind.en()).to_owned()), lang);
    let from = match (&party.organisation, name.is_some()) {
        (Some(organisation), true) => organisation.to_string(),
        _ => plain_name(party.village.as_ref(), lang),
    };
    let line = [from, did].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    Some(PersonView { name: name.unwrap_or_else(role), line, telephone, sites })
}

/// Where a site lies, to a hundredth of a degree, about a kilometre: nobody's plot is pointed at.
fn position(place: &Place) -> Option<String> {
    const HUNDREDTH_E7: i32 = 100_000;
    let rounded = |e7: i32| {
        let hundredths = (i64::from(e7) + i64::from(HUNDREDTH_E7 / 2)).div_euclid(i64::from(HUNDREDTH_E7));
        (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100, hundredths < 0)
    };
    let (latitude, longitude) = (rounded(place.latitude_e7?), rounded(place.longitude_e7?));
    let (north, east) = (if latitude.2 { "S" } else { "N" }, if longitude.2 { "W" } else { "E" });
    Some(format!("{}.{:02}°{north} {}.{:02}°{east}", latitude.0, latitude.1, longitude.0, longitude.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_told_to_about_a_kilometre() {
        let at = |latitude_e7, longitude_e7| {
            let outline_e7 = vec![[276_324_550, 1_041_481_370]];
            position(&Place { label: None, latitude_e7, longitude_e7, outline_e7 })
        };
        assert_eq!(at(Some(276_324_550), Some(1_041_481_370)).as_deref(), Some("27.63°N 104.15°E"));
        assert_eq!(at(Some(-276_350_000), Some(-5_000)).as_deref(), Some("27.63°S 0.00°E"));
        assert_eq!(at(Some(-276_350_001), Some(-50_001)).as_deref(), Some("27.64°S 0.01°W"));
        assert_eq!(at(Some(1), None), None);
    }
}
