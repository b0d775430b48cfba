//! The form (变型) of what is made is that of what it is made from: fresh : dry and the mark of origin hang on it.
//!
//! It lacks receipts, which change nothing at all, and harvests, whose one source is a planting.

use std::collections::BTreeSet;

use crate::judge::Case;
use crate::record::Refusal;
use crate::state::BatchRow;
use crate::tianma::Form;

/// No output is of another form than an input whose form is known.
pub(super) fn keep_form(case: &Case<'_>, rows: &[BatchRow]) -> Result<(), Refusal> {
    for (i, output) in case.record.outputs.iter().enumerate() {
        if let Some(form) = output.attributes.form {
            same_form(form, rows, &format!("/outputs/{i}/attributes/form"))?;
        }
    }
    Ok(())
}

/// The same of seed that is made out of other seed; only a cross of two forms gives a third, the hybrid.
pub(super) fn keep_form_of_seed(case: &Case<'_>, rows: &[BatchRow]) -> Result<(), Refusal> {
    let known: BTreeSet<Form> = rows.iter().filter_map(|row| row.attributes.form).collect();
    let made = case.record.outputs.iter().enumerate();
    for (i, form) in made.filter_map(|(i, output)| Some((i, output.attributes.form?))) {
        if form != Form::Hybrid || known.len() < 2 {
            same_form(form, rows, &format!("/outputs/{i}/attributes/form"))?;
        }
    }
    Ok(())
}

/// The rows whose form is known are of this one.
pub(super) fn same_form<'r>(
    form: Form,
    rows: impl IntoIterator<Item = &'r BatchRow>,
    place: &str,
) -> Result<(), Refusal> {
    let known = rows.into_iter().filter_map(|row| row.attributes.form.map(|was| (row.code, was)));
    let Some((code, was)) = known.into_iter().find(|(_, was)| *was != form) else { return Ok(()) };
    Err(Refusal::invalid(
        "form_contradicts",
        place,
        format!("写的是{}，来源批次 {code} 是{}；变型不会改变，请核对", form.zh(), was.zh()),
        format!("the form is {}, that of the input {code} is {}; no form becomes another", form.code(), was.code()),
    ))
}
