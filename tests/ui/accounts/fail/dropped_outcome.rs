//! The outcomes of a flow and of an operation of a store must be used.

#![deny(unused_must_use)]

use lback_auth::{
    AccountStore, Accounts, AccountsError, AccountsTransaction, Attempt, AttemptTime, Registration,
    UnverifiedHolders, User, UserId,
};
use time::OffsetDateTime;

async fn flows<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    mut transaction: AccountsTransaction<S>,
    ada: User,
    registration: Registration<User>,
) -> Result<(), AccountsError> {
    accounts.authenticate("ada", "password").await?;
    accounts.register_in(&mut transaction, registration).await?;

    let id = UserId::new(7);
    accounts.prepare_authentication("ada", "password").await?;
    accounts.prepare_registration(ada, "password").await?;
    accounts.prepare_password_change(&id, "old", "new").await?;
    accounts.prepare_password_reset("token", "new").await?;
    accounts.prepare_password_reset_request("ada@example.org").await?;
    accounts.prepare_email_confirmation("token").await?;
    Ok(())
}

async fn operations<S: AccountStore<User = User>>(
    store: &S,
    mut rows: S::Transaction,
    ada: User,
    attempt: Attempt,
) -> Result<(), AccountsError> {
    let (holders, now) = (UnverifiedHolders::Keep, OffsetDateTime::UNIX_EPOCH);
    store.reserve_attempt(&attempt, AttemptTime::At(now)).await?;
    store.insert(&mut rows, &ada, holders, now).await?;
    store.set_email(&mut rows, &UserId::new(7), "old", "new", holders).await?;
    store.commit(rows).await;
    Ok(())
}

fn main() {}
