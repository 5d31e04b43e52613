//! The flows of accounts, on each store.
#![cfg(all(
    feature = "audit",
    feature = "serde",
    feature = "sqlite",
    feature = "postgres"
))]

mod activity;
mod application_rollback;
mod attacks;
mod audit;
mod authenticating;
mod busy_hasher;
mod cancelled_changes;
mod changing_email;
mod clocks;
mod concurrent_changes;
mod confirmation_races;
mod dropped_flows;
mod equal_work;
mod failed_flows;
mod faulty_store;
mod isolation;
mod journal;
mod naughty_strings;
mod observed;
mod passwords;
mod phases;
mod races;
mod registering;
mod requests;
mod session_attacks;
mod session_flows;
mod sessions;
mod shared_transaction;
mod store_faults;
mod throttling;
mod unverified;
mod wait_reset;
#[cfg(feature = "axum")]
mod web;
mod world;

#[path = "../support/databases.rs"]
mod databases;

/// Generates a test per store of each function that takes a [`world::World`].
macro_rules! on_each_store {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $($crate::on_each_store!(@ memory, $test);)*
        }
        mod sqlite {
            $($crate::on_each_store!(@ sqlite, $test);)*
        }
        mod postgres {
            $($crate::on_each_store!(@ #[ignore = "needs LBACK_POSTGRES_URL"] postgres, $test);)*
        }
    };
    (@ $(#[$attribute:meta])? $store:ident, $test:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $(#[$attribute])?
        async fn $test() {
            $crate::world::$store(async |world| super::$test(world).await).await;
        }
    };
}
use on_each_store;
