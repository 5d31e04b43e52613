//! The shop and the mailer, with a database each.

use std::time::Duration;

use async_nats::Client;
use lback_signals::durable::{
    DurableTx, Outbox, Relay, RelayHealth, SqliteOutbox, Worker, WorkerHandle,
};
use lback_signals::{receiver, signal};
use lback_signals_nats::{JetStream, Landing, LandingHealth, StreamSettings, publish, setup};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Sqlite, SqlitePool};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// The shop publishes it. The mailer has a receiver of it, which is linked into this program, too: no worker of the shop
/// runs it.
#[signal(durable(name = "order.placed", version = 1, publish))]
pub(crate) struct Placed<'a> {
    #[key]
    pub(crate) order: i64,
    pub(crate) number: i64,
    pub(crate) note: &'a str,
}

#[receiver(signal = Placed, durable(name = "book", order = key))]
async fn book(
    event: &Placed<'_>,
    mut tx: DurableTx<'_, Sqlite>,
) -> Result<(), lback_signals::durable::DeliveryError> {
    let insert = sqlx::query("INSERT INTO booked (order_number, number) VALUES (?, ?)");
    let insert = insert.bind(event.order).bind(event.number);
    insert.execute(tx.rows().await?).await?;
    Ok(())
}

/// A database of a service.
pub(crate) struct Service {
    pub(crate) pool: SqlitePool,
    pub(crate) outbox: SqliteOutbox,
    _folder: TempDir,
}

impl Service {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("service.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await
            .unwrap();
        let table = "CREATE TABLE booked (at INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL UNIQUE, \
            order_number INTEGER NOT NULL)";
        sqlx::query(table).execute(&pool).await.unwrap();
        let outbox = SqliteOutbox::new(pool.clone())
            .await
            .unwrap()
            .without_worker();
        Self {
            pool,
            outbox,
            _folder: folder,
        }
    }

    pub(crate) async fn place(&self, order: i64, number: i64) {
        let placed = Placed {
            order,
            number,
            note: "",
        };
        assert!(self.outbox.send(placed).await.unwrap().is_ok());
    }

    /// Places orders with these numbers, in transactions of ten, with three keys.
    pub(crate) async fn place_many(&self, numbers: std::ops::Range<i64>) {
        let numbers: Vec<_> = numbers.collect();
        for ten in numbers.chunks(10) {
            let mut tx = self.outbox.begin().await.unwrap();
            let sent = tx.run(async |_| {
                for number in ten {
                    lback_signals::Signal::send(&Placed {
                        order: number % 3,
                        number: *number,
                        note: "",
                    });
                }
                Ok::<_, sqlx::Error>(())
            });
            sent.await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Returns the numbers that were booked, in their order.
    pub(crate) async fn booked(&self) -> Vec<i64> {
        self.numbers("SELECT number FROM booked ORDER BY at").await
    }

    pub(crate) async fn numbers(&self, query: &'static str) -> Vec<i64> {
        sqlx::query_scalar(query)
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    /// Returns the errors of the dead letters of a receiver.
    pub(crate) async fn dead(&self, receiver: &str) -> Vec<String> {
        let dead = "SELECT error FROM lback_delivery WHERE receiver = ? AND due_at IS NULL ORDER BY number";
        sqlx::query_scalar(dead)
            .bind(receiver)
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    pub(crate) async fn waiting(&self, receiver: &str) -> u64 {
        let counts = self.outbox.counts().await.unwrap();
        let counts = counts.iter().find(|it| it.receiver == receiver);
        counts.map_or(0, |it| it.waiting + it.running)
    }

    pub(crate) fn worker(&self) -> WorkerHandle {
        let worker = Worker::new(&self.outbox).with_poll_interval(Duration::from_millis(100));
        worker.spawn().unwrap()
    }

    pub(crate) async fn relay(&self, client: Client) -> Running<RelayHealth> {
        let relay: Relay<_, JetStream> = publish(&self.outbox, client, "shop").await.unwrap();
        let health = relay.health();
        let task = tokio::spawn(relay.run(std::future::pending()));
        Running { health, task }
    }

    pub(crate) fn landing(&self, client: Client) -> Running<LandingHealth> {
        let landing = Landing::new(&self.outbox, client, "mailer").from("shop");
        let landing = landing.with_ack_wait(Duration::from_secs(1));
        let health = landing.health();
        let task = tokio::spawn(async move { landing.run(std::future::pending()).await.unwrap() });
        Running { health, task }
    }
}

pub(crate) const PUBLISH: &str = "@publish.order.placed";

/// A task that is aborted when it is dropped.
pub(crate) struct Running<H> {
    pub(crate) health: H,
    task: JoinHandle<()>,
}

impl<H> Drop for Running<H> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) async fn set_up(client: &Client) {
    setup(client, "shop", &StreamSettings::default())
        .await
        .unwrap();
}

/// Waits until a condition is met. The limit is far above what any machine needs.
pub(crate) async fn until(what: &str, mut is_met: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_met().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(
        timeout(Duration::from_mins(3), wait).await.is_ok(),
        "not within 3 minutes: {what}"
    );
}

/// Asserts that each number was booked once, and those of each key in their order.
pub(crate) fn assert_booked(booked: &[i64], numbers: std::ops::Range<i64>) {
    let mut sorted = booked.to_vec();
    sorted.sort_unstable();
    assert_eq!(sorted, numbers.collect::<Vec<_>>());
    for order in 0..3 {
        let of_order = booked.iter().filter(|number| *number % 3 == order);
        assert!(
            of_order.is_sorted(),
            "the orders of {order} are in order: {booked:?}"
        );
    }
}
