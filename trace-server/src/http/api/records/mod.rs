//! `/api/v1/records`: facts, appended and read.

mod answer;
mod append;
mod read;
mod request;

pub(super) use answer::{AppendedBody, RecordFate};
pub(super) use append::*;
pub(super) use read::*;
