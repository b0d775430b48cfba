//! The evidence file from the service to its three verifiers: the core, the command, and the script of the pages.
//!
//! It lacks the button itself, which `browser` presses.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod keys;
mod kiosk;
mod offline;
mod script;
mod service;

trace_tests::on_both_engines! {
    service: the_file_of_a_package_holds, every_batch_on_the_way_has_a_file, who_may_see_amounts_gets_them_opened,
        what_is_no_file, the_page_offers_both_ways, what_a_batch_links_can_be_opened;
    script: it_finds_what_the_core_finds;
    keys: a_key_that_was_over_is_found;
}
