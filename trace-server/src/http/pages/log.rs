//! `/log/`: the transparency log for people. Who signs, how far, who cosigned and when, and how to check it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use axum::routing::get;
use trace_core::log::KeyType;
use trace_core::time::ReceivedAt;

use super::language::Lang;
use super::public::{self, Frame};
use crate::app::AppState;
use crate::log::{Adopted, Standing, newest_adoption};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/log/", get(show)).route("/log", get(async || Redirect::permanent("/log/")))
}

#[derive(Template)]
#[template(path = "log.html")]
pub(super) struct LogPage {
    frame: Frame,
    lang: Lang,
    /// Why nothing is signed, where that is so.
    refuses: Option<String>,
    newest: Option<Newest>,
    /// That it was adopted here, if it was: minute and what is known of it.
    adopted: Option<(String, Adopted)>,
    keys: Vec<Key>,
    witnesses: Vec<WitnessLine>,
    quorum: usize,
    address: String,
}

struct Newest {
    origin: String,
    size: u64,
    root: String,
    signed_at: String,
}

struct Key {
    text: String,
    signs: bool,
}

struct WitnessLine {
    name: String,
    key: String,
    /// When it cosigned the newest checkpoint.
    cosigned: Option<String>,
    /// When it cosigned another one, and how many entries that has.
    earlier: Option<(String, u64)>,
    refused: Option<String>,
}

async fn show(State(state): State<AppState>, lang: Lang) -> Response {
    public::answer(StatusCode::OK, &page(&state, Frame::new(lang)))
}

/// The log as it stands, in this frame.
pub(super) fn page(state: &AppState, frame: Frame) -> LogPage {
    let lang = frame.lang;
    // In UTC, as the log itself has it: readers may sit anywhere.
    let minute =
        |at: ReceivedAt| format!("{} UTC", at.to_string().replace('T', " ").split('.').next().unwrap_or_default());
    let seconds = |time: u64| {
        let at = i64::try_from(time).ok().and_then(|time| ReceivedAt::from_unix_ms(time.checked_mul(1000)?).ok());
        at.map(minute).unwrap_or_default()
    };
    let published = state.log.published();
    let newest = published.as_ref().and_then(|newest| {
        let checkpoint: trace_core::log::Checkpoint = newest.note.text().parse().ok()?;
        Some(Newest {
            origin: checkpoint.origin().to_owned(),
            size: checkpoint.size(),
            root: checkpoint.root().to_string(),
            signed_at: minute(newest.signed_at),
        })
    });
    let witnesses = state.log.witnesses();
    let cosigned = published.as_ref().and_then(|newest| {
        let keys: Vec<_> = witnesses.iter().map(|(witness, _)| witness.key().clone()).collect();
        newest.note.verify(&keys).ok()
    });
    let line = |(witness, known): &(crate::log::Witness, crate::log::WitnessState)| {
        let by = cosigned.iter().flat_map(|verified| &verified.by).find(|by| by.key == *witness.key());
        let time = by.filter(|by| by.key.key_type() == KeyType::Cosignature).and_then(|by| by.time);
        WitnessLine {
            name: witness.name().to_owned(),
            key: witness.key().to_string(),
            cosigned: time.map(seconds),
            earlier: known.cosigned.map(|(size, time)| (seconds(time), size)),
            refused: known.refused.as_ref().map(ToString::to_string),
        }
    };
    let keys = state.log.keys().ok().flatten().map(|keys| {
        let signing: Vec<_> = keys.signing_verifiers().cloned().collect();
        let key = |key: &trace_core::log::VerifierKey| Key { text: key.to_string(), signs: signing.contains(key) };
        keys.verifiers().map(key).collect()
    });
    let adopted = newest_adoption(&state.config.checkpoint_file).and_then(|line| Adopted::read(&line));
    LogPage {
        frame,
        lang,
        refuses: match state.log.standing() {
            Standing::Refuses(doubt) => Some(lang.t(&doubt.zh(), &doubt.to_string()).to_owned()),
            Standing::Failing(_) => {
                Some(lang.t("暂时无法签署，正在重试。", "It cannot be signed just now; trying again.").to_owned())
            }
            _ => None,
        },
        newest,
        adopted: adopted.map(|adopted| (adopted.at.parse().map_or_else(|_| adopted.at.clone(), minute), adopted)),
        keys: keys.unwrap_or_default(),
        witnesses: witnesses.iter().map(line).collect(),
        quorum: state.log.quorum(),
        address: state.config.public_url(),
    }
}
