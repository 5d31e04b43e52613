//! The extractor of a durable receiver's own database transaction.

use std::any::Any;
use std::fmt;

use sqlx::Database;

use super::delivery_slot::DeliverySlot;
use super::open_watch::OpenWatched;
use super::outbox::DeliveryTransaction;
use crate::context::{Context, CurrentDelivery};
use crate::extract::FromSignal;
use crate::info::{DurableNeed, Needs};
use crate::report::Rejection;
use crate::signal::Signal;
use crate::sql_transaction::{SignalDatabase, SignalTransaction, TransactionError};

/// Extractor of a durable receiver's database transaction, whose commit also completes the delivery: its effects in
/// this database happen exactly once.
///
/// The transaction begins at the first call of [`rows`](Self::rows) or [`run`](Self::run), and is committed when
/// the receiver returns successfully. Otherwise it is rolled back: after an error, a panic or the timeout of the
/// receiver, or if its lease has been lost.
///
/// In SQLite it begins with `BEGIN IMMEDIATE`, and no other connection can write until it ends: do slow work before
/// it. A transaction that is open for 5 seconds is logged as a warning, once per receiver. In PostgreSQL it is `READ
/// COMMITTED`, also where the default of the database is stricter.
///
/// Its effects outside of this database may happen more than once: pass on the idempotency key of the
/// [`Delivery`](super::Delivery).
///
/// A receiver that is not durable, or whose outbox is in another database, fails at each call, and is a
/// [`WiringProblem`](crate::WiringProblem).
///
/// # Examples
///
/// ```
/// use lback_signals::durable::{DeliveryError, DurableTx};
/// use lback_signals::{receiver, signal};
/// use sqlx::Sqlite;
///
/// #[signal(durable(name = "order.paid", version = 1))]
/// struct OrderPaid {
///     article: i64,
/// }
///
/// #[receiver(signal = OrderPaid, durable(name = "book-stock"))]
/// async fn book_stock(
///     event: &OrderPaid,
///     mut tx: DurableTx<'_, Sqlite>,
/// ) -> Result<(), DeliveryError> {
///     sqlx::query("UPDATE stock SET pieces = pieces - 1 WHERE article = $1")
///         .bind(event.article)
///         .execute(tx.rows().await?)
///         .await?;
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub struct DurableTx<'d, DB: DurableDatabase> {
    pub(super) state: DB::State<'d>,
}

/// A database of [`DurableTx`]: `Sqlite`, `Postgres`, or `Either` of them.
pub trait DurableDatabase {
    #[doc(hidden)]
    type State<'d>: BegunState;
}

/// The state of a [`DurableTx`].
#[doc(hidden)]
pub trait BegunState {
    fn is_begun(&self) -> bool;
}

impl<DB: SignalDatabase> DurableDatabase for DB {
    type State<'d> = OneDatabase<'d, DB>;
}

/// The transaction of a receiver in one database.
#[doc(hidden)]
pub struct OneDatabase<'d, DB: SignalDatabase> {
    slot: &'d DeliverySlot<DB>,
    receiver: &'d str,
    transaction: Option<SignalTransaction<'static, DB>>,
    watched: Option<OpenWatched>,
}

impl<DB: SignalDatabase> BegunState for OneDatabase<'_, DB> {
    fn is_begun(&self) -> bool {
        self.transaction.is_some()
    }
}

impl<'d, DB: SignalDatabase> DurableTx<'d, DB> {
    // Not public API. For tests of an outbox without a worker.
    #[doc(hidden)]
    #[must_use]
    pub fn __take(transaction: &'d dyn DeliveryTransaction, receiver: &'d str) -> Option<Self> {
        let slot: &DeliverySlot<DB> = (transaction as &dyn Any).downcast_ref()?;
        slot.take().then(|| Self::new(slot, receiver))
    }

    fn new(slot: &'d DeliverySlot<DB>, receiver: &'d str) -> Self {
        Self {
            state: OneDatabase {
                slot,
                receiver,
                transaction: None,
                watched: None,
            },
        }
    }

    /// Takes the transaction of a delivery. `None` if it is in another database.
    pub(super) fn of(delivery: &'d CurrentDelivery) -> Option<Result<Self, NoTransaction>> {
        let slot = delivery.transaction.as_deref()?;
        let slot: &DeliverySlot<DB> = slot.downcast_ref()?;
        Some(if slot.take() {
            Ok(Self::new(slot, &delivery.receiver))
        } else {
            Err(NoTransaction::TakenTwice)
        })
    }

    /// Begins the transaction at the first call. Returns its connection, for statements in it.
    ///
    /// After an error of a statement, return it: SQLite may have rolled back, and would commit further statements
    /// one by one.
    ///
    /// # Errors
    ///
    /// The database has no connection, is locked or refuses, or the transaction has ended.
    pub async fn rows(&mut self) -> Result<&mut DB::Connection, TransactionError> {
        self.begun().await?.rows().await
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
        F: AsyncFnOnce(&mut DB::Connection) -> Result<T, E>,
        E: From<TransactionError>,
    {
        self.begun().await?.run(body).await
    }

    async fn begun(&mut self) -> Result<&mut SignalTransaction<'static, DB>, TransactionError> {
        let OneDatabase {
            slot,
            receiver,
            transaction,
            watched,
        } = &mut self.state;
        match transaction {
            Some(transaction) => Ok(transaction),
            none => {
                let transaction = slot.begin().await?;
                *watched = slot.watch(receiver);
                Ok(none.insert(transaction))
            }
        }
    }
}

impl<DB: SignalDatabase> Drop for OneDatabase<'_, DB> {
    /// Leaves the end of the transaction to the worker.
    fn drop(&mut self) {
        self.slot.give_back(self.transaction.take());
    }
}

impl<DB: DurableDatabase> fmt::Debug for DurableTx<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableTx")
            .field("is_begun", &self.state.is_begun())
            .finish_non_exhaustive()
    }
}

/// Error of a receiver that takes [`DurableTx`] and cannot have it.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoTransaction {
    #[error(
        "it takes `DurableTx` and is not durable: add `durable(name = \"…\")` to its `#[receiver]`, or remove the \
         parameter"
    )]
    NotDurable,
    #[error(
        "it takes a `DurableTx` of {0}, and its delivery comes from another outbox: use one in {0}"
    )]
    OtherDatabase(&'static str),
    #[error(
        "it takes `DurableTx` more than once: take it once, since a delivery has one transaction"
    )]
    TakenTwice,
}

impl<'s, S: Signal, DB: SignalDatabase> FromSignal<'s, S> for DurableTx<'s, DB> {
    fn from_signal(_: &'s S, context: &'s Context) -> Result<Self, Rejection> {
        let delivery = context.delivery();
        let delivery = delivery.ok_or_else(|| Rejection::fail(NoTransaction::NotDurable))?;
        let other = || Err(NoTransaction::OtherDatabase(DB::NAME));
        let taken = Self::of(delivery).unwrap_or_else(other);
        taken.map_err(Rejection::fail)
    }

    fn needs(needs: &mut Needs) {
        let databases = const { &[<DB as Database>::NAME] };
        needs.add_durable(DurableNeed::Transaction { databases });
    }
}
