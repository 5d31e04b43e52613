//! The shop with sqlx.

mod shop;

use lback_signals::{Signal as _, SignalTransaction, within};
use shop::OrderPaid;
use sqlx::Sqlite;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};

const TABLES: &str = "CREATE TABLE paid (number INTEGER PRIMARY KEY, email TEXT NOT NULL); \
    CREATE TABLE used (voucher TEXT PRIMARY KEY)";

async fn insert(
    tx: &mut SignalTransaction<'_, Sqlite>,
    number: i64,
    email: &str,
) -> sqlx::Result<()> {
    let insert = sqlx::query("INSERT INTO paid VALUES (?, ?)")
        .bind(number)
        .bind(email);
    insert.execute(tx.rows().await?).await?;
    OrderPaid { number, email }.send(); // no receipt yet
    Ok(())
}

/// Pays an order. A voucher that is used already does not undo the payment.
async fn pay(pool: &SqlitePool, number: i64, email: &str, voucher: &str) -> sqlx::Result<()> {
    within(pool, async |tx| {
        insert(tx, number, email).await?;
        let used = within(tx, async |tx| {
            let insert = sqlx::query("INSERT INTO used VALUES (?)").bind(voucher);
            insert.execute(tx.rows().await?).await
        });
        if used.await.is_err() {
            println!("{voucher} is used already");
        }
        Ok(())
    })
    .await
}

#[tokio::main]
async fn main() -> sqlx::Result<()> {
    let options = SqlitePoolOptions::new().max_connections(1);
    let pool = options.connect("sqlite::memory:").await?;
    sqlx::raw_sql(TABLES).execute(&pool).await?;
    pay(&pool, 1, "ada@example.org", "SPRING").await?;
    pay(&pool, 2, "bob@example.org", "SPRING").await?;
    let twice = within(&pool, async |tx| {
        insert(tx, 3, "eve@example.org").await?;
        insert(tx, 1, "eve@example.org").await
    });
    assert!(twice.await.is_err());
    let paid: i64 = sqlx::query_scalar("SELECT count(*) FROM paid")
        .fetch_one(&pool)
        .await?;
    println!("{paid} orders are paid");
    Ok(())
}
