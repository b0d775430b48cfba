//! From the labels of the fixtures to ids: parties, sites, uids, codes and keys follow from the label alone, so that
//! loading twice names the same things; ids of records and numbers of code issues are learned from the answers.

use std::collections::HashMap;

use ed25519_dalek::SigningKey;
use jiff::civil::Date;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, PartyId, RecordId, SiteId, Stage, Uid};

/// Why a label cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// It names a record that was not answered yet: wait for the answers and try again.
    Later(String),
    /// It names nothing.
    Wrong(String),
}

/// The labels that were given a meaning so far.
#[derive(Debug, Default)]
pub(super) struct Labels {
    batches: HashMap<String, BatchCode>,
    records: HashMap<String, RecordId>,
    issues: HashMap<String, IssueNumber>,
}

fn hash<const N: usize>(what: &str, label: &str) -> [u8; N] {
    const { assert!(N <= 32) };
    let digest = Sha256::digest(format!("tianma-trace/demo/{what}\n{label}"));
    let mut bytes = [0; N];
    bytes.copy_from_slice(&digest[..N]);
    bytes
}

/// The party of a label.
pub fn party(label: &str) -> PartyId {
    PartyId::from_random(hash("party", label))
}

/// The site of a label.
pub(super) fn site(label: &str) -> SiteId {
    SiteId::from_random(hash("site", label))
}

/// The uid of the request that a line becomes.
pub(super) fn uid(label: &str) -> Uid {
    Uid::from_bytes(hash("uid", label))
}

/// The signing key of a label. Anybody can compute it: it proves nothing but that signatures work.
pub(super) fn key(label: &str) -> SigningKey {
    SigningKey::from_bytes(&hash("key", label))
}

/// The public half of that key, as records name it.
pub(super) fn public_key(label: &str) -> RecordId {
    RecordId::from_bytes(key(label).verifying_key().to_bytes())
}

impl Labels {
    /// Notes the answer to a record.
    pub fn answered(&mut self, label: &str, id: RecordId, issue: Option<IssueNumber>) {
        self.records.insert(label.to_owned(), id);
        if let Some(issue) = issue {
            self.issues.insert(label.to_owned(), issue);
        }
    }

    /// Gives codes to the batches that a draft makes; a label that has one keeps it.
    ///
    /// # Errors
    /// [`Unresolved::Wrong`] for a label whose first letter names no stage.
    pub fn name_outputs(&mut self, draft: &Map<String, Value>, day: Date) -> Result<(), Unresolved> {
        let outputs = draft.get("outputs").and_then(Value::as_array);
        for label in outputs.into_iter().flatten().filter_map(|output| reference(output.get("batch")?)) {
            if self.batches.contains_key(label) {
                continue;
            }
            let stage = label.chars().next().and_then(Stage::from_letter);
            let code = stage.and_then(|stage| BatchCode::new(stage, day, hash("batch", label)).ok());
            let Some(code) = code else {
                return Err(Unresolved::Wrong(format!("@{label} is no batch: it begins with F, S, P, H, M or R")));
            };
            self.batches.insert(label.to_owned(), code);
        }
        Ok(())
    }

    /// Puts ids in the place of every `@label`; the field's name says of what.
    ///
    /// # Errors
    /// [`Unresolved`].
    pub fn resolve(&self, field: &str, value: &mut Value) -> Result<(), Unresolved> {
        match value {
            Value::String(_) => {
                if let Some(label) = reference(value) {
                    *value = self.meaning(field, label)?;
                }
                Ok(())
            }
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.resolve(field, item)),
            Value::Object(fields) => fields.iter_mut().try_for_each(|(name, item)| self.resolve(name, item)),
            _ => Ok(()),
        }
    }

    fn meaning(&self, field: &str, label: &str) -> Result<Value, Unresolved> {
        let later = || Unresolved::Later(format!("@{label} names no record before this one"));
        Ok(match field {
            "party" | "from" | "to" | "office" => party(label).to_string().into(),
            "site" => site(label).to_string().into(),
            "key" => public_key(label).to_string().into(),
            "batch" => {
                let code = self.batches.get(label).copied();
                code.ok_or_else(|| Unresolved::Wrong(format!("@{label} is no batch that was made before")))?
                    .to_string()
                    .into()
            }
            "issue" => self.issues.get(label).ok_or_else(later)?.get().into(),
            "record" | "ship" | "grant" | "recall" | "supersedes" => {
                self.records.get(label).ok_or_else(later)?.to_string().into()
            }
            _ => return Err(Unresolved::Wrong(format!("@{label} stands in '{field}', which names nothing"))),
        })
    }
}

fn reference(value: &Value) -> Option<&str> {
    value.as_str()?.strip_prefix('@')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_label_always_means_the_same_and_each_thing_its_own() {
        assert_eq!(party("office"), party("office"));
        assert_ne!(party("a"), party("b"));
        assert_ne!(party("a").as_bytes(), site("a").as_bytes());
    }

    #[test]
    fn batches_keep_their_code_and_unknown_labels_are_told_apart() {
        let mut labels = Labels::default();
        let draft = json!({"outputs": [{"batch": "@H-0001"}]});
        labels.name_outputs(draft.as_object().unwrap(), jiff::civil::date(2024, 1, 2)).unwrap();
        let mut first = json!({"inputs": [{"batch": "@H-0001"}]});
        labels.resolve("", &mut first).unwrap();
        assert!(first["inputs"][0]["batch"].as_str().unwrap().starts_with("H240102-"));
        // A correction on a later day keeps the code.
        labels.name_outputs(draft.as_object().unwrap(), jiff::civil::date(2024, 3, 9)).unwrap();
        let mut again = json!({"inputs": [{"batch": "@H-0001"}]});
        labels.resolve("", &mut again).unwrap();
        assert_eq!(first, again);
        assert!(matches!(labels.resolve("", &mut json!({"batch": "@H-0002"})), Err(Unresolved::Wrong(_))));
        assert!(matches!(labels.resolve("", &mut json!({"ship": "@rec-x"})), Err(Unresolved::Later(_))));
        assert!(matches!(labels.resolve("", &mut json!({"reason": "@rec-x"})), Err(Unresolved::Wrong(_))));
        let odd = json!({"outputs": [{"batch": "@Q-1"}]});
        assert!(labels.name_outputs(odd.as_object().unwrap(), jiff::civil::date(2024, 1, 2)).is_err());
    }
}
