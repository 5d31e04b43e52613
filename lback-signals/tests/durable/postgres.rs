//! Particularities of the outbox in PostgreSQL.

mod durable_tx;
mod edited;
mod either;
mod faults;
mod finishing;
mod isolation;
mod late;
mod ordering;
#[cfg(unix)]
mod pooler;
mod schema;
mod transactions;
mod waking;

use std::time::Duration;

use lback_signals::durable::{
    Claim, ClaimRequest, Claimed, Outbox, PostgresOutbox, ReceiverClaim, SignalRow,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgConnection, PgPool};

use crate::postgres_schema::Schema;

/// Returns a pool of an application.
fn pool_with(options: PgConnectOptions) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(3);
    pool.connect_lazy_with(options)
}

pub(crate) async fn outbox(schema: &Schema) -> PostgresOutbox {
    outbox_with(schema.options()).await
}

async fn outbox_with(options: PgConnectOptions) -> PostgresOutbox {
    PostgresOutbox::new(pool_with(options)).await.unwrap()
}

/// Returns an outbox of an application whose transactions are serializable and read-only unless it says otherwise.
pub(crate) async fn strict_outbox(schema: &Schema) -> PostgresOutbox {
    outbox_with(schema.options().options([
        ("default_transaction_isolation", "serializable"),
        ("default_transaction_read_only", "on"),
    ]))
    .await
}

async fn connection(schema: &Schema) -> PgConnection {
    schema.options().connect().await.unwrap()
}

async fn execute(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// Returns the whole number that a statement selects.
async fn number(connection: &mut PgConnection, sql: &'static str) -> i64 {
    let number = sqlx::query_scalar(sql).fetch_one(connection);
    number.await.unwrap()
}

/// Waits until a connection of the schema waits for a lock.
async fn until_one_waits(schema: &Schema) {
    let mut connection = schema.server.connect().await.unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
    tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let waiting = sqlx::query_scalar(waiting).bind(&schema.name);
            let waiting: i64 = waiting.fetch_one(&mut connection).await.unwrap();
            if waiting > 0 {
                return;
            }
        }
    })
    .await
    .expect("a connection waits for a lock");
}

fn row_for(receivers: &[&str]) -> SignalRow {
    SignalRow::__new("order.paid", 1, "{}", receivers)
}

/// A signal for the receiver `ship`.
fn row() -> SignalRow {
    row_for(&["ship"])
}

fn receiver(name: &'static str) -> ReceiverClaim {
    ReceiverClaim {
        names: vec![name],
        oldest_version: 1,
        newest_version: 1,
        limit: 100,
    }
}

fn request(name: &'static str) -> ClaimRequest {
    ClaimRequest {
        receivers: vec![receiver(name)],
        lease: Duration::from_secs(30),
        worker: "tests".to_owned(),
    }
}

/// Claims for the receiver `ship`.
async fn claim(outbox: &PostgresOutbox) -> Vec<Claimed> {
    outbox.claim(&request("ship")).await.unwrap()
}

/// Inserts a signal for the receiver `ship`, and claims its delivery.
async fn claimed(outbox: &PostgresOutbox) -> Claim {
    outbox.insert(vec![row()]).await.unwrap();
    let claimed = claim(outbox).await;
    assert_eq!(claimed.len(), 1);
    claimed[0].claim
}

/// Returns how many deliveries of all receivers wait, run, and are dead.
async fn counts(outbox: &PostgresOutbox) -> [u64; 3] {
    let counts = outbox.counts().await.unwrap().into_iter();
    counts.fold([0; 3], |sum, it| {
        [sum[0] + it.waiting, sum[1] + it.running, sum[2] + it.dead]
    })
}
