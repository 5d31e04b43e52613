//! Futures that are dropped at any of their awaits.

use test_support::{another_round, polled, rounds};

use crate::layer::Layer;
use crate::shop::Shop;

on_each_layer!(
    a_dropped_transaction_is_committed_with_its_signals_or_not_at_all,
    a_dropped_savepoint_leaves_the_outer_transaction_whole,
);

async fn a_dropped_transaction_is_committed_with_its_signals_or_not_at_all<L: Layer>(
    shop: Shop<L>,
) {
    // A commit whose future is dropped can still succeed: run until one did.
    let mut has_seen_dropped_commit = false;
    let mut round = 0;
    // At the next poll, the task of an operation may have finished or not.
    while another_round(&mut round, 100, has_seen_dropped_commit) {
        let mut polls = 0;
        loop {
            let scenario = shop.within(async |tx| {
                shop.pay(tx, 1).await?;
                L::nested(tx, async |tx| shop.pay(tx, 2).await).await
            });
            let done = polled(polls, scenario).await;
            let orders = shop.settled().await;
            if let Some(done) = done {
                done.unwrap();
                assert_eq!(orders, [1, 2]);
                break;
            }
            assert!(orders == [1, 2] || orders.is_empty(), "{orders:?}");
            has_seen_dropped_commit |= !orders.is_empty();
            polls += 1;
        }
        assert_eq!(polls > 2, L::WAITS, "{polls}");
    }
}

async fn a_dropped_savepoint_leaves_the_outer_transaction_whole<L: Layer>(shop: Shop<L>) {
    for _ in 0..rounds(100) {
        let mut polls = 0;
        loop {
            let paid = shop.within(async |tx| {
                shop.pay(tx, 1).await?;
                let nested = L::nested(tx, async |tx| shop.pay(tx, 2).await);
                let done = polled(polls, nested).await;
                shop.pay(tx, 3).await?;
                Ok(done.is_some())
            });
            let is_done = paid.await.unwrap();
            let orders = shop.settled().await;
            if is_done {
                assert_eq!(orders, [1, 2, 3]);
                break;
            }
            assert!(orders == [1, 2, 3] || orders == [1, 3], "{orders:?}");
            polls += 1;
        }
    }
}
