//! What the ledger promises, through the real stores: every case runs on SQLite and on PostgreSQL.
//!
//! It lacks the storage contract (`conformance`) and long random histories (`property`).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod agents;
mod authority;
mod codes;
mod crop;
mod forms;
mod groups;
mod holds;
mod keys;
mod land;
mod limits;
mod overdraw;
mod recall;
mod refusals;
mod returns;
mod revision;
mod rules;
mod signed;
mod trade;

trace_tests::on_both_engines! {
    agents: an_agent_registers_its_village, a_new_village_leaves_the_person, a_place_lies_on_the_earth;
    authority: roles_decide, grants_decide_who_types, nobody_moves_what_is_not_theirs, time_has_an_order;
    trade: a_receipt_is_confirmed_or_disputed, a_shipment_gives_what_it_set_aside, receipts_are_undone,
        a_corrected_shipment_keeps_what_was_received;
    holds: a_finding_holds_until_release, a_gain_counts_when_released, a_failed_test_freezes, a_dispute_freezes;
    recall: a_recall_reaches_exactly_the_descendants, a_recall_of_these_only, what_comes_back_is_recalled_still;
    returns: what_never_left_does_not_come_back, a_shipment_is_received_or_comes_back,
        what_a_buyer_has_comes_back_from_the_buyer, a_return_is_undone, packages_come_back_to_whom_they_went,
        sixty_four_clients_never_get_a_shipment_twice;
    revision: a_correction_moves_the_balance, a_void_gives_back, the_office_may_correct_twice,
        a_planting_keeps_its_area;
    codes: codes_take_from_the_batch, returned_codes_stay_returned, weight_comes_back_by_weight,
        packages_are_shipped_by_their_codes, counts_are_told_to_their_owner_alone;
    limits: the_yield_has_a_cap, a_harvested_planting_does_not_shrink, drying_has_bounds, a_site_is_as_large_as_it_is, opening_stock_ends,
        amounts_are_those_of_the_kind, packages_have_a_size, own_seed_has_a_source, goods_do_not_vanish_in_sorting,
        refusals_show_both_amounts;
    crop: a_lot_of_fungus_tells_what_was_lost, a_planting_tells_its_wood_and_holes, steaming_has_its_time_and_its_day,
        what_was_fumigated_is_held, a_plot_tells_by_what_right_it_is_used, seed_keeps_its_form;
    forms: a_planting_is_of_its_seeds_form, goods_keep_their_form;
    land: a_plot_is_not_dug_twice_in_a_day, tianma_grows_before_it_is_dug, what_is_dug_early_is_noted, what_was_full_is_not_planted_for_that_day,
        a_day_of_digging_is_taken_back, a_planting_needs_what_it_lives_on, ground_rests_before_it_is_planted_again;
    rules: another_table_comes_into_force;
    groups: a_long_group_takes_few_rounds, a_group_names_its_own_records, a_founding_may_be_part_of_a_group;
    keys: a_key_that_is_over_signs_nothing, a_key_signs_for_its_party_alone, keys_are_registered_and_ended_by_right,
        a_demand_holds_whoever_enters, a_demand_lasts_as_long_as_its_key, a_demand_outlives_rebuild_and_restart;
    refusals: of_versions, of_amounts, of_trade, of_codes, of_oversight, of_parties;
    signed: a_signed_record_stands, a_wrong_signature_does_not;
    overdraw: sixty_four_clients_never_overdraw, sixty_four_clients_never_take_more_than_was_shipped,
        a_failing_group_tells_nothing_of_a_neighbours_stock;
}
