//! The audit on both engines: a sound database passes, one changed byte anywhere is found and named, a rewritten
//! history is found by what an auditor remembers, and a log is audited over HTTP by its key alone.
//!
//! It lacks the checks of single entries and of their order, which the core's own tests break one by one.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod command;
mod county;
mod flips;
mod persons;
mod remembering;
mod serving;
mod sound;

#[tokio::test]
async fn a_demo_folder_is_audited_by_its_name_alone() {
    command::a_demo_folder().await;
}

trace_tests::on_both_engines! {
    sound: a_sound_database_passes, every_table_is_covered_or_named, an_empty_ledger_passes, the_log_alone, missing_rows_are_named,
        signatures_are_held_against_keys, consequences_are_named_too, many_faults_are_counted;
    flips: a_changed_byte_is_found_in_the_log, a_changed_byte_is_found_in_small_projections,
        a_changed_byte_is_found_in_large_projections;
    remembering: a_rewritten_history_is_found, a_shorter_history_is_found;
    serving: a_log_is_audited_by_its_key, amounts_are_audited_with_a_token, what_is_served_wrong_is_found,
        openings_are_for_the_office;
    persons: what_is_sealed_is_what_was_committed_to, what_was_erased_is_no_fault;
    command: exit_state_and_json, a_backup_file, the_witnesses_of_the_configuration;
}
