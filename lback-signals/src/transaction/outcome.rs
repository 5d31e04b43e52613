//! What a database says of a commit.

/// What a database said when it was to commit: what
/// [`Transaction::commit_with`](crate::Transaction::commit_with) goes by.
///
/// A `Result` becomes one, and its error means that nothing was committed. A connection that breaks
/// while it commits leaves that open:
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
///             answer => answer.into(),
///         }
///     })
///     .await;
/// assert!(committed.is_err()); // and neither phase has run
/// # }
/// ```
#[must_use = "the database may have rolled back"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitOutcome<E> {
    /// It has committed.
    Committed,
    /// It has not, and will not.
    RolledBack(E),
    /// It did not say.
    Unknown(E),
}

impl<E> From<Result<(), E>> for CommitOutcome<E> {
    fn from(answer: Result<(), E>) -> Self {
        match answer {
            Ok(()) => Self::Committed,
            Err(error) => Self::RolledBack(error),
        }
    }
}
