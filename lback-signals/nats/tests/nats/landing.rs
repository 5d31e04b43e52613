//! The signals that land in a service.

use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::consumer::pull::Config;
use lback_signals::durable::Outbox;
use lback_signals_nats::{Landing, NatsError, StreamSettings, setup};
use tokio::time::sleep;

use crate::server::Server;
use crate::service::{PUBLISH, Service, assert_booked, set_up, until};

#[tokio::test(flavor = "multi_thread")]
async fn signals_land_once_and_in_the_order_of_their_keys() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let landing = mailer.landing(client.clone());
    let worker = mailer.worker();
    let _relay = shop.relay(client.clone()).await;
    shop.place_many(0..300).await;
    until("all are booked", async || {
        mailer.booked().await.len() == 300
    })
    .await;
    assert_booked(&mailer.booked().await, 0..300);
    assert_eq!(
        (landing.health.landed(), landing.health.refused()),
        (300, 0)
    );
    // Although the signal is declared with `publish` in the mailer's program, too.
    assert!(
        mailer
            .outbox
            .counts()
            .await
            .unwrap()
            .iter()
            .all(|it| it.receiver != PUBLISH)
    );
    let stream = jetstream::new(client)
        .get_stream("lback-shop")
        .await
        .unwrap();
    assert_eq!(stream.cached_info().state.messages, 300);
    until("all are acknowledged", async || {
        stream
            .consumer_info("mailer")
            .await
            .unwrap()
            .num_ack_pending
            == 0
    })
    .await;
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_that_comes_later_gets_what_the_stream_keeps() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let _relay = shop.relay(client.clone()).await;
    shop.place_many(0..1_000).await;
    until("all are published", async || {
        shop.waiting(PUBLISH).await == 0
    })
    .await;
    let landing = mailer.landing(client);
    until("all have landed", async || landing.health.landed() == 1_000).await;
}

/// The database is locked for longer than the server waits for an acknowledgement.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_delivered_again_lands_once() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let landing = mailer.landing(client.clone());
    until("it lands", async || landing.health.is_active()).await;
    let mut lock = mailer.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    sqlx::query("CREATE TABLE locked (x)")
        .execute(&mut *lock)
        .await
        .unwrap();
    let _relay = shop.relay(client).await;
    shop.place_many(0..20).await;
    // The acknowledgement is awaited for a second.
    sleep(Duration::from_secs(3)).await;
    lock.rollback().await.unwrap();
    until("they are delivered again", async || {
        landing.health.duplicates() > 0
    })
    .await;
    let worker = mailer.worker();
    until("all are booked", async || mailer.booked().await.len() == 20).await;
    assert_booked(&mailer.booked().await, 0..20);
    assert_eq!(landing.health.landed(), 20);
    worker.shutdown().await;
}

/// The process ends while the database is locked.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_acknowledged_after_its_commit() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let landing = mailer.landing(client.clone());
    until("it lands", async || landing.health.is_active()).await;
    let mut lock = mailer.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    sqlx::query("CREATE TABLE locked (x)")
        .execute(&mut *lock)
        .await
        .unwrap();
    let _relay = shop.relay(client.clone()).await;
    shop.place_many(0..20).await;
    let context = jetstream::new(client.clone());
    let stream = context.get_stream("lback-shop").await.unwrap();
    until("all are delivered", async || {
        let consumer = stream.consumer_info("mailer").await.unwrap();
        consumer.delivered.stream_sequence == 20
    })
    .await;
    // An acknowledgement would be on its way.
    sleep(Duration::from_millis(500)).await;
    drop(landing);
    let consumer = stream.consumer_info("mailer").await.unwrap();
    assert_eq!(consumer.num_ack_pending, 20);
    lock.rollback().await.unwrap();
    let landing = mailer.landing(client);
    until("all land", async || landing.health.landed() == 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_lands_and_another_takes_over() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let first = mailer.landing(server.client().await);
    until("the first one lands", async || first.health.is_active()).await;
    let second = mailer.landing(server.client().await);
    let _relay = shop.relay(client).await;
    shop.place_many(0..50).await;
    until("all have landed", async || first.health.landed() == 50).await;
    sleep(Duration::from_secs(2)).await;
    assert!(!second.health.is_active());
    drop(first);
    shop.place_many(50..100).await;
    until("the second one lands", async || {
        second.health.landed() == 50
    })
    .await;
    let worker = mailer.worker();
    until("all are booked", async || {
        mailer.booked().await.len() == 100
    })
    .await;
    assert_booked(&mailer.booked().await, 0..100);
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_kept_for_longer_than_messages() {
    let server = Server::start().await;
    let client = server.client().await;
    let mailer = Service::new().await;
    let run = async |retention: Option<Duration>| {
        let landing = Landing::new(&mailer.outbox, client.clone(), "mailer").from("shop");
        let landing = match retention {
            Some(retention) => landing.with_retention(retention),
            None => landing,
        };
        landing.run(sleep(Duration::from_secs(3))).await
    };
    let missing = run(None).await.unwrap_err();
    assert!(matches!(missing, NatsError::NoStream { .. }), "{missing:?}");
    set_up(&client).await;
    let week = Duration::from_hours(24 * 7);
    let short = run(Some(week)).await.unwrap_err();
    assert!(matches!(short, NatsError::Retention { .. }), "{short:?}");
    run(Some(week + Duration::from_secs(1))).await.unwrap();
    let endless = StreamSettings::default().with_max_age(Duration::ZERO);
    setup(&client, "shop", &endless).await.unwrap();
    let endless = run(None).await.unwrap_err();
    assert!(
        matches!(endless, NatsError::Retention { .. }),
        "{endless:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_gives_messages_up_is_refused() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let stream = jetstream::new(client.clone())
        .get_stream("lback-shop")
        .await
        .unwrap();
    let gives_up = Config {
        durable_name: Some("mailer".to_owned()),
        max_deliver: 3,
        ..Config::default()
    };
    stream.create_consumer(gives_up).await.unwrap();
    let mailer = Service::new().await;
    let landing = Landing::new(&mailer.outbox, client, "mailer").from("shop");
    let refused = landing.run(std::future::pending()).await.unwrap_err();
    assert!(matches!(refused, NatsError::Consumer { .. }), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_has_a_state_of_its_landing() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    setup(&client, "stock", &StreamSettings::default())
        .await
        .unwrap();
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let landing = Landing::new(&mailer.outbox, client.clone(), "mailer");
    let landing = landing.from("shop").from("stock");
    let health = landing.health();
    let of_shop = health.of("shop").unwrap();
    let of_stock = health.of("stock").unwrap();
    assert!(health.of("mailer").is_none());
    let landing = tokio::spawn(landing.run(std::future::pending()));
    until("both land", async || health.is_active()).await;
    assert!(of_shop.is_active() && of_stock.is_active() && !health.is_degraded());
    let context = jetstream::new(client.clone());
    context.delete_stream("lback-stock").await.unwrap();
    until("the stock has failed", async || {
        of_stock.is_degraded() && !of_stock.is_active()
    })
    .await;
    let _relay = shop.relay(client).await;
    shop.place_many(0..10).await;
    until("the shop lands", async || of_shop.landed() == 10).await;
    assert!(of_shop.is_active() && !of_shop.is_degraded());
    assert!(!health.is_active() && health.is_degraded());
    assert_eq!((health.landed(), of_stock.landed()), (10, 0));
    landing.abort();
}
