//! The static copy: what `export pages` writes, read as a browser, an auditor and somebody curious would, from a server
//! that knows only files.
//!
//! It lacks the browser itself; `browser` opens packages from a copy of the demonstration.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod county;
mod finding;
mod private;
mod written;

trace_tests::on_both_engines! {
    written: every_sale_batch_has_pages_and_evidence, a_recall_and_a_hold_are_shown, the_audit_passes_over_http,
        a_former_copy_is_brought_up_to_date, what_stops_it;
    finding: each_code_finds_its_batch_and_state, the_tables_tell_nothing_of_a_batch;
    private: nothing_private_is_in_it;
}
