//! Why a transaction was not committed.

use std::error::Error;
use std::fmt;

#[cfg(feature = "durable")]
use crate::enqueue::EnqueueError;

/// Error returned by [`Transaction::commit_with`](crate::Transaction::commit_with) and
/// [`commit_after`](crate::Transaction::commit_after).
///
/// `Display` and `source` are those of the inner error.
///
/// ```
/// use std::io;
///
/// use lback_signals::{CommitError, Transaction};
///
/// # struct Rows;
/// # impl Rows {
/// #     fn begin() -> io::Result<Self> { Ok(Self) }
/// #     fn insert(&self) -> io::Result<()> { Ok(()) }
/// #     fn commit(self) -> io::Result<()> { Err(io::ErrorKind::TimedOut.into()) }
/// # }
/// fn pay() -> Result<(), CommitError<io::Error>> {
///     let transaction = Transaction::new();
///     let rows = Rows::begin()?; // `?` converts the errors of the database
///     transaction.run(|| rows.insert() /* and sends signals */)?;
///     transaction.commit_after(|| rows.commit())?;
///     Ok(())
/// }
///
/// match pay() {
///     Ok(()) => panic!("committed"),
///     Err(CommitError::Database(error)) => assert_eq!(error.kind(), io::ErrorKind::TimedOut),
///     Err(error) => panic!("not asked to commit: {error}"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitError<E> {
    /// The commit of the database failed, or its outcome is unknown.
    Database(E),
    /// The database was not asked to commit, since a signal could not be enqueued for its durable receivers, or no
    /// outbox has taken its deliveries. The transaction is rolled back.
    #[cfg(feature = "durable")]
    NotEnqueued(EnqueueError),
}

/// Lets `?` return an error of the database from a function that commits.
impl<E> From<E> for CommitError<E> {
    fn from(error: E) -> Self {
        Self::Database(error)
    }
}

impl<E: fmt::Display> fmt::Display for CommitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => error.fmt(f),
            #[cfg(feature = "durable")]
            Self::NotEnqueued(error) => error.fmt(f),
        }
    }
}

impl<E: Error> Error for CommitError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Database(error) => error.source(),
            #[cfg(feature = "durable")]
            Self::NotEnqueued(error) => error.source(),
        }
    }
}
