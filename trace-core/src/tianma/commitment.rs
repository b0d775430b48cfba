//! What a 承诺达标合格证 commits to, word for word, by the version that its record names.
//!
//! A version that was used never changes: people put their names under these words. Who has to issue one, and when, is
//! not judged here; herbs are not named in the scope of the order, so that for tianma it is a free choice.

use super::figures::Tag;
use super::quality::Basis;

/// The version that new certificates take.
pub const COMMITMENT_NEWEST: u16 = 2;

/// The words of one version, for those who grew the goods or for those who bought them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment {
    /// The version, as in the record's `wording_version`.
    pub version: u16,
    /// Whether these are the words of who bought the goods; else of who grew them.
    pub bought: bool,
    /// How it begins, in Chinese and English.
    pub lead: (&'static str, &'static str),
    /// What is committed to, each in Chinese and English. The Chinese is what counts.
    pub clauses: &'static [(&'static str, &'static str)],
    /// Where the words come from.
    pub source: &'static str,
    /// How sure they are.
    pub tag: Tag,
    bases: [&'static str; 3],
}

/// All that there are. Version 1 did not tell growers and buyers apart.
const COMMITMENTS: [Commitment; 3] = [
    Commitment { bought: false, ..TRIAL },
    Commitment {
        version: 2,
        bought: false,
        lead: ("我承诺生产销售的农产品：", "I commit that the produce that I grow and sell:"),
        clauses: &[
            (
                "未使用禁用农药、兽药及其他化合物；",
                "was given no banned pesticides, veterinary drugs or other compounds;",
            ),
            (
                "使用的常规农药、兽药残留不超标。",
                "has residues of the permitted pesticides and veterinary drugs within limits.",
            ),
        ],
        source: ORDER,
        tag: Tag::V,
        bases: ORDER_BASES,
    },
    Commitment {
        version: 2,
        bought: true,
        lead: ("我承诺销售的农产品：", "I commit for the produce that I sell:"),
        clauses: &[
            (
                "已按规定收取并保存该批次农产品承诺达标合格证或者其他质量安全合格证明；",
                "the certificate of commitment or another proof of quality and safety of this batch was taken and kept;",
            ),
            (
                "未违规使用保鲜剂、防腐剂、添加剂等。",
                "no preservatives, antiseptics or additives were used against the rules.",
            ),
        ],
        source: ORDER,
        tag: Tag::V,
        bases: ORDER_BASES,
    },
];

const TRIAL: Commitment = Commitment {
    version: 1,
    bought: false,
    lead: ("我承诺对生产销售的食用农产品：", "I commit for the produce that I grow or sell:"),
    clauses: &[
        (
            "不使用禁用农药、停用兽药和非法添加物；",
            "no banned pesticides, no withdrawn veterinary drugs, no illegal additives;",
        ),
        ("常规农药、兽药残留不超标；", "residues of permitted pesticides and veterinary drugs within limits;"),
        ("对承诺的真实性负责。", "and I answer for the truth of this."),
    ],
    source: "the ministry's form for the trial of 2021",
    tag: Tag::M,
    bases: ["内部质量控制", "自行检测", "委托检测"],
};

const ORDER: &str = "order 4 of 2025 of the Ministry of Agriculture and Rural Affairs, in force from 2026-02-01";
const ORDER_BASES: [&str; 3] = ["质量安全控制符合要求", "自行检测合格", "委托检测合格"];

impl Commitment {
    /// The words of a version; `None` where there is no such version.
    ///
    /// ```
    /// use trace_core::tianma::{COMMITMENT_NEWEST, Commitment};
    ///
    /// let words = Commitment::of(COMMITMENT_NEWEST, false).ok_or("the newest is there")?;
    /// assert!(words.zh().starts_with("我承诺生产销售的农产品：未使用禁用农药"));
    /// assert_eq!(Commitment::of(99, false), None);
    /// # Ok::<(), &str>(())
    /// ```
    pub fn of(version: u16, bought: bool) -> Option<Self> {
        let fits = |one: &&Self| one.version == version && (one.bought == bought || version == TRIAL.version);
        COMMITMENTS.iter().find(fits).copied()
    }

    /// The versions that there are.
    pub fn versions() -> impl Iterator<Item = u16> {
        TRIAL.version..=COMMITMENT_NEWEST
    }

    /// The whole in Chinese.
    pub fn zh(&self) -> String {
        self.clauses.iter().fold(self.lead.0.to_owned(), |text, (zh, _)| text + zh)
    }

    /// The whole in English.
    pub fn en(&self) -> String {
        self.clauses.iter().fold(self.lead.1.to_owned(), |text, (_, en)| text + " " + en)
    }

    /// What a certificate may rest on, as this version words it.
    pub fn bases(&self) -> impl Iterator<Item = (Basis, &'static str)> {
        Basis::ALL.iter().copied().zip(self.bases)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn every_version_has_words_for_both_sides_and_every_basis() {
        for version in Commitment::versions() {
            for bought in [false, true] {
                let words = Commitment::of(version, bought).unwrap();
                assert_eq!(words.version, version);
                assert!(words.zh().ends_with('。') && words.en().ends_with('.'), "{}", words.zh());
                assert_eq!(words.bases().count(), Basis::ALL.len());
            }
        }
        assert_eq!((Commitment::of(0, false), Commitment::of(COMMITMENT_NEWEST + 1, true)), (None, None));
    }

    #[test]
    fn from_the_order_on_buyers_have_words_of_their_own() {
        let [grower, buyer] = [false, true].map(|bought| Commitment::of(2, bought).unwrap());
        assert!(grower.zh().contains("未使用禁用农药") && !buyer.zh().contains("未使用禁用农药"));
        assert!(buyer.zh().contains("收取并保存") && buyer.bought);
        assert_eq!(Commitment::of(1, true), Commitment::of(1, false));
    }
}
