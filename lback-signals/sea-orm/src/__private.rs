//! Support for generated code. Not public API.

pub use async_trait::async_trait;
use lback_signals::SyncSignal;
use sea_orm::sea_query::FromValueTuple as _;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DbErr, EntityTrait, Iterable as _,
    PrimaryKeyToColumn as _, PrimaryKeyTrait, QuerySelect as _,
};
pub use {lback_signals, sea_orm};

use crate::error::vetoed;

type Column<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;
type PrimaryKey<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::PrimaryKey;
type Model<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Model;

/// Sends the signal before an operation, which its receivers may veto.
pub fn before(
    signal: &impl SyncSignal,
    model: &'static str,
    result: &'static str,
) -> Result<(), DbErr> {
    match signal.try_send() {
        Ok(_) => Ok(()),
        Err(failure) => Err(vetoed(model, result, failure)),
    }
}

/// Returns the columns that an INSERT or UPDATE of the model writes.
pub fn written_columns<A: ActiveModelTrait>(model: &A, insert: bool) -> Vec<Column<A>> {
    let is_written = |column: &Column<A>| match model.get(*column) {
        ActiveValue::Set(_) => insert || PrimaryKey::<A>::from_column(*column).is_none(),
        ActiveValue::Unchanged(_) => insert,
        ActiveValue::NotSet => false,
    };
    Column::<A>::iter().filter(is_written).collect()
}

/// Returns the row that an UPDATE of the model replaces, and locks it until the end of the transaction.
pub async fn old_row<A: ActiveModelTrait, C: ConnectionTrait>(
    model: &A,
    db: &C,
    insert: bool,
) -> Result<Option<Model<A>>, DbErr> {
    let key = model.get_primary_key_value().filter(|_| !insert);
    let Some(key) = key else {
        return Ok(None);
    };
    let key = <PrimaryKey<A> as PrimaryKeyTrait>::ValueType::from_value_tuple(key);
    // SQLite has no such lock, and a transaction that writes is alone.
    let select = A::Entity::find_by_id(key).lock_exclusive();
    select.one(db).await
}
