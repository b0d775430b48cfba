//! The signed-in pages over HTTP, as a browser meets them: log-in and its defences, the farmer's and the agent's tasks.
//! Every case runs on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod agent;
mod harvest;
mod noted;
mod pin;
mod receipts;
mod security;
mod sessions;
mod site;
mod users;
