//! Package codes and their symbols against what others wrote: FF1 by `@noble/ciphers`, modules by the crate `qrcode`,
//! readers zbar and zxing-cpp.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

mod contents;
mod ff1;
mod readers;
mod symbols;
