//! Connections that are cut in the middle of a publication or an acknowledgement, and servers that crash.

use std::time::Duration;

use test_support::rounds;
use tokio::time::sleep;

use crate::proxy::{Proxy, To};
use crate::server::{Server, client};
use crate::service::{PUBLISH, Service, assert_booked, set_up, until};

/// Publishes and lands 400 signals over a proxy, which cuts the connection four times.
async fn land_with_cuts(
    of_shop: Option<(To, &'static str)>,
    of_mailer: Option<(To, &'static str)>,
) {
    let server = Server::start().await;
    set_up(&server.client().await).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let (to_shop, to_mailer) = (
        Proxy::start(server.port).await,
        Proxy::start(server.port).await,
    );
    let relay = shop.relay(client(to_shop.port).await).await;
    let _landing = mailer.landing(client(to_mailer.port).await);
    let worker = mailer.worker();
    for round in 0..4 {
        if let Some((to, text)) = of_shop {
            to_shop.cut_at(to, text);
        }
        if let Some((to, text)) = of_mailer {
            to_mailer.cut_at(to, text);
        }
        shop.place_many(round * 100..(round + 1) * 100).await;
        until("the connection is cut", async || {
            (of_shop.is_none() || to_shop.has_cut()) && (of_mailer.is_none() || to_mailer.has_cut())
        })
        .await;
        until("all are published", async || {
            shop.waiting(PUBLISH).await == 0
        })
        .await;
    }
    until("all are booked", async || {
        mailer.booked().await.len() == 400
    })
    .await;
    assert_booked(&mailer.booked().await, 0..400);
    assert_eq!(relay.health.published(), 400);
    assert!(mailer.dead("@land").await.is_empty());
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_is_cut() {
    land_with_cuts(Some((To::Server, "HPUB lback.shop.order.placed.v1")), None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_of_the_server_is_cut() {
    land_with_cuts(Some((To::Client, r#""stream":"lback-shop","#)), None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_cut() {
    land_with_cuts(None, Some((To::Client, "ce-specversion"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_of_the_landing_is_cut() {
    land_with_cuts(None, Some((To::Server, "$JS.ACK"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_crashes_under_load() {
    let mut server = Server::start().await;
    set_up(&server.client().await).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let _relay = shop.relay(server.client().await).await;
    let _landing = mailer.landing(server.client().await);
    let worker = mailer.worker();
    for round in 0..5 {
        shop.place_many(round * 200..(round + 1) * 200).await;
        server.restart().await;
    }
    until("all are booked", async || {
        mailer.booked().await.len() == 1_000
    })
    .await;
    assert_booked(&mailer.booked().await, 0..1_000);
    worker.shutdown().await;
}

/// The server is away for a minute of steady sending, at `LBACK_ROUNDS=100`.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_under_load_delays_signals() {
    let mut server = Server::start().await;
    set_up(&server.client().await).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let relay = shop.relay(server.client().await).await;
    let landing = mailer.landing(server.client().await);
    let worker = mailer.worker();
    shop.place_many(0..100).await;
    until("all are booked", async || {
        mailer.booked().await.len() == 100
    })
    .await;
    server.stop();
    let mut placed = 100;
    for _ in 0..rounds(60) {
        shop.place_many(placed..placed + 100).await;
        placed += 100;
        sleep(Duration::from_secs(1)).await;
    }
    assert!(relay.health.is_degraded());
    let waiting = u64::try_from(placed - 100).unwrap();
    assert_eq!(shop.waiting(PUBLISH).await, waiting);
    assert_eq!(landing.health.landed(), 100);
    server.restart().await;
    until("the backlog drains", async || {
        i64::try_from(mailer.booked().await.len()).unwrap() == placed
    })
    .await;
    assert_booked(&mailer.booked().await, 0..placed);
    until("the relay recovers", async || !relay.health.is_degraded()).await;
    assert!(shop.dead(PUBLISH).await.is_empty());
    worker.shutdown().await;
}
