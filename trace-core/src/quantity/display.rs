//! Quantities as text for people. Plain digits in Chinese, thousands separators in English.

use super::{Measure, Quantity};

/// 1 kg = 10^6 mg, so six decimals are exact.
const KG_DECIMALS: u32 = 6;
/// For 亩 and m²: land is not measured finer.
const AREA_DECIMALS: u32 = 2;

/// Milligrams as kilograms with thousands separators and without the unit: `1,050`, `0.25`.
///
/// Takes any sign, for differences.
///
/// ```
/// assert_eq!(trace_core::quantity::format_kg(1_050_000_000), "1,050");
/// assert_eq!(trace_core::quantity::format_kg(-250_000), "-0.25");
/// ```
pub fn format_kg(mg: i64) -> String {
    let sign = if mg < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(&decimal(mg.unsigned_abs(), KG_DECIMALS)))
}

pub(super) fn zh(quantity: Quantity) -> String {
    let value = quantity.value().unsigned_abs();
    match quantity.measure() {
        Measure::Mass => format!("{} kg（{} 斤）", decimal(value, KG_DECIMALS), jin(value)),
        Measure::Area => match mu(value) {
            Some(mu) => format!("{mu} 亩（{} m²）", square_metres(value)),
            None => format!("{} m²", square_metres(value)),
        },
        Measure::Count => format!("{value} 件"),
    }
}

pub(super) fn en(quantity: Quantity) -> String {
    let value = quantity.value().unsigned_abs();
    match quantity.measure() {
        Measure::Mass => {
            format!("{} kg ({} jin)", grouped(&decimal(value, KG_DECIMALS)), grouped(&jin(value)))
        }
        Measure::Area => match mu(value) {
            Some(mu) => format!("{} mu ({} m²)", grouped(&mu), grouped(&square_metres(value))),
            None => format!("{} m²", grouped(&square_metres(value))),
        },
        Measure::Count if value == 1 => "1 piece".to_owned(),
        Measure::Count => format!("{} pieces", grouped(&value.to_string())),
    }
}

/// The spelling that stands for what nobody typed: exact, and read back to the same value.
pub(super) fn canonical(quantity: Quantity) -> String {
    let value = quantity.value().unsigned_abs();
    match quantity.measure() {
        Measure::Mass if value < 1_000_000 => format!("{} g", decimal(value, 3)),
        Measure::Mass => format!("{} kg", decimal(value, KG_DECIMALS)),
        Measure::Area => format!("{} m²", decimal(value, 4)),
        Measure::Count => format!("{value} pcs"),
    }
}

/// 1 斤 is 500,000 mg: twice the value in millionths.
fn jin(mg: u64) -> String {
    decimal(mg * 2, 6)
}

/// `None` where two decimals would leave nothing.
fn mu(cm2: u64) -> Option<String> {
    // In hundredths of a 亩 (200,000/3 cm²), rounded half up.
    let hundredths = (cm2 * 3 * 2 + 200_000) / 400_000;
    (hundredths > 0).then(|| decimal(hundredths, AREA_DECIMALS))
}

/// Two decimals, or all four where two would leave nothing.
fn square_metres(cm2: u64) -> String {
    let hundredths = (cm2 + 50) / 100;
    if hundredths > 0 { decimal(hundredths, AREA_DECIMALS) } else { decimal(cm2, 4) }
}

/// `value / 10^decimals` without trailing zeros.
fn decimal(value: u64, decimals: u32) -> String {
    let scale = 10u64.pow(decimals);
    let (whole, rest) = (value / scale, value % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = format!("{rest:0width$}", width = decimals as usize);
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

/// Commas between groups of three digits before the point.
fn grouped(number: &str) -> String {
    let whole_digits = number.find('.').unwrap_or(number.len());
    let mut text = String::new();
    for (index, c) in number.chars().enumerate() {
        if index > 0 && index < whole_digits && (whole_digits - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}
