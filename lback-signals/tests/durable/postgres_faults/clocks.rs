//! The clock of the database is set while workers deliver.

use std::time::{Duration, Instant};

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{Outbox as _, PostgresOutbox};
use tokio::time::sleep;

use super::{DEADLINE, LONG_LEASE, Shop, place, pool};

const ORDERS: i64 = 60;
const HOUR: i64 = 3_600_000;

/// Delivers with two workers, whose clock is set by so many milliseconds while they run, and then back.
async fn deliver_with(offset: i64) -> Shop {
    let shop = Shop::new().await;
    let outbox = || PostgresOutbox::new(pool(shop.schema.options()));
    let outboxes = [outbox().await.unwrap(), outbox().await.unwrap()];
    let workers = outboxes
        .each_ref()
        .map(|outbox| shop.worker(outbox, LONG_LEASE));
    for order in 0..ORDERS {
        place(&outboxes[0], order).await.unwrap();
        if order == ORDERS / 2 {
            set_clocks(&outboxes, offset);
        }
    }
    if offset < 0 {
        // The clock delays those of the first half that wait.
        until_idle(&outboxes[0]).await;
    } else {
        shop.until_delivered().await;
    }
    set_clocks(&outboxes, 0);
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

fn set_clocks(outboxes: &[PostgresOutbox], offset: i64) {
    for outbox in outboxes {
        outbox.set_clock_offset(offset);
    }
}

/// Waits until no delivery runs and none is due.
async fn until_idle(outbox: &PostgresOutbox) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let counts = outbox.counts().await.unwrap();
        let mut counts = counts.iter();
        if counts.all(|it| it.running == 0 && it.oldest_due.is_none()) {
            return;
        }
        assert!(Instant::now() < deadline, "deliveries are still due");
        sleep(Duration::from_millis(10)).await;
    }
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
