//! Each default isolation of the database.

use lback_signals::durable::PostgresOutbox;
use sqlx::postgres::PgConnectOptions;

use super::{LONG_LEASE, Shop, place_in, pool};

/// The statements of workers have their isolation, so none fails.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn four_workers_deliver_in_each_default_isolation() {
    const ORDERS: i64 = 200;
    for isolation in [
        "read uncommitted",
        "read committed",
        "repeatable read",
        "serializable",
    ] {
        let shop = Shop::new().await;
        let options = || -> PgConnectOptions {
            let isolation = [("default_transaction_isolation", isolation)];
            shop.schema.options().options(isolation)
        };
        let of_sender = pool(options());
        let sender = PostgresOutbox::new(of_sender.clone()).await.unwrap();
        let sender = sender.without_worker();
        for order in 0..ORDERS {
            let transaction = of_sender.begin().await.unwrap();
            let transaction = sender.adopt(transaction).unwrap();
            place_in(transaction, order).await.unwrap();
        }
        let mut workers = Vec::new();
        for _ in 0..4 {
            let outbox = PostgresOutbox::new(pool(options())).await.unwrap();
            workers.push(shop.worker(&outbox, LONG_LEASE));
        }
        shop.until_delivered().await;
        for worker in workers {
            let health = worker.health();
            assert_eq!(health.last_error(), None, "{isolation}");
            assert_eq!((health.failed(), health.lost()), (0, 0), "{isolation}");
            worker.shutdown().await;
        }
        let received = shop.assert_received().await;
        assert_eq!(received, (0..ORDERS).collect::<Vec<_>>(), "{isolation}");
        assert_eq!(shop.repeated(), [], "{isolation}");
    }
}
