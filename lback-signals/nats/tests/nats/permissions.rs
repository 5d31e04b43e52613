//! The permissions of each service that the guide gives.

use std::path::Path;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, jetstream};
use lback_signals_nats::{StreamSettings, setup};
use tokio::time::sleep;

use crate::server::Server;
use crate::service::{Service, assert_booked, until};

/// Returns the block of the guide.
fn accounts() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/many-services.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, block) = page.split_once("```text\naccounts {").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    format!("accounts {{{block}")
}

async fn client(server: &Server, user: &str) -> Client {
    loop {
        let options =
            ConnectOptions::with_user_and_password(user.to_owned(), format!("secret-of-{user}"))
                .request_timeout(Some(Duration::from_secs(1)));
        match options.connect(format!("127.0.0.1:{}", server.port)).await {
            Ok(client) => return client,
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_has_what_it_needs_and_no_more() {
    let passwords = ["shop", "mailer", "deployment"]
        .map(|user| (user.to_uppercase(), format!("secret-of-{user}")));
    let server = Server::with_accounts(&accounts(), &passwords);
    let [deployment, shop_client, mailer_client] = [
        client(&server, "deployment").await,
        client(&server, "shop").await,
        client(&server, "mailer").await,
    ];
    until("the stream is set up", async || {
        setup(&deployment, "shop", &StreamSettings::default())
            .await
            .is_ok()
    })
    .await;
    let (shop, mailer) = (Service::new().await, Service::new().await);
    let _relay = shop.relay(shop_client.clone()).await;
    let first = mailer.landing(mailer_client.clone());
    let worker = mailer.worker();
    shop.place_many(0..50).await;
    until("they are booked", async || {
        mailer.booked().await.len() == 50
    })
    .await;
    // It takes the consumer over, and creates it anew.
    drop(first);
    let _second = mailer.landing(client(&server, "mailer").await);
    shop.place_many(50..100).await;
    until("all are booked", async || {
        mailer.booked().await.len() == 100
    })
    .await;
    assert_booked(&mailer.booked().await, 0..100);
    worker.shutdown().await;

    let forged = jetstream::new(mailer_client.clone())
        .publish("lback.shop.order.placed.v1", "{}".into())
        .await;
    assert!(forged.unwrap().await.is_err());
    let deleted = jetstream::new(mailer_client.clone())
        .delete_stream("lback-shop")
        .await;
    assert!(deleted.is_err());
    // One service cannot silence another one, nor take its messages.
    let silent = r#"{"stream_name":"lback-shop","config":{"durable_name":"stock","ack_policy":"explicit",
        "filter_subject":"lback.shop.none"}}"#;
    for subject in [
        "CREATE.lback-shop",
        "CREATE.lback-shop.stock",
        "CREATE.lback-shop.stock.lback.shop.none",
        "CREATE.lback-shop.mailer",
        "DURABLE.CREATE.lback-shop.stock",
        "DURABLE.CREATE.lback-shop.mailer",
        "DELETE.lback-shop.stock",
        "MSG.NEXT.lback-shop.stock",
    ] {
        let subject = format!("$JS.API.CONSUMER.{subject}");
        // Without a permission there is no answer, and for another consumer than that of the subject an error.
        if let Ok(answer) = mailer_client.request(subject.clone(), silent.into()).await {
            let answer = String::from_utf8_lossy(&answer.payload);
            assert!(answer.contains(r#""error""#), "{subject}: {answer}");
        }
    }
    let deleted = jetstream::new(deployment).delete_stream("lback-shop").await;
    assert!(deleted.is_err());
    let foreign = jetstream::new(shop_client.clone())
        .publish("lback.stock.item.v1", "{}".into())
        .await;
    assert!(foreign.unwrap().await.is_err());
    let read = setup(&shop_client, "shop", &StreamSettings::default()).await;
    assert!(read.is_err());
}
