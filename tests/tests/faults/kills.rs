//! `kill -9` of the service at moments that nobody chose: while it starts, and while eight senders append. On PostgreSQL
//! its sessions are ended and the database is crashed meanwhile, too.

use std::time::Instant;

use trace_tests::engines::Engine;

use crate::asking::Load;
use crate::book::Book;
use crate::chance;
use crate::checking::Outside;
use crate::ground::Ground;

/// From the start of the process to a kill while it starts, at most, in milliseconds; it is up before that.
const STARTING_MS: u64 = 300;

/// From the first request to a kill, at most, in milliseconds: several signatures lie in between.
const LOADED_MS: u64 = 900;

/// In a long run it is audited after so many kills each, and in every run at the end.
const AUDITED_EACH: u64 = 20;

/// What happens to the database before the service is killed.
#[derive(Debug, Clone, Copy)]
pub enum Blow {
    None,
    /// Sessions are ended, again and again.
    Sessions,
    /// All its processes end at once, and it comes back while the service goes on.
    Crash,
}

impl Blow {
    /// Each in turn, where the test has the database's processes in its hands.
    pub fn of(kill: u64, ground: &Ground) -> Self {
        match (ground.cluster(), kill % 3) {
            (None, _) | (Some(_), 1) => Self::None,
            (Some(_), 2) => Self::Sessions,
            (Some(_), _) => Self::Crash,
        }
    }
}

/// Kills it so often as [`chance::kills`] says, and looks after each.
pub async fn killed_at_any_moment(engine: Engine) {
    let ground = Ground::new(&format!("kills-{engine}").to_lowercase(), engine, false).await;
    let (kills, began) = (chance::kills(), Instant::now());
    let mut book = Book::default();
    for number in 1..=kills {
        if number.is_multiple_of(4) {
            let service = ground.spawn();
            chance::moment_within(STARTING_MS).await;
            service.kill();
        }
        let kept = ground.kept();
        let service = ground.spawn();
        let base = service.answering();
        book.check(&ground, &base, kept).await;
        if number.is_multiple_of(AUDITED_EACH) {
            ground.audit();
        }
        let load = Load::on(&ground, &base);
        let blow = Blow::of(number, &ground);
        fall(&ground, blow).await;
        book.saw(Outside::of(&ground, &base).checkpoint(0).await);
        let moment = chance::moment_within(LOADED_MS).await;
        service.kill();
        let told = load.end().await;
        println!(
            "kill {number} of {kills} on {engine}: {} ms under load, {blow:?} before; {} acknowledged, {} open, {} failures",
            moment.as_millis(),
            told.acknowledged.len(),
            told.open.len(),
            told.failures,
        );
        book.note(told);
    }
    book.close(&ground).await;
    println!("{} requests acknowledged on {engine} over {kills} kills, in {:?}", book.len(), began.elapsed());
    assert!(book.len() as u64 > kills * 4, "the load was none: {} requests in all", book.len());
}

/// Strikes the database; returns when it is back.
pub async fn fall(ground: &Ground, blow: Blow) {
    let Some(cluster) = ground.cluster() else { return };
    match blow {
        Blow::None => {}
        Blow::Sessions => {
            for _ in 0..5 {
                chance::moment_within(100).await;
                cluster.end_sessions().await;
            }
        }
        Blow::Crash => {
            chance::moment_within(LOADED_MS / 2).await;
            assert!(cluster.crash(), "PostgreSQL was down before");
            cluster.start();
        }
    }
}
