//! The programs that are killed: a sender and a worker.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fmt, thread};

use lback_signals::durable::{
    Delivery, DurableTx, Either, EitherConnection, Outbox, OutboxError, PostgresOutbox,
    SqliteOutbox, Worker,
};
use lback_signals::{
    BoxError, Res, Signal, SignalDatabase, SignalTransaction, TransactionError, provide, receiver,
    signal,
};
use sqlx::{Pool, Postgres, Sqlite};
use tokio::runtime::{Handle, Runtime};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::database::{Database, postgres_pool, sqlite_pool};
use super::notes::{note_outcome, note_run};

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

    pub(super) fn run<D: Program>(self) {
        let folder = PathBuf::from(env::var_os(Database::FOLDER).unwrap());
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let outbox = outbox::<D>(&folder).await;
            match self {
                Self::Sender { first } => send_orders::<D>(&folder, &outbox, first).await,
                Self::Worker => work(folder, &outbox).await,
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
    note_run(folder, "start", event.order, delivery.attempt());
    sleep(match event.order % 20 {
        1 => LEASE * 2,
        order => Duration::from_millis(order.unsigned_abs() % 7),
    })
    .await;
    note_run(folder, "end", event.order, delivery.attempt());
}

struct Folder(PathBuf);

/// A `fn`, which a worker that has lost the delivery cannot cancel. It waits before its transaction begins, so that
/// another worker has the delivery when a paused one goes on, or when its lease has expired early.
#[receiver(
    signal = Placed,
    durable(name = "kill-book", concurrency = 16, backoff("100ms", max = "500ms"))
)]
fn book(event: &Placed, mut transaction: DurableTx<'_, Either>) -> Result<(), BoxError> {
    const INSERT: &str = "INSERT INTO booking VALUES ($1)";
    let order = event.order.unsigned_abs();
    thread::sleep(Duration::from_millis(match order % 5 {
        1 => 300,
        _ => order % 50,
    }));
    Handle::current().block_on(async {
        match transaction.rows().await? {
            EitherConnection::Sqlite(rows) => Sqlite::insert(rows, INSERT, event.order).await?,
            EitherConnection::Postgres(rows) => Postgres::insert(rows, INSERT, event.order).await?,
        }
        Ok(())
    })
}

/// A database of the programs.
pub(super) trait Program: SignalDatabase {
    type Outbox: Outbox;

    /// Connects a child process.
    fn pool(folder: &Path) -> Pool<Self>;

    async fn outbox(pool: Pool<Self>) -> Result<Self::Outbox, OutboxError>;

    async fn begin(
        outbox: &Self::Outbox,
    ) -> Result<SignalTransaction<'static, Self>, TransactionError>;

    async fn insert(
        rows: &mut Self::Connection,
        statement: &'static str,
        order: i64,
    ) -> sqlx::Result<()>;
}

macro_rules! program {
    ($outbox:ident) => {
        type Outbox = $outbox;

        async fn outbox(pool: Pool<Self>) -> Result<$outbox, OutboxError> {
            // A sender has none.
            $outbox::new(pool).await.map($outbox::without_worker)
        }

        async fn begin(
            outbox: &$outbox,
        ) -> Result<SignalTransaction<'static, Self>, TransactionError> {
            outbox.begin().await
        }

        async fn insert(
            rows: &mut Self::Connection,
            statement: &'static str,
            order: i64,
        ) -> sqlx::Result<()> {
            let insert = sqlx::query(statement).bind(order).execute(rows);
            insert.await.map(drop)
        }
    };
}

impl Program for Sqlite {
    fn pool(folder: &Path) -> Pool<Self> {
        sqlite_pool(folder)
    }

    program!(SqliteOutbox);
}

impl Program for Postgres {
    fn pool(_: &Path) -> Pool<Self> {
        postgres_pool(&env::var(Database::URL).unwrap())
    }

    program!(PostgresOutbox);
}

/// Waits for a server that is being restarted.
async fn outbox<D: Program>(folder: &Path) -> D::Outbox {
    let pool = D::pool(folder);
    loop {
        match D::outbox(pool.clone()).await {
            Ok(outbox) => return outbox,
            Err(OutboxError::Unavailable(_)) => sleep(Duration::from_millis(50)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Places orders until it is killed, and rolls back each fourth.
async fn send_orders<D: Program>(folder: &Path, outbox: &D::Outbox, first: i64) {
    for order in first.. {
        match place::<D>(outbox, order).await {
            Ok(is_stored) => note_outcome(folder, order, is_stored),
            Err(TransactionError::Unknown(_)) => {}
            Err(_) => note_outcome(folder, order, false),
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Returns whether the order was committed.
async fn place<D: Program>(outbox: &D::Outbox, order: i64) -> Result<bool, TransactionError> {
    let mut transaction = D::begin(outbox).await?;
    let placed = transaction.run(async |rows| {
        D::insert(rows, "INSERT INTO customer_order VALUES ($1)", order).await?;
        Placed { order }.send();
        Ok::<_, TransactionError>(())
    });
    placed.await?;
    if order % 4 == 0 {
        transaction.rollback().await?;
        return Ok(false);
    }
    transaction.commit().await?;
    Ok(true)
}

async fn work(folder: PathBuf, outbox: &impl Outbox) {
    provide(Folder(folder)).unwrap();
    let worker = Worker::new(outbox).only(note).only(book).with_lease(LEASE);
    let input_is_closed = spawn_blocking(|| io::stdin().read(&mut [0]));
    worker
        .run(async { drop(input_is_closed.await) })
        .await
        .unwrap();
}
