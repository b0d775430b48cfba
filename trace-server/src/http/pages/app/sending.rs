//! From a form to the ledger: drafts that say nothing yet, groups under one form's uid, and the same answer when a
//! form is pressed twice.
//!
//! It deliberately knows no page; where a refusal is shown is the page's affair.

use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::Value;
use trace_core::id::{RecordId, Uid};
use trace_core::prepare::{Draft, DraftInput, DraftOutput};
use trace_core::record::{Attributes, Kind, Refusal};
use trace_core::time::OccurredAt;

use super::words::zone;
use super::{OrRefuse as _, PageRefusal, SignedIn};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::language::Lang;
use crate::ledger::{AppendError, Item, Request, digest_of};

/// A draft without batches.
pub fn blank(kind: Kind, occurred_at: OccurredAt, details: Value) -> Draft {
    Draft::new(Uid::from_bytes([0; 16]), kind, occurred_at, details)
}

/// An input at its newest version; without an amount it is only spoken of.
pub fn input(batch: &impl ToString, amount: Option<String>) -> DraftInput {
    DraftInput { batch: batch.to_string(), record: None, amount }
}

/// An output whose product, stage and attributes follow from the rest.
pub fn output(amount: impl Into<String>) -> DraftOutput {
    DraftOutput { batch: None, stage: None, product: None, attributes: Attributes::default(), amount: amount.into() }
}

/// The uid of a group's record: the form's own for the first, for the others one that follows from it, so that the
/// form pressed again is the same group.
fn nth_uid(first: Uid, position: usize) -> Uid {
    if position == 0 {
        return first;
    }
    let digest = RecordId::of(format!("{first}/{position}").as_bytes()).to_string();
    digest[..32].parse().unwrap_or(first)
}

/// The records that this very form made before.
///
/// # Errors
/// The store's failure, as a page.
pub async fn answered(who: &SignedIn, fields: &Fields, state: &AppState) -> Result<Option<Vec<RecordId>>, PageRefusal> {
    let Some(uid) = fields.uid() else { return Ok(None) };
    state.ledger.answered(who.party(), uid, digest_of(&fields.canonical())).await.or_refuse(who)
}

/// Appends what a form says, all or nothing, and answers with the records' ids.
///
/// # Errors
/// A refusal of the ledger is an answer for the form; the rest is a page of its own.
pub async fn send(
    who: &SignedIn,
    fields: &Fields,
    drafts: Vec<Draft>,
    state: &AppState,
) -> Result<Result<Vec<RecordId>, Refusal>, PageRefusal> {
    send_with_table(who, fields, drafts, None, state).await
}

/// As [`send`], with the rules table that the records name.
///
/// # Errors
/// As [`send`].
pub async fn send_with_table(
    who: &SignedIn,
    fields: &Fields,
    mut drafts: Vec<Draft>,
    table: Option<&[u8]>,
    state: &AppState,
) -> Result<Result<Vec<RecordId>, Refusal>, PageRefusal> {
    let Some(uid) = fields.uid() else {
        return Err(who.refuse(Problem::unreadable(
            "uid",
            "/uid",
            "表单缺少编号；请刷新页面后再交",
            "the form's uid is missing; reload the page and send it again",
        )));
    };
    for (i, draft) in drafts.iter_mut().enumerate() {
        draft.uid = nth_uid(uid, i);
    }
    let item = |draft| Item::Draft { draft: Box::new(draft), rules_table: table.map(<[u8]>::to_vec) };
    let items = drafts.into_iter().map(item).collect();
    let request = Request { submitter: who.party(), digest: digest_of(&fields.canonical()), items };
    match state.ledger.append(request).await {
        Ok(answer) => Ok(Ok(answer.records.iter().map(|made| made.record.id()).collect())),
        Err(AppendError::Refused(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(who.refuse(error)),
    }
}

/// Where a stored form leads: to its record, or to the list of its records.
pub fn done(records: &[RecordId]) -> Response {
    match records {
        [one] => Redirect::to(&format!("/app/records/{one}?note=recorded")).into_response(),
        several => {
            let list: Vec<String> = several.iter().take(60).map(|id| format!("record={id}")).collect();
            Redirect::to(&format!("/app/done?note=recorded&{}", list.join("&"))).into_response()
        }
    }
}

/// The day that a form names, or what is wrong with it.
///
/// # Errors
/// The store's failure, as a page.
pub async fn day(
    who: &SignedIn,
    text: &str,
    errors: &mut FieldErrors,
    state: &AppState,
) -> Result<Option<OccurredAt>, PageRefusal> {
    let zone = zone(&**state.ledger.store()).await.or_refuse(who)?;
    let read = OccurredAt::parse(text, zone).ok();
    if read.is_none() {
        errors.put(
            "date",
            match who.lang {
                Lang::Zh => format!("日期“{text}”看不懂，请写成 2026-11-20 这样"),
                Lang::En => format!("'{text}' is no date; write it as 2026-11-20"),
            },
        );
    }
    Ok(read)
}

/// Today, as the day of an act that happens by being recorded.
///
/// # Errors
/// The store's failure, as a page.
pub async fn today_of(who: &SignedIn, state: &AppState) -> Result<OccurredAt, PageRefusal> {
    let today = super::words::today(state).await.or_refuse(who)?;
    OccurredAt::day(today).map_err(|_| who.refuse(Problem::internal()))
}

/// The number behind a prefix: of `/inputs/3/batch` after `/inputs/` it is 3.
pub fn number_after(place: &str, prefix: &str) -> Option<usize> {
    let rest = place.strip_prefix(prefix)?;
    rest.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_form_has_one_uid_for_each_record() {
        let first = Uid::from_bytes([7; 16]);
        assert_eq!(nth_uid(first, 0), first);
        assert_ne!(nth_uid(first, 1), nth_uid(first, 2));
        assert_eq!(nth_uid(first, 1), nth_uid(first, 1));
    }

    #[test]
    fn lists_are_counted_in_places() {
        assert_eq!(number_after("/inputs/12/batch", "/inputs/"), Some(12));
        assert_eq!(number_after("/inputs", "/inputs/"), None);
    }
}
