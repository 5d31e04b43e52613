//! Transactions in SQLite.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use lback_signals::Signal as _;
use lback_signals::durable::{EnqueueLimits, Outbox as _, SqliteOutbox};
use lback_signals_diesel::{TransactionError, outbox_transaction, transaction, transaction_error};
use sqlx::Sqlite;

use crate::Shipped;
use crate::schema::paid;
use crate::world::{Paid, World};

fn connect(world: &World<Sqlite>) -> SqliteConnection {
    let options = world.place.options();
    let mut connection = SqliteConnection::establish(options.get_filename().to_str().unwrap());
    let connected = connection.as_mut().unwrap();
    connected
        .batch_execute("PRAGMA busy_timeout = 20000")
        .unwrap();
    connection.unwrap()
}

fn pay(connection: &mut SqliteConnection, order: i64) -> QueryResult<()> {
    let insert = diesel::insert_into(paid::table).values(paid::number.eq(order));
    insert.execute(connection)?;
    Paid { order }.send();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_of_diesel_is_refused() {
    let world = World::<Sqlite>::new().await;
    let mut connection = connect(&world);
    let refused = connection.transaction(|connection| transaction(connection, |_| Ok(())));
    let refused: Error = refused.unwrap_err();
    let refused = transaction_error(&refused);
    assert!(
        matches!(refused, Some(TransactionError::BegunByDiesel)),
        "{refused:?}"
    );
    let outbox = SqliteOutbox::new(world.pool.clone()).await.unwrap();
    let nested = connection.transaction(|it| outbox_transaction(&outbox, it, |_| Ok(())));
    assert_eq!(nested, Err(Error::AlreadyInTransaction));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_rolls_back_the_database_first() {
    let world = World::<Sqlite>::new().await;
    let mut connection = connect(&world);
    world.scope().run(|| {
        let panics = catch_unwind(AssertUnwindSafe(|| {
            transaction(&mut connection, |connection| -> QueryResult<()> {
                pay(connection, 1)?;
                panic!("out of paper");
            })
        }));
        assert!(panics.is_err());
        // Not in the transaction that has panicked.
        transaction(&mut connection, |connection| pay(connection, 2)).unwrap();
    });
    assert_eq!(world.take_log(), ["apology 1", "receipt 2, stored true"]);
    assert_eq!(world.orders().await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_savepoint_that_diesel_has_left_is_rolled_back() {
    let world = World::<Sqlite>::new().await;
    let mut connection = connect(&world);
    let paid = world.scope().run(|| {
        transaction(&mut connection, |connection| {
            pay(connection, 1)?;
            let panics = catch_unwind(AssertUnwindSafe(|| {
                connection.transaction(|connection| -> QueryResult<()> {
                    let insert = diesel::insert_into(paid::table).values(paid::number.eq(2));
                    insert.execute(connection)?;
                    panic!("out of paper");
                })
            }));
            assert!(panics.is_err());
            Ok::<_, Error>(())
        })
    });
    paid.unwrap();
    world.assert_paid(&[1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_a_statement_has_ended_is_not_committed() {
    let world = World::<Sqlite>::new().await;
    let mut connection = connect(&world);
    for is_nested in [false, true] {
        let refused = world.scope().run(|| {
            transaction(&mut connection, |connection| {
                pay(connection, 1)?;
                connection.batch_execute("ROLLBACK")?;
                if is_nested {
                    return transaction(connection, |connection| pay(connection, 2));
                }
                Ok(())
            })
        });
        let refused: Error = refused.unwrap_err();
        let refused = transaction_error(&refused);
        assert!(
            matches!(refused, Some(TransactionError::Ended)),
            "{refused:?}"
        );
        world.assert_rolled_back(&[1]).await;
    }
    transaction(&mut connection, |connection| pay(connection, 3)).unwrap();
    assert_eq!(world.orders().await, [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_sqlite_has_ended_begins_no_other() {
    let world = World::<Sqlite>::new().await;
    let mut connection = connect(&world);
    let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON paid WHEN NEW.number = 2 \
        BEGIN SELECT RAISE(ROLLBACK, 'no'); END";
    connection.batch_execute(trigger).unwrap();
    let refused = world.scope().run(|| {
        transaction(&mut connection, |connection| {
            pay(connection, 1)?;
            let ended: QueryResult<()> = transaction(connection, |connection| pay(connection, 2));
            assert!(ended.is_err());
            transaction(connection, |connection| pay(connection, 3))
        })
    });
    let refused = refused.unwrap_err();
    let refused = transaction_error(&refused);
    assert!(
        matches!(refused, Some(TransactionError::Ended)),
        "{refused:?}"
    );
    world.assert_rolled_back(&[1]).await;
    transaction(&mut connection, |connection| pay(connection, 4)).unwrap();
    assert_eq!(world.orders().await, [4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_refused_rolls_back() {
    let world = World::<Sqlite>::new().await;
    let mut connection = connect(&world);
    let tables = "PRAGMA foreign_keys = ON; \
        CREATE TABLE line (number INTEGER REFERENCES paid DEFERRABLE INITIALLY DEFERRED)";
    connection.batch_execute(tables).unwrap();
    let refused = world.scope().run(|| {
        transaction(&mut connection, |connection| {
            connection.batch_execute("INSERT INTO line VALUES (7)")?;
            pay(connection, 1)
        })
    });
    assert!(
        matches!(
            refused,
            Err(Error::DatabaseError(
                DatabaseErrorKind::ForeignKeyViolation,
                _
            ))
        ),
        "{refused:?}"
    );
    world.assert_rolled_back(&[1]).await;
    transaction(&mut connection, |connection| pay(connection, 2)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_belongs_to_its_connection() {
    let world = World::<Sqlite>::new().await;
    let mut connection = connect(&world);
    let mut memory = SqliteConnection::establish(":memory:").unwrap();
    let failed = world.scope().run(|| {
        transaction(&mut connection, |connection| {
            pay(connection, 1)?;
            transaction(&mut memory, |memory| {
                memory.batch_execute("CREATE TABLE paid (number INTEGER PRIMARY KEY)")?;
                pay(memory, 2)?;
                // In a savepoint of the other connection.
                transaction(connection, |connection| pay(connection, 3))
            })?;
            // The one in memory is committed.
            assert_eq!(world.take_log(), ["receipt 2, stored false"]);
            Err::<(), _>(Error::RollbackTransaction)
        })
    });
    assert_eq!(failed, Err(Error::RollbackTransaction));
    world.assert_rolled_back(&[1, 3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_need_an_outbox_and_keep_to_its_limits() {
    let world = World::<Sqlite>::new().await;
    let mut connection = connect(&world);
    let outbox = SqliteOutbox::new(world.pool.clone()).await.unwrap();
    let outbox = outbox.without_worker();
    let limits = EnqueueLimits::default().with_deliveries(1);
    let limited = outbox.clone().with_limits(limits);
    let ship = |connection: &mut SqliteConnection| -> QueryResult<()> {
        pay(connection, 1)?;
        Shipped { order: 1 }.send();
        Shipped { order: 2 }.send();
        Ok(())
    };
    let refused = world.scope().run(|| {
        [
            transaction(&mut connection, ship),
            outbox_transaction(&limited, &mut connection, ship),
        ]
    });
    for refused in refused {
        let refused = refused.unwrap_err();
        let refused = transaction_error(&refused);
        assert!(
            matches!(refused, Some(TransactionError::Enqueue(_))),
            "{refused:?}"
        );
    }
    assert_eq!(world.take_log(), ["apology 1", "apology 1"]);
    assert!(world.orders().await.is_empty());
    assert!(outbox.counts().await.unwrap().is_empty());
    world
        .scope()
        .run(|| outbox_transaction(&outbox, &mut connection, ship))
        .unwrap();
    assert_eq!(outbox.counts().await.unwrap()[0].waiting, 2);
}
