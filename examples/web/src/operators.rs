//! The operators: accounts that see the pages below `/operator`.

use std::path::Path;

use anyhow::{Context, ensure};
use lback_auth::{AccountStore, AuthUser, NormalForm, User, UserId};

use crate::data::{self, Store};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS operator (
    account INTEGER PRIMARY KEY REFERENCES lback_account (id) ON DELETE CASCADE
) STRICT";

/// Creates the table of operators, unless it exists.
pub(crate) async fn create_table(store: &Store) -> Result<(), sqlx::Error> {
    sqlx::query(TABLE).execute(store.pool()).await?;
    Ok(())
}

/// Returns whether an account is an operator.
pub(crate) async fn is_operator(store: &Store, account: &UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM operator WHERE account = CAST(? AS INTEGER))")
        .bind(account.as_str())
        .fetch_one(store.pool())
        .await
}

/// Makes an account an operator.
pub(crate) async fn add(folder: &Path, name: &str) -> anyhow::Result<()> {
    let (store, user) = find(folder, name).await?;
    let shown = format!("{} <{}>", user.username(), user.email());
    // An account without a verified address can be replaced by another one with its name.
    ensure!(
        user.is_email_verified(),
        "{shown} has no verified address: follow the link of the mail first"
    );
    change(
        &store,
        &user,
        "INSERT INTO operator (account) VALUES (CAST(? AS INTEGER)) ON CONFLICT DO NOTHING",
    )
    .await?;
    println!("{shown} is an operator, whose pages are below /operator");
    Ok(())
}

/// Makes an operator a plain account again.
pub(crate) async fn remove(folder: &Path, name: &str) -> anyhow::Result<()> {
    let (store, user) = find(folder, name).await?;
    change(
        &store,
        &user,
        "DELETE FROM operator WHERE account = CAST(? AS INTEGER)",
    )
    .await?;
    println!("{} <{}> is no operator", user.username(), user.email());
    Ok(())
}

async fn find(folder: &Path, name: &str) -> anyhow::Result<(Store, User)> {
    let shown = folder.display();
    ensure!(
        folder.join("accounts.db").is_file(),
        "{shown} has no accounts: name the folder of the site by `--data`"
    );
    let (store, _) = data::open(folder).await?;
    let user = store.find_by_login(&NormalForm::of(name)).await?;
    let user = user.with_context(|| {
        format!("no account has the name or address `{name}`: sign up on the site first")
    })?;
    Ok((store, user))
}

async fn change(store: &Store, user: &User, statement: &'static str) -> anyhow::Result<()> {
    create_table(store).await?;
    let id = user.id().context("the account is not stored")?;
    sqlx::query(statement)
        .bind(id.as_str())
        .execute(store.pool())
        .await?;
    store.close().await;
    Ok(())
}
