//! The flows of accounts, on each store.
#![cfg(all(feature = "audit", feature = "sqlite", feature = "postgres"))]

mod activity;
mod attacks;
mod audit;
mod authenticating;
mod changing_email;
mod faults;
mod faulty;
mod half_done;
mod journal;
mod naughty;
mod passwords;
mod phases;
mod races;
mod registering;
mod requests;
mod throttling;
mod together;
mod world;

#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/occupied.rs"]
mod occupied;

/// Makes a test of each function that takes a [`world::World`], for each store.
macro_rules! on_each_store {
    ($($test:ident),* $(,)?) => {
        $crate::on_each_store!(@ memory, $crate::world::memory, $($test),*);
        $crate::on_each_store!(@ sqlite, $crate::world::sqlite, $($test),*);
        $crate::on_each_store!(@ postgres, $crate::world::postgres, $($test),*);
    };
    (@ $store:ident, $new:path, $($test:ident),*) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    $new(async |world| super::$test(world).await).await;
                }
            )*
        }
    };
}
use on_each_store;
