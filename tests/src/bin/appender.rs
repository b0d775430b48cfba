//! A second process for the tests: draws from one batch again and again, and prints what it was told, one line each:
//! `taken UID`, `refused UID RULE` or `failed UID`.
//!
//! Arguments: the database's address, the owner, the batch, how often, and the amount. It waits for a line on its
//! standard input before it begins, so that several begin together.
#![allow(clippy::expect_used, reason = "this is test code: a panic with a reason is how it says what went wrong")]

use std::io::Write as _;

use trace_server::ledger::AppendError;
use trace_tests::household::{World, loss};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, owner, batch, times, amount] = &arguments[..] else { panic!("url, owner, batch, times, amount") };
    let owner = owner.parse().expect("a party");
    let batch = trace_core::id::BatchCode::parse(batch).expect("a batch");
    let times: usize = times.parse().expect("a number");
    let world = World::open(url).await;
    println!("ready");
    std::io::stdout().flush().expect("a reader");
    std::io::stdin().read_line(&mut String::new()).expect("a line");
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..times {
        let request = world.request(owner, vec![loss(batch, amount)]);
        let (uid, ledger) = (request.items[0].uid(), world.ledger.clone());
        set.spawn(async move {
            match ledger.append(request).await {
                Ok(_) => println!("taken {uid}"),
                Err(AppendError::Refused(refusal)) => println!("refused {uid} {}", refusal.rule),
                Err(error) => println!("failed {uid} {error}"),
            }
        });
    }
    set.join_all().await;
}
