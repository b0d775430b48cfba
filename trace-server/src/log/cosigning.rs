//! Cosignatures: one checkpoint at a time is proposed to all witnesses, and shown to the world when as many as were
//! asked for have cosigned it.
//!
//! It runs beside the signer and can delay neither it nor an append: a witness that is slow or dead costs nothing but
//! its cosignature.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use trace_core::log::{Note, NoteSignature};

use super::Inner;
use super::witness::{self, ANSWER_BYTES_MAX, Refused, WITNESS_TIME_MAX, Witness};
use crate::outgoing::Outgoing;
use crate::store::CheckpointRow;

/// After a quorum the others have this long before the next checkpoint is proposed.
const LATE_MS: u64 = 1_000;

/// A witness that failed is asked again after this long, twice as long each time.
const PAUSE: Duration = Duration::from_secs(1);
/// But at most after this long.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// What is known of a witness.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WitnessState {
    /// Size and time (seconds since 1970) of its newest cosignature.
    pub cosigned: Option<(u64, u64)>,
    /// Why it did not cosign when it was asked last.
    pub refused: Option<Refused>,
}

/// The witnesses and their quorum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witnesses {
    /// Who is asked.
    pub list: Vec<Witness>,
    /// How many must have cosigned before a checkpoint is shown.
    pub quorum: usize,
}

/// What one witness answered to a proposal.
type Answered = (usize, Result<(NoteSignature, u64), Refused>);

/// Proposes checkpoints to the witnesses for as long as the log is alive.
pub(super) fn start(inner: &Arc<Inner>) {
    if inner.witnesses.list.is_empty() {
        return;
    }
    let (weak, signed) = (Arc::downgrade(inner), inner.signed.subscribe());
    tokio::spawn(propose_all(weak, signed));
}

async fn propose_all(weak: Weak<Inner>, mut signed: watch::Receiver<Option<Arc<CheckpointRow>>>) {
    let outgoing = Outgoing::new(WITNESS_TIME_MAX, ANSWER_BYTES_MAX);
    let mut asked = Vec::new();
    loop {
        let row = signed.borrow_and_update().clone();
        let Some(inner) = weak.upgrade() else { return };
        asked.resize_with(inner.witnesses.list.len(), Asked::new);
        let again = match row {
            Some(row) => propose(&inner, &outgoing, &row, &mut asked).await,
            None => PAUSE_MAX,
        };
        drop(inner);
        // A new checkpoint, or the time to ask somebody again.
        if let Ok(Err(_)) = tokio::time::timeout(again, signed.changed()).await {
            return;
        }
    }
}

/// What is known of one witness between proposals.
struct Asked {
    /// The size that it cosigned last, as far as known.
    known: u64,
    /// Not before this it is asked again.
    not_before: Instant,
    pause: Duration,
}

impl Asked {
    fn new() -> Self {
        Self { known: 0, not_before: Instant::now(), pause: PAUSE }
    }
}

/// Asks everybody at once for one checkpoint; ends when all have answered, or some time after the quorum has. Answers
/// how long to wait at most before the next proposal.
async fn propose(inner: &Arc<Inner>, outgoing: &Outgoing, row: &Arc<CheckpointRow>, asked: &mut [Asked]) -> Duration {
    let Ok(checkpoint) = Note::parse(row.note.as_bytes()) else { return PAUSE_MAX };
    let witnesses = &inner.witnesses;
    let mut note = checkpoint.clone();
    let has = |note: &Note, witness: &Witness| {
        note.signatures().iter().any(|line| line.name() == witness.name() && line.id() == witness.key().id())
    };
    let (answer, mut answers) = mpsc::channel::<(Answered, u64)>(witnesses.list.len());
    let now = Instant::now();
    for (place, witness) in witnesses.list.iter().enumerate() {
        if asked[place].not_before > now || has(&note, witness) {
            continue;
        }
        let (inner, outgoing, witness) = (Arc::clone(inner), outgoing.clone(), witness.clone());
        let (checkpoint, size, mut known) = (checkpoint.clone(), row.size, asked[place].known);
        let answer = answer.clone();
        tokio::spawn(async move {
            let said = witness::ask(&outgoing, &witness, &*inner.store, (size, &checkpoint), &mut known).await;
            let said = said.map(|(line, by)| (line, by.time.unwrap_or_default()));
            // Who no longer waits has gone on to the next checkpoint.
            let _ = answer.send(((place, said), known)).await;
        });
    }
    drop(answer);
    let mut until = None;
    loop {
        let next = match until {
            None => answers.recv().await,
            Some(until) => tokio::time::timeout_at(until, answers.recv()).await.unwrap_or(None),
        };
        let Some(((place, said), known)) = next else { break };
        let witness = &witnesses.list[place];
        asked[place].known = known;
        match said {
            Ok((line, time)) => {
                asked[place].pause = PAUSE;
                inner.heard(witness, WitnessState { cosigned: Some((row.size, time)), refused: None });
                if let Ok(more) = note.with(line) {
                    note = more;
                }
                let count = witnesses.list.iter().filter(|witness| has(&note, witness)).count();
                let enough = count >= witnesses.quorum;
                inner.cosigned(row, &note, enough).await;
                if enough {
                    until = until.or(Some(Instant::now() + Duration::from_millis(LATE_MS)));
                }
            }
            Err(refused) => {
                let asked = &mut asked[place];
                asked.not_before = Instant::now() + asked.pause;
                asked.pause = (asked.pause * 2).min(PAUSE_MAX);
                let grave = matches!(refused, Refused::Forked | Refused::Ahead { .. });
                inner.refused(witness, refused, grave);
            }
        }
    }
    let waiting = asked.iter().zip(&witnesses.list).filter(|(_, witness)| !has(&note, witness));
    let first = waiting.map(|(asked, _)| asked.not_before).min();
    first.map_or(PAUSE_MAX, |first| first.saturating_duration_since(Instant::now()).max(Duration::from_millis(100)))
}

impl Inner {
    /// Keeps what is cosigned so far.
    async fn cosigned(&self, row: &CheckpointRow, note: &Note, enough: bool) {
        let row = CheckpointRow { note: note.to_string(), published: enough || row.published, ..row.clone() };
        let kept = self.store.put_checkpoint(&row).await;
        let kept = match kept {
            Ok(()) => self.look().await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::error!(%error, "a cosigned checkpoint could not be kept; it will be cosigned again");
        }
    }

    fn heard(&self, witness: &Witness, state: WitnessState) {
        self.heard.send_modify(|known: &mut BTreeMap<String, WitnessState>| {
            known.insert(witness.name().to_owned(), state);
        });
    }

    fn refused(&self, witness: &Witness, refused: Refused, grave: bool) {
        let name = witness.name();
        if grave {
            tracing::error!(witness = name, %refused, "A WITNESS CONTRADICTS THE LOG");
        } else {
            tracing::warn!(witness = name, %refused, "a witness did not cosign");
        }
        self.heard.send_modify(|known| known.entry(name.to_owned()).or_default().refused = Some(refused));
    }
}
