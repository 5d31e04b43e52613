//! Durable receivers of accounts' signals, on each store.
#![cfg(all(feature = "audit", feature = "sqlite", feature = "postgres"))]

mod deleting;
mod delivering;
mod dropped;
mod kept;
mod mailbox;
mod mails;
mod observed;
mod receivers;
mod refused;
mod rolled_back;
mod secrets;
mod snapshots;
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
