//! The pages that everybody can open, over a real socket and on both engines: every state of a package, what counts as
//! an opening, what the story tells and what it keeps to itself.
//!
//! It lacks the rules of the domain and the looks of the pages.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod addresses;
mod copies;
mod counting;
mod kiosk;
mod states;
mod stories;

trace_tests::on_both_engines! {
    addresses: they_are_read_in_either_case, wrong_ones_say_what_is_wrong, a_batch_has_one_address,
        the_bare_address_leads_to_everybodys_page;
    copies: nothing_travels_that_fast, many_regions_in_a_day, regions_come_from_proxy_or_table, a_hundred_openings_are_many,
        late_openings_are_for_the_office, what_left_circulation_is_noted, a_lost_roll_shows_itself,
        a_code_that_was_never_issued_is_noted, guessing_is_slowed_and_genuine_codes_are_not,
        guessing_by_evidence_files_is_slowed_too;
    counting: the_second_opening_is_told_of_the_first, the_page_answers_when_it_cannot_count,
        only_people_who_open_the_page_count, one_of_many_at_once_is_the_first, before_activation_nothing_counts,
        a_changed_address_does_not_use_up_the_first_opening, many_devices_on_one_day_look_like_copies, a_guess_touches_no_table;
    states: every_state_is_told_apart, pages_are_small_and_load_nothing_from_elsewhere, what_is_eaten_carries_the_advice,
        a_withdrawn_key_shows_on_its_packages;
    stories: a_clean_way_shows_the_mark, what_is_known_to_be_young_gets_no_mark, sulphur_is_told_and_takes_the_mark,
        what_the_crop_says_of_itself_is_told, a_blend_shows_its_share, tests_are_strictly_of_their_batch,
        nothing_is_passed_over_in_silence, what_was_typed_in_late_says_so, nobody_is_named_and_no_amount_is_told,
        sixty_households_are_summed_up, a_correction_is_told_and_old_ways_are_left, shares_agree_with_the_lineage;
}
