//! Transactions: receivers that wait until a database has committed.

mod abandoned;
mod delivery;
mod ended;
#[cfg(feature = "durable")]
mod enqueued;
mod error;
mod outcome;
#[cfg(feature = "durable")]
mod test_deliveries;

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;

pub use self::abandoned::Abandoned;
pub(crate) use self::delivery::settle;
use self::delivery::{abandon, end};
pub(crate) use self::ended::Ended;
#[cfg(feature = "durable")]
pub(crate) use self::enqueued::settle_enqueued;
pub use self::error::CommitError;
pub use self::outcome::CommitOutcome;
#[cfg(feature = "durable")]
pub(crate) use self::test_deliveries::deliver;
use crate::context::{CurrentContext, TransactionEnd, TransactionNode, WithContext};
#[cfg(feature = "durable")]
use crate::enqueue::{EnqueueError, EnqueueLimits, SignalRow};
use crate::report::{BoxError, Report};

/// A transaction that delays receivers until the database has committed or rolled back.
///
/// Signals that are sent in it reach `after_commit` receivers when the database has committed, and
/// `after_rollback` receivers when it has rolled back. It does not affect other receivers.
///
/// [`commit_with`](Self::commit_with) awaits the commit of the database, so that no receiver runs before the
/// commit has succeeded:
///
/// ```
/// use lback_signals::{CommitError, Signal, Transaction, receiver, signal};
///
/// #[signal(owned)]
/// struct OrderPaid<'a> {
///     number: u32,
///     email: &'a str,
/// }
///
/// #[receiver(signal = OrderPaid, after_commit)]
/// fn send_receipt(event: &OrderPaid<'_>) {
///     println!("to {}: thank you for order {}", event.email, event.number);
/// }
///
/// # struct Database;
/// # impl Database {
/// #     async fn begin(&self) -> Result<Self, std::io::Error> { Ok(Self) }
/// #     async fn mark_as_paid(&mut self, _: u32) -> Result<(), std::io::Error> { Ok(()) }
/// #     async fn commit(self) -> Result<(), std::io::Error> { Ok(()) }
/// # }
/// async fn pay(database: &Database, number: u32) -> Result<(), CommitError<std::io::Error>> {
///     let transaction = Transaction::new();
///     let mut rows = database.begin().await?;
///     transaction
///         .run_async(async {
///             rows.mark_as_paid(number).await?;
///             OrderPaid { number, email: "ada@example.org" }.send(); // no receipt yet
///             Ok::<(), std::io::Error>(())
///         })
///         .await?; // an error drops both, which rolls back: the database first
///     transaction.commit_with(rows.commit()).await?; // now there is
///     Ok(())
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { pay(&Database, 7).await.unwrap(); }
/// ```
///
/// For databases that block, there is [`commit_after`](Self::commit_after).
///
/// # Nesting
///
/// A transaction that begins inside another one is nested, as with a savepoint. Its commit hands its pending
/// receivers to the outer transaction. Its rollback discards only its own.
///
/// # Durable receivers
///
/// With the feature `durable`, a signal that has durable receivers is encoded and held by the transaction, whose outbox
/// writes it with the rows of the application. A nested commit hands it to the outer transaction, and a rollback discards
/// it. An outermost transaction does not commit while it holds one, or after one could not be encoded:
/// [`commit_with`](Self::commit_with) and [`commit_after`](Self::commit_after) do not ask the database, and
/// [`commit`](Self::commit) reports a failure of each receiver.
///
/// # The end of a transaction
///
/// | end | `after_commit` | `after_rollback` |
/// |---|---|---|
/// | [`commit`](Self::commit), outermost | run | discarded |
/// | [`commit`](Self::commit), nested | wait for the outer end | wait for the outer end |
/// | [`rollback`](Self::rollback), a drop, a panic in [`run`](Self::run) | discarded | run |
/// | [`abandon`](Self::abandon) | discarded | discarded |
///
/// Pending receivers run on the thread that ends the transaction, in the [`Scope`](crate::Scope) in which
/// their signal was sent, in the order of sending: a signal that a receiver sends comes after the signal that
/// it has received. Failures are logged, given to [`on_failure`](crate::on_failure) and added to the
/// [`Report`]. They undo nothing.
///
/// Pending receivers may send, and begin and end transactions. After a commit, they send outside the
/// transaction; after a nested rollback, in the outer one.
///
/// A transaction ends once. A task that was spawned in it may still send in it afterwards: its receivers run
/// or are discarded at once, as the end of the transaction requires.
#[must_use = "dropping it rolls back: end it with `commit_with` or `commit`"]
pub struct Transaction {
    node: Arc<TransactionNode>,
}

impl Transaction {
    /// Begins a transaction, nested in the current one if that has not ended.
    ///
    /// The new transaction is not current. To send signals in it, call [`run`](Self::run) or
    /// [`run_async`](Self::run_async).
    #[expect(
        clippy::new_without_default,
        reason = "the result depends on the current transaction"
    )]
    pub fn new() -> Self {
        let parent = CurrentContext::get()
            .transaction
            .and_then(TransactionNode::open);
        Self {
            node: Arc::new(TransactionNode::new(parent)),
        }
    }

    /// Begins an outermost transaction, whatever the current one, with limits of what it enqueues. Nested ones
    /// inherit the limits.
    #[cfg(feature = "durable")]
    pub(crate) fn with_limits(limits: EnqueueLimits) -> Self {
        Self {
            node: Arc::new(TransactionNode::with_limits(limits)),
        }
    }

    /// Begins an outermost transaction, whatever the current one.
    // Not public API. For the bindings of database layers, as the two below.
    #[doc(hidden)]
    pub fn __outermost() -> Self {
        Self {
            node: Arc::new(TransactionNode::new(None)),
        }
    }

    /// Returns the context of code that runs in this transaction.
    #[doc(hidden)]
    #[must_use]
    pub fn __context(&self) -> TransactionContext {
        TransactionContext(Arc::clone(&self.node))
    }

    /// Returns why the database must not commit, as [`commit_with`](Self::commit_with) does before it asks.
    #[doc(hidden)]
    #[must_use]
    pub fn __refusal(&self) -> Option<BoxError> {
        #[cfg(feature = "durable")]
        let refusal = self.node.refusal().map(Into::into);
        #[cfg(not(feature = "durable"))]
        let refusal = None;
        refusal
    }

    /// Calls `call` in this transaction.
    ///
    /// # Panics
    ///
    /// If `call` panics. The transaction is rolled back first.
    pub fn run<T>(&self, call: impl FnOnce() -> T) -> T {
        let rollback = RollBackOnPanic(&self.node);
        let value = {
            let _entered = context_in(&self.node).enter();
            call()
        };
        mem::forget(rollback);
        value
    }

    /// Returns a future that polls `future` in this transaction, on any thread.
    ///
    /// Dropping the future before it is ready does not end the transaction.
    ///
    /// # Panics
    ///
    /// If `future` panics. The transaction is rolled back first.
    pub fn run_async<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let node = Arc::clone(&self.node);
        let current = {
            let node = Arc::clone(&node);
            move || context_in(&node)
        };
        let mut future = WithContext::new(future, current);
        poll_fn(move |context| {
            let rollback = RollBackOnPanic(&node);
            let poll = Pin::new(&mut future).poll(context);
            mem::forget(rollback);
            poll
        })
    }

    /// Awaits the commit of the database, and ends the transaction by its outcome: with
    /// [`commit`](Self::commit) or [`rollback`](Self::rollback). If the future panics or is dropped before it
    /// is ready, even before its first poll, the transaction ends with [`abandon`](Self::abandon).
    ///
    /// The future returns a `Result`, whose error means that nothing was committed. If an error can also mean
    /// that the outcome is unknown, return a [`CommitOutcome`] instead.
    ///
    /// # Errors
    ///
    /// Returns the error of the commit.
    ///
    /// With the feature `durable`, an outermost transaction that holds deliveries which no outbox has taken, or in
    /// which a signal could not be enqueued, is rolled back instead, and the future is dropped without a poll. The
    /// error is `CommitError::NotEnqueued`.
    pub fn commit_with<E, F>(
        self,
        commit: F,
    ) -> impl Future<Output = Result<Report, CommitError<E>>> + use<E, F>
    where
        F: Future<Output: Into<CommitOutcome<E>>>,
    {
        // Outside the `async` block, since `commit` may have begun before its first poll.
        let undecided = Undecided(self);
        async move {
            #[cfg(feature = "durable")]
            if let Some(refusal) = undecided.0.node.refusal() {
                return undecided.refuse(commit, refusal);
            }
            let outcome = commit.await.into();
            let ended = undecided.decide(outcome)?;
            #[cfg(feature = "durable")]
            let report = ended.finish_async().await;
            #[cfg(not(feature = "durable"))]
            let report = ended.finish();
            Ok(report)
        }
    }

    /// Calls the commit of a database that blocks, and ends the transaction by its outcome, as
    /// [`commit_with`](Self::commit_with) does.
    ///
    /// # Errors
    ///
    /// Returns the error of the commit, or refuses as [`commit_with`](Self::commit_with) does, without a call of
    /// the closure.
    ///
    /// ```
    /// use lback_signals::Transaction;
    ///
    /// # struct Rows;
    /// # impl Rows { fn commit(self) -> Result<(), std::fmt::Error> { Ok(()) } }
    /// # let rows = Rows;
    /// let transaction = Transaction::new();
    /// transaction.run(|| { /* writes rows and sends signals */ });
    /// transaction.commit_after(|| rows.commit())?;
    /// # Ok::<(), lback_signals::CommitError<std::fmt::Error>>(())
    /// ```
    pub fn commit_after<E, O: Into<CommitOutcome<E>>>(
        self,
        commit: impl FnOnce() -> O,
    ) -> Result<Report, CommitError<E>> {
        let undecided = Undecided(self);
        #[cfg(feature = "durable")]
        if let Some(refusal) = undecided.0.node.refusal() {
            return undecided.refuse(commit, refusal);
        }
        let outcome = commit().into();
        undecided.decide(outcome).map(Ended::finish)
    }

    /// Returns whether the transaction has not ended. A panic in [`run`](Self::run) ends it with a rollback:
    /// check this after you have caught a panic, before the database commits.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.node.is_open()
    }

    /// Removes and returns the signals for durable receivers, encoded, in the order of sending.
    ///
    /// Call it at the end of an outermost transaction of a database for which there is no outbox, and execute the
    /// outbox's statements for the rows in that database transaction before its commit. A nested transaction need not
    /// call it: its commit hands the signals to the outer one.
    ///
    /// # Errors
    ///
    /// Returns why a signal of the transaction could not be enqueued. Roll the database back: the transaction no
    /// longer commits.
    #[cfg(feature = "durable")]
    pub fn take_deliveries(&self) -> Result<Vec<SignalRow>, EnqueueError> {
        self.node.take_deliveries()
    }

    /// Runs the pending `after_commit` receivers. A nested transaction hands them to the outer one instead,
    /// and the report counts them as deferred.
    ///
    /// Call it after the database has committed, as [`commit_with`](Self::commit_with) does. If a panic in
    /// [`run`](Self::run) has rolled the transaction back, no receiver runs, and an error is logged.
    #[expect(clippy::must_use_candidate, reason = "failures have been announced")]
    pub fn commit(self) -> Report {
        end(&self.node, TransactionEnd::Committed).finish()
    }

    /// Discards the pending `after_commit` receivers, and runs the pending `after_rollback` receivers.
    #[expect(clippy::must_use_candidate, reason = "failures have been announced")]
    pub fn rollback(self) -> Report {
        end(&self.node, TransactionEnd::RolledBack).finish()
    }

    /// Ends the transaction when it is unknown whether the database has committed. No pending receiver runs.
    /// The signals are logged and returned, so that a caller who finds out can send them again.
    #[expect(clippy::must_use_candidate, reason = "the signals have been logged")]
    pub fn abandon(self) -> Vec<Abandoned> {
        abandon(&self.node)
    }
}

impl Drop for Transaction {
    /// Rolls back, unless the transaction has ended.
    fn drop(&mut self) {
        let _ = end(&self.node, TransactionEnd::RolledBack);
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

/// The context of a transaction, which does not borrow it.
// Not public API. Used by the bindings of database layers.
#[doc(hidden)]
#[derive(Clone)]
pub struct TransactionContext(Arc<TransactionNode>);

impl TransactionContext {
    /// Begins a transaction that is nested in this one.
    pub fn nested(&self) -> Transaction {
        Transaction {
            node: Arc::new(TransactionNode::new(Some(Arc::clone(&self.0)))),
        }
    }

    /// Calls a function in the transaction. A panic does not end it.
    pub fn call<T>(&self, body: impl FnOnce() -> T) -> T {
        let _entered = context_in(&self.0).enter();
        body()
    }

    /// Returns a future that polls and drops `future` in the transaction.
    pub fn run<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        WithContext::new(future, move || context_in(&self.0))
    }
}

impl fmt::Debug for TransactionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn context_in(node: &Arc<TransactionNode>) -> CurrentContext {
    CurrentContext {
        transaction: Some(Arc::clone(node)),
        ..CurrentContext::get()
    }
}

/// Rolls the transaction back when a panic unwinds.
struct RollBackOnPanic<'n>(&'n TransactionNode);

impl Drop for RollBackOnPanic<'_> {
    fn drop(&mut self) {
        let _ = end(self.0, TransactionEnd::RolledBack);
    }
}

/// A transaction whose database is committing. If it is dropped, the outcome is unknown.
struct Undecided(Transaction);

impl Undecided {
    fn decide<E>(self, outcome: CommitOutcome<E>) -> Result<Ended, CommitError<E>> {
        let node = &self.0.node;
        match outcome {
            CommitOutcome::Committed => Ok(end(node, TransactionEnd::Committed)),
            CommitOutcome::RolledBack(error) => {
                let _ = end(node, TransactionEnd::RolledBack);
                Err(CommitError::Database(error))
            }
            CommitOutcome::Unknown(error) => {
                abandon(node);
                Err(CommitError::Database(error))
            }
        }
    }

    /// Rolls back: first the database, whose transaction is dropped with `commit`.
    #[cfg(feature = "durable")]
    fn refuse<C, E>(self, commit: C, refusal: EnqueueError) -> Result<Report, CommitError<E>> {
        drop(commit);
        let _ = end(&self.0.node, TransactionEnd::RolledBack);
        Err(CommitError::NotEnqueued(refusal))
    }
}

impl Drop for Undecided {
    /// Abandons the transaction, unless it has ended.
    fn drop(&mut self) {
        abandon(&self.0.node);
    }
}
