//! The erasure of what is kept of a person: the record that says that it was done, by whom and why.
//!
//! The record itself holds nothing personal. It deliberately destroys nothing either: the key under which the values
//! are kept is the service's to destroy, once this record is durable.

use serde::{Deserialize, Serialize};

use super::{KindRules, Shaped};
use crate::id::PartyId;
use crate::judge::{Case, Findings, party_of};
use crate::record::{Refusal, Shape};
use crate::state::{PartyRow, RecordRow, Stop, View};
use crate::tianma::EraseReason;

/// What is kept of the persons of a party, names, telephones, exact places and log-ins, is erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erase {
    /// Whose.
    pub party: PartyId,
    /// Why.
    pub reason: EraseReason,
}

impl Shaped for Erase {
    const SHAPE: Shape = Shape::PLAIN;
}

impl KindRules for Erase {
    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        if case.record.actor != self.party && case.record.actor != case.office {
            return Err(Refusal::forbidden(
                "foreign_erasure",
                "/details/party",
                format!("主体 {} 的个人信息只能由他自己或品牌办删除，不能由 {} 删除", self.party, case.record.actor),
                format!(
                    "personal data of {} is erased by that party or by the office, and not by {}",
                    self.party, case.record.actor
                ),
            )
            .into());
        }
        let party = party_of(view, self.party, "/details/party")?;
        if self.party == case.office {
            // Its log-ins would be closed with it, and nobody could open the ledger's pages again.
            return Err(Refusal::conflict(
                "office_not_erased",
                "/details/party",
                format!("{} 是品牌办自身，不能删除；请逐个停用其登录账号", self.party),
                format!("{} is the office itself and cannot be erased; close its log-ins one by one", self.party),
            )
            .into());
        }
        match party.erased {
            Some(record) => Err(Refusal::conflict(
                "already_erased",
                "/details/party",
                format!("主体 {} 的个人信息已由记录 {record} 删除，此后没有重新登记", self.party),
                format!(
                    "the personal data of {} was erased by record {record} and not registered anew since",
                    self.party
                ),
            )
            .into()),
            None => Ok(()),
        }
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        // So that the party finds what the office did among the records that name it.
        row.other_side = (case.record.actor != self.party).then_some(self.party);
        if let Some(party) = view.edit_party(self.party)? {
            party.erasures += 1;
            party.erased = Some(row.id);
            party.consents.clear();
        }
        Ok(())
    }
}

impl PartyRow {
    /// Whether new personal values may be kept for the party: not after an erasure, until it is registered anew.
    ///
    /// # Errors
    /// A [`Refusal`] at `place` that names the erasure.
    pub fn may_keep_personal(&self, place: &str) -> Result<(), Refusal> {
        match self.erased {
            None => Ok(()),
            Some(record) => Err(Refusal::conflict(
                "party_erased",
                place,
                format!("主体 {} 的个人信息已由记录 {record} 删除；请先重新登记主体，再登记位置和登录账号", self.id),
                format!(
                    "the personal data of {} was erased by record {record}; register the party anew before \
                     its places and log-ins",
                    self.id
                ),
            )),
        }
    }
}
