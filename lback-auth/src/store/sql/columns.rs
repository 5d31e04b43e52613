//! The columns of an account as arguments of a statement.

use sqlx::query::Query;

use super::{Dialect, Value};
use crate::store::AccountColumns;

impl AccountColumns {
    /// Binds the columns to a query of SQLite or PostgreSQL, in the order of the fields: `$1` is
    /// [`username`](Self::username) and `$8` is [`is_active`](Self::is_active).
    ///
    /// Bind the id and the application's own columns after them. [`AccountTable`] has an example. A table that lacks
    /// one of the columns binds the others one by one: the fields are public.
    ///
    /// [`AccountTable`]: crate::AccountTable
    pub fn bind_to<'q, D: Dialect>(
        &self,
        query: Query<'q, D, D::Arguments>,
    ) -> Query<'q, D, D::Arguments> {
        D::bind(query, &self.values())
    }

    pub(super) fn values(&self) -> [Value<'_>; 8] {
        [
            Value::Text(Some(&self.username)),
            Value::Text(Some(&self.username_key)),
            Value::Text(Some(&self.email)),
            Value::Text(Some(&self.email_key)),
            Value::Text(self.verified_email.as_deref()),
            Value::Text(self.password.as_deref()),
            Value::Bytes(Some(&self.epoch)),
            Value::Bool(self.is_active),
        ]
    }
}
