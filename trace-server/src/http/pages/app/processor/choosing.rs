//! Of which batch a page is: one of the party's own, or, where a clerk writes for a household, one of that household's.

use trace_core::id::{BatchCode, Stage};
use trace_core::state::BatchRow;

use super::stock::{on_hand, rows_of};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::FormPage;
use crate::http::pages::app::words::amount_of;
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedIn};

/// Batches that are offered, the oldest first; the others are reached by their code, from their own page.
const OFFERED: usize = 60;

/// The batch that is typed; the same words for one of others and for none.
pub(in crate::http::pages::app) async fn own(
    who: &SignedIn,
    acting: &Acting,
    typed: &str,
    state: &AppState,
) -> Result<BatchRow, PageRefusal> {
    let absent = || {
        who.refuse(match &acting.name {
            None => Problem::absent(format!("您名下没有批次 {typed}"), format!("no batch {typed} is yours")),
            Some(_) => Problem::absent(
                format!("{} 名下没有批次 {typed}", acting.party),
                format!("no batch {typed} is one of {}", acting.party),
            ),
        })
    };
    let code = BatchCode::parse_typed(typed).map_err(|_| absent())?;
    let row = rows_of([code], state).await.or_refuse(who)?.remove(&code);
    row.filter(|row| row.owner == acting.party).ok_or_else(absent)
}

/// The page that asks of which batch it is to be, where no address names one.
pub(in crate::http::pages::app) async fn ask(
    who: &SignedIn,
    acting: &Acting,
    title: &str,
    path: &str,
    stages: &[Stage],
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let rows = on_hand(acting.party, stages, state).await.or_refuse(who)?;
    let mut page = FormPage::new(who, title, path, Vec::new(), &Fields::default(), &FieldErrors::default())?
        .acting(acting)
        .closed()
        .offers_open(true);
    page = page.lead(match rows.len() {
        0 => lang.t("名下没有可选的批次。", "There is no batch to choose.").to_owned(),
        1..=OFFERED => lang.t("选一个批次：", "Choose a batch:").to_owned(),
        all => {
            let more = all - OFFERED;
            let zh = format!("选一个批次。这里是最早的 {OFFERED} 批，另有 {more} 批请从“我的批次”进入：");
            let en = format!("Choose a batch. These are the oldest {OFFERED}; the other {more} are found in the list:");
            lang.t(&zh, &en).to_owned()
        }
    });
    for row in rows.iter().take(OFFERED) {
        let (product, day) = (lang.t(row.product.zh(), row.product.en()), row.occurred_at.date());
        let left = amount_of(lang, row.product, row.remaining());
        let address = format!("{path}?for={}&batch={}", acting.field(), row.code);
        page = page.offer(address, format!("{} · {product} · {left} · {day}", row.code));
    }
    Ok(page)
}
