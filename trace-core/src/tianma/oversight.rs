//! Words of correction and oversight: why a balance, a record, a code or a batch was changed, held or called back.
//!
//! Every reason is a code because the public part of a record has no free text. It deliberately lacks who may do what.

use super::vocabulary::vocabulary;

vocabulary! {
    /// Why a batch holds another amount than its records say.
    pub enum AdjustReason, "reason of an adjustment" {
        Loss = "loss", "损耗", "loss";
        Sample = "sample", "取样", "sample";
        OwnUse = "own_use", "自用", "own use";
        StockTake = "stock_take", "盘点", "stock-take";
    }
}

vocabulary! {
    /// Why a record is void.
    pub enum VoidReason, "reason of a void" {
        TypingError = "typing_error", "录入错误", "typing error";
        Duplicate = "duplicate", "重复录入", "duplicate";
        WrongBatch = "wrong_batch", "批次错误", "wrong batch";
        NotHappened = "not_happened", "未实际发生", "did not happen";
    }
}

vocabulary! {
    /// Why a batch is held.
    pub enum HoldReason, "reason of a hold" {
        Suspicion = "suspicion", "存疑", "suspicion";
        InspectionFailed = "inspection_failed", "检验不合格", "inspection failed";
        MissingPapers = "missing_papers", "资料缺失", "missing papers";
        Complaint = "complaint", "投诉", "complaint";
    }
}

vocabulary! {
    /// Why a hold is released.
    pub enum ReleaseReason, "reason of a release" {
        Checked = "checked", "已核查", "checked";
        Retested = "retested", "复检合格", "retested";
        PaperShown = "paper_shown", "已补资料", "paper shown";
        Error = "error", "误判", "held in error";
    }
}

vocabulary! {
    /// Why goods are recalled.
    pub enum RecallReason, "reason of a recall" {
        So2 = "so2", "二氧化硫超标", "sulphur dioxide";
        Pesticide = "pesticide", "农药残留", "pesticide";
        Water = "water", "水分超标", "water";
        Mould = "mould", "霉变", "mould";
        ForeignMatter = "foreign_matter", "异物", "foreign matter";
        Mislabelled = "mislabelled", "标签错误", "mislabelled";
        FungusContamination = "fungus_contamination", "菌种污染", "contaminated fungus";
        Other = "other", "其他", "other";
    }
}

vocabulary! {
    /// How far a recall reaches down the lineage.
    pub enum RecallScope, "scope of a recall" {
        TheseOnly = "these_only", "仅所列批次", "these batches only";
        WithDescendants = "with_descendants", "含全部下游批次", "with all that descends from them";
    }
}

vocabulary! {
    /// How far a recall reaches down the trade.
    pub enum RecallStage, "stage of a recall" {
        Trade = "trade", "经营环节", "trade";
        Consumer = "consumer", "消费者", "consumer";
    }
}

vocabulary! {
    /// What a party says is wrong with a record that names it.
    pub enum DisputeReason, "reason of a dispute" {
        WrongWeight = "wrong_weight", "重量不符", "wrong weight";
        NeverDelivered = "never_delivered", "未交货", "never delivered";
        WrongBatch = "wrong_batch", "批次不符", "wrong batch";
        WrongPrice = "wrong_price", "价格不符", "wrong price";
        Other = "other", "其他", "other";
    }
}

vocabulary! {
    /// Why what is kept of a person is erased (Personal Information Protection Law, article 47).
    pub enum EraseReason, "reason of an erasure" {
        Requested = "requested", "本人要求", "asked for by the person";
        ConsentWithdrawn = "consent_withdrawn", "撤回同意", "consent withdrawn";
        PurposeEnded = "purpose_ended", "处理目的已实现或不再需要", "purpose ended";
        PeriodEnded = "period_ended", "保存期限届满", "period of keeping ended";
        KeptInError = "kept_in_error", "误登记", "kept in error";
    }
}

vocabulary! {
    /// What a party may let be shown of its persons and places, each by a consent of its own.
    pub enum PersonalField, "personal field" {
        FamilyName = "family_name", "姓（如 王*）", "first character of the name, such as 王*";
        FullName = "full_name", "姓名", "full name";
        Telephone = "telephone", "电话", "telephone number";
        SiteNames = "site_names", "地块的叫法", "what the plots are called";
        SitePositions = "site_positions", "地块的大概位置（约 1 公里）", "where the plots lie, to about 1 km";
    }
}

vocabulary! {
    /// Why goods come back.
    pub enum ReturnReason, "reason of a return" {
        Unsold = "unsold", "未售出", "unsold";
        Damaged = "damaged", "破损", "damaged";
        WrongGoods = "wrong_goods", "发错货", "wrong goods";
        Complaint = "complaint", "投诉", "complaint";
        Recall = "recall", "召回", "recall";
    }
}

vocabulary! {
    /// Why package codes are void.
    pub enum CodeVoidReason, "reason of voiding codes" {
        Spoiled = "spoiled", "污损", "spoiled";
        LostRoll = "lost_roll", "标签卷遗失", "lost roll";
        Jam = "jam", "卡纸", "printer jam";
        Misprint = "misprint", "印刷错误", "misprint";
        Damaged = "damaged", "破损", "damaged";
    }
}
