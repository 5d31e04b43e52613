//! Putting accounts in and out of use, and clearing up.

use lback_auth::{AccountStore, Accounts, AuthUser, User};

use super::super::output::shown;
use super::account::{find, id};
use super::writing::Done;

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
