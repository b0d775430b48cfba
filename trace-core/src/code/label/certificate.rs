//! The words of a 承诺达标合格证 as they stand on its paper or label.
//!
//! What it commits to is the crop's (`tianma::Commitment`); who may print it, and whether it still stands, is the service's.

use super::facts::{Facts, Item};
use crate::id::{BatchCode, RecordId};
use crate::quantity::{Measure, Quantity};
use crate::tianma::{Basis, Commitment, Product};

/// What is chosen, and what could have been. Fonts for Chinese have these two, and seldom a box with a tick.
const CHOSEN: char = '■';
const OPEN: char = '□';

/// Characters of a record's id that name it on paper, beside a symbol that leads to the whole.
const RECORD_CHARS: usize = 16;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The words that the record names.
    pub commitment: Commitment,
    /// What it rests on.
    pub basis: Basis,
    /// The product.
    pub product: Product,
    /// The batch.
    pub batch: BatchCode,
    /// How much the batch is.
    pub amount: Option<Quantity>,
    /// Where it grew, in words; where that is not known, that it is not.
    pub origin: String,
    /// Who commits.
    pub issuer: String,
    /// A telephone number, or why there is none.
    pub contact: String,
    /// When.
    pub issued: jiff::civil::Date,
    /// The record.
    pub record: RecordId,
}

impl From<&Certificate> for Facts {
    fn from(certificate: &Certificate) -> Self {
        let Certificate { commitment, basis, product, batch, amount, origin, issuer, contact, issued, record } =
            certificate;
        let clauses = commitment.clauses.iter().map(|(zh, _)| format!("\n{CHOSEN}{zh}"));
        let bases = commitment.bases().map(|(one, zh)| {
            let mark = if one == *basis { CHOSEN } else { OPEN };
            format!("\n{mark}{zh}")
        });
        let record: String = record.to_string().chars().take(RECORD_CHARS).collect();
        let facts = Self::default()
            .with(Item::Title, "承诺达标合格证")
            .with(Item::Commitment, clauses.fold(commitment.lead.0.to_owned(), |text, clause| text + &clause))
            .with(Item::Basis, bases.fold("承诺依据：".to_owned(), |text, basis| text + &basis))
            .with(Item::Product, format!("产品名称：{}", product.zh()))
            .with(Item::Origin, format!("产地：{origin}"))
            .with(Item::Issuer, format!("承诺主体：{issuer}"))
            .with(Item::Contact, format!("联系方式：{contact}"))
            .with(Item::Issued, format!("开具日期：{issued}"))
            .with(Item::Batch, format!("批次：{batch}"))
            .with(Item::Record, format!("记录指纹：{record}…"))
            .with(Item::Signature, "盖章或签名：");
        let amount = amount.map_or_else(|| "未登记".to_owned(), |amount| amount_words(*product, amount));
        facts.with(Item::Amount, format!("数量（重量）：{amount}"))
    }
}

/// Fungus never comes here, so what is counted are pieces.
fn amount_words(product: Product, amount: Quantity) -> String {
    match product.measure() {
        Measure::Count => format!("{} 件", amount.value()),
        Measure::Mass | Measure::Area => amount.zh(),
    }
}
