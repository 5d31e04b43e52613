//! Conformance suite for outboxes, which an application runs on its own one.
//!
//! Each case is a function named for the property that it checks. The list in the macro names each case.

#[doc(hidden)]
pub mod cases;
mod trial;

#[doc(hidden)]
pub use self::trial::{Outcome, Trial, run};

pub use super::dead_delivery::DeadDelivery;
use super::error::OutboxError;
use super::memory::MemoryOutbox;
use super::outbox::Outbox;
#[cfg(feature = "durable-postgres")]
use super::postgres::PostgresOutbox;
#[cfg(feature = "durable-sqlite")]
use super::sqlite::SqliteOutbox;

/// An outbox that [`outbox_conformance!`](crate::outbox_conformance) tests.
pub trait TestOutbox: Outbox {
    /// Sets how far the clock of the outbox is from its real one, in milliseconds: for all its clones, and from the
    /// next operation on.
    fn set_clock_offset(&self, millis: i64);

    /// Returns all dead letters by number.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn dead_letters(&self) -> impl Future<Output = Result<Vec<DeadDelivery>, OutboxError>> + Send;

    /// Counts the stored signals.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn signals(&self) -> impl Future<Output = Result<u64, OutboxError>> + Send;
}

#[cfg(feature = "durable-postgres")]
impl TestOutbox for PostgresOutbox {
    fn set_clock_offset(&self, millis: i64) {
        self.set_offset(millis);
    }

    async fn dead_letters(&self) -> Result<Vec<DeadDelivery>, OutboxError> {
        self.dead().await
    }

    async fn signals(&self) -> Result<u64, OutboxError> {
        self.count_signals().await
    }
}

#[cfg(feature = "durable-sqlite")]
impl TestOutbox for SqliteOutbox {
    fn set_clock_offset(&self, millis: i64) {
        self.set_offset(millis);
    }

    async fn dead_letters(&self) -> Result<Vec<DeadDelivery>, OutboxError> {
        self.dead().await
    }

    async fn signals(&self) -> Result<u64, OutboxError> {
        self.count_signals().await
    }
}

impl TestOutbox for MemoryOutbox {
    fn set_clock_offset(&self, millis: i64) {
        self.set_offset(millis);
    }

    async fn dead_letters(&self) -> Result<Vec<DeadDelivery>, OutboxError> {
        Ok(self.dead())
    }

    async fn signals(&self) -> Result<u64, OutboxError> {
        Ok(self.count_signals())
    }
}

/// Generates tests of an outbox against the contract of [`Outbox`](crate::durable::Outbox). Needs the feature
/// `durable`.
///
/// The arguments are:
///
/// 1. attributes for each of the tests, such as `#[ignore = "…"]`, if any;
/// 2. the name of the module of tests;
/// 3. an async function that returns a new, empty outbox and a guard, which is dropped after the test. The outbox
///    implements [`TestOutbox`](crate::durable::testing::TestOutbox).
///
/// Each test runs on a multi-threaded tokio runtime. Outside of tests the macro expands to nothing, so the function
/// may use dev-dependencies.
///
/// # Examples
///
/// ```
/// use lback_signals::durable::MemoryOutbox;
///
/// lback_signals::outbox_conformance!(memory, async || (MemoryOutbox::new(), ()));
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! outbox_conformance {
    ($(#[$attribute:meta])* $name:ident, $new_outbox:expr $(,)?) => {
        $crate::outbox_conformance! { @cases
            [$(#[$attribute])*] $name, $new_outbox,
            each_receiver_of_a_signal_gets_one_delivery
            an_inserted_delivery_is_due_at_once
            a_signal_without_receivers_is_not_stored
            every_field_of_a_signal_is_stored
            payloads_are_stored_byte_for_byte
            payloads_of_a_mebibyte_are_stored
            deliveries_are_numbered_in_the_order_of_the_rows
            a_refused_insert_stores_nothing

            a_claim_takes_only_the_receivers_that_it_names
            a_claim_takes_deliveries_under_earlier_names
            a_claim_takes_only_versions_that_the_program_reads
            a_claim_takes_as_many_as_the_limit_of_each_receiver
            a_claim_takes_what_has_been_due_for_longest
            a_claim_returns_deliveries_by_number
            a_claim_of_nothing_is_empty
            each_claim_counts_an_attempt
            each_claim_has_a_token_of_its_own

            a_claimed_delivery_is_not_claimed_again
            an_expired_lease_is_claimed_again
            a_renewal_restarts_the_lease
            an_expired_lease_is_renewed_until_another_claim
            a_renewal_returns_lost_claims
            a_lost_renewal_changes_nothing

            a_done_delivery_is_deleted
            a_signal_is_deleted_with_its_last_delivery
            a_retry_waits_for_its_delay
            a_retry_without_delay_is_due_at_once
            a_retry_may_wait_for_ever
            a_dead_letter_is_not_claimed
            a_dead_letter_that_was_not_run_gives_its_attempt_back
            a_released_delivery_is_due_at_once_and_gives_its_attempt_back
            a_delivery_may_be_given_back_for_a_time
            errors_are_kept_up_to_four_kibibytes
            a_claim_ends_once
            a_lost_claim_ends_nothing
            one_call_ends_attempts_in_different_ways
            ending_nothing_does_nothing

            a_kept_signal_stays_after_its_last_delivery
            a_kept_signal_is_deleted_after_its_time
            a_signal_may_be_kept_for_ever
            a_dead_letter_is_deleted_after_the_retention
            the_kept_signal_of_a_deleted_dead_letter_stays
            maintenance_deletes_no_delivery_that_is_to_run
            maintenance_deletes_a_bounded_number_at_once

            deliveries_of_a_key_run_one_after_another
            deliveries_of_other_keys_are_not_held_up
            each_receiver_has_a_separate_order
            deliveries_without_an_order_run_at_once
            a_renamed_receiver_keeps_its_order
            a_failed_delivery_keeps_its_place
            an_expired_lease_keeps_its_place
            a_dead_letter_lets_the_next_delivery_of_its_key_run
            a_dead_letter_may_block_its_key
            a_dead_letter_without_an_order_blocks_nothing
            one_call_frees_the_next_delivery_of_each_key
            a_freed_delivery_is_due_at_once
            concurrent_workers_keep_the_order_of_each_key

            next_due_is_the_time_to_the_first_delivery
            next_due_is_the_time_to_the_end_of_a_lease
            next_due_considers_only_what_a_claim_takes
            counts_are_by_receiver_and_state
            counts_tell_how_long_the_oldest_delivery_is_due

            a_change_before_the_call_ends_it
            a_change_during_the_call_ends_it
            a_change_ends_the_call_of_each_waiter

            a_clock_set_back_ends_no_lease
            a_clock_set_back_delays_deliveries
            a_renewal_after_the_clock_was_set_back_holds_the_lease
            a_clock_set_forward_delivers_early

            concurrent_claims_take_each_delivery_once
            concurrent_endings_of_one_claim_succeed_once
            concurrent_inserts_are_all_stored
            concurrent_workers_deliver_everything_once

            a_dropped_insert_is_done_or_not_done
            a_dropped_claim_is_done_or_not_done
            a_dropped_ending_is_done_or_not_done
        }
    };
    (@cases $attributes:tt $name:ident, $new_outbox:expr, $($case:ident)*) => {
        #[cfg(test)]
        mod $name {
            use super::*;

            $(
                $crate::outbox_conformance! { @case $attributes $case, $new_outbox }
            )*
        }
    };
    (@case [$($attributes:tt)*] $case:ident, $new_outbox:expr) => {
        #[test]
        $($attributes)*
        fn $case() {
            $crate::durable::testing::run($new_outbox, $crate::durable::testing::cases::$case);
        }
    };
}

/// Generates tests of an outbox against the contract of [`OutboxAdmin`](crate::durable::OutboxAdmin), beside those of
/// [`outbox_conformance!`](crate::outbox_conformance), which has the same arguments. Needs the feature `durable`.
///
/// # Examples
///
/// ```
/// use lback_signals::durable::MemoryOutbox;
///
/// lback_signals::outbox_admin_conformance!(memory_admin, async || (MemoryOutbox::new(), ()));
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! outbox_admin_conformance {
    ($(#[$attribute:meta])* $name:ident, $new_outbox:expr $(,)?) => {
        $crate::outbox_conformance! { @cases
            [$(#[$attribute])*] $name, $new_outbox,
            operators_find_deliveries_by_state
            operators_see_each_field_of_a_delivery
            operators_page_deliveries_by_number
            operators_see_the_signal_of_a_delivery
            the_signals_of_a_subject_are_exported
            operators_see_the_forms_that_are_stored
            operations_are_noted_with_what_they_changed

            a_dead_letter_is_retried_from_its_first_attempt
            a_retry_changes_only_dead_letters
            a_retry_wakes_the_workers
            operators_discard_what_does_not_run
            a_discarded_signal_is_kept_if_it_is_to_be
            the_signals_of_a_subject_are_erased
            an_erased_signal_that_fails_can_be_erased_again

            a_retried_dead_letter_waits_for_the_delivery_that_has_passed_it
            retried_dead_letters_of_a_key_run_one_after_another
            a_retried_dead_letter_that_blocks_its_key_is_due
            a_discarded_head_frees_the_next_delivery
            a_discarded_delivery_that_waits_for_another_frees_nothing
            maintenance_leaves_blocked_keys_as_they_are
            an_erased_head_frees_the_next_delivery
            a_dead_letter_blocks_its_key_until_it_is_deleted
            a_replay_keeps_the_order_of_each_key

            a_kept_signal_is_delivered_once_more
            a_replay_retries_dead_letters
            a_replay_leaves_out_what_waits_or_runs
            a_replay_is_of_one_receiver_and_its_signals
            a_replay_does_not_wait_for_other_receivers
            a_replay_begins_at_a_time
            a_replay_is_paged
            a_replay_ends_while_signals_are_sent
            a_page_of_a_replay_takes_at_least_one_signal

            a_dead_letter_that_many_retry_runs_once
            a_delivery_is_run_or_discarded
            the_last_two_deliveries_of_a_signal_may_end_at_once
            a_replay_beside_workers_delivers_each_once
            operators_and_workers_keep_the_order_of_each_key
        }
    };
}

/// Generates tests of an outbox against the contract of [`BrokerOutbox`](crate::durable::BrokerOutbox), beside those of
/// [`outbox_conformance!`](crate::outbox_conformance), which has the same arguments. Needs the feature `durable`.
///
/// # Examples
///
/// ```
/// use lback_signals::durable::MemoryOutbox;
///
/// lback_signals::outbox_fan_out_conformance!(memory_fan_out, async || (MemoryOutbox::new(), ()));
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! outbox_fan_out_conformance {
    ($(#[$attribute:meta])* $name:ident, $new_outbox:expr $(,)?) => {
        $crate::outbox_conformance! { @cases
            [$(#[$attribute])*] $name, $new_outbox,
            a_published_signal_is_kept_with_its_sequence
            a_lost_claim_publishes_nothing
            a_published_signal_frees_the_next_of_its_key
            signals_that_a_broker_has_lost_are_published_again
            many_signals_are_published_again_in_steps
            signals_that_were_done_long_ago_are_not_published_again
            senders_and_publishing_again_do_not_wait_for_each_other
            a_signal_of_another_service_lands_once
            a_landed_signal_is_stored_as_a_sent_one
            a_refused_signal_is_a_dead_letter
            a_landed_signal_is_forgotten_after_its_time
            a_signal_that_many_land_is_stored_once
        }
    };
}
