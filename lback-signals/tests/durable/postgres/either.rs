//! A receiver that runs on both databases.

use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{DurableTx, Either, EitherConnection, Worker};
use lback_signals::{TransactionError, receiver, signal};
use sqlx::SqliteConnection;
use tokio::time::timeout;

use super::{connection, execute, number, outbox};
use crate::postgres_schema::Schema;
use crate::sqlite::Folder;

#[signal(durable(name = "postgres.either.booked", version = 1))]
struct Booked {
    number: i64,
}

#[receiver(signal = Booked, durable(name = "postgres.either.book", attempts = 1))]
async fn book(booked: &Booked, mut tx: DurableTx<'_, Either>) -> Result<(), TransactionError> {
    let sql = "INSERT INTO booking (number) VALUES ($1)";
    match tx.rows().await? {
        EitherConnection::Sqlite(rows) => {
            sqlx::query(sql).bind(booked.number).execute(rows).await?;
        }
        EitherConnection::Postgres(rows) => {
            sqlx::query(sql).bind(booked.number).execute(rows).await?;
        }
    }
    let sql = "UPDATE booking SET number = number + 1";
    tx.run(async |rows| {
        let update = sqlx::raw_sql(sql);
        match rows {
            EitherConnection::Sqlite(rows) => update.execute(rows).await.map(drop)?,
            EitherConnection::Postgres(rows) => update.execute(rows).await.map(drop)?,
        }
        Ok::<_, TransactionError>(())
    })
    .await
}

const BOOKING: &str = "CREATE TABLE booking (number bigint NOT NULL)";
const BOOKED: &str = "SELECT number FROM booking";

/// Sends a signal, and waits until a worker has delivered it.
async fn deliver(outbox: &impl TestOutbox, send: impl Future<Output = ()>) {
    send.await;
    let worker = Worker::new(outbox).only(book).spawn().unwrap();
    let delivered = async {
        while outbox.signals().await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let delivered = timeout(Duration::from_secs(20), delivered).await;
    delivered.expect("it is delivered");
    worker.shutdown().await;
    assert!(outbox.dead_letters().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_receiver_runs_on_both_databases() {
    let folder = Folder::new();
    let sqlite = crate::sqlite::outbox(&folder).await;
    let mut reader: SqliteConnection = folder.connection().await;
    sqlx::raw_sql(BOOKING).execute(&mut reader).await.unwrap();
    deliver(&sqlite, async {
        sqlite.send(Booked { number: 6 }).await.unwrap();
    })
    .await;
    let booked: i64 = sqlx::query_scalar(BOOKED)
        .fetch_one(&mut reader)
        .await
        .unwrap();
    assert_eq!(booked, 7);

    let schema = Schema::new().await;
    let postgres = outbox(&schema).await;
    let mut reader = connection(&schema).await;
    execute(&mut reader, BOOKING).await;
    deliver(&postgres, async {
        postgres.send(Booked { number: 7 }).await.unwrap();
    })
    .await;
    assert_eq!(number(&mut reader, BOOKED).await, 8);
}
