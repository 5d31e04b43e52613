//! A borrowed connection of sqlx for SeaORM.

use std::fmt;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::Mutex;

use crate::rows::Rows;

/// A borrowed connection of sqlx, for statements of SeaORM on it.
///
/// [`SeaOrmTransaction::run`](crate::SeaOrmTransaction::run) lends one. It also connects SeaORM to the transaction of a
/// durable receiver:
///
#[cfg_attr(feature = "durable-sqlite", doc = "```")]
#[cfg_attr(not(feature = "durable-sqlite"), doc = "```ignore")]
/// use lback_signals::durable::{DeliveryError, DurableTx};
/// use lback_signals::{receiver, signal};
/// use lback_signals_sea_orm::SeaOrmConnection;
/// use sea_orm::entity::prelude::*;
/// use sea_orm::sqlx::Sqlite;
///
/// mod stock {
///     use sea_orm::entity::prelude::*;
///
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
///     #[sea_orm(table_name = "stock")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub article: i64,
///         pub pieces: i64,
///     }
///
///     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
///     pub enum Relation {}
///
///     impl ActiveModelBehavior for ActiveModel {}
/// }
///
/// #[signal(durable(name = "order.paid", version = 1))]
/// struct OrderPaid {
///     article: i64,
/// }
///
/// #[receiver(signal = OrderPaid, durable(name = "book-stock"))]
/// async fn book_stock(event: &OrderPaid, mut tx: DurableTx<'_, Sqlite>) -> Result<(), DeliveryError> {
///     let rows = SeaOrmConnection::from(tx.rows().await?);
///     let article = stock::Entity::find_by_id(event.article).one(&rows).await?;
///     let article = article.ok_or("there is no such article")?;
///     println!("{} pieces", article.pieces);
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub struct SeaOrmConnection<'r> {
    backend: DbBackend,
    /// SeaORM's methods take a shared reference.
    rows: Mutex<Rows<'r>>,
}

impl<'r> From<Rows<'r>> for SeaOrmConnection<'r> {
    fn from(rows: Rows<'r>) -> Self {
        Self {
            backend: rows.backend(),
            rows: Mutex::new(rows),
        }
    }
}

#[cfg(feature = "postgres")]
impl<'r> From<&'r mut sqlx::PgConnection> for SeaOrmConnection<'r> {
    fn from(rows: &'r mut sqlx::PgConnection) -> Self {
        Rows::Postgres(rows).into()
    }
}

#[cfg(feature = "sqlite")]
impl<'r> From<&'r mut sqlx::SqliteConnection> for SeaOrmConnection<'r> {
    fn from(rows: &'r mut sqlx::SqliteConnection) -> Self {
        Rows::Sqlite(rows).into()
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for SeaOrmConnection<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.rows.lock().await.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.rows.lock().await.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.rows.lock().await.query_one(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.rows.lock().await.query_all(statement).await
    }
}

impl fmt::Debug for SeaOrmConnection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeaOrmConnection")
            .field("backend", &self.backend)
            .finish_non_exhaustive()
    }
}
