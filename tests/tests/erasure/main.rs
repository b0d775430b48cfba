//! What is kept of persons, and its erasure: sealed from the first moment, gone without a trace, and everything else
//! as it was. On both engines; the key store is tested on both, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing test may panic")]

mod carrying_out;
mod consent;
mod face;
mod life;
mod market;
mod starting;
mod stores;
mod traces;

use trace_tests::on_both_engines;

on_both_engines! {
    life: what_is_kept_of_a_person_can_be_read_until_it_is_erased, hashes_proofs_and_rebuild_stand_after_an_erasure,
        a_party_registered_anew_has_a_new_key, who_may_erase_whom, a_person_says_it_themselves,
        the_same_registration_again_gets_the_same_answer, erasing_twice_at_once_erases_once;
    carrying_out: an_erasure_that_was_only_recorded_is_carried_out_at_the_next_start,
        the_same_request_again_carries_it_out, a_key_that_cannot_be_made_stores_nothing, log_ins_close_with_it;
    consent: each_field_is_shown_by_its_own_consent, a_farmer_chooses_on_a_page, the_api_tells_what_is_consented_to,
        it_is_the_partys_own_word_and_ends_with_the_person, taking_it_back_needs_no_signature;
    starting: a_lost_key_store_is_refused, another_key_store_is_refused, an_older_copy_without_a_key_is_refused,
        an_older_copy_with_a_destroyed_key_destroys_it_again,
        a_ledger_from_before_an_erasure_still_says_erased, the_ledgers_own_database_is_no_key_store,
        what_an_older_program_kept_plain_is_sealed;
    traces: no_value_stands_anywhere, a_value_that_is_not_sealed_would_be_found;
    face: the_office_erases_over_the_api, refusals_over_the_api, the_office_erases_on_its_page, a_farmer_leaves;
}
