//! Words of parties, places and trade: roles, sites, origins, channels and the condition of goods.
//!
//! It deliberately lacks prices and buyers' terms: those are sealed values of a record.

use super::vocabulary::vocabulary;

vocabulary! {
    /// What a party is in the chain.
    pub enum PartyRole, "party role" {
        Household = "household", "农户", "household";
        FungusFactory = "fungus_factory", "菌种厂", "fungus factory";
        Nursery = "nursery", "良种繁育场", "nursery";
        Coop = "coop", "合作社", "co-operative";
        Processor = "processor", "加工企业", "processor";
        Seller = "seller", "销售商", "seller";
        Laboratory = "laboratory", "检测机构", "laboratory";
        Office = "office", "品牌办公室", "brand office";
    }
}

vocabulary! {
    /// What a site is.
    pub enum SiteKind, "site kind" {
        Plot = "plot", "地块", "plot";
        Greenhouse = "greenhouse", "大棚", "greenhouse";
        Workshop = "workshop", "车间", "workshop";
        Store = "store", "仓库", "store";
    }
}

vocabulary! {
    /// By what right a party uses land, as it says itself.
    pub enum Tenure, "tenure" {
        Contracted = "contracted", "家庭承包", "household contract";
        Transferred = "transferred", "流转", "transferred from another's contract";
        Collective = "collective", "集体", "the collective's";
        State = "state", "国有", "state-owned";
        Own = "own", "自有", "own";
        Other = "other", "其他", "other";
    }
}

vocabulary! {
    /// Where goods come from that no record of the system made.
    pub enum Origin, "origin" {
        BeforeSystem = "before_system", "系统启用前", "before the system began";
        Outside = "outside", "外地", "outside the region";
        Unknown = "unknown", "来源不明", "unknown";
    }
}

impl Origin {
    /// Whether all that descends from such goods loses the mark of the region and shows their share.
    ///
    /// ```
    /// use trace_core::tianma::Origin;
    /// assert!(Origin::Outside.taints());
    /// assert!(!Origin::BeforeSystem.taints());
    /// ```
    pub const fn taints(self) -> bool {
        matches!(self, Self::Outside | Self::Unknown)
    }
}

vocabulary! {
    /// The way by which goods are sold.
    pub enum Channel, "channel" {
        ECommerce = "e_commerce", "电商", "e-commerce";
        LiveStream = "live_stream", "直播", "live stream";
        TradeCentre = "trade_centre", "小草坝天麻国际交易中心", "Xiaocaoba international trade centre";
        Pharmacy = "pharmacy", "药店", "pharmacy";
        CustomGarden = "custom_garden", "定制药园", "custom medicine garden";
        Wholesale = "wholesale", "批发", "wholesale";
        Retail = "retail", "零售", "retail";
    }
}

vocabulary! {
    /// Who receives goods that leave the system, where no registered party does.
    pub enum ConsigneeClass, "consignee class" {
        OutsideConsumer = "outside_consumer", "系统外消费者", "consumer outside the system";
        OutsideTrader = "outside_trader", "系统外经销商", "trader outside the system";
        OutsidePharmacy = "outside_pharmacy", "系统外药店", "pharmacy outside the system";
        OutsideManufacturer = "outside_manufacturer", "系统外生产企业", "manufacturer outside the system";
    }
}

vocabulary! {
    /// The condition of received goods.
    pub enum Condition, "condition" {
        Good = "good", "完好", "good";
        Damp = "damp", "受潮", "damp";
        Damaged = "damaged", "破损", "damaged";
        Mixed = "mixed", "混杂", "mixed";
        Other = "other", "其他", "other";
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn only_what_was_there_before_the_system_is_untainted() {
        let untainted: Vec<Origin> = Origin::ALL.iter().copied().filter(|origin| !origin.taints()).collect();
        assert_eq!(untainted, [Origin::BeforeSystem]);
    }
}
