//! The JSON API over a real socket, on both engines: what it takes, what it refuses and how it says so, who sees what,
//! and that its own description of itself is true.
//!
//! It lacks the rules of the domain, which have their own tests; here each refusal is looked at as an answer.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod access;
mod appending;
mod bad_body;
mod bad_input;
mod certificate;
mod codes;
mod connections;
mod document;
mod face;
mod files;
mod guide;
mod headers;
mod label_states;
mod labels;
mod problems;
mod reading;
mod signatures;

trace_tests::on_both_engines! {
    access: tokens_open_their_party_alone, a_token_that_ended_says_so, a_party_acts_for_itself_or_by_grant,
        amounts_are_for_those_who_may_see_them, a_session_opens_no_writing;
    appending: the_answer_is_the_record, the_same_request_gets_the_same_answer, a_group_stands_or_falls_together,
        a_signed_record_is_taken_as_it_is, an_opening_must_fit,
        amounts_of_no_batch_are_sealed;
    bad_body: bodies_that_cannot_be_read, a_body_over_the_limit, wrong_addresses;
    bad_input: amounts_that_cannot_be, times_that_cannot_be, batches_that_cannot_be_used, shapes_that_cannot_be,
        more_than_the_land_gives;
    certificate: a_certificate_is_printed, a_certificate_is_for_its_party, what_was_erased_says_so,
        what_does_not_stand_is_not_printed, wrong_orders_of_certificates_are_explained;
    codes: a_gtin_has_its_check_digit, a_label_leads_back_to_its_package, a_symbol_is_made_as_it_is_wished, codes_are_for_their_party;
    connections: who_asks_nothing_is_hung_up_on, who_asks_again_is_answered;
    document: it_names_every_route, it_describes_what_is_answered;
    files: a_digest_opens_no_file, a_file_is_for_the_parties_of_its_record, a_correction_keeps_its_files,
        files_of_before_stay_with_their_records;
    guide: its_commands_do_what_it_says, the_command_signs_no_contradiction;
    headers: every_answer_carries_them, operations_answer;
    label_states: a_batch_that_must_stay_has_no_labels, codes_that_must_stay_have_no_labels, what_came_back_is_said,
        a_withdrawn_key_is_said,
        how_fine_symbols_come_out;
    labels: a_printed_label_opens_its_package, labels_are_for_their_party, wrong_orders_are_explained,
        void_codes_are_not_printed, a_blend_bears_no_mark, symbols_bear_the_brands_mark_where_a_template_says_so;
    reading: records_batches_and_traces, lists_come_in_pages, evidence_is_made_harmless, vocabulary_and_rules_are_public;
    signatures: keys_that_do_not_sign, keys_that_are_not_theirs, a_demand_in_a_group, keys_are_listed;
}
