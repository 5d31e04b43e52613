//! Accounts and entities of SeaORM on one pool, and in one transaction.

use lback_auth::{
    AccountStore, Accounts, Hasher, Inserted, PostgresStore, SessionKey, SqliteStore, User,
};
use lback_signals::Scope;
use lback_signals::durable::{PostgresOutbox, SqliteOutbox};
use lback_signals_sea_orm::{SeaOrmConnection, within};
use sea_orm::{ActiveModelTrait, Set};
use sqlx::{Postgres, Sqlite};

use crate::paid;
use crate::transaction::Connected;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn accounts_share_the_pool_and_a_transaction_with_entities_in_sqlite() {
    let world = World::<Sqlite>::new().await;
    let store = SqliteStore::from_pool(world.pool.clone()).await.unwrap();
    // Stores the requests for mails.
    let outbox = SqliteOutbox::new(world.pool.clone()).await.unwrap();
    let store = store.with_outbox(outbox.without_worker());
    share_the_pool_and_a_transaction(&world, store, |rows| rows.connection().into()).await;
    let names = sqlx::query_scalar("SELECT username FROM lback_account").fetch_all(&world.pool);
    let names: Vec<String> = names.await.unwrap();
    assert_eq!(names, ["ada"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn accounts_share_the_pool_and_a_transaction_with_entities_in_postgres() {
    let world = World::<Postgres>::new().await;
    let store = PostgresStore::from_pool(world.pool.clone()).await.unwrap();
    let outbox = PostgresOutbox::new(world.pool.clone()).await.unwrap();
    let store = store.with_outbox(outbox.without_worker());
    share_the_pool_and_a_transaction(&world, store, |rows| rows.connection().into()).await;
    let names = sqlx::query_scalar("SELECT username FROM lback_account").fetch_all(&world.pool);
    let names: Vec<String> = names.await.unwrap();
    assert_eq!(names, ["ada"]);
}

/// Registers an account that stays, and one that is rolled back, each with an order.
async fn share_the_pool_and_a_transaction<D: Connected, S: AccountStore<User = User>>(
    world: &World<D>,
    store: S,
    rows_of: fn(&mut S::Transaction) -> SeaOrmConnection<'_>,
) {
    let accounts = Accounts::new(store, SessionKey::new(&[7; 32]).unwrap());
    let db = D::connect(&world.pool);
    let scope = Scope::new().provide(Hasher::insecure_for_tests());
    let shared = scope.run_async(async {
        for (order, name, is_committed) in [(1, "ada", true), (2, "bob", false)] {
            let user = User::new(name, format!("{name}@example.org")).unwrap();
            let password = "correct horse battery staple";
            let registration = accounts.prepare_registration(user, password).await;
            let mut tx = accounts.begin().await.unwrap();
            let inserted = accounts.register_in(&mut tx, registration.unwrap()).await;
            assert!(
                matches!(inserted, Ok(Inserted::Stored { .. })),
                "{inserted:?}"
            );
            let rows = rows_of(tx.rows());
            let paid = paid::ActiveModel { number: Set(order) };
            paid.insert(&rows).await?;
            if is_committed {
                tx.commit().await.unwrap();
            } else {
                tx.rollback().await.unwrap();
            }
        }
        // Their connection is back in the pool, which has no other.
        let paid = within(&db, async |tx| {
            let paid = paid::ActiveModel { number: Set(3) };
            paid.insert(tx).await.map(drop)
        });
        paid.await
    });
    shared.await.unwrap();
    assert_eq!(world.orders().await, [1, 3]);
}
