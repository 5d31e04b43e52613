//! One statement that reads, outside of other transactions.

use sqlx::Pool;

use super::open::Unanswered;
use super::{Dialect, Open, Value};
use crate::store::StoreError;
use crate::store::repeat::repeated;

/// A statement that reads.
#[derive(Clone, Copy, Debug)]
pub struct ReadStatement {
    /// The statement alone.
    pub(in crate::store) statement: &'static str,
    /// The same statement, preceded in one message by statements that fail if a transaction is
    /// [already open](Dialect::is_already_open). `None` if the database accepts no parameters in such a message.
    pub(in crate::store) checked: Option<&'static str>,
}

/// Runs a statement in a separate transaction, and returns its only row, or none.
pub(super) async fn read_alone<D: Dialect>(
    pool: &Pool<D>,
    read: ReadStatement,
    values: &[Value<'_>],
) -> Result<Option<D::Row>, StoreError> {
    let Some(checked) = read.checked else {
        return repeated!(async {
            let mut open = Open::<D>::begin(pool, D::BEGIN_READ).await?;
            Ok(D::fetch_optional(open.connection(), read.statement, values).await?)
        });
    };
    let mut unanswered = Unanswered::<D>::acquire(pool).await?;
    let mut found = D::fetch_optional(unanswered.connection(), checked, values).await;
    if found.as_ref().is_err_and(D::is_already_open) {
        // If no transaction was open, this ROLLBACK fails, and the next attempt returns the original error.
        drop(D::run(unanswered.connection(), "ROLLBACK").await);
        found = D::fetch_optional(unanswered.connection(), checked, values).await;
    }
    let found = found?;
    unanswered.answered();
    Ok(found)
}
