//! Counting attempts.

use lback_signals::CommitOutcome;

use super::finding::find_by_login;
use crate::normal_form::NormalForm;
use crate::store::repeat::repeated;
use crate::store::{AccountStore, Attempt, AttemptTime, Ledger, Reservation, StoreError};

/// Counts an attempt in a separate transaction, and if it is granted finds the account of the login, if one is given.
/// Repeats the transaction if the database rolls it back in favour of another.
pub(in crate::store) async fn reserve_attempt<S: AccountStore>(
    store: &S,
    attempt: &Attempt,
    now: AttemptTime,
    login: Option<&NormalForm>,
) -> Result<(Reservation, Option<S::User>), StoreError> {
    repeated!(reserve_once(store, attempt, now, login))
}

async fn reserve_once<S: AccountStore>(
    store: &S,
    attempt: &Attempt,
    now: AttemptTime,
    login: Option<&NormalForm>,
) -> Result<(Reservation, Option<S::User>), StoreError> {
    let ledger = store.ledger();
    let mut transaction = ledger.begin().await?;
    let connection = ledger.start_operation(&mut transaction).await?;
    let reservation = ledger.reserve_attempt(connection, attempt, now).await?;
    let found = match (reservation, login) {
        (Reservation::Granted, Some(login)) if !login.is_empty() => {
            find_by_login(store, connection, login).await?
        }
        _ => None,
    };
    ledger.finish_operation(&mut transaction);
    match ledger.commit(transaction).await {
        CommitOutcome::Committed => Ok((reservation, found)),
        CommitOutcome::RolledBack(error) | CommitOutcome::Unknown(error) => Err(error),
    }
}
