//! The transparency log on both engines: signed within a second, served as C2SP says, and silent where signing would
//! contradict what was signed.
//!
//! It lacks the formats themselves, which the core's tests and the oracles check.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod adopting;
mod doubt;
mod place;
mod serving;
mod signing;
mod witness;
mod witnessed;

trace_tests::on_both_engines! {
    signing: signed_within_a_second, appends_share_a_signature, a_new_key_signs_beside_the_old,
        a_running_log_takes_up_keys, a_lost_note_is_noted_again,
        a_log_of_thousands;
    doubt: a_restored_backup_is_not_signed, another_history_is_not_signed, a_changed_entry_is_not_signed,
        a_changed_edge_is_not_signed, another_server_is_not_a_signer, a_strange_checkpoint_is_not_followed;
    adopting: a_restored_database_is_adopted, what_the_database_lacks_is_not_adopted, a_log_that_was_adopted_is_let_go;
    witnessed: shown_when_enough_cosigned, not_shown_before, a_fork_is_not_cosigned, a_second_server_signs_with_witnesses,
        what_witnesses_may_answer;
    serving: tiles_and_checkpoint, tiles_are_kept, proofs_of_records, what_is_not_there;
}
