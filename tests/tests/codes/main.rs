//! Package codes and their symbols against programs that others wrote: FF1 by `@noble/ciphers`, symbols by zbar and
//! zxing-cpp.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

mod ff1;
mod readers;
