//! Words of inspection and certification: grades, standards, results, verdicts and a certificate's basis.
//!
//! It deliberately lacks the limits themselves: those are in the rules table.

use super::vocabulary::vocabulary;

vocabulary! {
    /// Grade by size of dried tianma, best first (origin notice 148/2004).
    pub enum Grade, "grade" {
        Special = "special", "特等", "special grade";
        First = "first", "一等", "first grade";
        Second = "second", "二等", "second grade";
        Third = "third", "三等", "third grade";
    }
}

vocabulary! {
    /// What a certificate of compliance rests on (承诺达标合格证).
    pub enum Basis, "basis of a certificate" {
        OwnControl = "own_control", "内部质量控制", "own control";
        OwnTest = "own_test", "自行检测", "own test";
        CommissionedTest = "commissioned_test", "委托检测", "commissioned test";
    }
}

vocabulary! {
    /// What an inspection concludes.
    pub enum Verdict, "verdict" {
        Pass = "pass", "合格", "pass";
        Fail = "fail", "不合格", "fail";
    }
}

vocabulary! {
    /// What a laboratory measures.
    pub enum ResultItem, "result item" {
        GastrodinAndPhba = "gastrodin_and_phba", "天麻素和对羟基苯甲醇总量", "gastrodin and p-hydroxybenzyl alcohol";
        Water = "water", "水分", "water";
        TotalAsh = "total_ash", "总灰分", "total ash";
        So2 = "so2", "二氧化硫残留量", "sulphur dioxide residue";
        Extract = "extract", "浸出物", "extract";
        BannedPesticides = "banned_pesticides", "禁用农药", "banned pesticides";
    }
}

vocabulary! {
    /// The standard that an inspection follows.
    pub enum Standard, "standard" {
        Pharmacopoeia2020 = "pharmacopoeia_2020", "《中国药典》2020年版", "Pharmacopoeia of China 2020";
        OriginNotice1482004 = "origin_notice_148_2004", "2004年第148号公告（昭通天麻）", "origin notice 148/2004 (Zhaotong tianma)";
        GbT197762008 = "gb_t_19776_2008", "GB/T 19776-2008 昭通天麻", "GB/T 19776-2008 (Zhaotong tianma)";
        TCacm1021 = "t_cacm_1021", "T/CACM 1021 商品规格等级", "T/CACM 1021 (trade grades)";
        Other = "other", "其他", "other";
    }
}
