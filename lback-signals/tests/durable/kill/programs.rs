//! The programs that are killed: a sender and a worker.

use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use lback_signals::durable::{Delivery, DurableTx, SqliteOutbox, Worker};
use lback_signals::{BoxError, Res, Signal, provide, receiver, signal};
use sqlx::Sqlite;
use tokio::runtime::{Handle, Runtime};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::{database, runs};

/// Short, since each round waits for it.
pub(super) const LEASE: Duration = Duration::from_millis(1_500);

/// The role of a child process.
#[derive(Clone, Copy)]
pub(super) enum Role {
    /// Places orders from this number on, until it is killed.
    Sender { first: i64 },
    /// Works until its standard input is closed.
    Worker,
}

impl Role {
    /// The variable that tells a child process its role.
    pub(super) const VARIABLE: &'static str = "LBACK_KILL_ROLE";

    pub(super) fn parse(role: &str) -> Self {
        match role.parse() {
            Ok(first) => Self::Sender { first },
            Err(_) => Self::Worker,
        }
    }

    pub(super) fn run(self) {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            match self {
                Self::Sender { first } => send_orders(first).await,
                Self::Worker => work().await,
            }
        });
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sender { first } => write!(f, "{first}"),
            Self::Worker => f.write_str("worker"),
        }
    }
}

#[signal(durable(name = "kill.placed", version = 1))]
struct Placed {
    order: i64,
}

/// Takes longer than the lease for one order of 20, so that the lease is renewed.
#[receiver(signal = Placed, durable(name = "kill-note", concurrency = 16))]
async fn note(event: &Placed, delivery: Delivery<'_>, folder: Res<'_, Folder>) {
    let Folder(folder) = folder.get();
    runs::note(folder, "start", event.order, delivery.attempt());
    sleep(match event.order % 20 {
        1 => LEASE * 2,
        order => Duration::from_millis(order.unsigned_abs() % 7),
    })
    .await;
    runs::note(folder, "end", event.order, delivery.attempt());
}

/// A `fn`, which a worker that has lost the delivery cannot cancel. It waits before its transaction begins, so that
/// another worker has the delivery when a paused one goes on, or when its lease has expired early.
#[receiver(signal = Placed, durable(name = "kill-book", concurrency = 16))]
fn book(event: &Placed, mut transaction: DurableTx<'_, Sqlite>) -> Result<(), BoxError> {
    let order = event.order.unsigned_abs();
    thread::sleep(Duration::from_millis(match order % 5 {
        1 => 300,
        _ => order % 50,
    }));
    Handle::current().block_on(async {
        let rows = transaction.rows().await?;
        let insert = sqlx::query("INSERT INTO booking VALUES (?)").bind(event.order);
        insert.execute(rows).await?;
        Ok(())
    })
}

struct Folder(PathBuf);

/// Places orders until it is killed, and rolls back each fourth.
async fn send_orders(first: i64) {
    let (_, pool) = database::of_child_process().await;
    let outbox = SqliteOutbox::new(pool).await.unwrap();
    for order in first.. {
        let mut transaction = outbox.begin().await.unwrap();
        let placed = transaction.run(async |rows| {
            let insert = sqlx::query("INSERT INTO customer_order VALUES (?)").bind(order);
            insert.execute(&mut *rows).await?;
            Placed { order }.send();
            Ok::<_, sqlx::Error>(())
        });
        placed.await.unwrap();
        if order % 4 == 0 {
            transaction.rollback().await.unwrap();
        } else {
            transaction.commit().await.unwrap();
        }
        sleep(Duration::from_millis(20)).await;
    }
}

async fn work() {
    let (folder, pool) = database::of_child_process().await;
    provide(Folder(folder)).unwrap();
    let outbox = SqliteOutbox::new(pool).await.unwrap();
    let worker = Worker::new(&outbox).with_lease(LEASE);
    let input_is_closed = spawn_blocking(|| io::stdin().read(&mut [0]));
    worker
        .run(async { drop(input_is_closed.await) })
        .await
        .unwrap();
}
