//! core

pub mod tianma;
