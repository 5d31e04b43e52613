//! `SeaOrmTransaction` and `within` on SeaORM's own connection.

use lback_signals::{Report, Signal, SignalTransaction, TransactionError};
use lback_signals_sea_orm::{SeaOrmTransaction, transaction_error, within};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    PaginatorTrait, Set, SqlxPostgresConnector, SqlxSqliteConnector, Statement,
};
use sqlx::{Pool, Postgres, Sqlite};
use test_support::unwinds;

use crate::paid::{self, Shipped};
use crate::world::{Paid, TestDatabase, World, pay};

/// Makes a test for each database of each function, which takes a `World`.
macro_rules! in_each_database {
    ($($test:ident),+ $(,)?) => {
        mod in_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test(crate::world::World::<sqlx::Sqlite>::new().await).await;
                }
            )+
        }

        mod in_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "needs LBACK_POSTGRES_URL"]
                async fn $test() {
                    super::$test(crate::world::World::<sqlx::Postgres>::new().await).await;
                }
            )+
        }
    };
}

in_each_database!(
    each_end_is_explicit,
    a_panic_in_run_forbids_the_commit,
    within_a_connection,
    a_transaction_of_sqlx_is_converted,
    futures_are_send_and_statements_take_turns,
    a_transaction_that_a_statement_has_ended_is_not_committed,
    deliveries_need_an_outbox,
);

pub(crate) trait Connected: TestDatabase {
    fn connect(pool: &Pool<Self>) -> DatabaseConnection;

    fn convert(transaction: SignalTransaction<'static, Self>) -> SeaOrmTransaction<'static>;
}

impl Connected for Sqlite {
    fn connect(pool: &Pool<Self>) -> DatabaseConnection {
        SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone())
    }

    fn convert(transaction: SignalTransaction<'static, Self>) -> SeaOrmTransaction<'static> {
        transaction.into()
    }
}

impl Connected for Postgres {
    fn connect(pool: &Pool<Self>) -> DatabaseConnection {
        SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone())
    }

    fn convert(transaction: SignalTransaction<'static, Self>) -> SeaOrmTransaction<'static> {
        transaction.into()
    }
}

async fn pay_in_run(tx: &mut SeaOrmTransaction<'_>, order: i64) -> Result<(), DbErr> {
    tx.run(async |rows| {
        let paid = paid::ActiveModel { number: Set(order) };
        paid.insert(rows).await?;
        Paid { order }.send();
        Ok(())
    })
    .await
}

async fn each_end_is_explicit<D: Connected>(world: World<D>) {
    let db = D::connect(&world.pool);
    let paid = world.scope().run_async(async {
        let mut tx = SeaOrmTransaction::begin(&db).await?;
        pay_in_run(&mut tx, 1).await?;
        let mut nested = tx.savepoint().await?;
        pay_in_run(&mut nested, 2).await?;
        assert_eq!(nested.rollback().await?.delivered(), 1);
        assert_eq!(world.take_log(), ["apology 2"]);
        let mut nested = tx.savepoint().await?;
        pay_in_run(&mut nested, 3).await?;
        assert_eq!(nested.commit().await?.deferred(), 1);
        tx.commit().await
    });
    let report: Report = paid.await.unwrap();
    assert_eq!(report.delivered(), 2);
    world.assert_paid(&[1, 3]).await;

    let undone = world.scope().run_async(async {
        let mut tx = SeaOrmTransaction::begin(&db).await?;
        pay_in_run(&mut tx, 4).await?;
        assert_eq!(paid::Entity::find().count(&tx).await?, 3);
        tx.rollback().await
    });
    assert_eq!(undone.await.unwrap().delivered(), 1);
    assert_eq!(world.take_log(), ["apology 4"]);
    assert_eq!(world.orders().await, [1, 3]);
    world.assert_clean().await;
}

async fn a_panic_in_run_forbids_the_commit<D: Connected>(world: World<D>) {
    let db = D::connect(&world.pool);
    let mut tx = SeaOrmTransaction::begin(&db).await.unwrap();
    let scope = world.scope();
    scope.run_async(pay_in_run(&mut tx, 1)).await.unwrap();
    let task = tokio::spawn(async move {
        let panics = tx.run(async |_| -> Result<(), DbErr> { panic!("out of paper") });
        assert!(unwinds(panics).await);
        tx.commit().await
    });
    let refused = task.await.unwrap().unwrap_err();
    let refused = transaction_error(&refused);
    assert!(
        matches!(refused, Some(TransactionError::Panicked)),
        "{refused:?}"
    );
    world.assert_rolled_back(&[1]).await;
}

async fn within_a_connection<D: Connected>(world: World<D>) {
    let db = D::connect(&world.pool);
    let paid = world.scope().run_async(within(&db, async |tx| {
        let paid = paid::ActiveModel { number: Set(1) };
        paid.insert(tx).await?;
        Paid { order: 1 }.send();
        Ok::<_, DbErr>(())
    }));
    paid.await.unwrap();
    world.assert_paid(&[1]).await;
    world.assert_clean().await;
}

async fn a_transaction_of_sqlx_is_converted<D: Connected>(world: World<D>) {
    let paid = world.scope().run_async(async {
        let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
        pay(&mut transaction, 1).await.unwrap();
        let mut tx = D::convert(transaction);
        pay_in_run(&mut tx, 2).await?;
        tx.commit().await
    });
    paid.await.unwrap();
    world.assert_paid(&[1, 2]).await;
}

async fn futures_are_send_and_statements_take_turns<D: Connected>(world: World<D>) {
    let db = D::connect(&world.pool);
    let paid = tokio::spawn(async move {
        within(&db, async |tx| {
            let tx = &*tx;
            let insert = |number| {
                paid::ActiveModel {
                    number: Set(number),
                }
                .insert(tx)
            };
            tokio::try_join!(insert(1), insert(2), insert(3)).map(drop)
        })
        .await
    });
    paid.await.unwrap().unwrap();
    assert_eq!(world.orders().await, [1, 2, 3]);
}

async fn a_transaction_that_a_statement_has_ended_is_not_committed<D: Connected>(world: World<D>) {
    let db = D::connect(&world.pool);
    let refused = world.scope().run_async(within(&db, async |tx| {
        let paid = paid::ActiveModel { number: Set(1) };
        paid.insert(tx).await?;
        Paid { order: 1 }.send();
        tx.execute_unprepared("ROLLBACK").await?;
        Ok::<_, DbErr>(())
    }));
    assert!(refused.await.is_err());
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

async fn deliveries_need_an_outbox<D: Connected>(world: World<D>) {
    let db = D::connect(&world.pool);
    let refused = world.scope().run_async(within(&db, async |tx| {
        let paid = paid::ActiveModel { number: Set(1) };
        paid.insert(tx).await?;
        Paid { order: 1 }.send();
        Shipped { order: 1 }.send();
        Ok::<_, DbErr>(())
    }));
    let refused = refused.await.unwrap_err();
    let refused = transaction_error(&refused);
    assert!(
        matches!(refused, Some(TransactionError::Enqueue(_))),
        "{refused:?}"
    );
    world.assert_rolled_back(&[1]).await;
}

#[tokio::test]
async fn another_database_is_refused() {
    let refused = SeaOrmTransaction::begin(&DatabaseConnection::default()).await;
    assert!(
        matches!(refused, Err(DbErr::BackendNotSupported { .. })),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_statement_runs_in_the_transaction() {
    let world = World::<Sqlite>::new().await;
    let db = Sqlite::connect(&world.pool);
    let tx = SeaOrmTransaction::begin(&db).await.unwrap();
    assert_eq!(tx.get_database_backend(), DbBackend::Sqlite);
    let of = |sql: &str| Statement::from_string(DbBackend::Sqlite, sql);
    let insert = "INSERT INTO paid VALUES (?), (?)";
    let insert = Statement::from_sql_and_values(DbBackend::Sqlite, insert, [1.into(), 2.into()]);
    assert_eq!(tx.execute_raw(insert).await.unwrap().rows_affected(), 2);
    let all = tx
        .query_all_raw(of("SELECT number FROM paid"))
        .await
        .unwrap();
    assert_eq!(all.len(), 2);
    let one = of("SELECT number FROM paid WHERE number = 2");
    let one = tx.query_one_raw(one).await.unwrap().unwrap();
    assert_eq!(one.try_get::<i64>("", "number").unwrap(), 2);
    let none = of("SELECT number FROM paid WHERE number = 3");
    assert!(tx.query_one_raw(none).await.unwrap().is_none());
    let refused = tx.execute_unprepared("INSERT INTO paid VALUES (1)").await;
    let refused = refused.unwrap_err();
    // As with SeaORM's own connections.
    assert!(refused.sql_err().is_some(), "{refused:?}");
    assert!(world.orders().await.is_empty());
    tx.commit().await.unwrap();
    assert_eq!(world.orders().await, [1, 2]);
}
