//! The work of both versions: they send orders, and deliver them.

use std::io::{self, Read};
use std::time::Duration;
use std::{env, thread};

use lback_signals::durable::{Outbox, OutboxError, PostgresOutbox, SqliteOutbox, Worker};
use lback_signals::{BoxError, SyncSignal};
use sqlx::{PgPool, SqlitePool};
use tokio::sync::oneshot;

/// Runs a version: `URL FIRST COUNT` sends this many orders, and works until the standard input is closed. With
/// `send` as a fourth argument it ends when it has sent.
///
/// Prints a line for each order that is sent or received, and `ready` when all are sent.
///
/// # Errors
///
/// The database does not answer, or an argument is missing.
pub async fn run<P, S>(placed: fn(i64) -> P, shipped: fn(i64) -> S) -> Result<(), BoxError>
where
    P: SyncSignal,
    S: SyncSignal,
{
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [url, first, count, send @ ..] = arguments.as_slice() else {
        return Err("usage: URL FIRST COUNT [send]".into());
    };
    let first: i64 = first.parse()?;
    let (orders, sends_only) = (first..first + count.parse::<i64>()?, !send.is_empty());
    if url.starts_with("postgres:") {
        let mut outbox = PostgresOutbox::new(PgPool::connect(url).await?).await?;
        if sends_only {
            outbox = outbox.without_worker();
        }
        let send = async |order| {
            outbox.send(placed(order)).await?;
            outbox.send(shipped(order)).await?;
            Ok(())
        };
        send_and_work(&outbox, orders, sends_only, send).await
    } else {
        let mut outbox = SqliteOutbox::new(SqlitePool::connect(url).await?).await?;
        if sends_only {
            outbox = outbox.without_worker();
        }
        let send = async |order| {
            outbox.send(placed(order)).await?;
            outbox.send(shipped(order)).await?;
            Ok(())
        };
        send_and_work(&outbox, orders, sends_only, send).await
    }
}

async fn send_and_work<O: Outbox>(
    outbox: &O,
    orders: impl Iterator<Item = i64>,
    sends_only: bool,
    send: impl AsyncFn(i64) -> Result<(), OutboxError>,
) -> Result<(), BoxError> {
    let worker = Worker::new(outbox).with_poll_interval(Duration::from_millis(50));
    let worker = (!sends_only).then(|| worker.spawn()).transpose()?;
    for order in orders {
        send(order).await?;
        println!("sent {order}");
    }
    println!("ready");
    if let Some(worker) = worker {
        let (closed, is_closed) = oneshot::channel();
        thread::spawn(move || {
            let _ = io::stdin().read(&mut [0]);
            let _ = closed.send(());
        });
        let _ = is_closed.await;
        worker.shutdown().await;
    }
    Ok(())
}
