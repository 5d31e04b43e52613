//! Measures a relay and a landing beside a bare client and the outbox's own drain, on one machine.
//!
//! Usage: `cargo run --release --example measure -- ADDRESS [COUNT]`, with the address of a NATS server that has streams. It
//! deletes the stream `lback-measured`, and writes two databases in a temporary folder.

use std::error::Error;
use std::future::pending;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_nats::{Client, jetstream};
use futures_util::{StreamExt, stream};
use lback_signals::durable::{Outbox, SqliteOutbox, Worker};
use lback_signals::{Signal, receiver, signal};
use lback_signals_nats::{Landing, StreamSettings, publish, setup};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use tokio::time::sleep;

#[signal(durable(name = "measured.sent", version = 1, publish))]
struct Sent<'a> {
    micros: u64,
    text: &'a str,
}

#[receiver(signal = Sent, durable(name = "note", concurrency = 100))]
async fn note(event: &Sent<'_>) {
    let latency = micros().saturating_sub(event.micros);
    LATENCIES.lock().unwrap().push(latency);
}

static LATENCIES: Mutex<Vec<u64>> = Mutex::new(Vec::new());

const TEXT: &str = "a text of one hundred bytes, more or less, as an order with an address and two items has in practice";

fn micros() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .ok_or("the address of a NATS server is missing")?;
    let count: u32 = arguments.next().map_or(Ok(50_000), |count| count.parse())?;
    let client = async_nats::connect(&address).await?;
    let context = jetstream::new(client.clone());
    let _ = context.delete_stream("lback-measured").await;
    setup(&client, "measured", &StreamSettings::default()).await?;
    let folder = tempfile::tempdir()?;
    let sender = open(&folder.path().join("sender.db")).await?;
    let receiver = open(&folder.path().join("receiver.db")).await?;

    let bare = rate(count, bare(&context, count)).await?;
    print("bare publications, 256 in flight", bare);
    fill(&sender, count).await?;
    let relayed = rate(count, relay(&sender, client.clone())).await?;
    print("relay of a backlog in SQLite", relayed);
    let drained = rate(count, drain(&sender)).await?;
    print("drain of the same deliveries by a worker", drained);
    let landed = rate(count, land(&receiver, client.clone(), count)).await?;
    print("landing of a backlog in SQLite", landed);
    drain(&receiver).await?;
    latency(&sender, &receiver, client).await
}

fn print(what: &str, per_second: f64) {
    println!("{what:<45} {per_second:>8.0}/s");
}

async fn rate(
    count: u32,
    work: impl Future<Output = Result<(), Box<dyn Error>>>,
) -> Result<f64, Box<dyn Error>> {
    let began_at = Instant::now();
    work.await?;
    Ok(f64::from(count) / began_at.elapsed().as_secs_f64())
}

async fn open(file: &Path) -> Result<SqliteOutbox, Box<dyn Error>> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePoolOptions::new()
        .max_connections(8)
        .connect_with(options)
        .await?;
    Ok(SqliteOutbox::new(pool).await?.without_worker())
}

/// Messages of the same size, on a subject without receivers.
async fn bare(context: &jetstream::Context, count: u32) -> Result<(), Box<dyn Error>> {
    let payload = format!(r#"{{"micros":{},"text":"{TEXT}"}}"#, micros());
    let published = stream::iter(0..count).map(|_| async {
        let sent = context
            .publish("lback.measured.bare.v1", payload.clone().into())
            .await;
        sent?.await.map(drop)
    });
    let answers: Vec<_> = published.buffer_unordered(256).collect().await;
    answers.into_iter().collect::<Result<(), _>>()?;
    Ok(())
}

async fn fill(outbox: &SqliteOutbox, count: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..count / 1_000 {
        let mut tx = outbox.begin().await?;
        tx.run(async |_| {
            for _ in 0..1_000 {
                Sent {
                    micros: micros(),
                    text: TEXT,
                }
                .send();
            }
            Ok::<_, sqlx::Error>(())
        })
        .await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn until_done(outbox: &SqliteOutbox, receiver: &str) -> Result<(), Box<dyn Error>> {
    loop {
        let counts = outbox.counts().await?;
        if counts
            .iter()
            .all(|it| it.receiver != receiver || it.waiting + it.running == 0)
        {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn relay(outbox: &SqliteOutbox, client: Client) -> Result<(), Box<dyn Error>> {
    let relay = publish(outbox, client, "measured").await?;
    let relay = tokio::spawn(relay.run(pending()));
    until_done(outbox, "@publish.measured.sent").await?;
    relay.abort();
    Ok(())
}

async fn drain(outbox: &SqliteOutbox) -> Result<(), Box<dyn Error>> {
    let worker = Worker::new(outbox).spawn()?;
    until_done(outbox, "note").await?;
    worker.shutdown().await;
    Ok(())
}

async fn land(outbox: &SqliteOutbox, client: Client, count: u32) -> Result<(), Box<dyn Error>> {
    let landing = Landing::new(outbox, client, "receiver").from("measured");
    let health = landing.health();
    let landing = tokio::spawn(landing.run(pending()));
    while health.landed() < u64::from(count) {
        sleep(Duration::from_millis(20)).await;
    }
    landing.abort();
    Ok(())
}

/// A hundred signals per second, from the commit in one service to the receiver in the other.
async fn latency(
    sender: &SqliteOutbox,
    receiver: &SqliteOutbox,
    client: Client,
) -> Result<(), Box<dyn Error>> {
    let worker = Worker::new(receiver).spawn()?;
    let relay = tokio::spawn(
        publish(sender, client.clone(), "measured")
            .await?
            .run(pending()),
    );
    let landing = tokio::spawn(
        Landing::new(receiver, client, "receiver")
            .from("measured")
            .run(pending()),
    );
    sleep(Duration::from_secs(3)).await;
    LATENCIES.lock().unwrap().clear();
    for _ in 0..1_000 {
        sender
            .send(Sent {
                micros: micros(),
                text: TEXT,
            })
            .await?;
        sleep(Duration::from_millis(10)).await;
    }
    sleep(Duration::from_secs(1)).await;
    worker.shutdown().await;
    relay.abort();
    landing.abort();
    let mut latencies = LATENCIES.lock().unwrap().clone();
    latencies.sort_unstable();
    let at = |percent: usize| {
        latencies
            .get(latencies.len() * percent / 100)
            .copied()
            .unwrap_or(0)
    };
    println!(
        "latency of {} signals: p50 {} µs, p99 {} µs",
        latencies.len(),
        at(50),
        at(99)
    );
    Ok(())
}
