//! The one way in which a closed list of codes is declared, so that every list parses, prints and serialises alike.
//!
//! Owns the `vocabulary!` macro, its trait and its error. It deliberately lacks any list.

/// A closed list of codes with a Chinese and an English term each.
///
/// The inherent items of each list say the same without an import; the trait is for code that is generic over
/// lists, such as the choices of a form.
pub trait Vocabulary: Copy + Eq + 'static {
    /// The list's name in messages, in the words of the records.
    const NAME: &'static str;
    /// Every code, in the order in which people expect to choose.
    const ALL: &'static [Self];
    /// The code that stands in records: ASCII, never changed once data exists.
    fn code(self) -> &'static str;
    /// The Chinese term.
    fn zh(self) -> &'static str;
    /// The English term.
    fn en(self) -> &'static str;
}

/// A text that is no code of the list that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{received}` is no {vocabulary}; valid codes are {valid}")]
pub struct UnknownCode {
    vocabulary: &'static str,
    received: String,
    valid: String,
}

/// As much of a wrong text as a message repeats, in characters; no code is half as long.
const RECEIVED_CHARS_MAX: usize = 64;

impl UnknownCode {
    /// The error for `received`, listing what `V` would have taken.
    pub(crate) fn new<V: Vocabulary>(received: &str) -> Self {
        let valid: Vec<&str> = V::ALL.iter().map(|entry| entry.code()).collect();
        Self {
            vocabulary: V::NAME,
            received: received.chars().take(RECEIVED_CHARS_MAX).collect(),
            valid: valid.join(", "),
        }
    }

    /// The name of the list that was asked.
    pub fn vocabulary(&self) -> &'static str {
        self.vocabulary
    }

    /// What was received, cut to 64 characters.
    pub fn received(&self) -> &str {
        &self.received
    }
}

/// Declares a closed list: an enum, `ALL`, `code`, `zh`, `en`, `FromStr`, `Display`, and serde as the code.
///
/// The order of declaration is the order of `Ord` and of `ALL`.
macro_rules! vocabulary {
    (
        $(#[$meta:meta])*
        pub enum $name:ident, $label:literal {
            $( $variant:ident = $code:literal, $zh:literal, $en:literal; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( #[doc = concat!("`", $code, "`: ", $en, " (", $zh, ").")] $variant, )+
        }

        impl $name {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The code that stands in records.
            pub const fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// The Chinese term.
            pub const fn zh(self) -> &'static str {
                match self { $( Self::$variant => $zh, )+ }
            }

            /// The English term.
            pub const fn en(self) -> &'static str {
                match self { $( Self::$variant => $en, )+ }
            }
        }

        impl $crate::tianma::Vocabulary for $name {
            const NAME: &'static str = $label;
            const ALL: &'static [Self] = $name::ALL;

            fn code(self) -> &'static str {
                $name::code(self)
            }

            fn zh(self) -> &'static str {
                $name::zh(self)
            }

            fn en(self) -> &'static str {
                $name::en(self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::tianma::UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $( $code => Ok(Self::$variant), )+
                    _ => Err($crate::tianma::UnknownCode::new::<Self>(text)),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use vocabulary;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::collections::BTreeSet;
    use std::fmt::{Debug, Display};
    use std::str::FromStr;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::{UnknownCode, Vocabulary};
    use crate::tianma::*;

    fn check<V>()
    where
        V: Vocabulary + Debug + Display + FromStr<Err = UnknownCode> + Serialize + DeserializeOwned,
    {
        let mut codes = BTreeSet::new();
        let mut terms = BTreeSet::new();
        for &entry in V::ALL {
            let code = entry.code();
            assert!(codes.insert(code), "{}: {code} twice", V::NAME);
            assert!(terms.insert((entry.zh(), entry.en())), "{}: the terms of {code} twice", V::NAME);
            assert!(
                // The tags S, V, C and M are written as the documents write them.
                code.len() == 1 || code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{code} is not snake_case ASCII"
            );
            assert!(!entry.zh().is_ascii(), "{code}: zh");
            assert!(!entry.en().is_empty() && entry.en().is_ascii(), "{code}: en");
            assert_eq!(code.parse::<V>().unwrap(), entry);
            assert_eq!(entry.to_string(), code);
            let json = serde_json::to_string(&entry).unwrap();
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<V>(&json).unwrap(), entry);
        }
        let refused = "no such code".parse::<V>().unwrap_err().to_string();
        assert!(refused.contains("`no such code`") && refused.contains(V::NAME));
        for code in codes {
            assert!(refused.contains(code), "{refused} omits {code}");
        }
        assert!("".parse::<V>().is_err());
    }

    macro_rules! check_all {
        ($($list:ident)+) => { $( check::<$list>(); )+ };
    }

    #[test]
    fn every_code_round_trips_is_unique_and_has_both_terms() {
        check_all!(
            Product MatterState Form SizeClass Generation SeedSource FungusSpecies Propagation
            PlantMethod WoodSpecies TendOperation Season ProcessMethod Fuel Grade PartyRole
            SiteKind Tenure TuberSize Origin Channel ConsigneeClass Condition AdjustReason VoidReason HoldReason
            RecallReason DisputeReason EraseReason ReturnReason ReleaseReason CodeVoidReason Basis Verdict
            ResultItem Standard RecallScope RecallStage Tag FigureKey LimitKind PrintState PrintHalt PrintWay
            ReprintReason
        );
    }

    #[test]
    fn the_spelling_is_exact() {
        for near in ["Dried_tianma", " dried_tianma", "dried_tianma ", "干天麻"] {
            assert!(near.parse::<Product>().is_err(), "{near:?}");
        }
        assert!(serde_json::from_str::<Product>("3").is_err());
        assert!(serde_json::from_str::<Product>("null").is_err());
    }

    #[test]
    fn a_long_wrong_text_is_cut_in_the_message() {
        let error = "麻".repeat(10_000).parse::<Form>().unwrap_err();
        assert_eq!(error.received().chars().count(), 64);
        assert_eq!(error.vocabulary(), "form");
    }
}
