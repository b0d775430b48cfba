//! Between two parties: ship, receive, confirm. What comes back is in [`super::returning`].

use serde::{Deserialize, Serialize};

use super::{KindRules, Shaped, what_it_is};
use crate::balance::{Effect, newest_version};
use crate::id::{PartyId, RecordId, Stage};
use crate::judge::{Case, Findings, freeze, party_acted_for, party_of, unknown_record};
use crate::quantity::{Measure, words};
use crate::record::canonical::MAX_INPUTS;
use crate::record::sealed::Group;
use crate::record::{InputUse, Kind, Output, Refusal, Shape};
use crate::state::{BatchRow, CodeState, RecordRow, Standing, Stop, View};
use crate::tianma::{Channel, Condition, ConsigneeClass};

/// Who gets a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Consignee {
    /// A party of this ledger.
    Party(PartyId),
    /// A class of buyers outside it.
    Class(ConsigneeClass),
}

/// Goods leave: amounts are set aside for a consignee, or packages under codes go to it. What goes under codes left the
/// batch's balance when the codes were issued; it is received nowhere as a new batch, only returned by its codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ship {
    /// To whom.
    pub consignee: Consignee,
    /// Which way of selling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
}

impl Shaped for Ship {
    const SHAPE: Shape = Shape {
        input_use: InputUse::Draws,
        inputs: (1, MAX_INPUTS),
        input_stages: &[Stage::Fungus, Stage::Seed, Stage::Harvest, Stage::Processing, Stage::Sale],
        must_seal: &[Group::Amounts],
        may_seal: &[Group::Terms],
        ranges: true,
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Ship {
    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        judge_packages(case, view)?;
        self.judge_consignee(case, view)?;
        match self.consignee {
            Consignee::Party(party) if party == party_acted_for(case, view)? => Err(Refusal::invalid(
                "ship_to_self",
                "/details/consignee/party",
                format!("收货方 {party} 就是发货方；请写另一方"),
                format!("the consignee {party} is the shipper itself; name another party"),
            )
            .into()),
            Consignee::Party(party) => party_of(view, party, "/details/consignee/party").map(drop),
            Consignee::Class(_) => Ok(()),
        }
    }

    fn effects(&self, case: &Case<'_>, view: &mut View) -> Result<Vec<Effect>, Stop> {
        // A corrected shipment keeps what was already received of it, and what came back.
        let before = match case.record.supersedes {
            Some(old) => view.record(old)?.map(|row| row.effects.clone()).unwrap_or_default(),
            None => Vec::new(),
        };
        let mut effects = Vec::new();
        let packed = super::codes::packed(&case.amounts.ranges, view)?;
        for (i, input) in case.record.inputs.iter().enumerate() {
            if packed.contains_key(&input.batch) {
                continue;
            }
            let settled = before.iter().find_map(|effect| match effect {
                Effect::Allot { batch, taken, returned, .. } if *batch == input.batch => Some((*taken, *returned)),
                _ => None,
            });
            let (amount, (taken, returned)) = (case.drawn(i), settled.unwrap_or_default());
            if taken + returned > amount {
                let measure = view.batch(input.batch)?.map_or(Measure::Mass, BatchRow::measure);
                return Err(below_received(&format!("/amounts/inputs/{i}"), measure, amount, taken + returned).into());
            }
            effects.push(Effect::Allot { batch: input.batch, amount, taken, returned });
        }
        for old in &before {
            if let Effect::Allot { batch, taken, returned, .. } = old
                && *taken + *returned > 0
                && !effects.iter().any(|effect| effect.batch() == Some(*batch))
            {
                let measure = view.batch(*batch)?.map_or(Measure::Mass, BatchRow::measure);
                let (zh, en) = words(measure, *taken + *returned);
                return Err(Refusal::conflict(
                    "below_drawn",
                    "/inputs",
                    format!("批次 {batch} 已收货和退回 {zh}，不能从发货单里去掉"),
                    format!("of batch {batch} {en} was received or came back; it cannot leave the shipment"),
                )
                .into());
            }
        }
        Ok(effects)
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        if let Consignee::Party(party) = self.consignee {
            row.other_side = Some(party);
        }
        super::codes::mark(&case.amounts.ranges, CodeState::Shipped, row, view)
    }
}

impl Ship {
    /// What was received of a shipment, or came back of it, was between its two sides; a correction cannot name others.
    fn judge_consignee(&self, case: &Case<'_>, view: &mut View) -> Result<(), Stop> {
        let before = case.record.supersedes.map_or(Ok(None), |old| view.record(old))?;
        let settled = |effect: &Effect| matches!(effect, Effect::Allot { taken, returned, .. } if taken + returned > 0);
        let to = match self.consignee {
            Consignee::Party(party) => Some(party),
            Consignee::Class(_) => None,
        };
        if let Some(old) = before.filter(|old| old.other_side != to && old.effects.iter().any(settled)) {
            let words = |side: Option<PartyId>| match side {
                Some(party) => (party.to_string(), party.to_string()),
                None => ("系统外的买方".to_owned(), "a buyer outside this ledger".to_owned()),
            };
            let (was, received) = (words(old.other_side), words(to));
            return Err(Refusal::conflict(
                "consignee_settled",
                "/details/consignee",
                format!("这张发货单已有部分被收货或退回，收货方仍须是{}，不能改成{}", was.0, received.0),
                format!(
                    "part of the shipment was received or came back: its consignee stays {} and cannot become {}",
                    was.1, received.1
                ),
            )
            .into());
        }
        Ok(())
    }
}

/// Shipped packages are of the named batches, still with the shipper, and weigh what is stated.
fn judge_packages(case: &Case<'_>, view: &mut View) -> Result<(), Stop> {
    let gone = [CodeState::Shipped, CodeState::Void, CodeState::Returned, CodeState::Held, CodeState::Recalled];
    super::codes::check_ranges(case, view, &case.input_batches(), &gone)?;
    let packed = super::codes::packed(&case.amounts.ranges, view)?;
    let rows = case.inputs(view)?;
    for (i, row) in rows.iter().enumerate() {
        if let Some(holds) = packed.get(&row.code).filter(|holds| **holds != case.drawn(i)) {
            let place = format!("/amounts/inputs/{i}");
            return Err(super::codes::not_what_they_hold(&place, row.measure(), *holds, case.drawn(i)).into());
        }
    }
    Ok(())
}

fn below_received(place: &str, measure: Measure, stated: i64, settled: i64) -> Refusal {
    let (stated, settled) = (words(measure, stated), words(measure, settled));
    Refusal::conflict(
        "below_drawn",
        place,
        format!("{} 少于已经收货和退回的 {}", stated.0, settled.0),
        format!("{} is less than the {} already received of the shipment or come back of it", stated.1, settled.1),
    )
}

/// Goods arrive: the buyer's batch is made out of the seller's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receive {
    /// In what condition.
    pub condition: Condition,
    /// The seller's shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship: Option<RecordId>,
}

impl Shaped for Receive {
    const SHAPE: Shape = Shape {
        input_use: InputUse::Draws,
        inputs: (1, MAX_INPUTS),
        input_stages: &[Stage::Fungus, Stage::Seed, Stage::Harvest, Stage::Processing, Stage::Sale],
        foreign_inputs: true,
        outputs: (1, MAX_INPUTS),
        output_stages: &[Stage::Fungus, Stage::Seed, Stage::Harvest, Stage::Processing, Stage::Sale],
        must_seal: &[Group::Amounts],
        may_seal: &[Group::Terms],
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Receive {
    fn judge(&self, case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
        let rows = case.inputs(view)?;
        let Some(seller) = rows.first().map(|row| row.owner) else {
            return Ok(());
        };
        if let (Some(first), Some(other)) = (rows.first(), rows.iter().find(|row| row.owner != seller)) {
            let (first, other) = (first.code, other.code);
            return Err(Refusal::invalid(
                "several_sellers",
                "/inputs",
                format!("批次 {first} 和 {other} 不是同一个卖方的；请每个卖方记一条"),
                format!("batches {first} and {other} are not of one seller; record a receipt for each"),
            )
            .into());
        }
        let buyer = party_acted_for(case, view)?;
        if seller == buyer {
            let code = rows[0].code;
            return Err(Refusal::invalid(
                "own_batch",
                "/inputs/0/batch",
                format!("批次 {code} 本来就是收货方 {buyer} 的；不能从自己收货"),
                format!("batch {code} is the receiver's own, {buyer}; a party cannot receive from itself"),
            )
            .into());
        }
        keeps_what_it_is(&rows, &case.record.outputs)?;
        let (input, made) = (
            (0..rows.len()).map(|i| case.drawn(i)).sum::<i64>(),
            (0..case.record.outputs.len()).map(|i| case.made(i)).sum::<i64>(),
        );
        if made > input {
            let measure = rows.first().map_or(Measure::Mass, BatchRow::measure);
            let (taken, got) = (words(measure, input), words(measure, made));
            return Err(Refusal::invalid(
                "more_out_than_in",
                "/amounts/outputs",
                format!("从卖方批次取走 {}，收进 {}，收进的不能多于取走的", taken.0, got.0),
                format!(
                    "{} is taken from the seller's batches and {} received; no more can arrive than is taken",
                    taken.1, got.1
                ),
            )
            .into());
        }
        if self.standing(case, view, seller)? == Standing::Unconfirmed {
            findings.warn("unconfirmed", "卖方尚未确认", "the seller has not confirmed it yet");
        }
        Ok(())
    }

    fn effects(&self, case: &Case<'_>, _view: &mut View) -> Result<Vec<Effect>, Stop> {
        let mut effects = super::draws_and_makes(case);
        if let Some(ship) = self.ship {
            for effect in &mut effects {
                if let Effect::Draw { batch, amount } = *effect {
                    *effect = Effect::Take { ship, batch, amount };
                }
            }
        }
        Ok(effects)
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        if let Some(seller) = case.inputs(view)?.first().map(|row| row.owner) {
            row.standing = self.standing(case, view, seller)?;
            row.other_side = Some(seller);
        }
        Ok(())
    }
}

impl Receive {
    /// Settled by the seller's shipment, by a grant, or by a clerk of the seller; a confirmation comes later.
    fn standing(&self, case: &Case<'_>, view: &mut View, seller: PartyId) -> Result<Standing, Stop> {
        let buyer = party_acted_for(case, view)?;
        if let Some(ship) = self.ship {
            // A correction may have sent the goods to somebody else.
            let newest = newest_version(view, ship)?;
            return match view.record(newest)?.cloned() {
                Some(row) if row.states == Kind::Ship && !row.void && row.party == seller => {
                    if row.other_side == Some(buyer) {
                        Ok(Standing::Settled)
                    } else {
                        Err(Refusal::forbidden(
                            "other_consignee",
                            "/details/ship",
                            format!("发货单 {ship} 不是发给 {buyer} 的"),
                            format!("the shipment {ship} goes to another consignee than {buyer}"),
                        )
                        .into())
                    }
                }
                _ => Err(Refusal::not_found(
                    "unknown_shipment",
                    "/details/ship",
                    format!("{ship} 不是卖方有效的发货单；请核对，或不写发货单"),
                    format!("{ship} is no shipment of the seller in force; check it, or leave it out"),
                )
                .into()),
            };
        }
        let day = case.latest_day();
        let grants = view.grants(seller, buyer)?;
        let granted =
            grants.iter().any(|grant| !grant.ended && grant.until >= day && grant.kinds.contains(&Kind::Receive));
        Ok(if granted { Standing::Settled } else { Standing::Unconfirmed })
    }
}

/// Receiving changes neither stage nor product nor form.
fn keeps_what_it_is(rows: &[BatchRow], outputs: &[Output]) -> Result<(), Refusal> {
    let (Some(first), Some(output)) = (rows.first(), outputs.first()) else {
        return Ok(());
    };
    let (made, taken) = (outputs.iter().map(|o| (o.stage, o.product)), rows.iter().map(|r| (r.stage, r.product)));
    if let Some((stage, product)) = made.chain(taken).find(|other| *other != (first.stage, first.product)) {
        let (wanted, wanted_zh) = (first.product.code(), first.product.zh());
        return Err(Refusal::invalid(
            "receive_changes",
            "/outputs",
            format!(
                "收货不改变环节和产品：应为{}、{wanted_zh}，收到的是{}、{}",
                first.stage.zh(),
                stage.zh(),
                product.zh()
            ),
            format!(
                "receiving changes neither stage nor product: {}, {wanted}, and not {}, {}",
                first.stage.code(),
                stage.code(),
                product.code()
            ),
        ));
    }
    let Some(form) = output.attributes.form else { return Ok(()) };
    if let Some(other) = rows.iter().find(|row| row.attributes.form != Some(form)) {
        let (zh, en) =
            other.attributes.form.map_or(("没有写变型", "of no stated form"), |was| (was.zh(), was.code()));
        return Err(Refusal::invalid(
            "form_contradicts",
            "/outputs/0/attributes/form",
            format!("收进的写的是{}，来源批次 {} 是{zh}；两处要一致", form.zh(), other.code),
            format!(
                "what is received is of form {}, the input {} is {en}; both must be the same",
                form.code(),
                other.code
            ),
        ));
    }
    Ok(())
}

/// The seller confirms what a buyer recorded as received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// The receipt.
    pub record: RecordId,
}

impl Shaped for Confirm {
    const SHAPE: Shape = Shape::PLAIN;
}

impl KindRules for Confirm {
    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        let Some(row) = view.record(self.record)?.cloned() else {
            return Err(unknown_record(self.record, "/details/record").into());
        };
        if row.states != Kind::Receive || !row.is_live() {
            let (zh, en) = what_it_is(&row);
            return Err(Refusal::conflict(
                "not_a_receipt",
                "/details/record",
                format!("要确认的应是有效的收货记录；{} 是{zh}", self.record),
                format!("a receipt in force is confirmed; {} is {en}", self.record),
            )
            .into());
        }
        let actor = case.record.actor;
        if row.other_side != Some(actor) {
            return Err(Refusal::forbidden(
                "not_the_seller",
                "/details/record",
                format!("只有卖方可以确认收货 {}；{actor} 不是", self.record),
                format!("only the seller may confirm the receipt {}; {actor} is not", self.record),
            )
            .into());
        }
        if row.standing != Standing::Unconfirmed {
            let (zh, en) = match row.standing {
                Standing::Disputed => ("正在异议中", "is under dispute"),
                Standing::Settled | Standing::Unconfirmed => ("已经确认过了", "is confirmed already"),
            };
            return Err(Refusal::conflict(
                "nothing_to_confirm",
                "/details/record",
                format!("收货 {} {zh}", self.record),
                format!("the receipt {} {en}", self.record),
            )
            .into());
        }
        Ok(())
    }

    fn apply(&self, _case: &Case<'_>, view: &mut View, confirmation: &mut RecordRow) -> Result<(), Stop> {
        confirmation.about = Some(self.record);
        if let Some(row) = view.edit_record(self.record)? {
            row.standing = Standing::Settled;
        }
        Ok(())
    }
}

/// A dispute waits for the office; what an unconfirmed receipt has made is frozen meanwhile.
pub(super) fn dispute(disputed: RecordId, by: &mut RecordRow, view: &mut View) -> Result<(), Stop> {
    let Some(row) = view.edit_record(disputed)? else { return Ok(()) };
    let open = row.standing == Standing::Unconfirmed;
    row.standing = Standing::Disputed;
    let outputs = if open { row.outputs.clone() } else { Vec::new() };
    by.about = Some(disputed);
    by.held = true;
    freeze(by, outputs, view)
}

/// The office has looked into a dispute and lets the record stand.
pub(super) fn settle(disputed: RecordId, view: &mut View) -> Result<(), Stop> {
    if let Some(row) = view.edit_record(disputed)?
        && row.standing == Standing::Disputed
    {
        row.standing = Standing::Settled;
    }
    Ok(())
}
