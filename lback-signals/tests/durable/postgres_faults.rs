//! Faults of PostgreSQL while workers deliver: broken connections, stricter isolation, and clocks that are set.
//!
//! `kill.rs` restarts the server.

mod clocks;
mod connections;
mod isolation;
mod proxy;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lback_signals::durable::{Delivery, DurableTx, Outbox, PostgresOutbox, Worker, WorkerHandle};
use lback_signals::{
    BoxError, Res, Scope, Signal, SignalTransaction, TransactionError, receiver, signal,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Postgres};
use tokio::time::sleep;

use crate::postgres_schema::Schema;

/// Short, since tests wait until it expires.
const LEASE: Duration = Duration::from_millis(900);

/// Does not expire on a busy machine.
const LONG_LEASE: Duration = Duration::from_secs(30);

/// A time that no successful test needs.
const DEADLINE: Duration = Duration::from_mins(1);

#[signal(durable(name = "postgres-faults.placed", version = 1))]
struct Placed {
    order: i64,
}

/// The attempts that have run, by order.
#[derive(Default)]
struct Attempts(Mutex<HashMap<i64, Vec<u32>>>);

/// Takes longer than a third of the lease for some orders, so that the lease is renewed.
async fn take_time(order: i64) {
    if order % 10 == 1 {
        sleep(LEASE / 2).await;
    }
}

#[receiver(
    signal = Placed,
    durable(name = "postgres-faults.note", concurrency = 3, backoff("50ms", max = "100ms"))
)]
async fn note(event: &Placed, delivery: Delivery<'_>, attempts: Res<'_, Attempts>) {
    take_time(event.order).await;
    let mut attempts = attempts.0.lock().unwrap();
    let of_order = attempts.entry(event.order).or_default();
    of_order.push(delivery.attempt());
}

#[receiver(
    signal = Placed,
    durable(name = "postgres-faults.book", concurrency = 3, backoff("50ms", max = "100ms"))
)]
async fn book(event: &Placed, mut transaction: DurableTx<'_, Postgres>) -> Result<(), BoxError> {
    take_time(event.order).await;
    let insert = sqlx::query("INSERT INTO booking VALUES ($1)").bind(event.order);
    insert.execute(transaction.rows().await?).await?;
    Ok(())
}

/// The tables of a shop in a schema, and the attempts of its workers.
struct Shop {
    schema: Schema,
    /// Connections without a fault.
    pool: PgPool,
    attempts: Arc<Attempts>,
}

impl Shop {
    async fn new() -> Self {
        let schema = Schema::new().await;
        let pool = pool(schema.options());
        let tables =
            "CREATE TABLE customer_order (number BIGINT); CREATE TABLE booking (number BIGINT)";
        sqlx::raw_sql(tables).execute(&pool).await.unwrap();
        PostgresOutbox::new(pool.clone()).await.unwrap();
        Self {
            schema,
            pool,
            attempts: Arc::default(),
        }
    }

    fn worker(&self, outbox: &PostgresOutbox, lease: Duration) -> WorkerHandle {
        let worker = Worker::new(outbox).only(note).only(book);
        let worker = worker
            .with_lease(lease)
            .with_poll_interval(Duration::from_millis(100));
        let scope = Scope::new().provide_dyn(Arc::clone(&self.attempts));
        scope.run(|| worker.spawn()).unwrap()
    }

    /// Waits until no delivery is left.
    async fn until_delivered(&self) {
        let outbox = PostgresOutbox::new(self.pool.clone()).await.unwrap();
        let deadline = Instant::now() + DEADLINE;
        loop {
            let counts = outbox.counts().await.unwrap();
            if counts.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "deliveries are left: {counts:?}");
            assert!(counts.iter().all(|it| it.dead == 0), "{counts:?}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Checks that each stored order was received, and booked once, and returns the orders.
    async fn assert_received(&self) -> Vec<i64> {
        let orders = self.numbers("SELECT number FROM customer_order ORDER BY number");
        let orders = orders.await;
        let booked = self.numbers("SELECT number FROM booking ORDER BY number");
        assert_eq!(booked.await, orders);
        let signals = self.numbers("SELECT count(*) FROM lback_signal").await;
        assert_eq!(signals, [0], "signals without deliveries");
        let attempts = self.attempts.0.lock().unwrap();
        let mut noted: Vec<_> = attempts.keys().copied().collect();
        noted.sort_unstable();
        assert_eq!(noted, orders);
        orders
    }

    /// Returns the orders that were received more than once, with their attempts.
    fn repeated(&self) -> Vec<(i64, Vec<u32>)> {
        let attempts = self.attempts.0.lock().unwrap().clone();
        let repeated = attempts
            .into_iter()
            .filter(|(_, of_order)| of_order.len() > 1);
        repeated.collect()
    }

    async fn numbers(&self, query: &'static str) -> Vec<i64> {
        let numbers = sqlx::query_scalar(query).fetch_all(&self.pool);
        numbers.await.unwrap()
    }
}

fn pool(options: PgConnectOptions) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(3);
    pool.connect_lazy_with(options)
}

async fn place(outbox: &PostgresOutbox, order: i64) -> Result<(), TransactionError> {
    place_in(outbox.begin().await?, order).await
}

async fn place_in(
    mut transaction: SignalTransaction<'static, Postgres>,
    order: i64,
) -> Result<(), TransactionError> {
    let placed = transaction.run(async |rows| {
        let insert = sqlx::query("INSERT INTO customer_order VALUES ($1)").bind(order);
        insert.execute(&mut *rows).await?;
        Placed { order }.send();
        Ok::<_, TransactionError>(())
    });
    placed.await?;
    transaction.commit().await?;
    Ok(())
}
