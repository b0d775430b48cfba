//! Log-ins and tokens as an operator makes, lists and ends them on the command line, beside a running service, on both
//! engines.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod house;
mod log_ins;
mod tokens;

trace_tests::on_both_engines! {
    log_ins: people_sign_in_by_telephone, log_ins_are_closed_and_given_pins;
    tokens: tokens_are_listed_and_withdrawn;
}
