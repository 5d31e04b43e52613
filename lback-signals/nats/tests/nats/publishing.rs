//! The signals that a service publishes.

use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::stream::Config;
use futures_util::StreamExt;
use lback_signals::durable::TraceContext;
use lback_signals::{Scope, Signal};
use lback_signals_nats::{NatsError, StreamSettings, publish, setup};
use tokio::time::sleep;

use crate::server::Server;
use crate::service::{PUBLISH, Placed, Service, set_up, until};

struct Trace;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

impl TraceContext for Trace {
    fn traceparent(&self) -> Option<String> {
        Some(TRACE.to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_is_a_cloud_event_in_binary_mode() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let mut messages = client.subscribe("lback.>").await.unwrap();
    let shop = Service::new().await;
    let scope = Scope::new().provide_dyn::<dyn TraceContext>(std::sync::Arc::new(Trace));
    let send = async {
        let mut tx = shop.outbox.begin().await.unwrap();
        let run = tx.run(async |_| {
            let report = Placed {
                order: 7,
                number: 1,
                note: "caf\u{e9}",
            }
            .send();
            assert!(report.is_ok());
            Ok::<_, sqlx::Error>(())
        });
        run.await.unwrap();
        tx.commit().await.unwrap();
    };
    scope.run_async(send).await;
    let _relay = shop.relay(client).await;
    let message = messages.next().await.unwrap();
    assert_eq!(message.subject.as_str(), "lback.shop.order.placed.v1");
    assert_eq!(
        &*message.payload,
        "{\"order\":7,\"number\":1,\"note\":\"café\"}".as_bytes()
    );
    let headers = message.headers.unwrap();
    let header = |name: &str| headers.get(name).map(|it| it.as_str().to_owned());
    let id: String = sqlx::query_scalar("SELECT lower(hex(id)) FROM lback_signal")
        .fetch_one(&shop.pool)
        .await
        .unwrap();
    assert_eq!(header("ce-id").unwrap().replace('-', ""), id);
    assert_eq!(header("Nats-Msg-Id"), header("ce-id"));
    assert_eq!(header("ce-specversion").as_deref(), Some("1.0"));
    assert_eq!(header("ce-source").as_deref(), Some("/lback/shop"));
    assert_eq!(header("ce-type").as_deref(), Some("order.placed.v1"));
    assert_eq!(
        header("ce-datacontenttype").as_deref(),
        Some("application/json")
    );
    assert_eq!(header("traceparent").as_deref(), Some(TRACE));
    let time = header("ce-time").unwrap();
    assert!(
        time.starts_with("20") && time.ends_with('Z') && time.contains('T'),
        "{time}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_completed_by_the_acknowledgement_only() {
    let mut server = Server::start().await;
    set_up(&server.client().await).await;
    let shop = Service::new().await;
    let relay = shop.relay(server.client().await).await;
    shop.place(0, 0).await;
    until("the first is published", async || {
        shop.waiting(PUBLISH).await == 0
    })
    .await;
    server.stop();
    // Senders do not notice.
    shop.place_many(1..500).await;
    until("the relay notices", async || relay.health.is_degraded()).await;
    assert_eq!(shop.waiting(PUBLISH).await, 499);
    server.restart().await;
    until("the backlog drains", async || {
        shop.waiting(PUBLISH).await == 0
    })
    .await;
    until("the relay recovers", async || !relay.health.is_degraded()).await;
    let stream = jetstream::new(server.client().await)
        .get_stream("lback-shop")
        .await
        .unwrap();
    assert_eq!(stream.cached_info().state.messages, 500);
    let sequences = shop
        .numbers("SELECT DISTINCT published_seq FROM lback_signal WHERE published_seq > 0")
        .await;
    assert_eq!(sequences.len(), 500);
    assert!(shop.dead(PUBLISH).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_over_the_max_payload_is_dead_at_once() {
    let server = Server::with_max_payload(8 << 10).await;
    let client = server.client().await;
    set_up(&client).await;
    let shop = Service::new().await;
    let relay = shop.relay(client).await;
    let note = "x".repeat(8 << 10);
    let large = Placed {
        order: 0,
        number: 0,
        note: &note,
    };
    assert!(shop.outbox.send(large).await.unwrap().is_ok());
    // Of the same key.
    shop.place(0, 1).await;
    until("it is dead", async || relay.health.dead() == 1).await;
    until("the next one of its key is published", async || {
        relay.health.published() == 1
    })
    .await;
    assert_eq!(
        shop.dead(PUBLISH).await,
        ["it is larger than the `max_payload` of the server, 8192 bytes with its headers"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_over_the_message_size_of_the_stream_is_dead_at_once() {
    let server = Server::start().await;
    let client = server.client().await;
    let limited = Config {
        name: "lback-shop".to_owned(),
        subjects: vec!["lback.shop.>".to_owned()],
        max_message_size: 1 << 10,
        ..Config::default()
    };
    jetstream::new(client.clone())
        .create_stream(limited)
        .await
        .unwrap();
    let shop = Service::new().await;
    let relay = shop.relay(client).await;
    let note = "x".repeat(2 << 10);
    let large = Placed {
        order: 0,
        number: 0,
        note: &note,
    };
    assert!(shop.outbox.send(large).await.unwrap().is_ok());
    until("it is dead", async || relay.health.dead() == 1).await;
    assert_eq!(
        shop.dead(PUBLISH).await,
        ["it is larger than the `max_msg_size` of the stream `lback-shop`"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_stream_delays_signals() {
    let server = Server::start().await;
    let client = server.client().await;
    let small = StreamSettings::default().with_max_bytes(20 << 10);
    setup(&client, "shop", &small).await.unwrap();
    let shop = Service::new().await;
    let relay = shop.relay(client.clone()).await;
    shop.place_many(0..200).await;
    until("the stream is full", async || relay.health.is_degraded()).await;
    let waiting = shop.waiting(PUBLISH).await;
    assert!(waiting > 0 && waiting < 200, "{waiting}");
    sleep(Duration::from_millis(500)).await;
    assert!(shop.dead(PUBLISH).await.is_empty());
    setup(&client, "shop", &StreamSettings::default())
        .await
        .unwrap();
    until("the rest is published", async || {
        shop.waiting(PUBLISH).await == 0
    })
    .await;
    assert_eq!(relay.health.published(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_setup_creates_the_stream() {
    let server = Server::start().await;
    let client = server.client().await;
    let shop = Service::new().await;
    let missing = publish(&shop.outbox, client.clone(), "shop")
        .await
        .unwrap_err();
    assert!(matches!(missing, NatsError::NoStream { .. }), "{missing:?}");
    assert_eq!(
        missing.to_string(),
        "there is no stream `lback-shop`: create it with `setup(&client, \"shop\", &settings)`"
    );
    for _ in 0..2 {
        set_up(&client).await;
    }
    publish(&shop.outbox, client.clone(), "shop").await.unwrap();
    let unfit = Config {
        name: "lback-other".to_owned(),
        subjects: vec!["lback.other.*.v1".to_owned()],
        ..Config::default()
    };
    jetstream::new(client.clone())
        .create_stream(unfit)
        .await
        .unwrap();
    let unfit = publish(&shop.outbox, client.clone(), "other")
        .await
        .unwrap_err();
    assert!(matches!(unfit, NatsError::Stream { .. }), "{unfit:?}");
    let name = publish(&shop.outbox, client, "a.b").await.unwrap_err();
    assert!(matches!(name, NatsError::Name(_)), "{name:?}");
}
