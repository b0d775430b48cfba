//! What the tests of the whole system share: fresh databases on both engines.
//!
//! It lacks fixtures and assertions about the domain; each test brings its own, so that a reader finds the
//! whole of a test in one file.
#![allow(
    clippy::expect_used,
    reason = "this crate is test code: a panic with a reason is how a test says that its surroundings failed"
)]

pub mod engines;
