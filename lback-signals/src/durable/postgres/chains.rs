//! Locking chains, and freeing parked deliveries.

use std::collections::HashSet;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::array_text::ArrayText;
use super::statements::{CHAINS_OF, EMPTY_CHAINS, FREE, LOCK_CHAINS, STUCK, needs_read_committed};
use crate::durable::chain::Chain;
use crate::durable::insert_statement::InsertStatement;
use crate::enqueue::SignalRow;
use crate::sql_transaction::TransactionError;

/// Reads the chain in a row. `None` if the delivery is in none.
pub(super) fn chain_of(row: &PgRow, ordered_as: &str) -> Result<Option<Chain>, sqlx::Error> {
    let (ordered_as, key): (Option<String>, _) = (row.try_get(ordered_as)?, row.try_get("key")?);
    Ok(ordered_as
        .zip(key)
        .map(|(ordered_as, key)| Chain { ordered_as, key }))
}

/// Returns the chains of signals that are to be inserted.
pub(super) fn of_rows(rows: &[SignalRow]) -> HashSet<Chain> {
    let deliveries = rows
        .iter()
        .flat_map(|row| row.deliveries.iter().map(move |delivery| (row, delivery)));
    deliveries
        .filter_map(|(row, delivery)| Chain::of(row, delivery))
        .collect()
}

/// Returns the statement that locks chains until the end of the transaction.
pub(super) fn lock_statement<'c>(chains: impl IntoIterator<Item = &'c Chain>) -> InsertStatement {
    let mut names = [const { ArrayText::new() }; 2];
    for chain in chains {
        names[0].push(Some(&chain.ordered_as));
        names[1].push(Some(&chain.key));
    }
    InsertStatement {
        sql: LOCK_CHAINS,
        values: names.into_iter().map(ArrayText::end).collect(),
    }
}

/// Locks chains until the end of the transaction, in the order of all transactions. The statements after it see what
/// others have committed in them.
pub(super) async fn lock<'c>(
    connection: &mut PgConnection,
    chains: impl IntoIterator<Item = &'c Chain>,
) -> Result<(), sqlx::Error> {
    execute_lock(connection, lock_statement(chains)).await
}

/// Locks the chains in which these deliveries are or have been, and returns them.
pub(super) async fn lock_of(
    connection: &mut PgConnection,
    numbers: &[i64],
) -> Result<Vec<Chain>, sqlx::Error> {
    let chains = sqlx::query(CHAINS_OF).bind(numbers);
    let chains = chains.try_map(|row| chain_of(&row, "ordered_as"));
    let chains: Vec<_> = chains.fetch_all(&mut *connection).await?;
    let chains: Vec<_> = chains.into_iter().flatten().collect();
    if !chains.is_empty() {
        lock(connection, &chains).await?;
    }
    Ok(chains)
}

/// Returns those of these locked chains that have no delivery.
pub(super) async fn empty(
    connection: &mut PgConnection,
    chains: &[Chain],
) -> Result<Vec<Chain>, sqlx::Error> {
    if chains.is_empty() {
        return Ok(Vec::new());
    }
    let (names, keys) = lists(chains);
    let empty = sqlx::query(EMPTY_CHAINS).bind(names).bind(keys);
    let empty = empty.try_map(|row| chain_of(&row, "ordered_as"));
    let empty: Vec<_> = empty.fetch_all(connection).await?;
    Ok(empty.into_iter().flatten().collect())
}

fn lists(chains: &[Chain]) -> (Vec<&str>, Vec<&str>) {
    let names = chains.iter().map(|it| (&*it.ordered_as, &*it.key));
    names.unzip()
}

pub(super) async fn execute_lock(
    connection: &mut PgConnection,
    statement: InsertStatement,
) -> Result<(), sqlx::Error> {
    let mut query = sqlx::query(statement.sql);
    for value in statement.values {
        query = query.bind(value);
    }
    match query.execute(connection).await {
        Ok(_) => Ok(()),
        Err(error) if is_other_isolation(&error) => Err(TransactionError::Isolation.into()),
        Err(error) => Err(error),
    }
}

/// Returns whether [`LOCK_CHAINS`] or a statement that begins a transaction has refused the isolation of the
/// transaction.
pub(super) fn is_other_isolation(error: &sqlx::Error) -> bool {
    let invalid_text = "22P02";
    error.as_database_error().is_some_and(|error| {
        error.code().as_deref() == Some(invalid_text)
            && error.message().contains(needs_read_committed!())
    })
}

/// Makes the first delivery of each chain due, if it is parked: its head has left the chain. The chains are locked.
/// Returns the number of freed deliveries.
pub(super) async fn free(
    connection: &mut PgConnection,
    offset: i64,
    chains: &[Chain],
) -> Result<u64, sqlx::Error> {
    let (names, keys) = lists(chains);
    let freed = sqlx::query(FREE).bind(offset).bind(names).bind(keys);
    Ok(freed.execute(connection).await?.rows_affected())
}

/// Returns the chains whose deliveries are all parked, which only a defect or an edit by hand leaves behind.
pub(super) async fn stuck(connection: &mut PgConnection) -> Result<HashSet<Chain>, sqlx::Error> {
    let stuck = sqlx::query(STUCK).try_map(|row| chain_of(&row, "ordered_as"));
    let stuck: Vec<_> = stuck.fetch_all(connection).await?;
    Ok(stuck.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error;
    use std::fmt;

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    #[derive(Debug)]
    struct InvalidText(&'static str);

    impl fmt::Display for InvalidText {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for InvalidText {}

    impl DatabaseError for InvalidText {
        fn message(&self) -> &str {
            self.0
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some("22P02".into())
        }

        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    #[test]
    fn another_invalid_text_is_no_other_isolation() {
        let of = |text| is_other_isolation(&sqlx::Error::Database(Box::new(InvalidText(text))));
        assert!(of("invalid input syntax for type boolean: \
                    \"receivers with `order = key` need READ COMMITTED, and this transaction is SERIALIZABLE\""));
        assert!(!of("invalid input syntax for type boolean: \"perhaps\""));
    }
}
