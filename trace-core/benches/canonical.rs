//! Canonical bytes and record ids: how many records a second on one core.
fn main() {}
