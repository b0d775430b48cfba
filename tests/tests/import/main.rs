//! Files that people kept: a list of harvests or JSON lines goes in whole or not at all, and once however often it is
//! handed in. And the log's records go out as rows.
//!
//! It lacks the page of the clerk, which is in `app_pages`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod command;
mod lists;
mod rows;
mod village;
mod wrong;

trace_tests::on_both_engines! {
    lists: the_same_list_again_stores_nothing, three_spellings_are_one_list, a_list_that_grew_stores_its_new_rows,
        one_household_needs_no_names, json_lines_are_one_group;
    wrong: a_wrong_row_stores_nothing_and_is_named, headings_are_told_by_name, who_granted_nothing_is_not_entered_for,
        the_ledgers_own_rules_are_asked_first, names_that_fit_twice_are_asked_for;
    rows: three_formats_say_the_same, amounts_are_for_those_who_may_see_them;
    command: the_command_says_what_it_did;
}
