//! The work of all versions: they send orders, and deliver them.

use std::io::{self, Read};
use std::time::Duration;
use std::{env, fs, thread};

use lback_signals::durable::{
    AcceptedForms, OutboxAdmin, OutboxError, PostgresOutbox, SqliteOutbox, Worker,
};
use lback_signals::{BoxError, SyncSignal, wiring};
use sqlx::{PgPool, SqlitePool};
use tokio::sync::oneshot;

/// The work of a version.
enum Mode {
    /// Sends, and works until the standard input is closed.
    Work,
    /// Sends.
    Send,
    /// Prints the stored deliveries that no receiver takes: of this version, or of the one with this lock.
    Check(AcceptedForms),
}

/// Runs a version: `URL FIRST COUNT` sends this many orders, and works until the standard input is closed. With
/// `send` as a fourth argument it ends when it has sent, and with `check` or `check LOCK` when it has checked. With
/// `lock` as the only argument it prints its lock.
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
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let (url, first, count, mode) = match arguments[..] {
        ["lock"] => {
            print!("{}", wiring().to_lock());
            return Ok(());
        }
        [url, first, count] => (url, first, count, Mode::Work),
        [url, first, count, "send"] => (url, first, count, Mode::Send),
        [url, first, count, "check"] => (url, first, count, Mode::Check((&wiring()).into())),
        [url, first, count, "check", lock] => {
            let accepted = AcceptedForms::from_lock(&fs::read_to_string(lock)?)?;
            (url, first, count, Mode::Check(accepted))
        }
        _ => return Err("usage: lock | URL FIRST COUNT [send | check [LOCK]]".into()),
    };
    let first: i64 = first.parse()?;
    let orders = first..first + count.parse::<i64>()?;
    if url.starts_with("postgres:") {
        let mut outbox = PostgresOutbox::new(PgPool::connect(url).await?).await?;
        if !matches!(mode, Mode::Work) {
            outbox = outbox.without_worker();
        }
        let send = async |order| {
            outbox.send(placed(order)).await?;
            outbox.send(shipped(order)).await?;
            Ok(())
        };
        run_in(&outbox, orders, mode, send).await
    } else {
        let mut outbox = SqliteOutbox::new(SqlitePool::connect(url).await?).await?;
        if !matches!(mode, Mode::Work) {
            outbox = outbox.without_worker();
        }
        let send = async |order| {
            outbox.send(placed(order)).await?;
            outbox.send(shipped(order)).await?;
            Ok(())
        };
        run_in(&outbox, orders, mode, send).await
    }
}

async fn run_in<O: OutboxAdmin>(
    outbox: &O,
    orders: impl Iterator<Item = i64>,
    mode: Mode,
    send: impl AsyncFn(i64) -> Result<(), OutboxError>,
) -> Result<(), BoxError> {
    let worker = Worker::new(outbox).with_poll_interval(Duration::from_millis(50));
    let worker = matches!(mode, Mode::Work).then(|| worker.spawn());
    let worker = worker.transpose()?;
    for order in orders {
        send(order).await?;
        println!("sent {order}");
    }
    println!("ready");
    if let Mode::Check(accepted) = mode {
        for stranded in outbox.check(accepted).await? {
            println!("{stranded}");
        }
    }
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
