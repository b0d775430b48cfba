//! Founding, parties, sites, grants, and the rules table. Keys have a file of their own (`keys.rs`).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{KindRules, Shaped, agent};
use crate::id::{PartyId, RecordId, SiteId};
use crate::judge::{Case, Findings, party_of};
use crate::quantity::{Measure, Quantity, Stated, words};
use crate::record::sealed::Group;
use crate::record::{Beside, Kind, Name, Origin, RecordBody, Refusal, Shape};
use crate::state::{GrantRow, LedgerRow, PartyRow, RecordRow, Row, SiteRow, Stop, View};
use crate::tianma::{PartyRole, SiteKind, Tenure};
use crate::time::Zone;

/// Entry 0: what the whole ledger stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// Origin of the log.
    pub origin: Origin,
    /// The founding time zone, `+08:00`.
    pub time_zone: Zone,
    /// The brand office's party id.
    pub office: PartyId,
    /// The office's name.
    pub organisation: Name,
    /// Digest of the first rules table.
    pub rules: RecordId,
    /// Version of that table.
    pub rules_version: u32,
}

impl Shaped for Found {
    const SHAPE: Shape = Shape::PLAIN;
}

impl KindRules for Found {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        let (field, zh, en) = if self.origin != body.log {
            (
                "origin",
                format!("创立记录的日志名写的是 {}，应为记录自己的 {}", self.origin, body.log),
                format!("the founding names the log {}; it must be the record's own, {}", self.origin, body.log),
            )
        } else if self.office != body.actor {
            (
                "office",
                format!("创立记录的品牌办写的是 {}，应为记录的主体 {}", self.office, body.actor),
                format!("the founding names the office {}; it must be the record's actor, {}", self.office, body.actor),
            )
        } else {
            return Ok(());
        };
        Err(Refusal::invalid("founding_contradicts", format!("/details/{field}"), zh, en))
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, _row: &mut RecordRow) -> Result<(), Stop> {
        view.put(Row::Ledger(LedgerRow {
            origin: self.origin.clone(),
            zone: self.time_zone,
            office: self.office,
            founded_on: case.record.occurred_at.date(),
            rules: self.rules,
            rules_version: self.rules_version,
            next_issue: 1,
        }));
        view.put(Row::Party(PartyRow {
            id: self.office,
            role: PartyRole::Office,
            village: None,
            organisation: Some(self.organisation.clone()),
            record: case.record.id(),
            person: None,
            registered_by: None,
            demands: BTreeMap::new(),
            erasures: 0,
            erased: None,
            consents: BTreeSet::new(),
        }));
        Ok(())
    }
}

/// A party enters the ledger, or its public facts change (`supersedes`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterParty {
    /// Its id, random.
    pub party: PartyId,
    /// What it does.
    pub role: PartyRole,
    /// Its village.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub village: Option<Name>,
    /// Name of an organisation. A household's name stands in the sealed group `person`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Name>,
}

impl Shaped for RegisterParty {
    const SHAPE: Shape =
        Shape { actors: &[PartyRole::Office], may_seal: &[Group::Person], supersedes: None, ..Shape::PLAIN };
}

impl KindRules for RegisterParty {
    fn check_alone(&self, _body: &RecordBody) -> Result<(), Refusal> {
        match (self.role, &self.organisation) {
            // The name is a person's: not even the refusal repeats it.
            (PartyRole::Household, Some(_)) => Err(Refusal::invalid(
                "household_named",
                "/details/organisation",
                "农户的姓名不能公开；请写在密封的“person”里",
                "a household has no public name; put it into the sealed group 'person'",
            )),
            (role, None) if role != PartyRole::Household => Err(Refusal::invalid(
                "organisation_missing",
                "/details/organisation",
                format!("“{}”是单位，请写明单位名称", role.zh()),
                format!("a {} is an organisation and needs its name", role.code()),
            )),
            _ => Ok(()),
        }
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        let existing = view.party(self.party)?.cloned();
        match &existing {
            None => agent::may_add(case, self.role)?,
            Some(row) => agent::may_change(case, view, row)?,
        }
        match (existing, case.record.supersedes) {
            (None, None) => Ok(()),
            (Some(row), Some(old)) if row.record == old && row.role == self.role => Ok(()),
            (Some(_), None) => Err(taken(&self.party.to_string(), "/details/party").into()),
            (Some(row), Some(old)) if row.record == old => Err(Refusal::conflict(
                "other_subject",
                "/details/role",
                format!("主体 {} 登记的身份是{}，不能改成{}", self.party, row.role.zh(), self.role.zh()),
                format!("{} is registered as {}; it cannot become {}", self.party, row.role.code(), self.role.code()),
            )
            .into()),
            (row, Some(old)) => {
                Err(not_its_record("/details/party", &self.party.to_string(), row.map(|row| row.record), old).into())
            }
        }
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, _row: &mut RecordRow) -> Result<(), Stop> {
        let before = view.party(self.party)?.cloned();
        // The person written down again is what registers an erased party anew; a new village does not.
        let anew = case.record.sealed.contains_key(&Group::Person);
        view.put(Row::Party(PartyRow {
            id: self.party,
            role: self.role,
            village: self.village.clone(),
            organisation: self.organisation.clone(),
            record: case.record.id(),
            person: before.as_ref().filter(|_| !anew).map(PartyRow::person_record),
            registered_by: before.as_ref().map_or_else(|| agent::agent(case), |row| row.registered_by),
            demands: before.as_ref().map(|row| row.demands.clone()).unwrap_or_default(),
            erasures: before.as_ref().map_or(0, |row| row.erasures),
            erased: before.as_ref().and_then(|row| row.erased).filter(|_| !anew),
            // Whoever is written down anew may be another, who has not consented to anything.
            consents: before.filter(|_| !anew).map(|row| row.consents).unwrap_or_default(),
        }));
        Ok(())
    }
}

/// A site enters the ledger, or its facts change (`supersedes`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterSite {
    /// Its id, random.
    pub site: SiteId,
    /// Whose it is.
    pub party: PartyId,
    /// What it is.
    pub kind: SiteKind,
    /// Its village.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub village: Option<Name>,
    /// Metres above sea level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub altitude_m: Option<u16>,
    /// By what right its party uses the land.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenure: Option<Tenure>,
}

impl Shaped for RegisterSite {
    const SHAPE: Shape = Shape {
        actors: &[PartyRole::Office],
        may_seal: &[Group::Place, Group::Amounts],
        beside: &[Beside::Area],
        supersedes: None,
        ..Shape::PLAIN
    };
}

impl KindRules for RegisterSite {
    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        let party = party_of(view, self.party, "/details/party")?;
        agent::may_change(case, view, &party)?;
        if case.record.sealed.contains_key(&Group::Place) {
            party.may_keep_personal("/place")?;
        }
        let grows = matches!(self.kind, SiteKind::Plot | SiteKind::Greenhouse);
        let area = case.amounts.area.as_ref().map(Stated::quantity);
        if grows && area.is_none_or(Quantity::is_zero) {
            return Err(Refusal::invalid(
                "area_missing",
                "/amounts/area",
                format!("{}要写面积，例如 1.5亩", self.kind.zh()),
                format!("a {} needs its area, for instance 1.5亩", self.kind.code()),
            )
            .into());
        }
        let existing = view.site(self.site)?.cloned();
        match (existing, case.record.supersedes) {
            (None, None) => Ok(()),
            (Some(row), Some(old)) if row.record == old && row.party == self.party => {
                let area_cm2 = area.map_or(0, Quantity::value);
                if area_cm2 < row.open_cm2 {
                    let (has, open) = (words(Measure::Area, area_cm2), words(Measure::Area, row.open_cm2));
                    return Err(Refusal::conflict(
                        "below_planted",
                        "/amounts/area",
                        format!("面积 {} 小于现在种着的 {}；请核对面积，或先登记最后一次采收", has.0, open.0),
                        format!(
                            "an area of {} is less than the {} planted on it; check it, or register the final harvest first",
                            has.1, open.1
                        ),
                    )
                    .into());
                }
                Ok(())
            }
            (Some(_), None) => Err(taken(&self.site.to_string(), "/details/site").into()),
            (Some(row), Some(old)) if row.record == old => Err(Refusal::conflict(
                "other_subject",
                "/details/party",
                format!("地点 {} 登记在 {} 名下，不能改成 {}", self.site, row.party, self.party),
                format!(
                    "the site {} is registered for {}; it cannot become that of {}",
                    self.site, row.party, self.party
                ),
            )
            .into()),
            (row, Some(old)) => {
                Err(not_its_record("/details/site", &self.site.to_string(), row.map(|row| row.record), old).into())
            }
        }
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, _row: &mut RecordRow) -> Result<(), Stop> {
        let (open_cm2, freed) = view.site(self.site)?.map(|row| (row.open_cm2, row.freed.clone())).unwrap_or_default();
        view.put(Row::Site(SiteRow {
            id: self.site,
            party: self.party,
            kind: self.kind,
            village: self.village.clone(),
            altitude_m: self.altitude_m,
            tenure: self.tenure,
            area_cm2: case.amounts.area.as_ref().map(|stated| stated.quantity().value()),
            open_cm2,
            freed,
            record: case.record.id(),
        }));
        Ok(())
    }
}

/// One party lets another enter records for it, receive from it, or act for the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Who grants; the office may write it down for a party that signed on paper.
    pub from: PartyId,
    /// Who may act.
    pub to: PartyId,
    /// Which kinds of records.
    pub kinds: BTreeSet<Kind>,
    /// Last day.
    pub until: Date,
}

impl Shaped for Grant {
    const SHAPE: Shape = Shape::PLAIN;
}

impl KindRules for Grant {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        let today = body.occurred_at.date();
        let (field, zh, en) = if self.kinds.is_empty() {
            (
                "kinds",
                "没有写授权哪种记录；至少写一种".to_owned(),
                "no kind of record is granted; name at least one".to_owned(),
            )
        } else if self.from == self.to {
            (
                "to",
                format!("授权给的 {} 就是授权方自己；应为另一方", self.to),
                format!("the grant is to {}, which grants it; name another party", self.to),
            )
        } else if self.until < today {
            (
                "until",
                format!("授权的截止日 {} 早于授权当天 {today}；应为当天或以后", self.until),
                format!("the last day, {}, is before the day of the grant, {today}; it must not be past", self.until),
            )
        } else {
            return Ok(());
        };
        Err(Refusal::invalid("empty_grant", format!("/details/{field}"), zh, en))
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        let (actor, from) = (case.record.actor, self.from);
        if actor != from && actor != case.office {
            return Err(Refusal::forbidden(
                "foreign_grant",
                "/details/from",
                format!("{from} 的授权只能由他自己或品牌办登记，不能由 {actor} 登记"),
                format!("a grant of {from} is made by that party or by the office, and not by {actor}"),
            )
            .into());
        }
        party_of(view, self.from, "/details/from")?;
        party_of(view, self.to, "/details/to")?;
        Ok(())
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        // So that the one who may act finds the grants to it among the records that name it.
        row.other_side = Some(self.to);
        view.put(Row::Grant(GrantRow {
            id: case.record.id(),
            from: self.from,
            to: self.to,
            kinds: self.kinds.clone(),
            until: self.until,
            ended: false,
        }));
        Ok(())
    }
}

/// A grant ends before its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndGrant {
    /// The record that granted.
    pub grant: RecordId,
}

impl Shaped for EndGrant {
    const SHAPE: Shape = Shape::PLAIN;
}

impl KindRules for EndGrant {
    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        match view.grant(self.grant)? {
            Some(row) if row.ended => Err(Refusal::conflict(
                "grant_ended",
                "/details/grant",
                format!("授权 {} 已经终止", self.grant),
                format!("the grant {} has ended already", self.grant),
            )
            .into()),
            Some(row) if case.record.actor == row.from || case.record.actor == case.office => Ok(()),
            Some(_) => Err(Refusal::forbidden(
                "foreign_grant",
                "/details/grant",
                format!("只有授权方或品牌办可以终止授权 {}；{} 都不是", self.grant, case.record.actor),
                format!(
                    "only the party that granted, or the office, may end the grant {}; {} is neither",
                    self.grant, case.record.actor
                ),
            )
            .into()),
            None => Err(Refusal::not_found(
                "unknown_grant",
                "/details/grant",
                format!("系统里没有授权 {}；请核对指纹", self.grant),
                format!("there is no grant {} in this ledger; check the id", self.grant),
            )
            .into()),
        }
    }

    fn apply(&self, _case: &Case<'_>, view: &mut View, _row: &mut RecordRow) -> Result<(), Stop> {
        if let Some(row) = view.edit_grant(self.grant)? {
            row.ended = true;
        }
        Ok(())
    }
}

/// The office puts another rules table into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetRules {
    /// SHA-256 of the canonical bytes of the table.
    pub digest: RecordId,
    /// Its version, one that was not used before.
    pub version: u32,
}

impl Shaped for SetRules {
    const SHAPE: Shape = Shape { actors: &[PartyRole::Office], ..Shape::PLAIN };
}

impl KindRules for SetRules {
    fn judge(&self, _case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        match view.ledger()? {
            Some(ledger) if self.version <= ledger.rules_version => Err(Refusal::conflict(
                "rules_version",
                "/details/version",
                format!("规则表版本写的是 {}，须大于现行的 {}", self.version, ledger.rules_version),
                format!("version {} is not above {}, the one in force", self.version, ledger.rules_version),
            )
            .into()),
            _ => Ok(()),
        }
    }

    fn apply(&self, _case: &Case<'_>, view: &mut View, _row: &mut RecordRow) -> Result<(), Stop> {
        if let Some(mut ledger) = view.ledger()?.cloned() {
            ledger.rules = self.digest;
            ledger.rules_version = self.version;
            view.put(Row::Ledger(ledger));
        }
        Ok(())
    }
}

pub(super) fn taken(what: &str, place: &str) -> Refusal {
    Refusal::conflict("id_taken", place, format!("{what} 已经登记"), format!("{what} is registered already"))
}

/// What is replaced is no registration of this subject, or not its newest.
fn not_its_record(place: &str, subject: &str, newest: Option<RecordId>, received: RecordId) -> Refusal {
    let (zh, en) = match newest {
        Some(newest) => (
            format!("要替换的 {received} 不是 {subject} 最新的登记；最新的是 {newest}"),
            format!("{received} is not the newest registration of {subject}; that is {newest}"),
        ),
        None => (
            format!("要替换的 {received} 说的不是 {subject}，它还没有登记过"),
            format!("{received} speaks of another subject; {subject} is not registered yet"),
        ),
    };
    Refusal::conflict("other_subject", place, zh, en)
}
