//! Nested transactions, which are savepoints.

use lback_signals::{Signal, SignalTransaction, TransactionError, within};
use sqlx::Connection as _;

use crate::world::{Paid, TestDatabase, World, pay};

in_each_database!(
    a_nested_commit_hands_its_receivers_to_the_outer_transaction,
    a_nested_rollback_discards_its_own_alone,
    a_nested_drop_discards_its_own_alone,
    a_nested_commit_is_undone_by_the_outer_rollback,
    nested_within_is_a_savepoint,
    a_failed_statement_of_a_savepoint_is_undone,
    savepoints_nest_deeply,
    savepoints_of_sqlx_are_compatible,
);

async fn a_nested_commit_hands_its_receivers_to_the_outer_transaction<D: TestDatabase>(
    world: World<D>,
) {
    let paid = world.scope().run_async(async {
        let mut outer = SignalTransaction::begin(&world.pool).await?;
        pay(&mut outer, 1).await?;
        let mut inner = outer.savepoint().await?;
        pay(&mut inner, 2).await?;
        let report = inner.commit().await?;
        assert_eq!((report.delivered(), report.deferred()), (0, 1));
        pay(&mut outer, 3).await?;
        assert_eq!(world.take_log(), [""; 0]);
        outer.commit().await
    });
    paid.await.unwrap();
    world.assert_paid(&[1, 2, 3]).await;
    world.assert_clean().await;
}

async fn a_nested_rollback_discards_its_own_alone<D: TestDatabase>(world: World<D>) {
    let paid = world.scope().run_async(async {
        let mut outer = SignalTransaction::begin(&world.pool).await?;
        pay(&mut outer, 1).await?;
        let mut inner = outer.savepoint().await?;
        pay(&mut inner, 2).await?;
        let report = inner.rollback().await?;
        assert_eq!(report.delivered(), 1);
        assert_eq!(world.take_log(), ["apology 2"]);
        pay(&mut outer, 3).await?;
        outer.commit().await
    });
    paid.await.unwrap();
    world.assert_paid(&[1, 3]).await;
    world.assert_clean().await;
}

async fn a_nested_drop_discards_its_own_alone<D: TestDatabase>(world: World<D>) {
    let paid = world.scope().run_async(async {
        let mut outer = SignalTransaction::begin(&world.pool).await?;
        for order in 1..4 {
            let mut inner = outer.savepoint().await?;
            let mut innermost = inner.savepoint().await?;
            pay(&mut innermost, 7).await?;
            drop(innermost);
            pay(&mut inner, 8).await?;
            drop(inner);
            D::insert(outer.rows().await?, order).await?;
        }
        let mut inner = outer.savepoint().await?;
        pay(&mut inner, 9).await?;
        drop(inner);
        outer.commit().await
    });
    paid.await.unwrap();
    assert_eq!(world.orders().await, [1, 2, 3]);
    let mut apologies = ["apology 7", "apology 8"].repeat(3);
    apologies.push("apology 9");
    assert_eq!(world.take_log(), apologies);
    world.assert_clean().await;
}

async fn a_nested_commit_is_undone_by_the_outer_rollback<D: TestDatabase>(world: World<D>) {
    let rolled_back = world.scope().run_async(async {
        let mut outer = SignalTransaction::begin(&world.pool).await?;
        let mut inner = outer.savepoint().await?;
        pay(&mut inner, 1).await?;
        inner.commit().await?;
        assert_eq!(world.take_log(), [""; 0]);
        outer.rollback().await
    });
    rolled_back.await.unwrap();
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

async fn nested_within_is_a_savepoint<D: TestDatabase>(world: World<D>) {
    let paid = world.scope().run_async(within(&world.pool, async |tx| {
        pay(tx, 1).await?;
        let refused = within(&mut *tx, async |tx| {
            pay(tx, 2).await?;
            Err::<(), _>(sqlx::Error::RowNotFound)
        });
        assert!(matches!(refused.await, Err(sqlx::Error::RowNotFound)));
        assert_eq!(world.take_log(), ["apology 2"]);
        within(&mut *tx, async |tx| {
            D::insert(tx.rows().await?, 3).await?;
            Paid { order: 3 }.send();
            Ok::<_, sqlx::Error>(())
        })
        .await?;
        assert_eq!(world.take_log(), [""; 0]);
        Ok::<_, sqlx::Error>(())
    }));
    paid.await.unwrap();
    world.assert_paid(&[1, 3]).await;
    world.assert_clean().await;
}

/// In PostgreSQL, it would abort the transaction.
async fn a_failed_statement_of_a_savepoint_is_undone<D: TestDatabase>(world: World<D>) {
    let paid = world.scope().run_async(within(&world.pool, async |tx| {
        pay(tx, 1).await?;
        for _ in 0..3 {
            let failed = within(&mut *tx, async |tx| {
                pay(tx, 2).await?;
                pay(tx, 1).await
            });
            assert!(matches!(failed.await, Err(sqlx::Error::Database(_))));
        }
        pay(tx, 3).await
    }));
    paid.await.unwrap();
    assert_eq!(world.orders().await, [1, 3]);
    let receipts = ["receipt 1, stored true", "receipt 3, stored true"];
    assert_eq!(
        world.take_log(),
        [&["apology 2"; 3][..], &receipts].concat()
    );
    world.assert_clean().await;
}

async fn savepoints_nest_deeply<D: TestDatabase>(world: World<D>) {
    async fn nest<D: TestDatabase>(
        tx: &mut SignalTransaction<'_, D>,
        depth: i64,
    ) -> Result<(), TransactionError> {
        if depth < 20 {
            let mut inner = tx.savepoint().await?;
            pay(&mut inner, depth).await?;
            Box::pin(nest(&mut inner, depth + 1)).await?;
            match depth % 3 {
                0 => drop(inner),
                1 => drop(inner.rollback().await?),
                _ => drop(inner.commit().await?),
            }
            pay(tx, 100 + depth).await?;
        }
        Ok(())
    }
    let paid = world.scope().run_async(async {
        let mut outer = SignalTransaction::begin(&world.pool).await?;
        nest(&mut outer, 2).await?;
        outer.commit().await
    });
    paid.await.unwrap();
    assert_eq!(world.orders().await, [2, 102, 103]);
    let log = world.take_log();
    assert_eq!(log.iter().filter(|it| it.starts_with("receipt")).count(), 3);
    assert_eq!(log.len(), 2 + 17 + 17);
    world.assert_clean().await;
}

/// The application may use sqlx's own savepoints on the connection.
async fn savepoints_of_sqlx_are_compatible<D: TestDatabase>(world: World<D>) {
    let paid = world.scope().run_async(within(&world.pool, async |tx| {
        let mut committed = tx.rows().await?.begin().await?;
        D::insert(&mut committed, 1).await?;
        committed.commit().await?;
        let mut dropped = tx.rows().await?.begin().await?;
        D::insert(&mut dropped, 2).await?;
        drop(dropped);
        let mut forgotten = tx.rows().await?.begin().await?;
        D::insert(&mut forgotten, 3).await?;
        std::mem::forget(forgotten);
        let mut inner = tx.savepoint().await?;
        let mut forgotten = inner.rows().await?.begin().await?;
        D::insert(&mut forgotten, 4).await?;
        std::mem::forget(forgotten);
        pay(&mut inner, 5).await?;
        inner.commit().await?;
        let mut forgotten = tx.rows().await?.begin().await?;
        D::insert(&mut forgotten, 6).await?;
        std::mem::forget(forgotten);
        Ok::<_, sqlx::Error>(())
    }));
    paid.await.unwrap();
    assert_eq!(world.orders().await, [1, 5]);
    assert_eq!(world.take_log(), ["receipt 5, stored true"]);
    world.assert_clean().await;
}
