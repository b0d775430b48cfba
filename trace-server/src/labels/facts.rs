//! The words of a sale batch's labels, from the story that its page tells: a label never says more than the page.

use trace_core::code::label::{Facts, Item};
use trace_core::record::Telephone;
use trace_core::tianma::PartyRole;

use crate::scan::Story;
use crate::scan::story::Who;

/// The words for labels of a batch. The mark of origin stands there only if the story meets all its conditions, the
/// telephone only if its owner lets everybody see it.
pub fn facts(story: &Story, mark: &str, telephone: Option<&Telephone>) -> Facts {
    let mark = story.origin.withheld.is_empty().then_some(mark);
    let facts = Facts::of(&story.batch, Some(&producer(&story.owner)), mark);
    match telephone {
        Some(number) => facts.with(Item::Telephone, format!("电话 {}", number.as_str())),
        None => facts,
    }
}

/// A firm by its name, a household by its village, as on the pages.
fn producer(who: &Who) -> String {
    match (&who.organisation, &who.village) {
        (Some(name), _) if who.role != PartyRole::Household => name.to_string(),
        (_, Some(village)) => format!("{village}{}", who.role.zh()),
        _ => who.role.zh().to_owned(),
    }
}
