//! The amounts of a draft: what was typed, read in the measure of its batch, and what packages hold.

use super::Draft;
use crate::code::{CodeIndex, IssueNumber};
use crate::quantity::{Measure, Quantity, QuantityError, Stated};
use crate::record::kinds::no_net_content;
use crate::record::{Amounts, Beside, CodeRange, Details, InputUse, Output, Refusal};
use crate::state::{BatchRow, Stop, View};

/// Every amount that the draft states or its kind makes sure of.
pub(super) fn amounts(
    draft: &Draft,
    rows: &[BatchRow],
    outputs: &[Output],
    details: &Details,
    view: &mut View,
) -> Result<Amounts, Stop> {
    let mut amounts = Amounts { ranges: draft.ranges.clone(), ..Amounts::default() };
    let shape = details.kind().shape();
    if let (Details::IssueCodes(issue), Some(count)) = (details, draft.count) {
        let (range, drawn) = issued(issue.issue, count, rows.first())?;
        amounts.ranges = vec![range];
        amounts.inputs = vec![drawn];
    } else if shape.input_use == InputUse::Draws {
        let packed = crate::record::kinds::packed(&draft.ranges, view)?;
        for (i, (input, row)) in draft.inputs.iter().zip(rows).enumerate() {
            let place = format!("/inputs/{i}/amount");
            let amount = match (&input.amount, packed.get(&row.code)) {
                (Some(text), _) => stated(text, row.measure(), &place)?,
                (None, Some(holds)) => of_packages(row, *holds, &place)?,
                (None, None) => return Err(amount_missing(&place).into()),
            };
            amounts.inputs.push(amount);
        }
    } else if shape.applies && draft.inputs.iter().any(|input| input.amount.is_some()) {
        for (i, input) in draft.inputs.iter().enumerate() {
            let place = format!("/inputs/{i}/amount");
            let Some(text) = &input.amount else { return Err(amount_missing(&place).into()) };
            amounts.inputs.push(applied(text, &place)?);
        }
    } else if let Some((i, typed)) =
        draft.inputs.iter().enumerate().find_map(|(i, input)| input.amount.as_ref().map(|typed| (i, typed)))
    {
        let kind = details.kind();
        return Err(Refusal::invalid(
            "amount_unexpected",
            format!("/inputs/{i}/amount"),
            format!("“{}”不从来源批次扣减数量，请去掉“{typed}”", kind.zh()),
            format!("a '{kind}' takes nothing from its inputs; leave '{typed}' out"),
        )
        .into());
    }
    for (i, (typed, output)) in draft.outputs.iter().zip(outputs).enumerate() {
        amounts.outputs.push(stated(&typed.amount, output.product.measure(), &format!("/outputs/{i}/amount"))?);
    }
    for which in Beside::ALL {
        if let Some(text) = draft.beside(which) {
            amounts.state_beside(which, stated(text, which.measure(), &format!("/{}", which.field()))?);
        }
    }
    Ok(amounts)
}

/// The longest amount that can be meant is no longer.
const TYPED_CHARS_MAX: usize = 64;

/// The range of a new issue, and what its packages take from the sale batch.
fn issued(issue: IssueNumber, count: u32, row: Option<&BatchRow>) -> Result<(CodeRange, Stated), Refusal> {
    let bad = |zh: String, en: String| Refusal::invalid("codes_count", "/count", zh, en);
    let most = u64::from(CodeIndex::MAX.get()) + 1;
    let outside = || {
        bad(
            format!("码的个数是 {count}，应为 1 到 {most}"),
            format!("{count} codes; one issue has 1 to {most} (27 bits)"),
        )
    };
    let last = count.checked_sub(1).ok_or_else(outside)?;
    let end = CodeIndex::new(last).map_err(|_| outside())?;
    let start = CodeIndex::new(0).map_err(|_| outside())?;
    let Some(row) = row else {
        let (zh, en) = ("请写明给哪个销售批次赋码", "name the sale batch that gets the codes");
        return Err(Refusal::invalid("net_content", "/inputs/0/batch", zh, en));
    };
    let net = row.attributes.net_content.ok_or_else(|| no_net_content(row.code))?;
    let drawn = net
        .value()
        .checked_mul(i64::from(count))
        .and_then(|value| Quantity::new(net.measure(), value).ok())
        .and_then(|quantity| Stated::of(quantity).ok())
        .ok_or_else(|| {
            bad(
                format!("{count} 个码各 {}，任何批次都没有这么多", net.zh()),
                format!("{count} codes of {} each are more than any batch can hold", net.en()),
            )
        })?;
    Ok((CodeRange { issue, from: start, to: end }, drawn))
}

fn stated(text: &str, measure: Measure, place: &str) -> Result<Stated, Refusal> {
    Stated::parse(text, measure).map_err(|error| {
        let typed = text.trim();
        let (zh, en) = (error.zh(), error.to_string());
        if typed.is_empty() || zh.contains(typed) {
            return Refusal::invalid("quantity", place, zh, en);
        }
        // As much as a message repeats of what may be a whole page.
        let typed: String = typed.chars().take(TYPED_CHARS_MAX).collect();
        Refusal::invalid("quantity", place, format!("“{typed}”：{zh}"), format!("'{typed}': {en}"))
    })
}

/// What packages under codes hold, which nobody need type.
fn of_packages(row: &BatchRow, holds: i64, place: &str) -> Result<Stated, Refusal> {
    Quantity::new(row.measure(), holds)
        .and_then(Stated::of)
        .map_err(|e: QuantityError| Refusal::invalid("quantity", place, e.zh(), e.to_string()))
}

/// What was applied to a planting: a weight or a count.
fn applied(text: &str, place: &str) -> Result<Stated, Refusal> {
    Stated::parse(text, Measure::Count).or_else(|_| stated(text, Measure::Mass, place))
}

fn amount_missing(place: &str) -> Refusal {
    Refusal::invalid("amount_missing", place, "请写数量和单位，例如 320斤", "state amount and unit, for instance 320斤")
}
