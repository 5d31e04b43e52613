//! What a store has to do, for an application to test its own by.
//!
//! A case is a function named for what it finds, and has a line in the macro's list.

mod accounts;
mod addresses;
mod attempts;
mod finding;
mod fixture;
mod following;
mod forgetting;
mod full;
mod log;
mod names;
mod passwords;
mod purging;
mod races;
mod replacing;
mod strangers;
mod texts;
mod tokens;
mod transactions;
mod trial;
mod unstorable;

pub use accounts::*;
pub use addresses::*;
pub use attempts::*;
pub use finding::*;
pub use following::*;
pub use forgetting::*;
pub use log::*;
pub use names::*;
pub use passwords::*;
pub use purging::*;
pub use races::*;
pub use replacing::*;
pub use strangers::*;
pub use texts::*;
pub use tokens::*;
pub use transactions::*;
pub use trial::{Outcome, Trial, run};
pub use unstorable::*;

/// Tests a store for the contract of [`AccountStore`](crate::AccountStore). Needs the features
/// `testing` and `accounts`.
///
/// The arguments are:
///
/// 1. attributes for each of the tests, such as `#[ignore = "…"]`, if any;
/// 2. a name for the module of the tests;
/// 3. an asynchronous function that returns a new, empty store, and a guard that is dropped after the
///    test;
/// 4. a function that returns an account with the given username and address, taken as they are:
///    active, unverified, without a password and not stored.
///
/// Each test calls both functions, and runs on a tokio runtime with several threads.
///
/// # Examples
///
/// ```
/// use lback_auth::{MemoryStore, User, UserParts};
///
/// lback_auth::account_store_conformance!(
///     memory,
///     async || (MemoryStore::new(), ()),
///     |username, email| User::from_parts(UserParts::new(username, email)),
/// );
/// # fn main() {}
/// ```
///
/// Tests that need a server are ignored unless `cargo test -- --include-ignored` asks for them:
///
/// ```
/// use std::env;
///
/// use lback_auth::{MemoryStore, User, UserParts};
///
/// async fn new_store() -> (MemoryStore, ()) {
///     let url = env::var("ACCOUNTS_URL").expect("ACCOUNTS_URL names a database");
///     // … connect to `url`, and create tables of names that no other test has …
///     # _ = url;
///     (MemoryStore::new(), ())
/// }
///
/// fn new_account(username: &str, email: &str) -> User {
///     User::from_parts(UserParts::new(username, email))
/// }
///
/// lback_auth::account_store_conformance!(
///     #[ignore = "needs ACCOUNTS_URL"]
///     database,
///     new_store,
///     new_account,
/// );
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! account_store_conformance {
    ($(#[$attribute:meta])* $name:ident, $new_store:expr, $new_account:expr $(,)?) => {
        $crate::account_store_conformance! { @cases
            [$(#[$attribute])*] $name, $new_store, $new_account,
            an_inserted_account_has_an_id_of_its_own
            an_id_is_never_given_again
            all_that_an_account_holds_comes_back
            an_account_is_inserted_without_its_token
            a_deleted_account_is_gone

            a_name_is_taken_in_any_spelling
            an_address_is_taken_in_any_spelling
            what_has_another_normal_form_is_another
            a_taken_name_is_told_before_a_taken_address
            a_name_may_be_anothers_address
            a_refused_insertion_changes_nothing
            a_name_of_an_account_out_of_use_is_taken

            an_unverified_holder_of_a_name_gives_way
            an_unverified_holder_of_an_address_gives_way
            two_unverified_holders_give_way_and_nobody_else
            who_was_ever_verified_or_is_out_of_use_stays
            without_leave_nobody_gives_way
            a_refused_insertion_replaces_nobody

            a_login_is_a_verified_address_then_a_name_then_an_unverified_address
            an_address_that_was_verified_once_is_not_verified
            an_address_is_found_verified_or_not
            names_and_addresses_are_found_in_any_spelling
            only_the_whole_text_is_found
            accounts_are_paged_in_the_order_in_which_they_were_inserted

            what_is_no_accounts_id_is_not_found
            nobody_comes_after_what_is_no_accounts_id
            what_is_no_accounts_id_is_not_written_to

            a_password_is_replaced_whichever_it_is
            a_password_of_its_own_epoch_has_that
            a_password_is_replaced_only_if_it_is_the_expected_one
            that_there_is_no_password_can_be_expected
            an_unchanged_account_is_locked_and_not_written
            an_account_goes_out_of_use_and_back

            an_address_is_marked_as_verified_to_the_byte
            an_address_of_before_gives_way_to_the_verified_one
            an_address_is_changed_and_verified
            an_address_is_changed_only_from_the_old_one
            an_address_that_is_taken_is_not_given_to_another
            an_unverified_holder_gives_way_to_a_verified_address
            an_account_may_spell_its_address_otherwise
            an_address_may_be_anothers_name

            a_name_that_is_the_address_follows_it
            a_name_that_is_another_text_stays
            a_name_does_not_follow_into_anothers_name
            a_holder_of_both_gives_way_to_a_name_that_follows

            an_account_without_a_name_or_an_address_is_not_stored
            an_address_without_a_normal_form_is_not_set
            an_empty_normal_form_finds_no_account

            a_token_is_good_once
            an_expired_token_is_not_good_and_stays
            a_token_of_a_clock_that_was_ahead_is_not_good
            a_token_may_be_good_to_the_end_of_time
            a_token_is_good_for_its_purpose_only
            a_token_takes_the_place_of_the_one_before_it
            a_token_takes_the_place_of_an_expired_one
            looking_at_a_token_changes_nothing
            all_tokens_of_one_account_end
            a_token_that_was_mailed_is_recognised
            tokens_outlast_other_changes_of_an_account

            attempts_wait_as_long_as_their_limit_says
            a_free_attempt_leaves_no_wait
            a_refused_attempt_does_not_count
            a_refused_attempt_counts_for_neither_key
            keys_are_counted_apart
            keys_that_differ_in_one_bit_are_two
            who_waits_for_two_keys_waits_for_the_later
            attempts_are_forgotten_after_a_while
            keys_are_forgotten_apart
            attempts_that_are_cleared_are_forgotten
            an_attempt_that_is_returned_is_taken_off
            there_are_never_less_than_no_attempts

            requests_come_in_the_order_in_which_they_were_filed
            a_request_is_taken_once
            all_of_a_request_comes_back
            entries_come_in_the_order_in_which_they_were_appended
            many_entries_are_appended_at_once
            all_of_an_entry_comes_back
            what_was_noted_outlasts_the_account

            purging_says_how_many_rows_have_gone
            purging_deletes_the_tokens_that_have_expired
            purging_deletes_any_number_of_rows
            purging_leaves_all_else

            what_is_rolled_back_has_not_happened
            what_is_dropped_has_not_happened
            what_is_committed_has_happened
            attempts_and_requests_are_rolled_back_too
            operations_of_a_transaction_see_each_other
            what_is_not_committed_is_not_seen
            who_has_a_transaction_can_look
            a_transaction_is_usable_whatever_an_operation_comes_to

            a_name_comes_back_to_the_byte
            an_address_comes_back_to_the_byte
            an_address_that_is_changed_comes_back_to_the_byte
            a_hash_comes_back_to_the_byte
            a_tokens_address_comes_back_to_the_byte
            what_is_noted_comes_back_to_the_byte

            of_many_who_consume_one_token_one_does
            of_many_who_replace_one_password_one_does
            of_many_who_lock_an_unchanged_account_one_changes_it
            of_many_who_take_one_name_one_does
            of_many_who_take_one_address_one_does
            of_many_who_replace_each_other_one_is_left
            of_many_who_change_to_one_address_one_does
            of_many_attempts_no_more_get_through_than_the_limit_allows
            of_a_clients_attempts_no_more_get_through_than_the_limit_allows
            of_many_who_take_one_request_one_does
            of_many_who_delete_one_account_one_does
            what_is_done_beside_a_transaction_is_not_lost
        }
    };
    (@cases $attributes:tt $name:ident, $new_store:expr, $new_account:expr, $($case:ident)*) => {
        #[cfg(test)]
        mod $name {
            use super::*;

            $(
                $crate::account_store_conformance! { @case
                    $attributes $case, $new_store, $new_account
                }
            )*
        }
    };
    (@case [$($attributes:tt)*] $case:ident, $new_store:expr, $new_account:expr) => {
        #[test]
        $($attributes)*
        fn $case() {
            $crate::__private::conformance::run(
                $new_store,
                $new_account,
                $crate::__private::conformance::$case,
            );
        }
    };
}
