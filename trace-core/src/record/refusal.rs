//! What a rule says: a finding that is kept with the entry, or a refusal that keeps nothing.

use serde::{Deserialize, Serialize};

use super::canonical::is_forbidden;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Noted and shown.
    Warning,
    /// Kept, but what the record makes is frozen until the office releases it.
    Hold,
}

/// What stands in the public entry of a finding: its level and the rule, never its arithmetic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingMark {
    /// How grave it is.
    pub level: Level,
    /// The rule's name, for instance `dry_ratio`.
    pub rule: String,
}

/// A finding with its words. The words show the arithmetic and so reveal amounts: only who may see the record's
/// amounts may see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What the entry holds.
    #[serde(flatten)]
    pub mark: FindingMark,
    /// The reason in Chinese.
    pub zh: String,
    /// The reason in English.
    pub en: String,
}

/// What kind of answer a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The request cannot be understood or breaks a rule.
    Invalid,
    /// It collides with what is stored: stale version, other content under the same uid.
    Conflict,
    /// The submitter may not do this.
    Forbidden,
    /// Something that it names does not exist.
    NotFound,
}

/// Why nothing of a request was stored: what, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{rule} at {place}: {en}")]
pub struct Refusal {
    /// Stable name of the rule; the last part of the problem's `type`.
    pub rule: String,
    /// What kind of answer it is.
    pub class: Class,
    /// JSON pointer (RFC 6901) to the place in the request.
    pub place: String,
    /// The reason in Chinese.
    pub zh: String,
    /// The reason in English.
    pub en: String,
}

/// Most characters of a refusal's words; what was received may be as long as a request.
const WORDS_CHARS_MAX: usize = 1_000;

/// Most characters of a refusal's place.
const PLACE_CHARS_MAX: usize = 300;

/// A text that repeats what was received: cut, and without characters that a screen hides or that turn its order about.
fn shown(text: String, most: usize) -> String {
    if text.len() <= most && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text;
    }
    let mut shown = String::with_capacity(text.len().min(4 * most));
    for c in text.chars().take(most) {
        if is_forbidden(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

impl Refusal {
    /// A request that breaks a rule. Words and place are cut where they repeat more than people read.
    pub fn invalid(rule: &str, place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            class: Class::Invalid,
            place: shown(place.into(), PLACE_CHARS_MAX),
            zh: shown(zh.into(), WORDS_CHARS_MAX),
            en: shown(en.into(), WORDS_CHARS_MAX),
        }
    }

    /// A request that collides with what is stored.
    pub fn conflict(rule: &str, place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { class: Class::Conflict, ..Self::invalid(rule, place, zh, en) }
    }

    /// A request that the submitter may not make.
    pub fn forbidden(rule: &str, place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { class: Class::Forbidden, ..Self::invalid(rule, place, zh, en) }
    }

    /// A request that names something unknown.
    pub fn not_found(rule: &str, place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { class: Class::NotFound, ..Self::invalid(rule, place, zh, en) }
    }

    /// The same refusal, its place below `prefix` (a record of a group).
    pub fn below(mut self, prefix: &str) -> Self {
        self.place = format!("{prefix}{}", self.place);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_received_is_cut_and_made_visible() {
        let long = "A".repeat(60_000);
        let refusal = Refusal::invalid("x", format!("/{long}"), format!("“{long}”不对"), format!("{long} is wrong"));
        assert!(refusal.place.len() <= PLACE_CHARS_MAX + 3 && refusal.en.len() <= WORDS_CHARS_MAX + 3);
        assert!(refusal.zh.chars().count() == WORDS_CHARS_MAX + 1 && refusal.zh.ends_with('…'));
        let turned = Refusal::invalid("x", "/a", "“\u{202e}斤”不对", "'\u{202e}\u{0}' is wrong");
        assert_eq!((&*turned.zh, &*turned.en), ("“\\u{202e}斤”不对", "'\\u{202e}\\u{0}' is wrong"));
    }
}
