//! The way to each task, by role: one table for the top of every page and for the start page.
//!
//! It lacks who may do what: each page says that itself.

use trace_core::tianma::PartyRole::{
    self, Coop, FungusFactory as Factory, Household, Laboratory as Lab, Nursery, Office, Processor, Seller,
};

use super::farmer::STANDING;
use super::office::{suspicions, users};
use super::{consent, offline, pin};

/// A task: where it is, what it is called, for whom it is daily work and who does it now and then.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The address.
    pub href: &'static str,
    /// Its name in Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// Roles with it at the top of every page, so there are few; the first one of a role is where the person lands.
    daily: &'static [PartyRole],
    /// Roles with it on the start page alone.
    seldom: &'static [PartyRole],
}

const fn entry(
    (href, zh, en): (&'static str, &'static str, &'static str),
    daily: &'static [PartyRole],
    seldom: &'static [PartyRole],
) -> Entry {
    Entry { href, zh, en, daily, seldom }
}

const EVERYBODY: &[PartyRole] = PartyRole::ALL;
const FIRMS: &[PartyRole] = &[Factory, Nursery, Coop, Processor, Seller];
const OWNERS: &[PartyRole] = &[Household, Factory, Nursery, Coop, Processor, Seller];

/// In the order in which they are offered.
const ENTRIES: &[Entry] = &[
    entry(("/app", "首页", "Home"), EVERYBODY, &[]),
    entry(("/app/lab", "检测结果", "Results"), &[Lab], &[]),
    entry(("/app/households", "代农户录入", "Enter for a household"), &[Coop], &[]),
    entry(("/app/today", "今日录入", "Entered today"), &[Coop], &[]),
    entry(("/app/import", "导入采收表（Excel、CSV）", "Import a list of harvests (Excel, CSV)"), &[], &[Coop]),
    entry(("/app/harvest", "登记采收", "Harvest"), &[Household], &[Nursery, Coop]),
    entry((offline::FORM, "没有信号时登记采收", "Harvests without a signal"), &[], &[Household, Nursery, Coop]),
    entry(("/app/lots", "登记生产", "Register a lot"), &[Factory, Nursery], &[]),
    entry(("/app/plant", "登记种植", "Record a planting"), &[], &[Household, Nursery, Coop]),
    entry((STANDING, "登记已经种下的", "Register what grows already"), &[], &[Household, Nursery, Coop]),
    entry(("/app/tend", "田间管理（除草、用药、施肥）", "Work on a plot"), &[], &[Household, Nursery, Coop]),
    entry(("/app/lots", "登记自留种", "Register own seed"), &[], &[Household, Coop]),
    entry(("/app/receive", "收到菌种、种子", "Receive fungus or seed"), &[], &[Household]),
    entry(("/app/receive", "收货", "Receive"), &[Coop, Processor, Seller], &[Factory, Nursery]),
    entry(("/app/process", "加工", "Process"), &[Processor], &[Household, Coop, Seller]),
    entry(("/app/pack", "包装赋码", "Pack"), &[Processor, Seller], &[Household, Coop]),
    entry(("/app/ship", "发货", "Ship"), FIRMS, &[Household]),
    entry(("/app/receipts", "收货确认", "Receipts"), &[Household, Factory, Nursery], &[Coop, Processor, Seller]),
    entry(("/app/return", "收退货", "Take goods back"), &[], OWNERS),
    entry(("/app/batches", "我的批次", "My batches"), &[Household, Coop, Processor, Seller], &[]),
    entry(("/app/batches", "批次和流向", "Lots and where they went"), &[Factory, Nursery], &[]),
    entry(("/app/certify", "开合格证", "Certificate"), &[], &[Household, Coop, Processor, Seller]),
    entry(("/app/adjust", "损耗、取样、盘点", "Loss, sample, stock-take"), &[], OWNERS),
    entry(("/app/bring-in", "登记系统外的货", "Goods from outside the system"), &[], OWNERS),
    entry(("/app/sold", "销售凭证", "Proof of sale"), &[Household], FIRMS),
    entry(("/app/grants", "我的授权", "Who may enter for me"), &[], OWNERS),
    entry((consent::FORM, "公开哪些个人信息", "What is shown of me"), &[], OWNERS),
    entry(("/app/office", "批次查询", "Batches"), &[Office], &[]),
    entry(("/app/office/holds", "待放行", "Holds"), &[Office], &[]),
    entry(("/app/office/recalls", "召回", "Recalls"), &[Office], &[]),
    entry(("/app/office/disputes", "异议", "Disputes"), &[Office], &[]),
    entry((suspicions::LIST, "疑似复制", "Copies"), &[Office], &[]),
    entry(("/app/office/register", "登记", "Register"), &[Office], &[]),
    entry(("/app/hold", "冻结批次或包装", "Hold batches or packages"), &[], &[Office, Lab]),
    entry(("/app/office/register/site", "登记地点", "Register a site"), &[], &[Office]),
    entry(("/app/office/register/grant", "登记授权", "Register a grant"), &[], &[Office]),
    entry(("/app/office/grants", "授权查询和终止", "Grants, and ending them"), &[], &[Office]),
    entry(("/app/office/rules", "规则表", "Rules table"), &[], &[Office]),
    entry((users::LIST, "登录账号", "Log-ins"), &[], &[Office]),
    entry((pin::FORM, "修改 PIN", "Change the PIN"), &[], EVERYBODY),
];

/// The daily tasks of a role.
pub fn daily(role: PartyRole) -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().filter(move |entry| entry.daily.contains(&role))
}

/// What a role does now and then.
pub fn seldom(role: PartyRole) -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().filter(move |entry| entry.seldom.contains(&role))
}
