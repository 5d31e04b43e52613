//! Messages of anyone who may publish to a subject.

use async_nats::{Client, HeaderMap, jetstream};

use crate::server::Server;
use crate::service::{Service, set_up, until};

const SUBJECT: &str = "lback.shop.order.placed.v1";

fn headers(id: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("ce-specversion", "1.0");
    headers.insert("ce-id", id);
    headers.insert("ce-source", "/python");
    headers.insert("ce-type", "order.placed.v1");
    headers
}

fn payload(number: i64) -> String {
    format!(r#"{{"order":1,"number":{number},"note":""}}"#)
}

async fn send(
    client: &Client,
    subject: &str,
    headers: Option<HeaderMap>,
    body: impl Into<Vec<u8>>,
) {
    let context = jetstream::new(client.clone());
    let body = body.into().into();
    let sent = match headers {
        Some(headers) => {
            context
                .publish_with_headers(subject.to_owned(), headers, body)
                .await
        }
        None => context.publish(subject.to_owned(), body).await,
    };
    sent.unwrap().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_messages_are_dead_letters_and_hold_up_nothing() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let mailer = Service::new().await;
    let landing = mailer.landing(client.clone());
    let worker = mailer.worker();

    let large = format!(r#"{{"note":"{}"}}"#, "x".repeat(1 << 20));
    let deep = format!("{}{}", r#"{"a":"#.repeat(64) + "{}", "}".repeat(64));
    send(&client, SUBJECT, Some(headers("1")), large).await;
    send(&client, SUBJECT, Some(headers("2")), deep).await;
    send(&client, SUBJECT, Some(headers("3")), "not JSON").await;
    send(
        &client,
        SUBJECT,
        Some(headers("4")),
        b"{\"note\":\"\xff\"}".as_slice(),
    )
    .await;
    send(
        &client,
        SUBJECT,
        Some(headers(&"x".repeat(201))),
        payload(5),
    )
    .await;
    send(&client, SUBJECT, None, payload(6)).await;
    let mut other_type = headers("7");
    other_type.insert("ce-type", "order.placed.v2");
    send(&client, SUBJECT, Some(other_type), payload(7)).await;
    let mut without_source = headers("8");
    without_source.insert("ce-source", "");
    send(&client, SUBJECT, Some(without_source), payload(8)).await;
    send(
        &client,
        "lback.shop.order.placed",
        Some(headers("9")),
        payload(9),
    )
    .await;
    send(
        &client,
        "lback.shop.order.placed.v0",
        Some(headers("10")),
        payload(10),
    )
    .await;
    send(&client, "lback.shop.unknown.v1", None, "not JSON").await;
    send(&client, SUBJECT, Some(headers("11")), payload(11)).await;

    until("the last one is booked", async || {
        mailer.booked().await == [11]
    })
    .await;
    let dead = mailer.dead("@land").await;
    let expected = [
        "its body has more than 1048576 bytes",
        "its body is nested deeper than 64",
        "its body is not a JSON object in UTF-8",
        "its body is not a JSON object in UTF-8",
        "its `id` is not a text of 1 to 200 bytes without control characters",
        "it has no headers: send CloudEvents 1.0 in binary mode",
        "its `ce-type` is not the name and version in its subject",
        "its `source` is not a text of 1 to 200 bytes without control characters",
        "its subject names no signal and version",
        "its subject names no signal and version",
    ];
    let expected: Vec<_> = expected
        .iter()
        .zip(1..)
        .map(|(text, sequence)| format!("message {sequence} of `shop` was not landed: {text}"))
        .collect();
    assert_eq!(dead, expected);
    let health = &landing.health;
    assert_eq!(
        (health.landed(), health.refused(), health.ignored()),
        (1, 10, 1)
    );
    worker.shutdown().await;
}

/// The payload is JSON, and not the one of the signal.
#[tokio::test(flavor = "multi_thread")]
async fn a_payload_of_another_form_is_a_dead_letter_of_its_receiver() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let mailer = Service::new().await;
    let _landing = mailer.landing(client.clone());
    let worker = mailer.worker();
    send(&client, SUBJECT, Some(headers("1")), r#"{"order":"x"}"#).await;
    send(&client, SUBJECT, Some(headers("2")), payload(2)).await;
    until("the second one is booked", async || {
        mailer.booked().await == [2]
    })
    .await;
    until("the first one is dead", async || {
        mailer.dead("book").await.len() == 1
    })
    .await;
    worker.shutdown().await;
}

/// A newer version waits for a program that reads it.
#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_waits() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let mailer = Service::new().await;
    let _landing = mailer.landing(client.clone());
    let worker = mailer.worker();
    let mut newer = headers("1");
    newer.insert("ce-type", "order.placed.v2");
    send(
        &client,
        "lback.shop.order.placed.v2",
        Some(newer),
        r#"{"number":1}"#,
    )
    .await;
    send(&client, SUBJECT, Some(headers("2")), payload(2)).await;
    until("the other one is booked", async || {
        mailer.booked().await == [2]
    })
    .await;
    assert_eq!(mailer.waiting("book").await, 1);
    worker.shutdown().await;
}

/// An id that the mailer has given to one of its signals, and the same id from two sources.
#[tokio::test(flavor = "multi_thread")]
async fn ids_of_different_sources_do_not_meet() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let mailer = Service::new().await;
    mailer.place(2, 1).await;
    let id: String = sqlx::query_scalar("SELECT lower(hex(id)) FROM lback_signal")
        .fetch_one(&mailer.pool)
        .await
        .unwrap();
    let _landing = mailer.landing(client.clone());
    let worker = mailer.worker();
    send(&client, SUBJECT, Some(headers(&id)), payload(2)).await;
    let mut other = headers(&id);
    other.insert("ce-source", "/lback/mailer");
    send(&client, SUBJECT, Some(other.clone()), payload(3)).await;
    // The same message again.
    send(&client, SUBJECT, Some(other), payload(4)).await;
    send(&client, SUBJECT, Some(headers("last")), payload(5)).await;
    until("all are booked", async || mailer.booked().await.len() == 4).await;
    let mut booked = mailer.booked().await;
    booked.sort_unstable();
    assert_eq!(booked, [1, 2, 3, 5]);
    worker.shutdown().await;
}

/// The publisher lands its signals: they are not published again.
#[tokio::test(flavor = "multi_thread")]
async fn a_loop_back_to_the_publisher_ends() {
    let server = Server::start().await;
    let client = server.client().await;
    set_up(&client).await;
    let shop = Service::new().await;
    let landing = shop.landing(client.clone());
    let relay = shop.relay(client.clone()).await;
    shop.place_many(0..10).await;
    until("they are back", async || landing.health.landed() == 10).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(relay.health.published(), 10);
    let stream = jetstream::new(client)
        .get_stream("lback-shop")
        .await
        .unwrap();
    assert_eq!(stream.cached_info().state.messages, 10);
}
