//! The service as a process, killed at any moment and on disks that fail: what it acknowledged is there once, provably,
//! on both engines.
//!
//! `TRACE_KILLS` says how often it is killed. It lacks failures of single statements and connections ("failed" and
//! "failed but persisted"); those are cases of the conformance tests.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod asking;
mod book;
mod chance;
mod checking;
mod cluster;
mod disk;
mod failing;
mod ground;
mod kills;
mod opening;
mod service;

use trace_tests::engines::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_is_killed_at_any_moment() {
    kills::killed_at_any_moment(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_killed_at_any_moment() {
    kills::killed_at_any_moment(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_is_killed_between_openings() {
    opening::no_opening_is_lost(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_killed_between_openings() {
    opening::no_opening_is_lost(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_on_a_failing_disk() {
    failing::no_false_acknowledgement(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_on_a_failing_disk() {
    failing::no_false_acknowledgement(Engine::Postgres).await;
}
