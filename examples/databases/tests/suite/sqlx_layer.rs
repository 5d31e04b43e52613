//! The shop on sqlx.

use std::marker::PhantomData;

use lback_signals::{BeginSignals, SignalTransaction, TransactionError, within};
use sqlx::Pool;

use crate::layer::{Layer, ShopDatabase};

pub(crate) struct Sqlx<D>(PhantomData<D>);

impl<D: ShopDatabase> Layer for Sqlx<D>
where
    for<'o> &'o D::Outbox: BeginSignals<Database = D>,
{
    type Database = D;
    type Transaction<'t> = SignalTransaction<'t, D>;
    type Error = sqlx::Error;

    fn new(_: &Pool<D>) -> Self {
        Self(PhantomData)
    }

    async fn within<T>(
        &self,
        outbox: &D::Outbox,
        body: impl AsyncFnOnce(&mut SignalTransaction<'_, D>) -> sqlx::Result<T>,
    ) -> sqlx::Result<T> {
        within(outbox, body).await
    }

    async fn nested<T>(
        transaction: &mut Self::Transaction<'_>,
        body: impl AsyncFnOnce(&mut SignalTransaction<'_, D>) -> sqlx::Result<T>,
    ) -> sqlx::Result<T> {
        within(transaction, body).await
    }

    async fn insert(transaction: &mut Self::Transaction<'_>, order: i64) -> sqlx::Result<()> {
        D::insert(transaction.rows().await?, order).await
    }

    async fn execute(
        transaction: &mut Self::Transaction<'_>,
        sql: &'static str,
    ) -> sqlx::Result<()> {
        D::execute(transaction.rows().await?, sql).await
    }

    fn refusal() -> sqlx::Error {
        sqlx::Error::RowNotFound
    }

    fn is_unknown(error: &sqlx::Error) -> bool {
        let sqlx::Error::Io(error) = error else {
            return false;
        };
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        matches!(inner, Some(TransactionError::Unknown(_)))
    }
}
