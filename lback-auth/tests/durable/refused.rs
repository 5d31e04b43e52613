//! A store without an outbox refuses deliveries.

use std::error::Error as _;

use lback_auth::{AccountsError, Hasher, PostgresStore, SqliteStore, User};
use lback_signals::Scope;

use crate::databases::postgres::Schema;
use crate::databases::sqlite::Folder;
use crate::world::{PASSWORD, Store, accounts, unique};

#[tokio::test]
async fn sqlite_without_an_outbox_refuses_deliveries() {
    let folder = Folder::new();
    refuses(SqliteStore::open(folder.file()).await.unwrap()).await;
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn postgres_without_an_outbox_refuses_deliveries() {
    let schema = Schema::new().await;
    refuses(PostgresStore::from_pool(schema.pool()).await.unwrap()).await;
}

async fn refuses(store: impl Store) {
    let scope = Scope::new().provide(Hasher::insecure_for_tests());
    let test = async {
        let accounts = accounts(&store);
        let ada = unique("ada");
        let user = User::new(&ada, format!("{ada}@example.org")).unwrap();
        let refused = accounts.register(user, PASSWORD).await.unwrap_err();
        assert!(matches!(refused, AccountsError::NotEnqueued(_)));
        let source = refused.source().expect("a reason").to_string();
        let expected = "`lback.user.password-set` has durable receivers and the store has no outbox: set one \
            with `with_outbox`";
        assert_eq!(source, expected);
        assert!(store.page(None, 10).await.unwrap().is_empty());
        assert_eq!(store.audit(None, 10).await.unwrap(), []);
    };
    scope.run_async(test).await;
}
