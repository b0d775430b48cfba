//! Consent: what a party lets the public pages tell of its persons (Personal Information Protection Law, articles 14, 15
//! and 25: a consent of its own for publishing, withdrawn as easily as given).
//!
//! The record holds no personal value, only which fields may be shown from now on; the values stay in the key store's
//! keeping. It deliberately shows nothing: pages ask [`PartyRow::consents`] each time they are told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{KindRules, Shaped};
use crate::id::PartyId;
use crate::judge::{Case, Findings, party_of};
use crate::record::{Details, RecordBody, Refusal, Shape};
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
        let (party, other) = (self.party, body.entered_by.or_else(|| (body.actor != self.party).then_some(body.actor)));
        match other {
            None => Ok(()),
            Some(other) => Err(Refusal::forbidden(
                "foreign_consent",
                if body.entered_by.is_some() { "/entered_by" } else { "/details/party" },
                format!("公开个人信息只能由本人（主体 {party}）自己同意，不能由 {other} 代办"),
                format!("{party} consents itself to show its personal data; {other} cannot do it for it"),
            )),
        }
    }

    fn judge(&self, _case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        let party = party_of(view, self.party, "/details/party")?;
        if !self.fields.is_empty() {
            party.may_keep_personal("/details/fields")?;
        }
        if party.consents == self.fields {
            return Err(unchanged(&self.fields).into());
        }
        Ok(())
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

impl Details {
    /// Whether this takes every consent back. That is never made harder than giving it was: a demand for signatures does
    /// not bind it.
    pub(crate) fn withdraws_consent(&self) -> bool {
        matches!(self, Self::Consent(consent) if consent.fields.is_empty())
    }
}

impl PartyRow {
    /// Whether the party lets this be shown to everybody.
    pub fn shows(&self, field: PersonalField) -> bool {
        self.consents.contains(&field)
    }
}
