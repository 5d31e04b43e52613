//! The transactions of signals that are open on the connections of this process.

use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lback_signals::__private::TransactionContext;

/// The open transactions, the innermost of each connection last.
static OPEN: Mutex<Vec<Open>> = Mutex::new(Vec::new());

struct Open {
    /// The address of the connection, which stays while it is borrowed by its transaction.
    connection: usize,
    context: TransactionContext,
}

/// The transaction of signals in which a connection is. Dropping it makes the outer one current again.
pub(crate) struct Current {
    connection: usize,
    /// The number of transactions of the connection that are around this one.
    outer: usize,
}

impl Current {
    /// Makes the outermost transaction of a connection current.
    pub(crate) fn outermost<C>(connection: &C, context: TransactionContext) -> Self {
        // A future that was leaked may have left one.
        Self::set(address(connection), 0, context)
    }

    /// Makes a transaction current that is nested in the current one of the connection.
    pub(crate) fn nested<C>(connection: &C, context: TransactionContext) -> Self {
        let connection = address(connection);
        let outer = open()
            .iter()
            .filter(|it| it.connection == connection)
            .count();
        Self::set(connection, outer, context)
    }

    fn set(connection: usize, outer: usize, context: TransactionContext) -> Self {
        let current = Self { connection, outer };
        current.truncate();
        open().push(Open {
            connection,
            context,
        });
        current
    }

    /// Removes this transaction and those in it.
    fn truncate(&self) {
        let mut seen = 0;
        open().retain(|it| {
            let is_of_connection = it.connection == self.connection;
            seen += usize::from(is_of_connection);
            !is_of_connection || seen <= self.outer
        });
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        self.truncate();
    }
}

/// Returns the innermost transaction of signals in which a connection is.
pub(crate) fn innermost<C>(connection: &C) -> Option<TransactionContext> {
    let connection = address(connection);
    let open = open();
    let innermost = open.iter().rev().find(|it| it.connection == connection);
    innermost.map(|it| it.context.clone())
}

fn address<C>(connection: &C) -> usize {
    ptr::from_ref(connection).addr()
}

fn open() -> MutexGuard<'static, Vec<Open>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}
