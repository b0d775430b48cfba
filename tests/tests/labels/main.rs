//! Labels as printers and readers see them: every template at both resolutions is drawn, interpreted, rendered, and
//! read by programs that this project did not write.
//!
//! It lacks who may have which labels over HTTP, which is with the API's tests.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod certificates;
mod drawing;
mod lists;
mod paper;
mod pdf;
mod printers;
mod reading;
mod refusals;
mod tspl;
mod zpl;
