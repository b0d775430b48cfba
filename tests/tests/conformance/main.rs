//! The storage contract, held by every engine: each case is a public function that takes an empty database, and one
//! macro runs all of them on SQLite and on PostgreSQL.
//!
//! What only one engine can suffer (a killed connection, a full disk) stands beside them, named as such. It lacks the
//! rules of the ledger; those are in the tests `ledger`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod accounts;
mod appending;
mod checkpoints;
mod damage;
mod failing;
mod keys;
mod lineage;
mod lists;
mod log;
mod older;
mod opening;
mod prints;
mod processes;
mod proxy;
mod random_county;
mod revising;
mod suspicions;

trace_tests::on_both_engines! {
    appending: concurrent_appends_all_stand, the_same_uid_in_sequence, the_same_uid_at_once, the_same_uid_after_a_lost_reply,
        a_uid_with_other_content, a_uid_belongs_to_its_submitter, an_overdraw_leaves_nothing, a_refused_group_leaves_nothing,
        one_refusal_in_a_busy_commit;
    checkpoints: tiles_are_of_the_leaves, checkpoints_are_kept;
    revising: a_void_against_a_draw, a_stale_correction;
    failing: a_failure_is_told_to_its_request_alone, a_full_disk_is_no_acknowledgement;
    opening: everything_is_there_after_reopening, a_newer_schema_is_refused, two_open_at_once;
    older: keys_become_indices;
    damage: a_damaged_row_is_named, a_damaged_log_is_named;
    processes: processes_share_one_log;
    lists: batches_by_filter, parties_sites_and_issues, records_by_filter, what_speaks_of_records, rows_by_key, private_parts_of_records,
        projections_are_replaced;
    keys: keys_of_a_party;
    lineage: traces_are_complete;
    accounts: users_sessions_and_tokens, one_thing_of_a_user_is_changed, a_session_needs_the_pin_that_was_proved, tokens_are_listed_and_withdrawn,
        evidence_is_kept, scans_are_counted, key_checks_hold;
    prints: runs_are_admitted, stretches_end_with_what_was_sent;
    suspicions: they_are_kept_and_listed, they_are_settled_once, openings_near_a_package;
}
