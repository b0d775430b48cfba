//! The record: its canonical bytes and its sealed groups. It judges no rule and stores nothing.

pub mod canonical;
pub mod sealed;
