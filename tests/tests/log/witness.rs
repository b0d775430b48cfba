//! A witness as C2SP tlog-witness describes it, on a socket: it remembers the last tree of the log, and cosigns only
//! what continues it. Some of them misbehave, as the test wants it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use trace_core::log::{AddCheckpoint, Checkpoint, Hash, KeyType, SigningKey, WITNESS_SIZE_TYPE, verify_consistency};
use trace_server::log::Witness;

/// How a witness answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Honest,
    /// Never.
    Silent,
    /// It does not know the log.
    Stranger,
    /// It trusts none of the keys.
    Untrusting,
    /// With a signature over something else.
    Forging,
    /// With nonsense.
    Babbling,
}

struct Desk {
    key: SigningKey,
    manner: Mutex<Manner>,
    seen: Mutex<Option<(u64, Hash)>>,
    asked: Mutex<u64>,
}

pub struct TestWitness {
    desk: Arc<Desk>,
    url: String,
}

impl TestWitness {
    pub async fn open(name: &str, manner: Manner) -> Self {
        let seed = *trace_core::id::RecordId::of(name.as_bytes()).as_bytes();
        let key = SigningKey::new(name, KeyType::Cosignature, &seed).unwrap();
        let desk = Desk { key, manner: Mutex::new(manner), seen: Mutex::default(), asked: Mutex::default() };
        let desk = Arc::new(desk);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/prefix", listener.local_addr().unwrap());
        let router = Router::new().route("/prefix/add-checkpoint", post(add_checkpoint)).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { desk, url }
    }

    pub fn configured(&self) -> Witness {
        format!("{} {}", self.desk.key.verifier(), self.url).parse().unwrap()
    }

    pub fn behave(&self, manner: Manner) {
        *self.desk.manner.lock().unwrap() = manner;
    }

    /// The largest tree that it cosigned.
    pub fn seen(&self) -> Option<(u64, Hash)> {
        *self.desk.seen.lock().unwrap()
    }

    /// It remembers this one.
    pub fn remember(&self, size: u64, root: Hash) {
        *self.desk.seen.lock().unwrap() = Some((size, root));
    }

    pub fn asked(&self) -> u64 {
        *self.desk.asked.lock().unwrap()
    }
}

async fn add_checkpoint(State(desk): State<Arc<Desk>>, body: String) -> Response {
    *desk.asked.lock().unwrap() += 1;
    let manner = *desk.manner.lock().unwrap();
    match manner {
        Manner::Honest | Manner::Forging => {}
        Manner::Silent => {
            tokio::time::sleep(Duration::from_mins(10)).await;
        }
        Manner::Stranger => return StatusCode::NOT_FOUND.into_response(),
        Manner::Untrusting => return StatusCode::FORBIDDEN.into_response(),
        Manner::Babbling => return "— no signature\n".into_response(),
    }
    let Ok(request) = body.parse::<AddCheckpoint>() else { return StatusCode::BAD_REQUEST.into_response() };
    let checkpoint: Checkpoint = request.checkpoint().text().parse().unwrap();
    let mut seen = desk.seen.lock().unwrap();
    let (size, root) = seen.unwrap_or((0, trace_core::log::empty_root()));
    if request.old_size() > checkpoint.size() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    if request.old_size() != size || (size == checkpoint.size() && root != checkpoint.root()) {
        return (StatusCode::CONFLICT, [(CONTENT_TYPE, WITNESS_SIZE_TYPE)], format!("{size}\n")).into_response();
    }
    if verify_consistency(size, root, checkpoint.size(), checkpoint.root(), request.proof()).is_err() {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let line = if manner == Manner::Forging {
        let other = Checkpoint::new("log.example/other", checkpoint.size(), checkpoint.root()).unwrap();
        other.cosign(&desk.key, time).unwrap()
    } else {
        *seen = Some((checkpoint.size(), checkpoint.root()));
        checkpoint.cosign(&desk.key, time).unwrap()
    };
    format!("{line}\n").into_response()
}
