//! Accounts and entities of SeaORM on one pool, and in one transaction.

use lback_auth::{Accounts, Hasher, Inserted, SessionKey, SqliteStore, User};
use lback_signals::Scope;
use lback_signals::durable::SqliteOutbox;
use lback_signals_sea_orm::{SeaOrmConnection, within};
use sea_orm::{ActiveModelTrait, DbErr, Set, SqlxSqliteConnector};
use sqlx::Sqlite;

use crate::sea_orm_layer::paid;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn accounts_share_the_pool_and_a_transaction_with_entities() {
    let world = World::<Sqlite>::new().await;
    let store = SqliteStore::from_pool(world.pool.clone()).await.unwrap();
    // Stores the requests for mails.
    let outbox = SqliteOutbox::new(world.pool.clone()).await.unwrap();
    let store = store.with_outbox(outbox.without_worker());
    let key = SessionKey::new(&[7; 32]).unwrap();
    let accounts = Accounts::new(store, key);
    let db = SqlxSqliteConnector::from_sqlx_sqlite_pool(world.pool.clone());
    let scope = Scope::new().provide(Hasher::insecure_for_tests());
    scope
        .run_async(async {
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
                let rows = SeaOrmConnection::from(tx.rows().connection());
                let paid = paid::ActiveModel { number: Set(order) };
                paid.insert(&rows).await.unwrap();
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
            paid.await?;
            let names: Vec<String> = sqlx::query_scalar("SELECT username FROM lback_account")
                .fetch_all(&world.pool)
                .await
                .unwrap();
            assert_eq!(names, ["ada"]);
            Ok::<_, DbErr>(())
        })
        .await
        .unwrap();
    assert_eq!(world.orders().await, [1, 3]);
}
