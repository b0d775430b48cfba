//! Consent: what a party lets the public pages tell of its persons (Personal Information Protection Law, articles 14, 15
//! and 25: a consent of its own for publishing, withdrawn as easily as given).
//!
//! The record holds no personal value, only which fields may be shown from now on; the values stay in the key store's
//! keeping. It deliberately shows nothing: a story takes [`PartyRow::consents`] as of the log's newest entry.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{KindRules, Shaped};
use crate::id::PartyId;
use crate::judge::{Case, Findings, party_of};
use crate::record::{RecordBody, Refusal, Shape};
use crate::state::{PartyRow, RecordRow, Stop, View};
use crate::tianma::PersonalField;

/// Which fields of its persons and places a party lets be shown, in place of all that it said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Whose persons and places: the actor itself.
    pub party: PartyId,
    /// The fields; left out, it withdraws every consent.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fields: BTreeSet<PersonalField>,
}

impl Shaped for Consent {
    const SHAPE: Shape = Shape::PLAIN;
}

impl KindRules for Consent {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        if body.actor == self.party { Ok(()) } else { Err(foreign("/details/party", self.party, body.actor)) }
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        let party = party_of(view, self.party, "/details/party")?;
        if party.consents == self.fields {
            return Err(unchanged(&self.fields).into());
        }
        // Taking back is for whoever may write for the party, too: the person may have no log-in left.
        if self.only_narrows(&party) {
            return Ok(());
        }
        party.may_keep_personal("/details/fields")?;
        match case.record.entered_by {
            Some(clerk) => Err(foreign("/entered_by", self.party, clerk).into()),
            None => Ok(()),
        }
    }

    fn apply(&self, _case: &Case<'_>, view: &mut View, _row: &mut RecordRow) -> Result<(), Stop> {
        if let Some(party) = view.edit_party(self.party)? {
            party.consents.clone_from(&self.fields);
        }
        Ok(())
    }
}

fn unchanged(fields: &BTreeSet<PersonalField>) -> Refusal {
    let (zh, en): (Vec<_>, Vec<_>) = fields.iter().map(|field| (field.zh(), field.code())).unzip();
    let (zh, en) = if fields.is_empty() {
        ("不公开任何个人信息".to_owned(), "nothing may be shown".to_owned())
    } else {
        (format!("公开{}", zh.join("、")), format!("{} may be shown", en.join(", ")))
    };
    Refusal::conflict(
        "consent_unchanged",
        "/details/fields",
        format!("已经是“{zh}”，没有变化，不需要再登记"),
        format!("it holds already that {en}; nothing would change"),
    )
}

fn foreign(place: &str, party: PartyId, other: PartyId) -> Refusal {
    Refusal::forbidden(
        "foreign_consent",
        place,
        format!("公开个人信息只能由本人（主体 {party}）自己同意，不能由 {other} 代办；代办的只能撤回"),
        format!("{party} consents itself to show its personal data; {other} can only take a consent back for it"),
    )
}

impl Consent {
    /// Whether this shows nothing that is not shown already. Taking back is never made harder than giving was.
    pub(crate) fn only_narrows(&self, party: &PartyRow) -> bool {
        self.fields.is_subset(&party.consents)
    }
}

impl PartyRow {
    /// Whether the party lets this be shown to everybody.
    pub fn shows(&self, field: PersonalField) -> bool {
        self.consents.contains(&field)
    }
}
