//! The pages of workshop, laboratory and office over a real socket, on both engines: each task, pressed twice, with
//! what is wrong beside the field, and closed to everybody else.
//!
//! It lacks log-in, which has its own tests; people here have a session already.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod clerk;
mod closed;
mod desk;
mod grants;
mod growing;
mod laboratory;
mod lineage;
mod office;
mod packages;
mod packing;
mod printing;
mod receiving;
mod registering;
mod returns;
mod revising;
mod rules;
mod standing;
mod stock;
mod suspicions;
mod terms;
mod workshop;

trace_tests::on_both_engines! {
    receiving: several_sellers_in_one_go, a_code_is_read_as_it_is_written, a_clerk_receives_for_a_household, what_is_wrong_stands_beside_its_line, a_shipment_is_taken_up, what_did_not_arrive_is_asked;
    workshop: the_ratio_comes_before_storing, steaming_and_sulphur_are_asked_for, an_overdraw_stands_beside_its_batch, what_cannot_be_used_is_told,
        more_than_500_inputs_are_pooled;
    packing: packages_and_their_codes, the_packages_are_worked_out, what_can_be_packed_comes_first, a_certificate_and_a_shipment, what_is_wrong_with_a_pack;
    printing: a_certificate_is_printed_from_its_record, labels_say_what_is_to_be_known, a_telephone_is_printed_by_consent_alone;
    office: a_hold_is_released, a_copied_code_is_found_and_held, a_recall_reaches_exactly_the_descendants, packages_are_recalled_by_their_codes, records_are_set_right, a_dispute_is_settled,
        the_search_finds, parties_and_sites_are_registered;
    laboratory: a_failed_result_freezes, a_report_is_kept_as_it_is, a_row_shows_how_its_result_is_written, what_is_wrong_with_a_result;
    lineage: the_picture_shows_every_stage, many_alike_are_one_box, a_household_is_called_by_its_own_name, one_is_not_several;
    growing: a_lot_and_every_plot_that_it_reached, a_planting_names_its_seed, own_seed_names_its_planting, work_on_a_plot_is_written_down;
    suspicions: the_office_looks_at_what_was_found;
    standing: what_grows_already_is_registered_and_dug, what_was_planted_since_waits_for_the_office;
    stock: goods_from_elsewhere_say_so, the_books_are_put_right, codes_are_activated_and_voided_in_ranges,
        a_grant_opens_a_households_pages;
    packages: packages_go_by_their_codes, what_is_wrong_with_codes_is_told, a_clerk_ships_for_a_household;
    registering: a_coop_registers_its_village, a_party_is_changed, a_site_is_changed;
    returns: packages_come_back_by_their_codes, a_buyer_sends_goods_back, what_is_wrong_with_a_return;
    grants: a_household_gives_and_ends_a_grant, the_office_ends_a_grant,
        the_office_enters_what_is_above_the_cap;
    rules: another_table_is_put_into_force, what_is_wrong_with_a_table_is_told;
    clerk: a_clerk_works_up_a_households_harvest, a_clerk_sets_right_what_it_typed, everybody_finds_the_way_to_each_task;
    revising: a_planting_and_its_harvest, amounts_of_no_batch_stay, packages_and_their_shipment, lots_and_goods_from_elsewhere, work_and_what_came_back;
    terms: the_two_sides_see_the_terms, a_clerk_is_none_of_the_two_sides, what_is_wrong_with_terms;
    closed: pages_are_for_their_roles, every_form_needs_its_token;
}
