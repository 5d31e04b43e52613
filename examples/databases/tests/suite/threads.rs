//! Transactions of Diesel in SQLite that run in threads at once.

use tokio::task::JoinSet;

use crate::diesel_layer::DieselSqlite;
use crate::layer::Layer as _;
use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn transactions_of_threads_take_turns() {
    let shop: &'static _ = Box::leak(Box::new(Shop::<DieselSqlite>::with_connections().await));
    let mut tasks = JoinSet::new();
    for order in 1..=8 {
        tasks.spawn(async move {
            let paid = shop.within(async |tx| {
                shop.pay(tx, order).await?;
                tokio::task::yield_now().await;
                if order % 2 == 0 {
                    return Err(DieselSqlite::refusal());
                }
                Ok(())
            });
            assert_eq!(paid.await.is_ok(), order % 2 != 0);
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(shop.settled().await, [1, 3, 5, 7]);
}
