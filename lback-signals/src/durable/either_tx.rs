//! The transaction of a durable receiver that runs on both databases.

use std::fmt;

use sqlx::{Database as _, PgConnection, Postgres, Sqlite, SqliteConnection};

use super::durable_tx::{BegunState, DurableDatabase, DurableTx, NoTransaction};
use crate::context::Context;
use crate::extract::FromSignal;
use crate::info::{DurableNeed, Needs};
use crate::report::Rejection;
use crate::signal::Signal;
use crate::sql_transaction::TransactionError;

/// The database of a [`DurableTx`] that is in SQLite or in PostgreSQL, depending on the outbox of the delivery. For
/// libraries, and programs that run on both.
///
/// SQL has to be valid in both: SQLite also takes the parameters `$1`, `$2` and so on.
///
/// # Examples
///
/// ```
/// use lback_signals::durable::{DeliveryError, DurableTx, Either, EitherConnection};
/// use lback_signals::{receiver, signal};
///
/// #[signal(durable(name = "order.paid", version = 1))]
/// struct OrderPaid {
///     article: i64,
/// }
///
/// #[receiver(signal = OrderPaid, durable(name = "book-stock"))]
/// async fn book_stock(
///     event: &OrderPaid,
///     mut tx: DurableTx<'_, Either>,
/// ) -> Result<(), DeliveryError> {
///     let sql = "UPDATE stock SET pieces = pieces - 1 WHERE article = $1";
///     match tx.rows().await? {
///         EitherConnection::Sqlite(rows) => {
///             sqlx::query(sql).bind(event.article).execute(rows).await?;
///         }
///         EitherConnection::Postgres(rows) => {
///             sqlx::query(sql).bind(event.article).execute(rows).await?;
///         }
///     }
///     Ok(())
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Either {}

/// The connection of a [`DurableTx`] of [`Either`].
pub enum EitherConnection<'c> {
    /// The outbox is in SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// The outbox is in PostgreSQL.
    Postgres(&'c mut PgConnection),
}

impl fmt::Debug for EitherConnection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite",
            Self::Postgres(_) => "Postgres",
        })
    }
}

impl DurableDatabase for Either {
    type State<'d> = EitherState<'d>;
}

#[doc(hidden)]
pub enum EitherState<'d> {
    Sqlite(DurableTx<'d, Sqlite>),
    Postgres(DurableTx<'d, Postgres>),
}

impl BegunState for EitherState<'_> {
    fn is_begun(&self) -> bool {
        match self {
            Self::Sqlite(tx) => tx.state.is_begun(),
            Self::Postgres(tx) => tx.state.is_begun(),
        }
    }
}

impl DurableTx<'_, Either> {
    /// Begins the transaction at the first call. Returns its connection, for statements in it.
    ///
    /// After an error of a statement, return it: SQLite may have rolled back, and would commit further statements
    /// one by one.
    ///
    /// # Errors
    ///
    /// The database has no connection, is locked or refuses, or the transaction has ended.
    pub async fn rows(&mut self) -> Result<EitherConnection<'_>, TransactionError> {
        Ok(match &mut self.state {
            EitherState::Sqlite(tx) => EitherConnection::Sqlite(tx.rows().await?),
            EitherState::Postgres(tx) => EitherConnection::Postgres(tx.rows().await?),
        })
    }

    /// Begins the transaction at the first call. Calls a function with its connection, and polls its future in the
    /// transaction: the signals that it sends reach their durable receivers if and only if the delivery is completed.
    ///
    /// # Errors
    ///
    /// Returns the error of the function, or those of [`rows`](Self::rows).
    ///
    /// # Panics
    ///
    /// If the function panics.
    pub async fn run<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: AsyncFnOnce(EitherConnection<'_>) -> Result<T, E>,
        E: From<TransactionError>,
    {
        match &mut self.state {
            EitherState::Sqlite(tx) => {
                tx.run(async |rows| body(EitherConnection::Sqlite(rows)).await)
                    .await
            }
            EitherState::Postgres(tx) => {
                tx.run(async |rows| body(EitherConnection::Postgres(rows)).await)
                    .await
            }
        }
    }
}

impl<'s, S: Signal> FromSignal<'s, S> for DurableTx<'s, Either> {
    fn from_signal(_: &'s S, context: &'s Context) -> Result<Self, Rejection> {
        let delivery = context.delivery();
        let delivery = delivery.ok_or_else(|| Rejection::fail(NoTransaction::NotDurable))?;
        let sqlite = || Some(DurableTx::of(delivery)?.map(EitherState::Sqlite));
        let postgres = || Some(DurableTx::of(delivery)?.map(EitherState::Postgres));
        let other = || Err(NoTransaction::OtherDatabase("SQLite or PostgreSQL"));
        let taken = sqlite().or_else(postgres).unwrap_or_else(other);
        let state = taken.map_err(Rejection::fail)?;
        Ok(Self { state })
    }

    fn needs(needs: &mut Needs) {
        let databases = const { &[Sqlite::NAME, Postgres::NAME] };
        needs.add_durable(DurableNeed::Transaction { databases });
    }
}
