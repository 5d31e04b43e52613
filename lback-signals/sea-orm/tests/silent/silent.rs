//! Calls that send no signal, or begin a transaction that is not one of signals. Clippy reports each.

#[path = "../order.rs"]
mod order;

use order::{ActiveModel, Entity};
use sea_orm::{ActiveModelTrait, DatabaseConnection, DbErr, EntityTrait, Set, TransactionTrait};

fn order() -> ActiveModel {
    ActiveModel { id: Set(1), email: Set("ada@example.org".to_owned()) }
}

async fn silent(db: &DatabaseConnection) -> Result<(), DbErr> {
    Entity::insert(order()).exec(db).await?;
    Entity::update(order()).exec(db).await?;
    Entity::delete(order()).exec(db).await?;
    Entity::delete_by_id(1).exec(db).await?;
    order().update_without_returning(db).await?;
    Entity::insert_many([order()]).exec(db).await?;
    Entity::insert_many([order()]).exec_without_returning(db).await?;
    Entity::insert_many([order()]).exec_with_returning(db).await?;
    Entity::insert_many([order()]).exec_with_returning_keys(db).await?;
    Entity::update_many().exec(db).await?;
    Entity::update_many().exec_with_returning(db).await?;
    Entity::delete_many().exec(db).await?;
    Entity::delete_many().exec_with_returning(db).await?;
    Ok(())
}

async fn begin(db: &DatabaseConnection) {
    let _ = db.begin().await;
    let _ = db.begin_with_config(None, None).await;
    let _ = db.begin_with_options(Default::default()).await;
    let _ = db.transaction(|_| Box::pin(async { Ok::<_, DbErr>(()) })).await;
    let _ = db.transaction_with_config(|_| Box::pin(async { Ok::<_, DbErr>(()) }), None, None).await;
}

fn main() {
    let db = DatabaseConnection::default();
    drop((silent(&db), begin(&db)));
}
