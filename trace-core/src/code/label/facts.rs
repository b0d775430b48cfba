//! What can stand on a label of a package or on a certificate, and its words for one sale batch. Both are for the Chinese
//! market, and so in Chinese.
//!
//! Judges nothing: whether the mark may be borne is the scan path's word, and comes in as an argument. The words of a
//! certificate are in `certificate`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::template::TemplateKind;
use crate::quantity::{Measure, Quantity, format_kg};
use crate::state::BatchRow;
use crate::tianma::Product;

/// One thing on a label, beside its symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Item {
    /// 产品: the product's name.
    Product,
    /// 净含量: what one package holds.
    NetContent,
    /// 批次: code of the sale batch.
    Batch,
    /// 包装日期: the day on which it was packed.
    Packed,
    /// 保质期: shelf life.
    ShelfLife,
    /// 等级: trade grade.
    Grade,
    /// 生产者: whose batch it is.
    Producer,
    /// 产地标志: the mark of origin.
    Mark,
    /// 溯源码: the serial in groups of four.
    Serial,
    /// 警示语: who should not eat it.
    Warning,
    /// 电话: the number that the batch's owner lets everybody see.
    Telephone,
    /// 标题: what the paper is.
    Title,
    /// 承诺: what is committed to.
    Commitment,
    /// 承诺依据: what the commitment rests on.
    Basis,
    /// 数量（重量）: how much the batch is.
    Amount,
    /// 产地: where it grew.
    Origin,
    /// 承诺主体: who commits.
    Issuer,
    /// 联系方式: under which number.
    Contact,
    /// 开具日期: when.
    Issued,
    /// 盖章或签名: room for seal or signature.
    Signature,
    /// 记录指纹: the beginning of the record's id.
    Record,
}

/// A text that names no [`Item`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{received}' does not stand on labels; these do: {}", names())]
pub struct UnknownItem {
    received: String,
}

impl Item {
    /// All of them, in the order in which they usually stand.
    pub const ALL: [Self; 21] = [
        Self::Product,
        Self::NetContent,
        Self::Batch,
        Self::Packed,
        Self::ShelfLife,
        Self::Grade,
        Self::Producer,
        Self::Mark,
        Self::Serial,
        Self::Warning,
        Self::Telephone,
        Self::Title,
        Self::Commitment,
        Self::Basis,
        Self::Amount,
        Self::Origin,
        Self::Issuer,
        Self::Contact,
        Self::Issued,
        Self::Signature,
        Self::Record,
    ];

    /// Its name in a template file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::NetContent => "net_content",
            Self::Batch => "batch",
            Self::Packed => "packed",
            Self::ShelfLife => "shelf_life",
            Self::Grade => "grade",
            Self::Producer => "producer",
            Self::Mark => "mark",
            Self::Serial => "serial",
            Self::Warning => "warning",
            Self::Telephone => "telephone",
            Self::Title => "title",
            Self::Commitment => "commitment",
            Self::Basis => "basis",
            Self::Amount => "amount",
            Self::Origin => "origin",
            Self::Issuer => "issuer",
            Self::Contact => "contact",
            Self::Issued => "issued",
            Self::Signature => "signature",
            Self::Record => "record",
        }
    }

    /// Whether it can stand on what a template of that kind is for.
    pub const fn stands_on(self, kind: TemplateKind) -> bool {
        match self {
            Self::Product | Self::Batch => true,
            Self::NetContent
            | Self::Packed
            | Self::ShelfLife
            | Self::Grade
            | Self::Producer
            | Self::Mark
            | Self::Serial
            | Self::Warning
            | Self::Telephone => matches!(kind, TemplateKind::Package),
            Self::Title
            | Self::Commitment
            | Self::Basis
            | Self::Amount
            | Self::Origin
            | Self::Issuer
            | Self::Contact
            | Self::Issued
            | Self::Signature
            | Self::Record => matches!(kind, TemplateKind::Certificate),
        }
    }

    /// Its name in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Product => "产品名称",
            Self::NetContent => "净含量",
            Self::Batch => "批次",
            Self::Packed => "包装日期",
            Self::ShelfLife => "保质期",
            Self::Grade => "等级",
            Self::Producer => "生产者",
            Self::Mark => "产地标志",
            Self::Serial => "溯源码",
            Self::Warning => "警示语",
            Self::Telephone => "电话",
            Self::Title => "标题",
            Self::Commitment => "承诺",
            Self::Basis => "承诺依据",
            Self::Amount => "数量（重量）",
            Self::Origin => "产地",
            Self::Issuer => "承诺主体",
            Self::Contact => "联系方式",
            Self::Issued => "开具日期",
            Self::Signature => "盖章或签名",
            Self::Record => "记录指纹",
        }
    }
}

fn names() -> String {
    Item::ALL.map(Item::name).join(", ")
}

impl FromStr for Item {
    type Err = UnknownItem;

    fn from_str(text: &str) -> Result<Self, UnknownItem> {
        let found = Self::ALL.into_iter().find(|item| item.name() == text);
        found.ok_or_else(|| UnknownItem { received: text.chars().take(40).collect() })
    }
}

impl TryFrom<String> for Item {
    type Error = UnknownItem;

    fn try_from(text: String) -> Result<Self, UnknownItem> {
        text.parse()
    }
}

impl From<Item> for String {
    fn from(item: Item) -> Self {
        item.name().to_owned()
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The words of a sale batch for its labels. What is not known of the batch is not there, and leaves no gap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<Item, String>);

impl Facts {
    /// The words of a batch. `producer` is its owner's public name, `mark` the name of the origin mark if the batch may
    /// bear it.
    pub fn of(batch: &BatchRow, producer: Option<&str>, mark: Option<&str>) -> Self {
        let attributes = &batch.attributes;
        let mut facts = BTreeMap::new();
        facts.insert(Item::Product, batch.product.zh().to_owned());
        facts.insert(Item::Batch, format!("批次 {}", batch.code));
        facts.insert(Item::Packed, format!("包装日期 {}", batch.occurred_at.date()));
        if let Some(net) = attributes.net_content {
            facts.insert(Item::NetContent, format!("净含量 {}", net_content_zh(net)));
        }
        if let Some(months) = attributes.shelf_life_months {
            facts.insert(Item::ShelfLife, format!("保质期 {months} 个月"));
        }
        if let Some(grade) = attributes.grade {
            facts.insert(Item::Grade, format!("等级 {}", grade.zh()));
        }
        if let Some(producer) = producer {
            facts.insert(Item::Producer, format!("生产者 {producer}"));
        }
        if let Some(mark) = mark {
            facts.insert(Item::Mark, mark_words(batch.product, mark));
        }
        if batch.product.is_food() {
            facts.insert(Item::Warning, "不建议孕妇、哺乳期妇女及婴幼儿食用".to_owned());
        }
        Self(facts)
    }

    /// The words of one thing; the serial is each label's own and has none here.
    pub fn text(&self, item: Item) -> Option<&str> {
        self.0.get(&item).map(String::as_str)
    }

    /// What is known, in the order of [`Item::ALL`].
    pub fn all(&self) -> impl Iterator<Item = (Item, &str)> {
        self.0.iter().map(|(item, text)| (*item, text.as_str()))
    }

    /// The same with other words in one place: what is not the batch's own to say, labels of one's own, and tests.
    #[must_use]
    pub fn with(mut self, item: Item, text: impl Into<String>) -> Self {
        self.0.insert(item, text.into());
        self
    }
}

/// Goods that tianma is only a part of do not come from where their tianma does.
fn mark_words(product: Product, mark: &str) -> String {
    if product.is_tianma() { format!("产地「{mark}」") } else { format!("所用天麻「{mark}」") }
}

/// A net content as it is printed on packages: `250 g`, `1.5 kg`, `20 件`.
///
/// ```
/// use trace_core::{code::label::net_content_zh, quantity::{Measure, Quantity}};
/// let net = Quantity::new(Measure::Mass, 250_000)?;
/// assert_eq!(net_content_zh(net), "250 g");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn net_content_zh(net: Quantity) -> String {
    match (net.measure(), net.value()) {
        (Measure::Mass, mg) if mg < 1_000_000 && mg % 1_000 == 0 => format!("{} g", mg / 1_000),
        (Measure::Mass, mg) => format!("{} kg", format_kg(mg)),
        (_, count) => format!("{count} 件"),
    }
}
