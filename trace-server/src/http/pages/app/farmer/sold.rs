//! Proof of what was sold: the receipts that stand, on a page to print and as a CSV file for the bank.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use trace_core::quantity::{Quantity, format_kg};
use trace_core::state::Standing;

use super::receipts::{Receipt, receipts};
use crate::app::AppState;
use crate::http::pages::app::words::{quantity_words, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::http::pages::language::Lang;

/// Most receipts on the page and in the file; a household sells some dozen times a year.
const SOLD_MAX: u32 = 2_000;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/sold", get(show)).route("/app/sold.csv", get(csv))
}

#[derive(Template)]
#[template(path = "app/sold.html")]
struct SoldPage {
    shell: Shell,
    lang: Lang,
    name: String,
    party: String,
    today: String,
    sold: Vec<Receipt>,
    total: Option<String>,
}

async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    let sold = receipts(&who.viewer(), Standing::Settled, SOLD_MAX, who.lang, &state).await.or_refuse(&who)?;
    let total_mg = sold.iter().filter_map(|receipt| receipt.kg.parse::<i64>().ok()).sum();
    let weighed = sold.iter().all(|receipt| receipt.words.contains("kg"));
    let total = Quantity::mass_mg(total_mg).ok().filter(|_| weighed && !sold.is_empty());
    Ok(page(&SoldPage {
        shell: who.shell(),
        lang: who.lang,
        name: who.session.user().display_name.clone(),
        party: who.party().to_string(),
        today: today(&state).await.or_refuse(&who)?.to_string(),
        total: total.map(|total| quantity_words(who.lang, total)),
        sold,
    }))
}

async fn csv(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    let sold = receipts(&who.viewer(), Standing::Settled, SOLD_MAX, who.lang, &state).await.or_refuse(&who)?;
    let lang = who.lang;
    // A byte order mark, without which Excel takes UTF-8 for the local code page.
    let mut text = String::from("\u{feff}");
    text.push_str(&line(&[
        lang.t("日期", "date"),
        lang.t("收货方", "buyer"),
        lang.t("产品", "product"),
        lang.t("批次", "batches"),
        lang.t("填写的数量", "amount as typed"),
        lang.t("公斤", "kg"),
        lang.t("价格和条件", "price and conditions"),
        lang.t("记录指纹", "record id"),
    ]));
    for receipt in &sold {
        let kg = receipt.kg.parse().map(|mg: i64| format_kg(mg).replace(',', "")).unwrap_or_default();
        let kg = if receipt.words.contains("kg") { kg } else { String::new() };
        let batches = receipt.batches.join(" ");
        let terms: Vec<String> = receipt.terms.iter().map(|(name, words)| format!("{name} {words}")).collect();
        text.push_str(&line(&[
            &receipt.date,
            &receipt.buyer,
            receipt.product,
            &batches,
            &receipt.typed,
            &kg,
            &terms.join(lang.t("；", "; ")),
            &receipt.id,
        ]));
    }
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"tianma-sold.csv\"")];
    Ok((headers, text).into_response())
}

/// A line of CSV (RFC 4180).
fn line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell_text(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell in quotes, and with an apostrophe before what a spreadsheet would take for a formula.
fn cell_text(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let mark = if formula || text.starts_with(['\t', '\r', '\n']) { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_in_every_cell() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1"] {
            assert!(cell_text(formula).starts_with("\"'"), "{formula:?}");
        }
        assert_eq!(line(&["320斤", "a\"b,c"]), "\"320斤\",\"a\"\"b,c\"\r\n");
    }
}
