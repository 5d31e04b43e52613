//! PostgreSQL: aborted transactions, commits without an answer, and transactions that were left open.

use std::time::Duration;

use lback_signals::durable::{Outbox as _, PostgresOutbox};
use lback_signals::{Signal, SignalTransaction, TransactionError, receiver, signal, within};
use sqlx::{Connection as _, Postgres};
use test_support::polled;

use crate::cut::{Cut, error};
use crate::world::{TestDatabase, World, pay};

fn is_refused<T>(result: &Result<T, TransactionError>) -> bool {
    matches!(
        result,
        Err(TransactionError::Database(sqlx::Error::Database(_)))
    )
}

/// Its COMMIT would roll back without an error.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_aborted_transaction_is_not_committed() {
    let world = World::<Postgres>::new().await;
    let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
    let scope = world.scope();
    scope.run_async(pay(&mut transaction, 1)).await.unwrap();
    let rows = transaction.rows().await.unwrap();
    assert!(Postgres::execute(rows, "SELECT 1 / 0").await.is_err());
    let refused = transaction.commit().await;
    assert!(is_refused(&refused), "{refused:?}");
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

/// A savepoint that is aborted is not released, and the transaction around it is whole.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_aborted_savepoint_is_not_committed() {
    let world = World::<Postgres>::new().await;
    let paid = world.scope().run_async(within(&world.pool, async |tx| {
        pay(tx, 1).await?;
        let mut nested = tx.savepoint().await?;
        pay(&mut nested, 2).await?;
        let failed = Postgres::execute(nested.rows().await?, "SELECT 1 / 0").await;
        assert!(failed.is_err());
        let refused = nested.commit().await;
        assert!(is_refused(&refused), "{refused:?}");
        assert_eq!(world.take_log(), ["apology 2"]);
        pay(tx, 3).await
    }));
    paid.await.unwrap();
    world.assert_paid(&[1, 3]).await;
    world.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_that_a_statement_has_ended_is_not_committed() {
    let world = World::<Postgres>::new().await;
    let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
    let scope = world.scope();
    scope.run_async(pay(&mut transaction, 1)).await.unwrap();
    let rows = transaction.rows().await.unwrap();
    Postgres::execute(rows, "ROLLBACK").await.unwrap();
    let refused = transaction.commit().await;
    assert!(is_refused(&refused), "{refused:?}");
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

/// sqlx then rolls the whole transaction back.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_whose_savepoint_of_sqlx_was_dropped_unanswered_is_not_committed() {
    let world = World::<Postgres>::new().await;
    let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
    let scope = world.scope();
    scope.run_async(pay(&mut transaction, 1)).await.unwrap();
    let rows = transaction.rows().await.unwrap();
    while polled(1, rows.begin()).await.is_some() {}
    let refused = transaction.rows().await.map(drop);
    assert!(
        matches!(refused, Err(TransactionError::Ended)),
        "{refused:?}"
    );
    let refused = transaction.commit().await;
    assert!(
        matches!(refused, Err(TransactionError::Ended)),
        "{refused:?}"
    );
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_whose_server_process_ended_is_rolled_back() {
    let world = World::<Postgres>::new().await;
    let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
    let scope = world.scope();
    scope.run_async(pay(&mut transaction, 1)).await.unwrap();
    let rows = transaction.rows().await.unwrap();
    let end = "SELECT pg_terminate_backend(pg_backend_pid())";
    assert!(Postgres::execute(rows, end).await.is_err());
    let refused = transaction.commit().await;
    assert!(
        matches!(refused, Err(TransactionError::Database(_))),
        "{refused:?}"
    );
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

/// Statements that leave a transaction open.
const LEFT: [&str; 4] = [
    "BEGIN; CREATE TABLE half_done (n INTEGER)",
    "BEGIN; SELECT count(*) FROM paid",
    "BEGIN ISOLATION LEVEL SERIALIZABLE; DELETE FROM paid",
    "BEGIN; SELECT 1 / 0",
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_that_was_left_open_on_a_pooled_connection_is_not_used() {
    for left in LEFT {
        let world = World::<Postgres>::new().await;
        drop(sqlx::raw_sql(left).execute(&world.pool).await);
        let mut connection = world.others.acquire().await.unwrap();
        Postgres::insert(&mut connection, 1).await.unwrap();
        let paid = world
            .scope()
            .run_async(within(&world.pool, async |tx| pay(tx, 2).await));
        paid.await.unwrap();
        assert_eq!(world.orders().await, [1, 2], "{left}");
        world.assert_clean().await;
        let half_done = sqlx::query_scalar("SELECT to_regclass('half_done') IS NOT NULL");
        let is_committed: bool = half_done.fetch_one(&world.others).await.unwrap();
        assert!(!is_committed);
    }
}

/// sqlx does not know of it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_whose_begin_failed_is_not_left_open() {
    let world = World::<Postgres>::new().await;
    let refused = SignalTransaction::begin_with(&world.pool, "BEGIN; SELECT nothing").await;
    assert!(is_refused(&refused), "{refused:?}");
    world.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_statement_that_begins_it_sets_the_isolation() {
    let world = World::<Postgres>::new().await;
    for (begin, expected) in [
        ("BEGIN", "read committed"),
        ("BEGIN ISOLATION LEVEL REPEATABLE READ", "repeatable read"),
        (
            "START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY",
            "serializable",
        ),
    ] {
        let transaction = SignalTransaction::begin_with(&world.pool, begin).await;
        let mut transaction = transaction.unwrap();
        let isolation = sqlx::query_scalar::<_, String>("SHOW transaction_isolation");
        let isolation = isolation.fetch_one(transaction.rows().await.unwrap()).await;
        assert_eq!(isolation.unwrap(), expected);
        transaction.commit().await.unwrap();
        world.assert_clean().await;
    }
}

/// Two transactions that each read the row of the other.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_serialization_failure_of_the_commit_is_a_rollback() {
    let world = World::<Postgres>::new().await;
    let begin = "BEGIN ISOLATION LEVEL SERIALIZABLE";
    let mut one = SignalTransaction::begin_with(&world.pool, begin)
        .await
        .unwrap();
    let mut other = SignalTransaction::begin_with(&world.others, begin)
        .await
        .unwrap();
    for (transaction, order) in [(&mut one, 1), (&mut other, 2)] {
        let count = "SELECT count(*) FROM paid";
        let rows = transaction.rows().await.unwrap();
        Postgres::execute(rows, count).await.unwrap();
        world
            .scope()
            .run_async(pay(transaction, order))
            .await
            .unwrap();
    }
    other.commit().await.unwrap();
    let refused = one.commit().await;
    assert!(is_refused(&refused), "{refused:?}");
    assert_eq!(world.orders().await, [2]);
    assert_eq!(world.take_log(), ["receipt 2, stored true", "apology 1"]);
    world.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_outcome_of_a_commit_without_a_clear_answer_is_asked_for() {
    let held = [Duration::ZERO, Duration::from_millis(300)];
    for answer in [
        Vec::new(),
        error("FATAL", "57P01"),
        error("ERROR", "08007"),
        error("ERROR", "40003"),
        error("PANIC", "XX000"),
        error("FATAL", "58030"),
    ] {
        for (is_forwarded, held) in [(true, held[0]), (false, held[0]), (false, held[1])] {
            let world = World::<Postgres>::new().await;
            let answer = answer.clone();
            let cut = Cut {
                is_forwarded,
                held,
                answer,
                ..Cut::default()
            };
            let pool = cut.pool(&world).await;
            let paid = world
                .scope()
                .run_async(within(&pool, async |tx| pay(tx, 1).await));
            let paid = paid.await;
            if is_forwarded {
                paid.unwrap();
                world.assert_paid(&[1]).await;
            } else {
                assert!(paid.is_err());
                world.assert_rolled_back(&[1]).await;
            }
            let paid = world
                .scope()
                .run_async(within(&pool, async |tx| pay(tx, 2).await));
            paid.await.unwrap();
        }
    }
}

/// Pays an order on a connection that is cut, and checks that the outcome is unknown.
async fn assert_unknown(cut: Cut, begin: Begin) {
    let world = World::<Postgres>::new().await;
    let expected: &[i64] = if cut.is_forwarded { &[1] } else { &[] };
    let pool = cut.pool(&world).await;
    let mut transaction = match begin {
        Begin::Adopt => SignalTransaction::adopt(pool.begin().await.unwrap()).unwrap(),
        Begin::Pool | Begin::ClosedPool => SignalTransaction::begin(&pool).await.unwrap(),
    };
    let scope = world.scope();
    scope.run_async(pay(&mut transaction, 1)).await.unwrap();
    let closed = matches!(begin, Begin::ClosedPool).then(|| pool.close());
    let unknown = transaction.commit().await;
    assert!(
        matches!(unknown, Err(TransactionError::Unknown(_))),
        "{unknown:?}"
    );
    if let Some(closed) = closed {
        closed.await;
    }
    assert_eq!(world.take_log(), [""; 0]);
    assert_eq!(world.orders().await, expected);
}

enum Begin {
    /// Without a pool that could be asked.
    Adopt,
    Pool,
    /// It is closed before the commit.
    ClosedPool,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_outcome_that_cannot_be_asked_for_is_unknown() {
    for is_forwarded in [true, false] {
        for begin in [Begin::Adopt, Begin::ClosedPool] {
            let cut = Cut {
                is_forwarded,
                ..Cut::default()
            };
            assert_unknown(cut, begin).await;
        }
    }
}

/// After a failover, another transaction may have got the id.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_server_on_another_timeline_does_not_know_the_outcome() {
    let cut = Cut {
        is_forwarded: true,
        is_of_other_timeline: true,
        ..Cut::default()
    };
    assert_unknown(cut, Begin::Pool).await;
}

#[signal(durable(name = "sql.postgres.sent", version = 1))]
struct Sent {
    order: i64,
}

#[receiver(signal = Sent, durable(name = "sql.postgres.track"))]
async fn track(_: &Sent) {}

/// Pays an order in a transaction of an outbox, on a connection that is cut.
async fn send_cut(cut: Cut) -> (World<Postgres>, Result<(), sqlx::Error>, u64) {
    let world = World::<Postgres>::new().await;
    let outbox = PostgresOutbox::new(cut.pool(&world).await).await.unwrap();
    let outbox = outbox.without_worker();
    let paid = world.scope().run_async(within(&outbox, async |tx| {
        pay(tx, 1).await?;
        tx.run(async |_| {
            assert_eq!(Sent { order: 1 }.send().deferred(), 1);
            Ok(())
        })
        .await
    }));
    let paid = paid.await;
    let counts = outbox.counts().await.unwrap();
    (world, paid, counts.iter().map(|it| it.waiting).sum())
}

/// The insert of the deliveries has returned the id of the transaction.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_outcome_of_a_commit_with_deliveries_is_asked_for() {
    let cut = |is_forwarded| Cut {
        is_forwarded,
        ..Cut::default()
    };
    let (world, paid, waiting) = send_cut(cut(true)).await;
    paid.unwrap();
    world.assert_paid(&[1]).await;
    assert_eq!(waiting, 1);

    let (world, paid, waiting) = send_cut(cut(false)).await;
    assert!(paid.is_err());
    world.assert_rolled_back(&[1]).await;
    assert_eq!(waiting, 0);

    let of_other_timeline = Cut {
        is_of_other_timeline: true,
        ..cut(true)
    };
    let (world, unknown, waiting) = send_cut(of_other_timeline).await;
    let unknown = unknown.map_err(TransactionError::from);
    assert!(
        matches!(unknown, Err(TransactionError::Unknown(_))),
        "{unknown:?}"
    );
    assert_eq!(world.take_log(), [""; 0]);
    assert_eq!(waiting, 1);
}
