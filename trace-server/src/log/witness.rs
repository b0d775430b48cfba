//! One witness: where it is, by which key it cosigns, and how it is asked (C2SP tlog-witness v1, "add-checkpoint").

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use trace_core::log::{
    AddCheckpoint, KeyError, KeyType, Note, NoteSignature, SignedBy, VerifierKey, WitnessAnswer, take_cosignature,
};

use super::tiles;
use crate::outgoing::Outgoing;
use crate::store::Store;

/// How long a witness may take to answer.
pub const WITNESS_TIME_MAX: Duration = Duration::from_secs(5);

/// An answer is a few signature lines.
pub const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// A witness as it is configured: its verifier key, a blank, and the address before `/add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Witness {
    key: VerifierKey,
    url: String,
}

/// A text that is no witness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// Not two parts, or no address.
    #[error(
        "'{received}' is no witness; write its verifier key, a blank and its address: NAME+ID+KEY https://HOST/PATH"
    )]
    Shape {
        /// What was written.
        received: String,
    },
    /// The key is none.
    #[error("the witness '{received}': {source}")]
    Key {
        /// What was written.
        received: String,
        /// What is wrong with it.
        source: KeyError,
    },
    /// A key that does not cosign.
    #[error(
        "the key of the witness {name} is of type 1, which signs logs; witnesses have keys of type 4 (cosignature)"
    )]
    KeyType {
        /// The key's name.
        name: String,
    },
}

impl Witness {
    /// The key that it cosigns with.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Its name, which is its key's.
    pub fn name(&self) -> &str {
        self.key.name()
    }
}

impl FromStr for Witness {
    type Err = WitnessError;

    fn from_str(text: &str) -> Result<Self, WitnessError> {
        let received = || text.to_owned();
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [key, url] = parts[..] else { return Err(WitnessError::Shape { received: received() }) };
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return Err(WitnessError::Shape { received: received() });
        }
        let key: VerifierKey = key.parse().map_err(|source| WitnessError::Key { received: received(), source })?;
        if key.key_type() != KeyType::Cosignature {
            return Err(WitnessError::KeyType { name: key.name().to_owned() });
        }
        Ok(Self { key, url: url.trim_end_matches('/').to_owned() })
    }
}

impl TryFrom<String> for Witness {
    type Error = WitnessError;

    fn try_from(text: String) -> Result<Self, WitnessError> {
        text.parse()
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.url)
    }
}

/// Why a witness did not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It could not be reached in time, or answered nonsense.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// It cosigned a larger tree than this one.
    #[error("it has cosigned {theirs} entries, and this checkpoint covers {ours}: another signer is ahead")]
    Ahead {
        /// What it cosigned.
        theirs: u64,
        /// The size of the checkpoint.
        ours: u64,
    },
    /// It cosigned another tree of the same size, or the proof does not lead from the one it knows to this one.
    #[error(
        "it knows another history of this log: THE LOG WAS FORKED, or its database was restored from an old backup"
    )]
    Forked,
    /// It does not know this log, or not this key.
    #[error("{0}")]
    Stranger(&'static str),
    /// What it sent is not its signature over this checkpoint.
    #[error("its cosignature is wrong: {0}")]
    BadSignature(String),
    /// The proof could not be made here.
    #[error("no proof could be made: {0}")]
    Proof(String),
}

/// Asks a witness to cosign a checkpoint of `size`; `known` is the size that it is thought to have cosigned last, and
/// is set right by what it answers.
///
/// # Errors
/// [`Refused`], in words for the operator.
pub async fn ask(
    outgoing: &Outgoing,
    witness: &Witness,
    store: &dyn Store,
    (size, checkpoint): (u64, &Note),
    known: &mut u64,
) -> Result<(NoteSignature, SignedBy), Refused> {
    // A second time only after it told its size: what it then refuses is an answer.
    for _ in 0..2 {
        let old = (*known).min(size);
        let proof = tiles::consistency(store, old, size).await.map_err(|error| Refused::Proof(error.to_string()))?;
        let request = AddCheckpoint::new(old, proof, checkpoint.clone());
        let request = request.map_err(|error| Refused::Proof(error.to_string()))?;
        match send(outgoing, &witness.url, &request).await? {
            WitnessAnswer::Cosigned(lines) => {
                *known = size;
                return take_cosignature(checkpoint, &lines, &witness.key)
                    .map_err(|error| Refused::BadSignature(error.to_string()));
            }
            WitnessAnswer::Holds { size: theirs } if theirs > size => {
                *known = theirs;
                return Err(Refused::Ahead { theirs, ours: size });
            }
            WitnessAnswer::Holds { size: theirs } if theirs != old => *known = theirs,
            WitnessAnswer::Holds { .. } | WitnessAnswer::Conflict | WitnessAnswer::Inconsistent => {
                return Err(Refused::Forked);
            }
            WitnessAnswer::UnknownLog => return Err(Refused::Stranger("it does not know this log's origin (404)")),
            WitnessAnswer::UntrustedKey => return Err(Refused::Stranger("it trusts none of this log's keys (403)")),
            WitnessAnswer::Other { status, excerpt } => {
                return Err(Refused::NoAnswer(format!("status {status}: {excerpt}")));
            }
        }
    }
    Err(Refused::NoAnswer("it told another size each time".to_owned()))
}

async fn send(outgoing: &Outgoing, url: &str, request: &AddCheckpoint) -> Result<WitnessAnswer, Refused> {
    let sent = outgoing.post(&format!("{url}/add-checkpoint"), request.to_string()).await;
    let reply = sent.map_err(|error| Refused::NoAnswer(error.to_string()))?;
    Ok(WitnessAnswer::read(reply.status, reply.content_type.as_deref(), &reply.body))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use trace_core::log::SigningKey;

    use super::*;

    #[test]
    fn witnesses_are_written_as_key_and_address() {
        let key = SigningKey::new("w.example/one", KeyType::Cosignature, &[1; 32]).unwrap();
        let text = format!("{}  https://w.example/path/", key.verifier());
        let witness: Witness = text.parse().unwrap();
        assert_eq!((witness.name(), &*witness.url), ("w.example/one", "https://w.example/path"));
        let log_key = SigningKey::new("w.example/one", KeyType::Ed25519, &[1; 32]).unwrap();
        for (wrong, part) in [
            (key.verifier().to_string(), "a blank"),
            (format!("{} w.example", key.verifier()), "https://"),
            (format!("{} https://w.example", log_key.verifier()), "type 4"),
            ("x+00000000+AA== https://w.example".to_owned(), "the witness"),
        ] {
            let message = wrong.parse::<Witness>().unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
