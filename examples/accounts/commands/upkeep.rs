//! Putting accounts in and out of use, and clearing up.

use anyhow::Context;
use lback_auth::{AccountStore, Accounts, AuthUser, User, UserId};

use super::super::output::shown;
use super::writing::{Done, find};

pub(super) async fn deactivate<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    username: &str,
) -> anyhow::Result<Done> {
    let user = find(accounts.store(), username).await?;
    accounts.deactivate(&id(&user)?).await?;
    let name = shown(user.username());
    Ok(Done::new(format!(
        "{name} is out of use; its sessions and tokens have ended"
    )))
}

pub(super) async fn reactivate<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    username: &str,
) -> anyhow::Result<Done> {
    let user = find(accounts.store(), username).await?;
    accounts.reactivate(&id(&user)?).await?;
    Ok(Done::new(format!("{} is in use", shown(user.username()))))
}

pub(super) async fn purge<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
) -> anyhow::Result<Done> {
    let rows = accounts.purge().await?;
    let noun = if rows == 1 { "row" } else { "rows" };
    Ok(Done::new(format!("deleted {rows} {noun} that had expired")))
}

/// The id of an account that is in the database.
pub(super) fn id(user: &User) -> anyhow::Result<UserId> {
    user.id().context("the account has no id")
}
