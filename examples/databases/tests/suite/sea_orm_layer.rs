//! The shop on SeaORM.

use std::marker::PhantomData;

use lback_signals::TransactionError;
use lback_signals_sea_orm::{BeginTransaction, SeaOrmTransaction, transaction_error, within};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, Set};
use sqlx::Pool;

use crate::layer::{Layer, ShopDatabase};

pub(crate) mod paid {
    #![allow(unreachable_pub, reason = "SeaORM adds public items")]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "paid")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) struct SeaOrm<D>(PhantomData<D>);

impl<D: ShopDatabase> Layer for SeaOrm<D>
where
    for<'o> &'o D::Outbox: BeginTransaction,
{
    type Database = D;
    type Transaction<'t> = SeaOrmTransaction<'t>;
    type Error = DbErr;

    fn new(_: &Pool<D>) -> Self {
        Self(PhantomData)
    }

    async fn within<T>(
        &self,
        outbox: &D::Outbox,
        body: impl AsyncFnOnce(&mut SeaOrmTransaction<'_>) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        within(outbox, body).await
    }

    async fn nested<T>(
        transaction: &mut Self::Transaction<'_>,
        body: impl AsyncFnOnce(&mut SeaOrmTransaction<'_>) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        within(transaction, body).await
    }

    async fn insert(transaction: &mut Self::Transaction<'_>, order: i64) -> Result<(), DbErr> {
        let paid = paid::ActiveModel { number: Set(order) };
        paid.insert(transaction).await.map(drop)
    }

    async fn execute(
        transaction: &mut Self::Transaction<'_>,
        sql: &'static str,
    ) -> Result<(), DbErr> {
        transaction.execute_unprepared(sql).await.map(drop)
    }

    fn refusal() -> DbErr {
        DbErr::RecordNotUpdated
    }

    fn is_unknown(error: &DbErr) -> bool {
        matches!(transaction_error(error), Some(TransactionError::Unknown(_)))
    }
}
