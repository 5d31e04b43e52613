//! The outcome of a database commit.

/// The outcome of a database commit, which decides how
/// [`Transaction::commit_with`](crate::Transaction::commit_with) ends the transaction.
///
/// A `Result` converts into one: its error means that nothing was committed. If a connection breaks during
/// the commit, the outcome is unknown:
///
/// ```
/// use std::io::{self, ErrorKind};
///
/// use lback_signals::{CommitOutcome, Transaction};
///
/// # async fn commit() -> io::Result<()> { Err(ErrorKind::ConnectionReset.into()) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let transaction = Transaction::new();
/// let committed = transaction
///     .commit_with(async {
///         match commit().await {
///             Err(error) if error.kind() == ErrorKind::ConnectionReset => {
///                 CommitOutcome::Unknown(error)
///             }
///             result => result.into(),
///         }
///     })
///     .await;
/// assert!(committed.is_err()); // and neither phase has run
/// # }
/// ```
#[must_use = "the database may have rolled back"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommitOutcome<E> {
    /// The database has committed.
    Committed,
    /// The database has not committed and will not.
    RolledBack(E),
    /// It is unknown whether the database has committed.
    Unknown(E),
}

impl<E> From<Result<(), E>> for CommitOutcome<E> {
    fn from(result: Result<(), E>) -> Self {
        match result {
            Ok(()) => Self::Committed,
            Err(error) => Self::RolledBack(error),
        }
    }
}
