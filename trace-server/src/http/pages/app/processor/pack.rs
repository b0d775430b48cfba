//! Goods become packages: what is packed, what one package holds, how much. The codes come on the next page.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use serde_json::json;
use trace_core::code::Gtin14;
use trace_core::id::Stage;
use trace_core::quantity::Stated;
use trace_core::record::{Attributes, Kind, Refusal};
use trace_core::state::BatchRow;
use trace_core::tianma::{MatterState, Product};

use super::TRADERS;
use super::choosing::own;
use super::live::Live;
use super::stock::{all_of, on_hand};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::sending::{answered, blank, day, done, input, send};
use crate::http::pages::app::words::{amount, amount_of, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/pack", get(show).post(store))
}

/// The field of the button that only tells how many packages it would be.
const WORK_OUT: &str = "work_out";

/// Packed batches that stand open; older ones are folded, so that the page stays short on a phone.
const PACKED_SHOWN: usize = 20;

/// A batch to choose.
pub(super) struct Offered {
    pub(super) code: String,
    pub(super) product: &'static str,
    pub(super) date: String,
    pub(super) left: String,
}

impl Offered {
    pub(super) fn of(row: &BatchRow, lang: Lang) -> Self {
        Self {
            code: row.code.to_string(),
            product: lang.t(row.product.zh(), row.product.en()),
            date: row.occurred_at.date().to_string(),
            left: amount_of(lang, row.product, row.remaining()),
        }
    }
}

#[derive(Template)]
#[template(path = "app/pack.html")]
struct PackPage {
    shell: Shell,
    lang: Lang,
    stock: Vec<Offered>,
    /// What is packed and has no codes yet: the newest, and the others.
    packed: Vec<Offered>,
    packed_before: Vec<Offered>,
    acting: Acting,
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::Pack, &who, &state).await?;
    if fields.typed("batch").is_some() {
        let row = own(&who, &acting, fields.text("batch"), &state).await?;
        fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
        fields.set("amount", all_of(&row));
        fields.set("product", packed_as(row.product).code());
        return Ok(form(&who, &acting, &row, &fields, &FieldErrors::default())?.answer());
    }
    let stages = [Stage::Harvest, Stage::Processing];
    let stock = on_hand(acting.party, &stages, &state).await.or_refuse(&who)?;
    // Codes are issued by the owner alone.
    let sale = match acting.name {
        None => on_hand(acting.party, &[Stage::Sale], &state).await.or_refuse(&who)?,
        Some(_) => Vec::new(),
    };
    let mut packed: Vec<Offered> = sale.iter().rev().map(|row| Offered::of(row, who.lang)).collect();
    let packed_before = packed.split_off(PACKED_SHOWN.min(packed.len()));
    Ok(page(&PackPage {
        shell: who.shell(),
        lang: who.lang,
        stock: stock.iter().rev().map(|row| Offered::of(row, who.lang)).collect(),
        packed,
        packed_before,
        acting,
    }))
}

/// What is fresh is packed as fresh tianma unless one says otherwise.
fn packed_as(product: Product) -> Product {
    let fresh = product.state() == MatterState::Fresh && product != Product::SteamedTianma;
    if fresh { Product::FreshTianma } else { product }
}

fn form(
    who: &SignedIn,
    acting: &Acting,
    row: &BatchRow,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let mut products = vec![packed_as(row.product)];
    if row.product != products[0] && row.product.may_stand_at(Stage::Sale) {
        products.push(row.product);
    }
    let net = match packed_as(row.product).state() {
        MatterState::Fresh => "2.5 kg",
        MatterState::Manufactured => lang.t("1件", "1 pcs"),
        _ => "250 g",
    };
    let fields = vec![
        Field::list("product", lang.t("包装成", "Packed as"), choices(&products, lang)),
        Field::line("net", lang.t("每包净含量（要写单位）", "Net content of one package, with its unit"))
            .hint(format!("{}{net}", lang.t("例如 ", "such as "))),
        Field::line("amount", lang.t("包装总量（要写单位）", "Amount packed in all, with its unit")),
        Field::line("shelf", lang.t("保质期（月）", "Shelf life, months")).optional(),
        Field::line("gtin", lang.t("商品条码 GTIN", "GTIN (bar code number)")).optional(),
        Field::new("date", lang.t("包装日期", "Day of packing"), Look::Day),
    ];
    let product = lang.t(row.product.zh(), row.product.en());
    let button = match acting.name {
        None => lang.t("包装，下一步赋码", "Pack, then issue codes"),
        Some(_) => lang.t("包装", "Pack"),
    };
    let live = Live::pack(row.remaining(), lang);
    let read = |name: &str| Stated::parse(typed.text(name), row.measure()).ok().map(|stated| stated.quantity());
    let said = read("net").zip(read("amount")).map(|(net, packed)| live.packages(lang, net, packed));
    Ok(FormPage::new(who, lang.t("包装", "Pack"), "/app/pack", fields, typed, errors)?
        .acting(acting)
        .fact(lang.t("批次", "Batch"), row.code.to_string())
        .fact(lang.t("产品", "Product"), product)
        .fact(lang.t("剩余", "Left"), amount(lang, row.measure(), row.remaining()))
        .hidden("batch", row.code.to_string())
        .live(&live, said.unwrap_or_default())
        .button(button)
        .also(WORK_OUT, lang.t("先算一算，不保存", "Only work it out, store nothing"))
        .link(acting.address("/app/pack"), lang.t("换一个批次", "Another batch")))
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let acting = Acting::of(fields.text("for"), Kind::Pack, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return packed(&who, &acting, &records, &state).await;
    }
    let row = own(&who, &acting, fields.text("batch"), &state).await?;
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let product = fields.text("product").parse::<Product>().unwrap_or(packed_as(row.product));
    let mut stated = |name: &'static str| match Stated::parse(fields.text(name), product.measure()) {
        Ok(stated) => Some(stated),
        Err(error) => {
            errors.put(name, lang.t(&error.zh(), &error.to_string()));
            None
        }
    };
    let (net, total) = (stated("net"), stated("amount"));
    let mut details = json!({"product": product});
    if let Some(text) = fields.typed("gtin") {
        match Gtin14::parse(text) {
            Ok(gtin) => details["gtin"] = json!(gtin),
            Err(error) => {
                let zh = format!("“{text}”不是有效的 GTIN：应为 8 到 14 位数字，最后一位是校验位");
                errors.put("gtin", lang.t(&zh, &error.to_string()));
            }
        }
    }
    if let Some(text) = fields.typed("shelf") {
        match text.parse::<u8>() {
            Ok(months) if months > 0 => details["shelf_life_months"] = json!(months),
            _ => errors.put("shelf", lang.t("请写 1 到 255 之间的月数", "a number of months from 1 to 255")),
        }
    }
    let (Some(date), Some(net), Some(total), true) = (date, net, total, errors.is_empty()) else {
        return Ok(form(&who, &acting, &row, &fields, &errors)?.answer());
    };
    if fields.ticked(WORK_OUT) {
        return Ok(form(&who, &acting, &row, &fields, &errors)?.answer());
    }
    details["net_content"] = json!(net.quantity());
    let mut draft = blank(Kind::Pack, date, details);
    draft.actor = acting.actor();
    draft.inputs = vec![input(&row.code, Some(total.typed().to_owned()))];
    draft.outputs = vec![trace_core::prepare::DraftOutput {
        batch: None,
        stage: None,
        product: None,
        attributes: Attributes::default(),
        amount: total.typed().to_owned(),
    }];
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => packed(&who, &acting, &records, &state).await,
        Err(refusal) => {
            put_refusal(&mut errors, &refusal, lang);
            Ok(form(&who, &acting, &row, &fields, &errors)?.answer())
        }
    }
}

fn put_refusal(errors: &mut FieldErrors, refusal: &Refusal, lang: Lang) {
    let place = refusal.place.as_str();
    let field = if place.starts_with("/amounts") || place.starts_with("/outputs") || place.ends_with("/amount") {
        Some("amount")
    } else if place.starts_with("/occurred_at") {
        Some("date")
    } else if place.starts_with("/details/net_content") {
        Some("net")
    } else if place.starts_with("/details/gtin") {
        Some("gtin")
    } else {
        None
    };
    match field {
        Some(field) => errors.put(field, lang.t(&refusal.zh, &refusal.en)),
        None => errors.put_above(lang.t(&refusal.zh, &refusal.en)),
    }
}

/// On to the codes of the sale batch that was made; where a clerk packed, to the record.
async fn packed(
    who: &SignedIn,
    acting: &Acting,
    records: &[trace_core::id::RecordId],
    state: &AppState,
) -> Result<Response, PageRefusal> {
    if acting.name.is_some() {
        return Ok(done(records));
    }
    let Some(id) = records.first() else { return Ok(Redirect::to("/app/pack").into_response()) };
    let row = state.ledger.record_row(*id).await.or_refuse(who)?;
    let batch = row.and_then(|row| row.outputs.first().copied());
    let address = match batch {
        Some(batch) => format!("/app/codes/{batch}?note=recorded&record={id}"),
        None => format!("/app/records/{id}?note=recorded"),
    };
    Ok(Redirect::to(&address).into_response())
}
