//! Transactions that SQLite ends without being asked, and connections that sqlx counts wrong.

use std::time::Duration;

use lback_signals::{SignalTransaction, TransactionError, within};
use sqlx::sqlite::{SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Connection as _, Sqlite, SqliteConnection};
use test_support::polled;

use crate::world::{TestDatabase, World, pay};

/// Fills the disk, whereupon SQLite rolls the whole transaction back, and makes room for the statements after it.
pub(crate) async fn fill(rows: &mut SqliteConnection) -> sqlx::Error {
    let note = "CREATE TABLE note (text TEXT); PRAGMA max_page_count = 1; \
        INSERT INTO note VALUES (zeroblob(1000000))";
    let full = sqlx::raw_sql(note).execute(&mut *rows).await.unwrap_err();
    let room = sqlx::raw_sql("PRAGMA max_page_count = 1000000");
    room.execute(rows).await.unwrap();
    full
}

fn is_rolled_back<T>(result: &Result<T, TransactionError>) -> bool {
    matches!(result, Err(TransactionError::RolledBackBySqlite))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_sqlite_has_rolled_back_is_not_committed() {
    let world = World::<Sqlite>::new().await;
    for has_savepoints in [false, true] {
        let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
        let scope = world.scope();
        scope.run_async(pay(&mut transaction, 1)).await.unwrap();
        if has_savepoints {
            let mut outer = transaction.savepoint().await.unwrap();
            let mut inner = outer.savepoint().await.unwrap();
            fill(inner.rows().await.unwrap()).await;
            let refused = inner.commit().await;
            assert!(is_rolled_back(&refused), "{refused:?}");
            let refused = outer.savepoint().await.map(drop);
            assert!(is_rolled_back(&refused), "{refused:?}");
            let refused = outer.commit().await;
            assert!(is_rolled_back(&refused), "{refused:?}");
        } else {
            fill(transaction.rows().await.unwrap()).await;
        }
        let refused = transaction.commit().await;
        assert!(is_rolled_back(&refused), "{refused:?}");
        world.assert_rolled_back(&[1]).await;
        world.assert_clean().await;
    }
}

/// Statements after it would be committed one by one.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_after_sqlite_has_rolled_back() {
    let world = World::<Sqlite>::new().await;
    let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
    let run = transaction.run(async |rows| Err::<(), _>(fill(rows).await));
    assert!(matches!(run.await, Err(sqlx::Error::Database(_))));
    for _ in 0..2 {
        let refused = transaction.rows().await.map(drop);
        assert!(is_rolled_back(&refused), "{refused:?}");
        let scope = world.scope();
        let refused = scope.run_async(pay(&mut transaction, 1)).await;
        assert!(matches!(refused, Err(sqlx::Error::Io(_))), "{refused:?}");
        let refused = within(&mut transaction, async |tx| pay(tx, 1).await).await;
        assert!(matches!(refused, Err(sqlx::Error::Io(_))), "{refused:?}");
    }
    let refused = transaction.commit().await;
    assert!(is_rolled_back(&refused), "{refused:?}");
    world.assert_rolled_back(&[]).await;
    world.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_savepoint_is_refused_after_sqlite_has_rolled_back() {
    let world = World::<Sqlite>::new().await;
    let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
    // The application ignores the error.
    fill(transaction.rows().await.unwrap()).await;
    let refused = transaction.savepoint().await.map(drop);
    assert!(is_rolled_back(&refused), "{refused:?}");
    let refused = transaction.rows().await.map(drop);
    assert!(is_rolled_back(&refused), "{refused:?}");
    // Outside of the runtime, too.
    std::thread::spawn(|| drop(transaction)).join().unwrap();
    world.assert_clean().await;
}

/// A database in memory does not outlast its connection, which therefore is not closed.
#[tokio::test(flavor = "multi_thread")]
async fn the_connection_is_usable_after_sqlite_has_rolled_back() {
    let options = SqlitePoolOptions::new().max_connections(1);
    let pool = options.connect("sqlite::memory:").await.unwrap();
    let table = sqlx::raw_sql("CREATE TABLE paid (number BIGINT PRIMARY KEY)");
    table.execute(&pool).await.unwrap();
    for end in 0..5 {
        let ended = async {
            let mut transaction = SignalTransaction::begin(&pool).await?;
            let mut outer = transaction.savepoint().await?;
            let mut inner = outer.savepoint().await?;
            Sqlite::insert(inner.rows().await?, 1).await?;
            fill(inner.rows().await?).await;
            match end {
                0 => Err(TransactionError::RolledBackBySqlite),
                1 => transaction.commit().await.map(drop),
                2 => inner.commit().await.map(drop),
                3 => inner.rollback().await.map(drop),
                _ => outer.savepoint().await.map(drop),
            }
        };
        let ended = ended.await;
        assert!(is_rolled_back(&ended), "{end}: {ended:?}");
        let mut connection = pool.acquire().await.unwrap();
        assert!(!connection.is_in_transaction(), "{end}");
        let begun = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        begun.rollback().await.unwrap();
        drop(connection);
        assert!(Sqlite::orders(&pool).await.is_empty());
    }
    let transaction = SignalTransaction::begin(&pool).await.unwrap();
    let mut transaction = transaction;
    fill(transaction.rows().await.unwrap()).await;
    transaction.rollback().await.unwrap();
    pool.begin_with("BEGIN").await.unwrap();
}

/// The application has lost a transaction of sqlx in the same way, on a connection of the pool.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_sqlx_counts_wrong_is_repaired() {
    let world = World::<Sqlite>::new().await;
    for depth in 1..4 {
        let mut lost = world.pool.begin().await.unwrap();
        for _ in 1..depth {
            std::mem::forget(lost.begin().await.unwrap());
        }
        fill(&mut lost).await;
        drop(lost);
        let mut connection = world.pool.acquire().await.unwrap();
        assert!(connection.begin_with("BEGIN").await.is_err());
        drop(connection);
        let paid = world
            .scope()
            .run_async(within(&world.pool, async |tx| pay(tx, depth).await));
        paid.await.unwrap();
        world.assert_clean().await;
    }
    world.assert_paid(&[1, 2, 3]).await;
}

/// Statements that leave a transaction open, and whether others can write then.
const LEFT: [(&str, bool); 4] = [
    ("BEGIN; SELECT count(*) FROM paid", true),
    ("SAVEPOINT a; SELECT count(*) FROM paid", true),
    ("BEGIN; CREATE TABLE half_done (n INTEGER)", false),
    ("BEGIN IMMEDIATE", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_left_open_on_a_pooled_connection_is_not_used() {
    for (left, others_write) in LEFT {
        let world = World::<Sqlite>::new().await;
        sqlx::raw_sql(left).execute(&world.pool).await.unwrap();
        if others_write {
            let mut connection = world.others.acquire().await.unwrap();
            Sqlite::insert(&mut connection, 1).await.unwrap();
        }
        let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
        let orders: i64 = sqlx::query_scalar("SELECT count(*) FROM paid")
            .fetch_one(transaction.rows().await.unwrap())
            .await
            .unwrap();
        assert_eq!(orders, i64::from(others_write), "{left}");
        transaction.commit().await.unwrap();
        world.assert_clean().await;
        let half_done = "SELECT count(*) FROM sqlite_schema WHERE name = 'half_done'";
        let half_done = sqlx::query_scalar::<_, i64>(half_done);
        assert_eq!(half_done.fetch_one(&world.pool).await.unwrap(), 0, "{left}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_left_open_is_ended_while_another_connection_writes() {
    let world = World::<Sqlite>::new().await;
    let options = world.place.options().busy_timeout(Duration::ZERO);
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_lazy_with(options);
    let left = sqlx::raw_sql("BEGIN; SELECT count(*) FROM paid");
    left.execute(&pool).await.unwrap();
    let writes = SignalTransaction::begin(&world.others).await.unwrap();
    let refused = SignalTransaction::begin(&pool).await.map(drop);
    assert!(
        matches!(refused, Err(TransactionError::Database(_))),
        "{refused:?}"
    );
    writes.commit().await.unwrap();
    let mut connection = world.others.acquire().await.unwrap();
    Sqlite::insert(&mut connection, 1).await.unwrap();
    assert_eq!(Sqlite::orders(&pool).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_to_write_is_taken_at_the_beginning() {
    let world = World::<Sqlite>::new().await;
    let options = world.place.options().busy_timeout(Duration::ZERO);
    let others = SqlitePoolOptions::new().connect_lazy_with(options);
    let transaction = SignalTransaction::begin(&world.pool).await.unwrap();
    let refused = SignalTransaction::begin(&others).await.map(drop);
    assert!(
        matches!(refused, Err(TransactionError::Database(_))),
        "{refused:?}"
    );
    transaction.rollback().await.unwrap();
    let reads = SignalTransaction::begin_with(&world.pool, "BEGIN")
        .await
        .unwrap();
    let writes = SignalTransaction::begin(&others).await.unwrap();
    writes.commit().await.unwrap();
    reads.commit().await.unwrap();
    world.assert_clean().await;
}

/// Outside of WAL, a COMMIT waits for readers.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_times_out_is_rolled_back() {
    let place = Sqlite::place().await;
    let options = place
        .options()
        .journal_mode(SqliteJournalMode::Delete)
        .busy_timeout(Duration::ZERO);
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_lazy_with(options.clone());
    let others = SqlitePoolOptions::new().connect_lazy_with(options);
    let world = World::<Sqlite>::of(pool, others, place).await;
    let mut reader = world.others.begin().await.unwrap();
    let reads = sqlx::query("SELECT * FROM paid").fetch_all(&mut *reader);
    reads.await.unwrap();
    let scope = world.scope();
    let refused = scope.run_async(within(&world.pool, async |tx| {
        pay(tx, 1).await?;
        Ok::<_, TransactionError>(())
    }));
    let refused = refused.await;
    assert!(
        matches!(refused, Err(TransactionError::Database(_))),
        "{refused:?}"
    );
    drop(reader);
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

/// sqlx then rolls the whole transaction back.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_whose_savepoint_of_sqlx_was_dropped_unanswered_is_not_committed() {
    let world = World::<Sqlite>::new().await;
    for _ in 0..30 {
        let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
        let scope = world.scope();
        scope.run_async(pay(&mut transaction, 1)).await.unwrap();
        let rows = transaction.rows().await.unwrap();
        while polled(1, rows.begin()).await.is_some() {}
        let refused = transaction.rows().await.map(drop);
        assert!(is_rolled_back(&refused), "{refused:?}");
        let refused = transaction.commit().await;
        assert!(is_rolled_back(&refused), "{refused:?}");
        world.assert_rolled_back(&[1]).await;
        world.assert_clean().await;
    }
}
