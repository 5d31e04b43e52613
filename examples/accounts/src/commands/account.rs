//! The account that a command is about.

use anyhow::Context;
use lback_auth::{AccountStore, AuthUser, NormalForm, User, UserId};

use super::super::failure::advised;
use super::super::output::shown;

/// The account that is meant by a name or an address.
pub(super) async fn find<S: AccountStore<User = User>>(
    store: &S,
    login: &str,
) -> anyhow::Result<User> {
    let found = store.find_by_login(&NormalForm::of(login)).await?;
    found.ok_or_else(|| {
        advised(
            format!("there is no account `{}`", shown(login)),
            "`accounts list` shows those that there are",
        )
    })
}

/// Likewise, if it is in use.
pub(super) async fn find_active<S: AccountStore<User = User>>(
    store: &S,
    login: &str,
) -> anyhow::Result<User> {
    let user = find(store, login).await?;
    if user.is_active() {
        return Ok(user);
    }
    Err(advised(
        format!("the account `{}` is out of use", shown(user.username())),
        "`accounts reactivate` puts it in use again",
    ))
}

/// The id of an account that is in the database.
pub(super) fn id(user: &User) -> anyhow::Result<UserId> {
    user.id().context("the account has no id")
}
