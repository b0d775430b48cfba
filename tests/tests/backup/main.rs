//! Backup and restore: out of either engine, into either, while others write, on damaged files and full disks.
//!
//! Every case with an engine in it runs on both; what damages a file needs none, since a backup is one file whatever
//! it came from. It lacks the ledger's rules and the stores' contract.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod busy;
mod command;
mod county;
mod crossing;
mod damage;
mod dump;
#[path = "../conformance/log.rs"]
mod log;
#[path = "../conformance/random_county.rs"]
#[expect(dead_code, reason = "only its growing is wanted here")]
mod random_county;
mod refusals;

trace_tests::on_both_engines! {
    crossing: a_backup_restores_into_both_engines, an_empty_ledger_is_copied_too, a_backup_is_read_and_never_written;
    busy: a_backup_while_clients_append;
    refusals: a_database_with_rows_is_refused, a_full_disk_restores_nothing, a_table_that_no_migration_made_is_refused,
        an_unsound_ledger_gives_no_backup, a_tile_or_checkpoint_of_another_tree_gives_no_backup;
    command: the_commands_say_what_they_did, a_full_disk_leaves_no_backup;
}
