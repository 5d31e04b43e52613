//! Conformance suite for stores, which an application runs on its own store.
//!
//! Each case is a function named for the property that it checks. The list in the macro names each case.

mod accounts;
mod address_usernames;
mod addresses;
mod attempt_expiry;
mod attempts;
mod audit;
mod fixture;
mod lookup;
mod passwords;
mod purging;
mod races;
mod replacement;
mod round_trips;
mod sessions;
mod snapshot;
mod tokens;
mod transactions;
mod trial;
mod uniqueness;
mod unknown_ids;
mod unstorable;

pub use accounts::*;
pub use address_usernames::*;
pub use addresses::*;
pub use attempt_expiry::*;
pub use attempts::*;
pub use audit::*;
pub use lookup::*;
pub use passwords::*;
pub use purging::*;
pub use races::*;
pub use replacement::*;
pub use round_trips::*;
pub use sessions::*;
pub use tokens::*;
pub use transactions::*;
pub use trial::{Outcome, Trial, run};
pub use uniqueness::*;
pub use unknown_ids::*;
pub use unstorable::*;

/// Generates tests of a store against the contract of [`AccountStore`](crate::AccountStore). Needs the features
/// `testing` and `accounts`.
///
/// The arguments are:
///
/// 1. attributes for each of the tests, such as `#[ignore = "…"]`, if any;
/// 2. the name of the module of tests;
/// 3. an async function that returns a new, empty store and a guard, which is dropped after the test;
/// 4. a function that returns an account with the given username and address, without validation. The
///    account is active, unverified, has no password and is not stored.
///
/// Each test calls both functions, and runs on a multi-threaded tokio runtime. Outside of tests the macro expands to
/// nothing, so the functions may use dev-dependencies.
///
/// Usernames and addresses of the tests differ. If one field of the application's account type is both, test the table
/// with a type that has two fields; the columns are the same.
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
/// Mark tests that need a server as ignored. `cargo test -- --include-ignored` runs them:
///
/// ```
/// use std::env;
///
/// use lback_auth::{MemoryStore, User, UserParts};
///
/// async fn new_store() -> (MemoryStore, ()) {
///     let url = env::var("ACCOUNTS_URL").expect("ACCOUNTS_URL names a database");
///     // … connect to `url`, and create tables with names that no other test uses …
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
            each_inserted_account_gets_a_unique_id
            ids_of_deleted_accounts_are_not_reused
            every_field_of_an_account_is_stored
            insert_does_not_store_the_pending_token
            delete_removes_an_account_and_its_tokens
            no_token_outlives_its_account

            usernames_are_unique_by_normal_form
            addresses_are_unique_by_normal_form
            texts_with_different_normal_forms_are_different_logins
            insert_reports_a_taken_username_before_a_taken_address
            insert_accepts_the_address_of_another_account_as_username
            a_refused_insert_changes_nothing
            the_username_of_an_inactive_account_is_taken

            insert_replaces_an_unverified_holder_of_the_username
            insert_replaces_an_unverified_holder_of_the_address
            insert_replaces_both_unverified_holders_and_no_other_account
            insert_keeps_once_verified_and_inactive_holders
            insert_keeps_unverified_holders_on_request
            a_refused_insert_replaces_no_account

            find_by_login_prefers_verified_address_then_username_then_unverified_address
            a_previously_verified_address_does_not_count_as_verified
            find_by_email_finds_verified_and_unverified_addresses
            lookups_compare_normal_forms
            lookups_match_the_whole_text
            page_returns_accounts_in_insertion_order

            find_returns_none_for_an_unknown_id
            page_is_empty_after_an_unknown_id
            operations_on_an_unknown_id_write_nothing

            set_password_replaces_any_password
            set_password_stores_the_epoch_of_a_fresh_password
            set_password_requires_the_expected_hash_and_epoch
            set_password_distinguishes_no_hash_from_an_empty_hash
            lock_if_unchanged_compares_and_writes_nothing
            set_active_stores_the_state_and_the_epoch

            mark_verified_compares_the_address_byte_by_byte
            mark_verified_overwrites_a_previously_verified_address
            set_email_changes_and_verifies_the_address
            set_email_requires_the_old_address
            set_email_refuses_a_taken_address
            set_email_replaces_an_unverified_holder
            set_email_may_change_only_the_spelling
            set_email_accepts_the_username_of_another_account

            a_username_that_is_the_address_changes_with_it
            any_other_username_does_not_change_with_the_address
            a_username_does_not_change_to_a_taken_one
            set_email_replaces_a_holder_of_both_username_and_address

            insert_refuses_an_empty_normal_form
            set_email_refuses_an_empty_normal_form
            lookups_by_an_empty_normal_form_find_no_account

            a_token_is_consumed_once
            an_expired_token_is_refused_and_kept
            a_token_issued_in_the_future_is_refused
            a_token_may_expire_at_the_maximum_time
            a_token_is_valid_only_for_its_purpose
            put_token_replaces_the_previous_token
            put_token_replaces_an_expired_token
            find_by_token_does_not_consume_the_token
            delete_tokens_deletes_all_tokens_of_one_account
            a_ledger_deletes_only_valid_tokens_of_the_account
            a_mailed_token_is_found_by_its_text
            tokens_survive_other_changes_of_the_account

            a_session_is_found_with_its_account
            every_field_of_a_session_is_stored
            an_expired_session_is_not_found
            a_session_may_expire_at_the_maximum_time
            touch_session_stores_the_last_use
            rotate_session_replaces_the_digest
            sign_out_keeps_the_session_without_its_digest
            end_sessions_ends_all_or_others_or_one
            a_new_client_and_user_agent_are_recognized
            no_session_outlives_its_account
            sessions_of_an_unknown_id_are_none
            purge_deletes_sessions_that_expired_long_ago

            delays_follow_the_attempt_limit
            free_attempts_cause_no_delay
            a_refused_attempt_is_not_counted
            a_refused_attempt_is_counted_for_neither_key
            each_key_has_a_separate_count
            keys_that_differ_in_one_bit_have_separate_counts
            the_later_end_of_two_waits_applies
            attempts_are_forgotten_after_the_time_of_the_limit
            each_key_is_forgotten_separately
            clear_attempts_resets_only_the_given_keys
            return_attempts_decrements_the_count
            return_attempts_stops_at_zero
            a_granted_attempt_finds_the_account_of_its_login

            audit_entries_are_returned_in_append_order
            append_audit_accepts_many_entries
            every_field_of_an_audit_entry_is_stored
            audit_entries_survive_the_account
            audit_of_returns_the_entries_about_one_account

            purge_returns_the_number_of_deleted_rows
            purge_deletes_expired_tokens
            purge_deletes_any_number_of_rows
            purge_deletes_nothing_else

            rollback_undoes_every_write
            dropping_a_transaction_undoes_every_write
            commit_makes_every_write_visible
            rollback_undoes_changes_of_attempts
            a_transaction_sees_its_own_writes
            uncommitted_writes_are_invisible_outside_the_transaction
            reads_do_not_wait_for_an_open_transaction
            a_transaction_is_usable_after_each_refusal
            a_transaction_with_an_unfinished_operation_is_not_committed

            usernames_round_trip_byte_for_byte
            addresses_round_trip_byte_for_byte
            changed_addresses_round_trip_byte_for_byte
            hashes_round_trip_byte_for_byte
            addresses_of_tokens_round_trip_byte_for_byte
            audit_entries_round_trip_byte_for_byte

            concurrent_consumers_of_one_token_succeed_once
            concurrent_rotations_of_one_session_succeed_once
            concurrent_replacements_of_one_password_succeed_once
            concurrent_locks_of_an_unchanged_account_succeed_once
            concurrent_inserts_of_one_username_store_one
            concurrent_inserts_of_one_address_store_one
            concurrent_replacing_inserts_leave_one_account
            concurrent_changes_to_one_address_succeed_once
            concurrent_attempts_of_one_subject_stay_within_the_limit
            concurrent_attempts_of_one_client_stay_within_the_limit
            concurrent_deletions_of_one_account_succeed_once
            concurrent_transactions_and_attempts_are_all_stored
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
