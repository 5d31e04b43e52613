//! The clock of the database is set while workers deliver.

use std::time::Duration;

use lback_signals::durable::PostgresOutbox;
use lback_signals::durable::testing::TestOutbox as _;
use tokio::time::sleep;

use super::{LEASE, Shop, place, pool};

const ORDERS: i64 = 60;
const HOUR: i64 = 3_600_000;

/// Delivers with two workers, whose clock is set by so many milliseconds while they run, and then back.
async fn deliver_with(offset: i64) -> Shop {
    let shop = Shop::new().await;
    let outbox = || PostgresOutbox::new(pool(shop.schema.options()));
    let outboxes = [outbox().await.unwrap(), outbox().await.unwrap()];
    let workers = outboxes.each_ref().map(|outbox| shop.worker(outbox, LEASE));
    for order in 0..ORDERS {
        place(&outboxes[0], order).await.unwrap();
        if order == ORDERS / 2 {
            outboxes.iter().for_each(|it| it.set_clock_offset(offset));
        }
    }
    // Leases that were renewed by the set clock.
    sleep(LEASE + Duration::from_millis(300)).await;
    outboxes.iter().for_each(|it| it.set_clock_offset(0));
    shop.until_delivered().await;
    assert_eq!(
        shop.assert_received().await,
        (0..ORDERS).collect::<Vec<_>>()
    );
    for worker in workers {
        worker.shutdown().await;
    }
    shop
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_clock_that_is_set_back_repeats_no_run() {
    let shop = deliver_with(-HOUR).await;
    assert_eq!(shop.repeated(), []);
}

/// Leases expire early, and a receiver may run again. Its transaction does not.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_clock_that_is_set_forward_loses_nothing() {
    deliver_with(HOUR).await;
}
