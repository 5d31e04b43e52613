//! One statement that reads, outside of other transactions.

use sqlx::Pool;

use super::open::Unanswered;
use super::{Dialect, Open, Value};
use crate::store::StoreError;
use crate::store::repeat::repeated;

/// A statement that reads.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// The statement alone.
    pub(in crate::store) statement: &'static str,
    /// The same in one message that fails in a transaction that is [open already](Dialect::is_already_open). `None` if
    /// the database has no such message.
    pub(in crate::store) checked: Option<&'static str>,
}

/// Runs a query in a separate transaction, and returns its only row, or none.
pub(super) async fn read<D: Dialect>(
    pool: &Pool<D>,
    query: Query,
    values: &[Value<'_>],
) -> Result<Option<D::Row>, StoreError> {
    if let Some(checked) = query.checked {
        let mut unanswered = Unanswered::acquire(pool).await?;
        let found = D::fetch_optional(unanswered.connection(), checked, values).await;
        unanswered.answered();
        match found {
            // A transaction is open on this connection, and has to be rolled back first.
            Err(error) if D::is_already_open(&error) => {}
            found => return Ok(found?),
        }
    }
    repeated!(async {
        let mut open = Open::<D>::begin(pool, D::BEGIN_READ).await?;
        Ok(D::fetch_optional(open.connection(), query.statement, values).await?)
    })
}
