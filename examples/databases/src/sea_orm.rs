//! The shop with SeaORM.

mod shop;

use lback_signals::Signal as _;
use lback_signals_sea_orm::{SeaOrmTransaction, within};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, Database, DatabaseConnection, DbErr,
    EntityTrait as _, PaginatorTrait as _, Set,
};
use shop::OrderPaid;

mod paid {
    #![allow(unreachable_pub, reason = "SeaORM adds public items")]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "paid")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub email: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod used {
    #![allow(unreachable_pub, reason = "SeaORM adds public items")]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "used")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub voucher: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLES: &str = "CREATE TABLE paid (number INTEGER PRIMARY KEY, email TEXT NOT NULL); \
    CREATE TABLE used (voucher TEXT PRIMARY KEY)";

async fn insert(tx: &SeaOrmTransaction<'_>, number: i64, email: &str) -> Result<(), DbErr> {
    let paid = paid::ActiveModel {
        number: Set(number),
        email: Set(email.to_owned()),
    };
    paid.insert(tx).await?;
    OrderPaid { number, email }.send(); // no receipt yet
    Ok(())
}

/// Pays an order. A voucher that is used already does not undo the payment.
async fn pay(
    db: &DatabaseConnection,
    number: i64,
    email: &str,
    voucher: &str,
) -> Result<(), DbErr> {
    within(db, async |tx| {
        insert(tx, number, email).await?;
        let used = within(tx, async |tx| {
            let used = used::ActiveModel {
                voucher: Set(voucher.to_owned()),
            };
            used.insert(tx).await
        });
        if used.await.is_err() {
            println!("{voucher} is used already");
        }
        Ok(())
    })
    .await
}

#[tokio::main]
async fn main() -> Result<(), DbErr> {
    let db = Database::connect("sqlite::memory:").await?;
    db.execute_unprepared(TABLES).await?;
    pay(&db, 1, "ada@example.org", "SPRING").await?;
    pay(&db, 2, "bob@example.org", "SPRING").await?;
    let twice = within(&db, async |tx| {
        insert(tx, 3, "eve@example.org").await?;
        insert(tx, 1, "eve@example.org").await
    });
    assert!(twice.await.is_err());
    println!("{} orders are paid", paid::Entity::find().count(&db).await?);
    Ok(())
}
