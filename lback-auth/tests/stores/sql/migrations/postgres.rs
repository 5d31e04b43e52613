//! In PostgreSQL.

use lback_auth::{AccountStore, PostgresStore, StoreError};
use sqlx::{AssertSqlSafe, ConnectOptions, PgPool};

use super::MANY;
use crate::databases::postgres::Schema;

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn many_create_the_tables() {
    let schema = Schema::new().await;
    let stores = (0..MANY).map(|_| tokio::spawn(PostgresStore::from_pool(schema.pool())));
    for store in stores.collect::<Vec<_>>() {
        store.await.unwrap().unwrap();
    }
    let versions = sqlx::query_scalar("SELECT version FROM lback_schema");
    let versions: Vec<i64> = versions.fetch_all(&schema.pool()).await.unwrap();
    assert_eq!(versions, [6]);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn older_tables_are_left_alone() {
    let schema = Schema::new().await;
    PostgresStore::from_pool(schema.pool()).await.unwrap();
    let older = sqlx::raw_sql("UPDATE lback_schema SET version = 1");
    older.execute(&schema.pool()).await.unwrap();
    let refused = PostgresStore::from_pool(schema.pool()).await.unwrap_err();
    assert!(matches!(
        refused,
        StoreError::OlderSchema { found: 1, known: 6 }
    ));
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn newer_tables_are_left_alone() {
    let schema = Schema::new().await;
    PostgresStore::from_pool(schema.pool()).await.unwrap();
    execute(
        &schema.pool(),
        "INSERT INTO lback_schema (version, accounts) VALUES (7, 'lback_account')",
    )
    .await;
    let refused = PostgresStore::from_pool(schema.pool()).await.unwrap_err();
    assert!(matches!(
        refused,
        StoreError::NewerSchema { found: 7, known: 6 }
    ));
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_role_that_may_create_nothing_can_use_them() {
    let schema = Schema::new().await;
    PostgresStore::from_pool(schema.pool()).await.unwrap();
    let mut owner = schema.options().connect().await.unwrap();
    let name = sqlx::query_scalar("SELECT current_schema()::text");
    let name: String = name.fetch_one(&mut owner).await.unwrap();
    let grant = AssertSqlSafe(format!(
        "CREATE ROLE {name} LOGIN;
         GRANT USAGE ON SCHEMA {name} TO {name};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} TO {name}"
    ));
    sqlx::raw_sql(grant).execute(&mut owner).await.unwrap();
    let pool = PgPool::connect_lazy_with(schema.options().username(&name));
    let users = match PostgresStore::from_pool(pool).await {
        Ok(store) => store.page(None, 9).await.map(|users| users.len()),
        Err(error) => Err(error),
    };
    let drop = AssertSqlSafe(format!("DROP OWNED BY {name}; DROP ROLE {name}"));
    sqlx::raw_sql(drop).execute(&mut owner).await.unwrap();
    assert_eq!(users.unwrap(), 0);
}

#[tokio::test]
async fn an_unreachable_server_is_unavailable() {
    let unavailable = PostgresStore::connect("postgres://ada@127.0.0.1:1/accounts").await;
    assert!(
        matches!(unavailable, Err(StoreError::Unavailable(_))),
        "{unavailable:?}"
    );
}

async fn execute(pool: &PgPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.unwrap();
}
