//! Print runs over a real socket, on both engines: to files portion by portion, and to a label printer, which is a port that
//! takes bytes here as it does in a workshop: it prints, runs out of paper, goes away.
//!
//! It lacks what a label looks like, which the tests `labels` read back.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod files;
mod ledger;
mod pages;
mod printer;
mod refusals;
mod roll;
mod shop;
mod stopping;

trace_tests::on_both_engines! {
    files: a_run_goes_from_start_to_end, after_a_jam_it_goes_on_from_a_label, two_people_advance_one_run,
        void_codes_are_in_no_portion;
    ledger: a_file_that_is_taken_is_written_down, what_was_printed_before_needs_a_reason, printing_draws_nothing,
        names_go_with_an_erasure;
    printer: labels_arrive_one_by_one, without_paper_it_waits, a_broken_connection_pauses_the_run,
        a_printer_that_is_away, one_run_at_a_time;
    stopping: a_restart_finds_runs_paused, after_a_kill_a_block_is_in_doubt, a_stop_in_good_order_loses_no_label, another_server_pauses_a_run;
    refusals: runs_are_for_their_party, wrong_orders_are_explained, wrong_steps_are_explained, a_printer_without_its_labels;
    pages: a_run_to_files_on_its_page, a_run_on_a_printer_on_its_page, what_is_typed_wrong_is_told,
        the_office_sees_what_was_printed;
}
