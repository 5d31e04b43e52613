//! Receivers that wait until a database has committed.

mod abandoned;
mod delivery;
mod outcome;

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;

pub use self::abandoned::Abandoned;
pub(crate) use self::delivery::settle;
use self::delivery::{abandon, end};
pub use self::outcome::CommitOutcome;
use crate::context::{CurrentContext, TransactionEnd, TransactionNode, WithContext};
use crate::report::Report;

/// What is sent in it reaches `after_commit` receivers when the database has committed, and
/// `after_rollback` receivers when it has rolled back. All other receivers run at once.
///
/// Let it await the database's own commit, so that nothing is told before that has succeeded:
///
/// ```
/// use lback_signals::{Signal, Transaction, receiver, signal};
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
/// async fn pay(database: &Database, number: u32) -> Result<(), std::io::Error> {
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
/// [`commit_after`](Self::commit_after) is the same for databases that block.
///
/// # Nesting
///
/// One that is begun inside another, as with a savepoint, hands what waits to the outer one when it
/// commits; when it rolls back, only its own is discarded.
///
/// # When it ends
///
/// | end | `after_commit` | `after_rollback` |
/// |---|---|---|
/// | [`commit`](Self::commit), outermost | run | discarded |
/// | [`commit`](Self::commit), nested | wait for the outer one | wait for the outer one |
/// | [`rollback`](Self::rollback), a drop, a panic in [`run`](Self::run) | discarded | run |
/// | [`abandon`](Self::abandon) | discarded | discarded |
///
/// Receivers that have waited run on the thread that ends it, in the
/// [`Scope`](crate::Scope) in which their signal was sent, in the order of sending: a signal that a
/// receiver sends comes after the signal that it has received. What fails is logged, given to
/// [`on_failure`](crate::on_failure) and in the `Report`, and undoes nothing. They may send, and begin
/// and end transactions of their own: what they send after a commit is sent outside of the
/// transaction, and after a nested rollback in the outer one.
///
/// It ends once: `commit` takes it. What is sent in it after it has ended, from a task that was spawned
/// in it, shares its fate at once.
#[must_use = "dropping it rolls back: end it with `commit_with` or `commit`"]
pub struct Transaction {
    node: Arc<TransactionNode>,
}

impl Transaction {
    /// Begins one, inside the one that is current here, if there is one that has not ended.
    ///
    /// Nothing is sent in it yet: that is what [`run`](Self::run) and
    /// [`run_async`](Self::run_async) are for.
    #[expect(
        clippy::new_without_default,
        reason = "what it is depends on where it is begun"
    )]
    pub fn new() -> Self {
        let parent = CurrentContext::get()
            .transaction
            .and_then(TransactionNode::open);
        Self {
            node: Arc::new(TransactionNode::new(parent)),
        }
    }

    /// Calls `call` in this transaction.
    ///
    /// # Panics
    ///
    /// If `call` does. The transaction is rolled back by then.
    pub fn run<T>(&self, call: impl FnOnce() -> T) -> T {
        let rollback = RollBackOnPanic(&self.node);
        let value = {
            let _entered = inside(&self.node).enter();
            call()
        };
        mem::forget(rollback);
        value
    }

    /// The future in this transaction, on whichever thread it is polled.
    ///
    /// A panic of the future rolls the transaction back and goes on. A future that is dropped before
    /// it is ready does not: the transaction can still be ended.
    pub fn run_async<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let node = Arc::clone(&self.node);
        let current = {
            let node = Arc::clone(&node);
            move || inside(&node)
        };
        let mut future = WithContext::new(future, current);
        poll_fn(move |context| {
            let rollback = RollBackOnPanic(&node);
            let poll = Pin::new(&mut future).poll(context);
            mem::forget(rollback);
            poll
        })
    }

    /// Awaits the database's own commit and then does what fits its answer: [`commit`](Self::commit)
    /// or [`rollback`](Self::rollback); [`abandon`](Self::abandon), if the future panics, or is dropped
    /// before the answer is there or even before it is polled.
    ///
    /// The future gives a `Result`, whose error means that nothing was committed. Where an error may
    /// also mean that the answer was lost, say which with a [`CommitOutcome`].
    ///
    /// # Errors
    ///
    /// The database's.
    pub fn commit_with<E, F>(self, commit: F) -> impl Future<Output = Result<Report, E>> + use<E, F>
    where
        F: Future<Output: Into<CommitOutcome<E>>>,
    {
        // From now on: `commit` may be at work before it is polled.
        let undecided = Undecided(self);
        async move {
            let outcome = commit.await.into();
            undecided.decide(outcome)
        }
    }

    /// Calls the database's own commit and then does what fits its answer, as
    /// [`commit_with`](Self::commit_with) does.
    ///
    /// # Errors
    ///
    /// The database's.
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
    /// # Ok::<(), std::fmt::Error>(())
    /// ```
    pub fn commit_after<E, O: Into<CommitOutcome<E>>>(
        self,
        commit: impl FnOnce() -> O,
    ) -> Result<Report, E> {
        let undecided = Undecided(self);
        let outcome = commit().into();
        undecided.decide(outcome)
    }

    /// Whether it has not ended: by a panic in [`run`](Self::run), which has rolled it back. Ask after
    /// catching one, before the database commits.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.node.is_open()
    }

    /// Runs what waits for the commit; or hands it to the outer transaction, which the report counts
    /// as deferred.
    ///
    /// Call it when the database has committed, and not before:
    /// [`commit_with`](Self::commit_with) does. Nothing runs if a panic in [`run`](Self::run) has rolled
    /// the transaction back, which is logged.
    #[expect(clippy::must_use_candidate, reason = "failures have been announced")]
    pub fn commit(self) -> Report {
        end(&self.node, TransactionEnd::Committed)
    }

    /// Discards what waits for the commit, and runs what waits for the rollback.
    #[expect(clippy::must_use_candidate, reason = "failures have been announced")]
    pub fn rollback(self) -> Report {
        end(&self.node, TransactionEnd::RolledBack)
    }

    /// Ends it without knowing whether the database has committed: nothing of what waits runs. It is
    /// logged and returned, for whoever finds out.
    #[expect(clippy::must_use_candidate, reason = "it has been logged")]
    pub fn abandon(self) -> Vec<Abandoned> {
        abandon(&self.node)
    }
}

/// Rolls back, unless it has ended.
impl Drop for Transaction {
    fn drop(&mut self) {
        end(&self.node, TransactionEnd::RolledBack);
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

fn inside(node: &Arc<TransactionNode>) -> CurrentContext {
    CurrentContext {
        transaction: Some(Arc::clone(node)),
        ..CurrentContext::get()
    }
}

/// Dropped by a panic only.
struct RollBackOnPanic<'n>(&'n TransactionNode);

impl Drop for RollBackOnPanic<'_> {
    fn drop(&mut self) {
        end(self.0, TransactionEnd::RolledBack);
    }
}

/// A transaction whose database is just committing: nobody knows what comes of it if this is dropped.
struct Undecided(Transaction);

impl Undecided {
    fn decide<E>(self, outcome: CommitOutcome<E>) -> Result<Report, E> {
        let node = &self.0.node;
        match outcome {
            CommitOutcome::Committed => Ok(end(node, TransactionEnd::Committed)),
            CommitOutcome::RolledBack(error) => {
                end(node, TransactionEnd::RolledBack);
                Err(error)
            }
            CommitOutcome::Unknown(error) => {
                abandon(node);
                Err(error)
            }
        }
    }
}

/// Abandons it, unless it is decided.
impl Drop for Undecided {
    fn drop(&mut self) {
        abandon(&self.0.node);
    }
}
