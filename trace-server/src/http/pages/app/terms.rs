//! What the two sides of a sale agreed: price, sum, conditions. Read out of a form, and told to the two sides alone.
//!
//! It deliberately lacks who they are: a record's view opens terms to them and to nobody else.

use serde_json::{Value, json};
use trace_core::quantity::{Measure, format_kg};
use trace_core::record::Terms;

use super::form::Field;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::language::Lang;
use crate::ledger::RecordView;

/// The form's fields; a form that asks for a confirmation sends them again.
pub const FIELDS: [&str; 3] = [PRICE, TOTAL, CONDITIONS];
const PRICE: &str = "price";
const TOTAL: &str = "total";
const CONDITIONS: &str = "conditions";

/// The longest conditions, in characters: what a field takes, and what fits the slip.
const CONDITIONS_MAX: usize = 120;
/// The largest sum in fen, ten thousand million yuan; far below 2^53.
const TOTAL_FEN_MAX: i128 = 1_000_000_000_000;

/// Price, sum and conditions.
pub fn fields(lang: Lang) -> [Field; 3] {
    [
        Field::line(PRICE, lang.t("单价（写明按斤还是按公斤）", "Price, for a 斤 or for a kg")).hint(lang.t(
            "例如 6元/斤。价格和条件只给买卖双方看，不公开",
            "such as 12元/公斤. Price and conditions are shown to the two sides alone",
        )),
        Field::line(TOTAL, lang.t("总价（元）", "Sum, in yuan")),
        Field::line(CONDITIONS, lang.t("买方的条件", "The buyer's conditions")),
    ]
    .map(Field::optional)
}

/// The terms that a form names; none where it names none. What is wrong stands beside its field.
pub fn read(fields: &Fields, errors: &mut FieldErrors, lang: Lang) -> Option<Value> {
    let mut terms = serde_json::Map::new();
    if let Some(text) = fields.typed(PRICE) {
        match fen_per_kg(text) {
            Some(fen) => drop(terms.insert("price_fen_per_kg".to_owned(), json!(fen))),
            None => errors.put(
                PRICE,
                match lang {
                    Lang::Zh => format!("单价“{text}”看不懂；请写成 6元/斤 或 12元/公斤，每公斤精确到分"),
                    Lang::En => format!("'{text}' is no price; write 6元/斤 or 12元/kg, in whole fen for a kilogram"),
                },
            ),
        }
    }
    if let Some(text) = fields.typed(TOTAL) {
        match whole_fen(text) {
            Some(fen) => drop(terms.insert("total_fen".to_owned(), json!(fen))),
            None => errors.put(
                TOTAL,
                match lang {
                    Lang::Zh => format!("总价“{text}”看不懂；请写成 1280 或 1280.50，单位是元"),
                    Lang::En => format!("'{text}' is no sum; write 1280 or 1280.50, in yuan"),
                },
            ),
        }
    }
    if let Some(text) = fields.typed(CONDITIONS) {
        if text.chars().count() > CONDITIONS_MAX || text.chars().any(char::is_control) {
            errors.put(
                CONDITIONS,
                match lang {
                    Lang::Zh => format!("条件最多 {CONDITIONS_MAX} 个字，写在一行里"),
                    Lang::En => format!("at most {CONDITIONS_MAX} characters, in one line"),
                },
            );
        } else {
            terms.insert("conditions".to_owned(), json!(text));
        }
    }
    (!terms.is_empty()).then_some(Value::Object(terms))
}

/// Says beside the sum that it cannot be that of several records.
pub fn one_sum_for_several(errors: &mut FieldErrors, lang: Lang) {
    let words = lang.t(
        "这次会分成几条收货记录（不同的卖方或货），总价说不清是哪一条的；请只写单价，或分开收货",
        "this becomes several receipts, of several sellers or goods, and one sum cannot be of all; give the price \
         alone, or receive them apart",
    );
    errors.put(TOTAL, words);
}

/// Whether the terms name a sum.
pub fn names_a_sum(terms: Option<&Value>) -> bool {
    terms.is_some_and(|terms| terms.get("total_fen").is_some())
}

/// The terms of a record, for a reader to whom they are open.
pub fn of(view: &RecordView) -> Terms {
    view.terms.as_ref().map(from_value).unwrap_or_default()
}

/// The terms in their sealed form.
pub fn from_value(value: &Value) -> Terms {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

/// The terms as they would be typed.
pub fn typed(terms: &Terms) -> Vec<(String, String)> {
    let price = terms.price_fen_per_kg.map(|fen| format!("{}元/公斤", yuan(u64::from(fen))));
    let values = [(PRICE, price), (TOTAL, terms.total_fen.map(yuan)), (CONDITIONS, terms.conditions.clone())];
    values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// The terms in words, each with its name.
pub fn words(terms: &Terms, lang: Lang) -> Vec<(&'static str, String)> {
    let price = terms.price_fen_per_kg.map(|fen| {
        let (kg, half) = (grouped(u64::from(fen)), grouped_mills(u64::from(fen) * 5));
        match lang {
            Lang::Zh => format!("{kg} 元/kg（{half} 元/斤）"),
            Lang::En => format!("{kg} yuan a kg ({half} a jin)"),
        }
    });
    let total = terms.total_fen.map(|fen| match lang {
        Lang::Zh => format!("{} 元", grouped(fen)),
        Lang::En => format!("{} yuan", grouped(fen)),
    });
    let all = [
        (lang.t("单价", "Price"), price),
        (lang.t("总价", "Sum"), total),
        (lang.t("买方的条件", "Buyer's conditions"), terms.conditions.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Fen as yuan, as one would type it: `12.5`.
fn yuan(fen: u64) -> String {
    grouped(fen).replace(',', "")
}

/// Fen as yuan with commas between thousands.
fn grouped(fen: u64) -> String {
    grouped_mills(fen.saturating_mul(10))
}

/// Thousandths of a yuan as yuan.
fn grouped_mills(mills: u64) -> String {
    format_kg(i64::try_from(mills.saturating_mul(1_000)).unwrap_or(i64::MAX))
}

/// Half-width, lower case, without spaces, commas and the sign of the yuan.
fn plain(text: &str) -> String {
    let half = text.chars().map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        _ => c,
    });
    let kept = half.filter(|c| !c.is_whitespace() && !matches!(c, ',' | '¥' | '￥'));
    kept.collect::<String>().to_lowercase()
}

/// A number in millionths, and what stands behind it without a word for yuan.
fn number(text: &str) -> Option<(i128, String)> {
    let text = plain(text);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    if whole.is_empty() || part.is_empty() || whole.len() > 12 || part.len() > 6 || part.contains('.') {
        return None;
    }
    let millionths = format!("{whole}{part:0<6}").parse().ok()?;
    let rest = ["元", "块钱", "块", "yuan", "rmb"].iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
    Some((millionths, rest.to_owned()))
}

fn fen_per_kg(text: &str) -> Option<u32> {
    let (yuan, rest) = number(text)?;
    let unit = ["/", "每", "一"].iter().find_map(|word| rest.strip_prefix(word))?;
    let (_, mg) = Measure::Mass.spellings().find(|(spelling, _)| *spelling == unit)?;
    // Millionths of a yuan for so many mg; 100 fen a yuan, and 1,000,000 mg a kg.
    let (fen, rest) = (yuan * 100 / i128::from(mg), yuan * 100 % i128::from(mg));
    (rest == 0 && fen > 0).then(|| u32::try_from(fen).ok()).flatten()
}

fn whole_fen(text: &str) -> Option<u64> {
    let (yuan, rest) = number(text)?;
    let fen = yuan / 10_000;
    let whole = rest.is_empty() && yuan % 10_000 == 0 && (1..=TOTAL_FEN_MAX).contains(&fen);
    whole.then(|| u64::try_from(fen).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_names_its_unit() {
        for (text, fen) in [
            ("6元/斤", Some(1_200)),
            ("１２．５元／公斤", Some(1_250)),
            ("¥6.255 / 斤", Some(1_251)),
            ("60块一公斤", Some(6_000)),
            ("1,200元/吨", Some(120)),
            ("6元每市斤", Some(1_200)),
            ("6", None),
            ("6元", None),
            ("6元/瓶", None),
            ("0元/斤", None),
            ("6.2555元/斤", None),
            ("-6元/斤", None),
            ("6..5元/斤", None),
            ("99999999999元/斤", None),
        ] {
            assert_eq!(fen_per_kg(text), fen, "{text}");
        }
    }

    #[test]
    fn a_sum_is_in_yuan() {
        for (text, fen) in
            [("1,280.50", Some(128_050)), ("1280元", Some(128_000)), ("1280.555", None), ("0", None), ("3kg", None)]
        {
            assert_eq!(whole_fen(text), fen, "{text}");
        }
    }

    #[test]
    fn what_is_typed_again_is_the_same() {
        let terms =
            Terms {
                price_fen_per_kg: Some(1_251), total_fen: Some(128_050), conditions: Some("货到付款".to_owned())
            };
        let fields = Fields::of(typed(&terms));
        let mut errors = FieldErrors::default();
        assert_eq!(read(&fields, &mut errors, Lang::Zh), serde_json::to_value(&terms).ok());
        assert!(errors.is_empty());
        assert_eq!(words(&terms, Lang::Zh)[0].1, "12.51 元/kg（6.255 元/斤）");
        assert_eq!(words(&terms, Lang::En)[1].1, "1,280.5 yuan");
        assert_eq!(read(&Fields::default(), &mut errors, Lang::Zh), None);
    }
}
