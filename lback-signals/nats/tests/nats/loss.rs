//! A broker whose store is replaced by an earlier copy, or is gone.

use crate::server::Server;
use crate::service::{PUBLISH, Service, assert_booked, set_up, until};

#[tokio::test(flavor = "multi_thread")]
async fn lost_signals_are_published_again_and_land_once() {
    let mut server = Server::start().await;
    set_up(&server.client().await).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let relay = shop.relay(server.client().await).await;
    let landing = mailer.landing(server.client().await);
    let worker = mailer.worker();
    shop.place_many(0..100).await;
    until("the first are booked", async || {
        mailer.booked().await.len() == 100
    })
    .await;
    server.stop();
    let saved = server.save();
    server.restart().await;
    shop.place_many(100..150).await;
    until("the next are booked", async || {
        mailer.booked().await.len() == 150
    })
    .await;
    // These are published, and have not landed.
    drop(landing);
    shop.place_many(150..200).await;
    until("the last are published", async || {
        shop.waiting(PUBLISH).await == 0
    })
    .await;
    server.stop();
    server.put_back(&saved);
    server.restart().await;
    until("the lost ones are published again", async || {
        relay.health.republished() >= 100
    })
    .await;
    let _landing = mailer.landing(server.client().await);
    until("the lost ones are booked", async || {
        mailer.booked().await.len() == 200
    })
    .await;
    assert_booked(&mailer.booked().await, 0..200);
    worker.shutdown().await;
}

/// The new signals get the sequence numbers of the lost ones before the relay asks for the position.
#[tokio::test(flavor = "multi_thread")]
async fn a_loss_under_load_is_found() {
    let mut server = Server::start().await;
    set_up(&server.client().await).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let _relay = shop.relay(server.client().await).await;
    let worker = mailer.worker();
    server.stop();
    let saved = server.save();
    server.restart().await;
    shop.place_many(0..100).await;
    until("they are published", async || {
        shop.waiting(PUBLISH).await == 0
    })
    .await;
    server.stop();
    server.put_back(&saved);
    shop.place_many(100..500).await;
    server.restart().await;
    shop.place_many(500..600).await;
    let _landing = mailer.landing(server.client().await);
    until("all are booked", async || {
        mailer.booked().await.len() == 600
    })
    .await;
    let mut booked = mailer.booked().await;
    booked.sort_unstable();
    assert_eq!(booked, (0..600).collect::<Vec<_>>());
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_lost_its_stream_gets_what_the_outbox_keeps() {
    let mut server = Server::start().await;
    set_up(&server.client().await).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let relay = shop.relay(server.client().await).await;
    let _landing = mailer.landing(server.client().await);
    let worker = mailer.worker();
    shop.place_many(0..100).await;
    until("they are booked", async || {
        mailer.booked().await.len() == 100
    })
    .await;
    server.stop();
    server.remove_store();
    server.restart().await;
    shop.place_many(100..120).await;
    until("the relay notices", async || relay.health.is_degraded()).await;
    set_up(&server.client().await).await;
    until("the rest is booked", async || {
        mailer.booked().await.len() == 120
    })
    .await;
    assert_booked(&mailer.booked().await, 0..120);
    assert_eq!(relay.health.republished(), 100);
    worker.shutdown().await;
}

/// After a crash, the state of a consumer may be newer than the messages of its stream.
#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_is_ahead_of_its_stream_delivers_the_next_messages() {
    let mut server = Server::start().await;
    set_up(&server.client().await).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let relay = shop.relay(server.client().await).await;
    let landing = mailer.landing(server.client().await);
    let worker = mailer.worker();
    shop.place_many(0..50).await;
    until("the first are booked", async || {
        mailer.booked().await.len() == 50
    })
    .await;
    server.stop();
    let saved = server.save();
    server.restart().await;
    shop.place_many(50..100).await;
    until("the next are booked", async || {
        mailer.booked().await.len() == 100
    })
    .await;
    drop(relay);
    drop(landing);
    server.shut_down();
    server.put_back_messages(&saved, "lback-shop");
    // They get the sequence numbers of the lost ones.
    shop.place_many(100..150).await;
    server.restart().await;
    let landing = mailer.landing(server.client().await);
    until("it lands", async || landing.health.is_active()).await;
    let _relay = shop.relay(server.client().await).await;
    until("the last are booked", async || {
        mailer.booked().await.len() == 150
    })
    .await;
    assert_booked(&mailer.booked().await, 0..150);
    worker.shutdown().await;
}
