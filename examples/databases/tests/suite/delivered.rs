//! Deliveries that each layer has stored.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use lback_signals::durable::{Outbox as _, Worker};
use tokio::time::{sleep, timeout};

use crate::layer::{Layer, ShopDatabase as _};
use crate::shop::{Shop, was_shipped};

on_each_layer!(the_rows_are_the_same_and_a_worker_delivers_them);

/// The next order, which no other test pays: they share the orders that were shipped.
static NEXT: AtomicI64 = AtomicI64::new(1000);

async fn the_rows_are_the_same_and_a_worker_delivers_them<L: Layer>(shop: Shop<L>) {
    let order = NEXT.fetch_add(2, Ordering::Relaxed);
    let paid = shop.within(async |tx| {
        shop.pay(tx, order).await?;
        L::nested(tx, async |tx| shop.pay(tx, order + 1).await).await
    });
    paid.await.unwrap();
    assert_eq!(shop.settled().await, [order, order + 1]);
    let expected = [order, order + 1]
        .map(|order| format!(r#"shop.shipped 1 {{"order":{order}}} - - - - ship 1 - -"#));
    assert_eq!(L::Database::deliveries(&shop.world.others).await, expected);
    let worker = Worker::new(&shop.outbox).spawn().unwrap();
    let delivered = timeout(Duration::from_secs(10), async {
        while !shop.outbox.counts().await.unwrap().is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
    });
    delivered.await.unwrap();
    worker.shutdown().await;
    assert!(was_shipped(order) && was_shipped(order + 1));
}
