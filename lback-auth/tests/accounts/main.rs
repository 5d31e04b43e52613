//! The flows of accounts, on each store.
#![cfg(all(feature = "audit", feature = "sqlite", feature = "postgres"))]

mod activity;
mod attacks;
mod audit;
mod authenticating;
mod changing_email;
mod clocks;
mod confirming;
mod cutting;
mod equal_work;
mod faults;
mod faulty;
mod half_done;
mod isolation;
mod journal;
mod meanwhile;
mod naughty;
mod occupied;
mod outside;
mod own_logins;
mod passwords;
mod phases;
mod races;
mod registering;
mod requests;
mod sessions;
mod throttling;
mod together;
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
