//! A disk that cannot be flushed, is full, or takes nothing: whoever asks is told so, nobody is told that a record
//! stands which does not, and once the disk is sound again everything goes on.

use std::time::Instant;

use tokio::task::JoinSet;
use trace_tests::engines::Engine;

use crate::asking::{Acknowledged, Answered, Ask, Load, Told, client};
use crate::book::Book;
use crate::checking::Outside;
use crate::disk::Order;
use crate::ground::Ground;
use crate::service::Service;

/// Requests that must have failed before the disk is mended.
const FAILURES: usize = 12;

/// Requests at a time while the disk fails.
const AT_ONCE: usize = 4;

/// Requests before a full disk is felt: what the files have room for already is used up first.
const ROUNDS_MAX: usize = 400;

/// Requests on a sound disk, before it fails.
const BEFORE: usize = 20;

/// How the service comes out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The disk is mended under the running service.
    Mended,
    /// The service is killed while the disk fails, which is mended before it is started again.
    Killed,
}

/// Every failure, and both ways out of it, one after the other on one ledger.
pub async fn no_false_acknowledgement(engine: Engine) {
    let ground = Ground::new(&format!("disk-{engine}").to_lowercase(), engine, true).await;
    let mut book = Book::default();
    let mut service = ground.spawn();
    let mut base = service.answering();
    for order in [Order::Flush, Order::Full, Order::Dead] {
        for way in [Way::Mended, Way::Killed] {
            book.note(appended(&ground, &base, BEFORE).await);
            ground.disk().fails(order);
            let told = until_it_is_felt(&ground, &base, order).await;
            println!(
                "{order:?}, {way:?} on {engine}: {} acknowledged and {} failed while the disk failed",
                told.acknowledged.len(),
                told.failures
            );
            let kept = ground.kept();
            if way == Way::Killed {
                service.kill();
                sound_again(&ground);
                service = ground.spawn();
                base = service.answering();
            } else {
                // What was durable before can be read meanwhile, where the database still runs.
                if engine == Engine::Sqlite {
                    Outside::of(&ground, &base).checkpoint(0).await;
                }
                sound_again(&ground);
                assert!(service.ended().is_none(), "the service gave up");
            }
            book.note(told);
            book.check(&ground, &base, kept).await;
        }
    }
    // And under load, the service being killed at the worst moment.
    let load = Load::on(&ground, &base);
    ground.disk().fails(Order::Flush);
    let told = until_it_is_felt(&ground, &base, Order::Flush).await;
    let kept = ground.kept();
    service.kill();
    sound_again(&ground);
    book.note(told);
    book.note(load.end().await);
    let service: Service = ground.spawn();
    book.check(&ground, &service.answering(), kept).await;
    service.kill();
    book.close(&ground).await;
}

/// The disk takes everything again. A database server that gave up is started by its operator.
fn sound_again(ground: &Ground) {
    ground.disk().mended();
    if let Some(cluster) = ground.cluster() {
        cluster.crash();
        cluster.start();
    }
}

/// Requests that must be taken.
async fn appended(ground: &Ground, base: &str, count: usize) -> Told {
    let outside = Outside::of(ground, base);
    let mut told = Told::default();
    for number in 0..count {
        let ask = Ask::new(ground.batch, number % 3 == 0);
        let records = outside.settle(&ask).await;
        told.acknowledged.push(Acknowledged { ask, records });
    }
    told
}

/// Asks until enough was answered with an error. What cannot be flushed must not be acknowledged at all; on a full disk
/// that may be which finds room in the files as they are.
async fn until_it_is_felt(ground: &Ground, base: &str, order: Order) -> Told {
    let (mut told, began) = (Told::default(), Instant::now());
    for _ in 0..ROUNDS_MAX {
        let mut set = JoinSet::new();
        for number in 0..AT_ONCE {
            let (ask, base, token) = (Ask::new(ground.batch, number == 0), base.to_owned(), ground.token.clone());
            set.spawn(async move { (ask.send(&client(), &base, &token).await, ask) });
        }
        for (answered, ask) in set.join_all().await {
            match answered {
                Answered::Stands { records, .. } => {
                    assert_eq!(order, Order::Full, "acknowledged on a disk that takes nothing: {}", ask.body);
                    told.acknowledged.push(Acknowledged { ask, records });
                }
                Answered::Fails => {
                    told.failures += 1;
                    told.open.push(ask);
                }
                Answered::Nothing => panic!("the service gave no answer: {}", ask.body),
            }
        }
        if told.failures >= FAILURES {
            return told;
        }
    }
    panic!("{order:?} was not felt in {:?}: {} failures", began.elapsed(), told.failures);
}
