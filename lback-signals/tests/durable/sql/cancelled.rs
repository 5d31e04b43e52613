//! Futures that are dropped at any of their awaits.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use lback_signals::{Signal, SignalTransaction, TransactionError, within};
use test_support::{another_round, polled, rounds};
use tokio::time::sleep;

use crate::world::{Paid, TestDatabase, World};

in_each_database!(
    a_dropped_transaction_is_committed_with_its_signals_or_not_at_all,
    a_dropped_within_is_committed_with_its_signals_or_not_at_all,
    a_dropped_nested_transaction_leaves_the_outer_one_whole,
    a_dropped_rollback_is_a_rollback,
);

/// The orders whose signal was sent.
#[derive(Default)]
struct Sent(Mutex<Vec<i64>>);

impl Sent {
    async fn pay<D: TestDatabase>(
        &self,
        transaction: &mut SignalTransaction<'_, D>,
        order: i64,
    ) -> sqlx::Result<()> {
        transaction
            .run(async |rows| {
                D::insert(rows, order).await?;
                Paid { order }.send();
                self.0.lock().unwrap().push(order);
                Ok::<_, sqlx::Error>(())
            })
            .await
    }
}

/// Waits until each signal that was sent has reached one receiver, and checks that it is the right one. Returns
/// the stored orders, and deletes them.
async fn settled<D: TestDatabase>(world: &World<D>, sent: &Sent) -> Vec<i64> {
    world.assert_clean().await;
    let orders = world.orders().await;
    let sent = std::mem::take(&mut *sent.0.lock().unwrap());
    let mut expected: Vec<_> = sent
        .iter()
        .map(|order| {
            if orders.contains(order) {
                format!("receipt {order}, stored true")
            } else {
                format!("apology {order}")
            }
        })
        .collect();
    expected.sort();
    let start = Instant::now();
    let mut log = Vec::new();
    // The receivers of a commit run when the connection is back in its pool.
    while log.len() < expected.len() && start.elapsed() < Duration::from_secs(10) {
        log.extend(world.take_log());
        sleep(Duration::from_millis(1)).await;
    }
    log.sort();
    assert_eq!(log, expected);
    assert!(
        orders.iter().all(|order| sent.contains(order)),
        "{orders:?}"
    );
    let mut connection = world.others.acquire().await.unwrap();
    D::execute(&mut connection, "DELETE FROM paid")
        .await
        .unwrap();
    orders
}

/// Drops the future of `scenario` after each number of polls, until it is ready.
async fn at_every_await<D: TestDatabase>(
    world: &World<D>,
    scenario: impl AsyncFn(&Sent),
    check: impl Fn(&[i64], bool),
) {
    let mut most = 0;
    // At the next poll, the task of an operation may have finished or not.
    for _ in 0..rounds(100) {
        let mut polls = 0;
        loop {
            let sent = Sent::default();
            let scope = world.scope();
            let done = scope.run_async(polled(polls, scenario(&sent))).await;
            let orders = settled(world, &sent).await;
            check(&orders, done.is_some());
            if done.is_some() {
                break;
            }
            polls += 1;
        }
        most = most.max(polls);
    }
    assert!(most > 2, "only {most}");
}

async fn a_dropped_transaction_is_committed_with_its_signals_or_not_at_all<D: TestDatabase>(
    world: World<D>,
) {
    let scenario = async |sent: &Sent| {
        let mut outer = SignalTransaction::begin(&world.pool).await.unwrap();
        sent.pay(&mut outer, 1).await.unwrap();
        let mut inner = outer.savepoint().await.unwrap();
        sent.pay(&mut inner, 2).await.unwrap();
        inner.commit().await.unwrap();
        let mut inner = outer.savepoint().await.unwrap();
        sent.pay(&mut inner, 3).await.unwrap();
        inner.rollback().await.unwrap();
        let mut inner = outer.savepoint().await.unwrap();
        sent.pay(&mut inner, 4).await.unwrap();
        drop(inner);
        sent.pay(&mut outer, 5).await.unwrap();
        outer.commit().await.unwrap();
    };
    at_every_await(&world, scenario, |orders, is_done| {
        assert!(
            orders == [1, 2, 5] || orders.is_empty() && !is_done,
            "{orders:?}"
        );
    })
    .await;
}

async fn a_dropped_within_is_committed_with_its_signals_or_not_at_all<D: TestDatabase>(
    world: World<D>,
) {
    let scenario = async |sent: &Sent| {
        let paid = within(&world.pool, async |tx| {
            sent.pay(tx, 1).await?;
            within(&mut *tx, async |tx| sent.pay(tx, 2).await).await
        });
        paid.await.unwrap();
    };
    at_every_await(&world, scenario, |orders, is_done| {
        assert!(
            orders == [1, 2] || orders.is_empty() && !is_done,
            "{orders:?}"
        );
    })
    .await;
}

async fn a_dropped_nested_transaction_leaves_the_outer_one_whole<D: TestDatabase>(world: World<D>) {
    // The commit of a savepoint whose future is dropped can still succeed, with its signals: run until one did.
    let mut has_seen_dropped_commit = false;
    let mut round = 0;
    while another_round(&mut round, 200, has_seen_dropped_commit) {
        let is_committed = round % 2 == 1;
        let mut polls = 0;
        loop {
            let sent = Sent::default();
            let paid = world.scope().run_async(async {
                let mut outer = SignalTransaction::begin(&world.pool).await?;
                sent.pay(&mut outer, 1).await?;
                let nested = polled(polls, async {
                    let mut inner = outer.savepoint().await?;
                    let mut innermost = inner.savepoint().await?;
                    sent.pay(&mut innermost, 2).await?;
                    innermost.commit().await?;
                    if is_committed {
                        inner.commit().await
                    } else {
                        inner.rollback().await
                    }
                });
                let is_done = nested.await.is_some();
                sent.pay(&mut outer, 3).await?;
                outer.commit().await?;
                Ok::<_, TransactionError>(is_done)
            });
            let is_done = paid.await.unwrap();
            let orders = settled(&world, &sent).await;
            let has_nested = orders == [1, 2, 3];
            assert!(has_nested || orders == [1, 3], "{orders:?}");
            assert!(is_committed || !has_nested);
            if is_done {
                assert_eq!(has_nested, is_committed);
                break;
            }
            has_seen_dropped_commit |= has_nested;
            polls += 1;
        }
    }
}

async fn a_dropped_rollback_is_a_rollback<D: TestDatabase>(world: World<D>) {
    let scenario = async |sent: &Sent| {
        let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
        sent.pay(&mut transaction, 1).await.unwrap();
        transaction.rollback().await.unwrap();
    };
    at_every_await(&world, scenario, |orders, _| assert!(orders.is_empty())).await;
}
