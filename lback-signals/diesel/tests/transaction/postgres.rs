//! Transactions in PostgreSQL.

use diesel::result::{DatabaseErrorKind, Error};
use diesel::{ExpressionMethods as _, QueryResult};
use diesel_async::{AnsiTransactionManager, SimpleAsyncConnection as _, TransactionManager as _};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _};
use lback_signals::Signal as _;
use lback_signals_diesel::{TransactionError, transaction_async, transaction_error};
use sqlx::{ConnectOptions as _, Postgres};
use test_support::{another_round, polled, unwinds};

use crate::Shipped;
use crate::schema::paid;
use crate::world::{Paid, World};

async fn connect(world: &World<Postgres>) -> AsyncPgConnection {
    let options = world.place.options();
    let url = options.to_url_lossy();
    let values = [
        ("host", options.get_host().to_owned()),
        ("port", options.get_port().to_string()),
        ("user", options.get_username().to_owned()),
        ("password", url.password().unwrap_or_default().to_owned()),
        (
            "dbname",
            options.get_database().unwrap_or_default().to_owned(),
        ),
        ("application_name", world.place.name.clone()),
        ("options", format!("-c search_path={}", world.place.name)),
    ];
    let given = values.iter().filter(|(_, value)| !value.is_empty());
    let given = given.map(|(name, value)| format!("{name}='{value}'"));
    let config = given.collect::<Vec<_>>().join(" ");
    AsyncPgConnection::establish(&config).await.unwrap()
}

async fn pay(connection: &mut AsyncPgConnection, order: i64) -> QueryResult<()> {
    let insert = diesel::insert_into(paid::table).values(paid::number.eq(order));
    insert.execute(connection).await?;
    Paid { order }.send();
    Ok(())
}

/// Checks that neither Diesel nor the server has a transaction open on the connection.
async fn assert_clean(connection: &mut AsyncPgConnection) {
    let status = AnsiTransactionManager::transaction_manager_status_mut(connection);
    assert_eq!(status.transaction_depth().unwrap(), None);
    // Divides by zero in a transaction, which is older than this message.
    let check = "BEGIN; SELECT 1 / (now() = statement_timestamp())::int; ROLLBACK";
    connection.batch_execute(check).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_dropped_future_leaves_no_transaction_on_the_connection() {
    let world = World::<Postgres>::new().await;
    let mut connection = connect(&world).await;
    let mut ends = [false; 3];
    let mut round = 0;
    while another_round(&mut round, 100, ends == [true; 3]) {
        let mut polls = 0;
        loop {
            let paid = world
                .scope()
                .run_async(transaction_async(&mut connection, async |it| {
                    pay(it, 1).await?;
                    transaction_async(it, async |it| pay(it, 2).await).await
                }));
            let done = polled(polls, paid).await;
            assert_clean(&mut connection).await;
            let (orders, log) = (world.orders().await, world.take_log());
            if done.is_some() {
                assert_eq!(log, ["receipt 1, stored true", "receipt 2, stored true"]);
                ends[0] = true;
            } else if orders.is_empty() {
                assert!(
                    log.iter().all(|line| line.starts_with("apology")),
                    "{log:?}"
                );
                ends[1] = true;
            } else {
                // No other connection can be asked: the signals were abandoned.
                assert!(log.is_empty(), "{log:?}");
                ends[2] = true;
            }
            connection.batch_execute("DELETE FROM paid").await.unwrap();
            if done.is_some() {
                break;
            }
            polls += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_commit_that_is_refused_rolls_back() {
    let world = World::<Postgres>::new().await;
    let mut connection = connect(&world).await;
    let tables = "CREATE TABLE line (number BIGINT REFERENCES paid DEFERRABLE INITIALLY DEFERRED); \
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$; \
        CREATE TABLE other (number BIGINT); \
        CREATE CONSTRAINT TRIGGER refusal AFTER INSERT ON other DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION refuse()";
    connection.batch_execute(tables).await.unwrap();
    let refusals = [
        (
            "INSERT INTO line VALUES (7)",
            DatabaseErrorKind::ForeignKeyViolation,
        ),
        // An error that Diesel does not know: the connection is asked.
        ("INSERT INTO other VALUES (7)", DatabaseErrorKind::Unknown),
    ];
    for (statement, expected) in refusals {
        let refused = transaction_async(&mut connection, async |it| {
            it.batch_execute(statement).await?;
            pay(it, 1).await
        });
        let refused = world.scope().run_async(refused).await;
        assert!(
            matches!(&refused, Err(Error::DatabaseError(kind, _)) if *kind == expected),
            "{refused:?}"
        );
        world.assert_rolled_back(&[1]).await;
        assert_clean(&mut connection).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_broken_commit_without_an_outbox_is_unknown() {
    let world = World::<Postgres>::new().await;
    let mut connection = connect(&world).await;
    // The server ends the connection in the COMMIT.
    let tables = "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS \
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; \
        CREATE CONSTRAINT TRIGGER death AFTER INSERT ON paid DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION die()";
    connection.batch_execute(tables).await.unwrap();
    let unknown = transaction_async(&mut connection, async |it| pay(it, 1).await);
    let unknown = world.scope().run_async(unknown).await.unwrap_err();
    let unknown = transaction_error(&unknown);
    assert!(
        matches!(unknown, Some(TransactionError::Unknown(_))),
        "{unknown:?}"
    );
    assert!(world.take_log().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_of_diesel_is_refused() {
    let world = World::<Postgres>::new().await;
    let mut connection = connect(&world).await;
    let refused = connection
        .transaction(async |it| transaction_async(it, async |_| Ok::<_, Error>(())).await);
    let refused: Error = refused.await.unwrap_err();
    let refused = transaction_error(&refused);
    assert!(
        matches!(refused, Some(TransactionError::BegunByDiesel)),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_savepoint_that_diesel_has_left_is_rolled_back() {
    let world = World::<Postgres>::new().await;
    let mut connection = connect(&world).await;
    let paid = transaction_async(&mut connection, async |it| {
        pay(it, 1).await?;
        let panics = it.transaction(async |it| -> QueryResult<()> {
            let insert = diesel::insert_into(paid::table).values(paid::number.eq(2));
            insert.execute(it).await?;
            panic!("out of paper");
        });
        assert!(unwinds(panics).await);
        Ok::<_, Error>(())
    });
    world.scope().run_async(paid).await.unwrap();
    world.assert_paid(&[1]).await;
    assert_clean(&mut connection).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_that_a_statement_has_ended_is_not_committed() {
    let world = World::<Postgres>::new().await;
    let mut connection = connect(&world).await;
    let refused = transaction_async(&mut connection, async |it| {
        pay(it, 1).await?;
        it.batch_execute("ROLLBACK").await
    });
    assert!(world.scope().run_async(refused).await.is_err());
    world.assert_rolled_back(&[1]).await;
    assert_clean(&mut connection).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn deliveries_need_an_outbox_and_futures_are_send() {
    let world = World::<Postgres>::new().await;
    let mut connection = connect(&world).await;
    let scope = world.scope();
    let task = tokio::spawn(async move {
        let refused = transaction_async(&mut connection, async |it| {
            pay(it, 1).await?;
            Shipped { order: 1 }.send();
            Ok::<_, Error>(())
        });
        scope.run_async(refused).await
    });
    let refused = task.await.unwrap().unwrap_err();
    let refused = transaction_error(&refused);
    assert!(
        matches!(refused, Some(TransactionError::Enqueue(_))),
        "{refused:?}"
    );
    world.assert_rolled_back(&[1]).await;
}
