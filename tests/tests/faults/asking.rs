//! Requests and their senders: what is asked, what was answered, and what is still open.
//!
//! It lacks any check of what the service keeps; that is in `checking`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use trace_core::id::{BatchCode, Uid};
use trace_tests::drafting::DAY;

use crate::ground::Ground;

/// How many send at once.
const SENDERS: usize = 8;

/// The pause after an answer that asks to send again.
const PAUSE: Duration = Duration::from_millis(20);

/// A request, sent again until it is answered, always with the same bytes.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The whole body.
    pub body: String,
    /// The uids of its records.
    pub uids: Vec<Uid>,
    /// Draws one kilogram from the batch that all share.
    pub draws: bool,
}

impl Ask {
    /// A loss of one kilogram, or stock of which a part is lost at once: two records that stand or fall together.
    pub fn new(batch: BatchCode, pair: bool) -> Self {
        let uids: Vec<Uid> = (0..if pair { 2 } else { 1 }).map(|_| uid()).collect();
        let loss = |uid: Uid, batch: &str| {
            json!({"uid": uid, "kind": "adjust", "occurred_at": DAY, "details": {"reason": "loss", "direction": "less"},
                   "inputs": [{"batch": batch, "amount": "1kg"}]})
        };
        let body = if pair {
            let stock = json!({
                "uid": uids[0], "kind": "bring_in", "occurred_at": DAY, "details": {"origin": "before_system"},
                "outputs": [{"stage": "harvest", "product": "fresh_tianma", "amount": "10kg"}]
            });
            json!({"group": [stock, loss(uids[1], "#0")]})
        } else {
            loss(uids[0], &batch.to_string())
        };
        Self { body: body.to_string(), uids, draws: !pair }
    }

    /// Sends it once.
    pub async fn send(&self, client: &Client, base: &str, token: &str) -> Answered {
        let request = client.post(format!("{base}/api/v1/records")).bearer_auth(token);
        let request = request.header("content-type", "application/json").body(self.body.clone());
        let Ok(response) = request.send().await else { return Answered::Nothing };
        let status = response.status().as_u16();
        // An answer that broke off is none, whatever its status.
        let Ok(text) = response.text().await else { return Answered::Nothing };
        match status {
            200 | 201 => {
                let answer: Value = serde_json::from_str(&text).expect("JSON");
                let records = match answer.get("records") {
                    Some(records) => records.as_array().expect("a list").clone(),
                    None => vec![answer],
                };
                Answered::Stands { records, before: status == 200 }
            }
            503 => {
                let problem: Value = serde_json::from_str(&text).expect("problem details");
                assert!(problem["type"].as_str().is_some_and(|name| name.ends_with("store_unavailable")), "{text}");
                Answered::Fails
            }
            _ => panic!("{} was answered {status} {text}", self.body),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub enum Answered {
    /// The records are durable; `before`: they already were when it was sent.
    Stands { records: Vec<Value>, before: bool },
    /// 503: send the same again.
    Fails,
    /// The connection broke.
    Nothing,
}

/// A request whose records were acknowledged.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    pub ask: Ask,
    pub records: Vec<Value>,
}

/// What the senders of one load have in their hands.
#[derive(Debug, Default)]
pub struct Told {
    pub acknowledged: Vec<Acknowledged>,
    /// Sent, and not acknowledged.
    pub open: Vec<Ask>,
    /// How many answers said that the store failed.
    pub failures: usize,
}

/// Several senders at work.
pub struct Load {
    stop: Arc<AtomicBool>,
    senders: JoinSet<Told>,
}

impl Load {
    /// Begins to send.
    pub fn on(ground: &Ground, base: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            let (stop, base, token) = (Arc::clone(&stop), base.to_owned(), ground.token.clone());
            senders.spawn(send_on(stop, base, token, ground.batch));
        }
        Self { stop, senders }
    }

    /// Waits for all senders: each ends with the request that it is at, or when the service is gone.
    pub async fn end(self) -> Told {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Told::default();
        for told in self.senders.join_all().await {
            all.acknowledged.extend(told.acknowledged);
            all.open.extend(told.open);
            all.failures += told.failures;
        }
        all
    }
}

async fn send_on(stop: Arc<AtomicBool>, base: String, token: String, batch: BatchCode) -> Told {
    let client = client();
    let mut told = Told::default();
    let mut sent = 0_u32;
    while !stop.load(Ordering::SeqCst) {
        sent += 1;
        let ask = Ask::new(batch, sent.is_multiple_of(4));
        loop {
            match ask.send(&client, &base, &token).await {
                Answered::Stands { records, .. } => {
                    told.acknowledged.push(Acknowledged { ask, records });
                    break;
                }
                Answered::Fails if !stop.load(Ordering::SeqCst) => {
                    told.failures += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                Answered::Fails => {
                    told.failures += 1;
                    told.open.push(ask);
                    break;
                }
                Answered::Nothing => {
                    told.open.push(ask);
                    return told;
                }
            }
        }
    }
    told
}

/// A client that knows no earlier service.
pub fn client() -> Client {
    Client::builder().timeout(Duration::from_mins(1)).build().expect("a client")
}

fn uid() -> Uid {
    Uid::from_bytes(trace_server::ledger::random().expect("randomness"))
}
