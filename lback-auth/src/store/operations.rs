//! Operations of a store, written once above its table and its ledger.

mod accounts;
mod addresses;
mod attempts;
mod finding;
mod sessions;
mod tokens;

pub(super) use accounts::{delete, insert, lock_if, mark_verified, set_active, set_password};
pub(super) use addresses::set_email;
pub(super) use attempts::reserve_attempt;
pub(super) use finding::{find, find_by_email, find_by_login, find_by_token};
pub(super) use sessions::{end_sessions, find_session, sign_out};
pub(super) use tokens::{consume_token, put_token};

use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::table::parse_id;
use crate::store::{AccountStore, AccountTable, Ledger, RowLock, StoreError};
use crate::user_id::UserId;

type Connection<S> = <<S as AccountStore>::Ledger as Ledger>::Connection;

type Id<S> = <<S as AccountStore>::Table as AccountTable>::Id;

/// Reads in a separate transaction, repeated if the database rolls it back in favour of another.
macro_rules! in_read_transaction {
    ($store:expr, |$connection:ident| $read:expr) => {
        $crate::store::repeat::repeated!(async {
            let mut reading = $store.ledger().begin_read().await?;
            let $connection = reading.as_mut();
            $read.await
        })
    };
}
pub(super) use in_read_transaction;

/// Runs one operation of a transaction. It stays unfinished if it fails or is dropped.
macro_rules! in_transaction {
    ($store:expr, $transaction:ident, |$connection:ident| $write:expr) => {{
        let $connection = $store.ledger().start_operation($transaction).await?;
        let done = $write.await?;
        $store.ledger().finish_operation($transaction);
        Ok(done)
    }};
}
pub(super) use in_transaction;

/// Locks an account to the end of the transaction.
async fn lock<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    id: &Id<S>,
) -> Result<Option<S::User>, StoreError> {
    find_exact(store, connection, id, RowLock::ForUpdate).await
}

/// Returns the account whose id has this text.
///
/// A column may compare without regard to case or to spaces at the end, but tokens and attempts belong
/// to the text of an id.
async fn find_exact<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    id: &Id<S>,
    lock: RowLock,
) -> Result<Option<S::User>, StoreError> {
    let found = store.table().find(connection, id, lock).await?;
    let id = UserId::new(id);
    Ok(found.filter(|user| user.id().as_ref() == Some(&id)))
}

/// Deletes up to two accounts with their tokens, sessions and deliveries, and runs the same statements for none.
async fn remove<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    users: &[S::User],
) -> Result<(), StoreError> {
    let [one, two] = [users.first(), users.get(1)].map(|user| user.map(ids::<S>).transpose());
    let (one, two) = (one?, two?);
    let table_ids = [&one, &two].map(|ids| ids.as_ref().map(|(_, table_id)| table_id));
    store.table().delete(connection, table_ids).await?;
    let texts = [&one, &two].map(|ids| ids.as_ref().map(|(text, _)| text));
    store.ledger().delete_tokens(connection, texts).await?;
    store.ledger().delete_sessions(connection, texts).await?;
    // Last, as a receiver with `DurableTx` locks its signal after the rows of the application.
    store.ledger().delete_deliveries(connection, texts).await?;
    Ok(())
}

/// Returns the id of a stored account, as text and in the table's type.
fn ids<S: AccountStore>(user: &S::User) -> Result<(UserId, Id<S>), StoreError> {
    user.id()
        .and_then(|id| parse_id::<S::Table>(&id).map(|table_id| (id, table_id)))
        .ok_or_else(|| StoreError::Unreadable("a stored account has no id of its table".into()))
}

fn has_username(user: &impl AuthUser, key: &str) -> bool {
    NormalForm::of(user.username()).as_str() == key
}

fn has_email(user: &impl AuthUser, key: &str) -> bool {
    NormalForm::of(user.email()).as_str() == key
}
