//! The findings of one judgement, collected in the order in which the rules spoke.

use crate::record::{Finding, FindingMark, Level};

/// Collects what the rules say of a record.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Noted and shown.
    pub fn warn(&mut self, rule: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.push(Level::Warning, rule, zh.into(), en.into());
    }

    /// Kept, but what the record makes is frozen until the office releases it.
    pub fn hold(&mut self, rule: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.push(Level::Hold, rule, zh.into(), en.into());
    }

    fn push(&mut self, level: Level, rule: &str, zh: String, en: String) {
        self.0.push(Finding { mark: FindingMark { level, rule: rule.to_owned() }, zh, en });
    }

    /// All findings, each level and rule once, in the order of the entry.
    pub(super) fn into_vec(mut self) -> Vec<Finding> {
        self.0.sort_by(|a, b| a.mark.cmp(&b.mark));
        self.0.dedup_by(|later, first| {
            let same = later.mark == first.mark;
            if same {
                first.zh = format!("{}；{}", first.zh, later.zh);
                first.en = format!("{}; {}", first.en, later.en);
            }
            same
        });
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Findings;

    #[test]
    fn what_one_rule_says_twice_is_joined_in_each_language() {
        let mut findings = Findings::default();
        findings.warn("generation", "一", "one");
        findings.hold("generation", "零", "none");
        findings.warn("generation", "二", "two");
        let words: Vec<_> = findings.into_vec().into_iter().map(|one| (one.zh, one.en)).collect();
        let wanted = [("一；二", "one; two"), ("零", "none")].map(|(zh, en)| (zh.to_owned(), en.to_owned()));
        assert_eq!(words, wanted);
    }
}
