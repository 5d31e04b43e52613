//! An account type of the application in a table of the application: it implements `AccountTable`, and
//! `account_store_conformance!` tests it.
//!
//! ```text
//! cargo run -p own_store
//! cargo test -p own_store
//! ```

mod customer;

use std::path::Path;
use std::sync::Mutex;

use lback_auth::{
    Accounts, Authentication, SessionKey, SqliteStore, StoreError,
    UserEmailVerificationTokenGenerated,
};
use lback_signals::{Res, provide, receiver, resource};

use crate::customer::{CREATE_TABLE, Customer, CustomerTable};

type Store = SqliteStore<CustomerTable>;

/// The tokens that have been mailed.
#[derive(Default)]
struct Mailbox(Mutex<Vec<String>>);

/// Runs when the token is committed, so that no mail has a link that leads nowhere.
#[receiver(signal = UserEmailVerificationTokenGenerated, after_commit)]
fn mail(event: &UserEmailVerificationTokenGenerated<'_>, mailbox: Res<'_, Mailbox>) {
    let token = event.token.expose();
    println!("  mail to {}: your token is {token}", event.user.email());
    if let Ok(mut tokens) = mailbox.0.lock() {
        tokens.push(token.to_owned());
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    provide(Mailbox::default())?;
    let folder = tempfile::tempdir()?;
    let store = open(&folder.path().join("shop.db")).await?;
    // An application has 32 random bytes here, which stay the same.
    let accounts = Accounts::new(store, SessionKey::new(&[7; 32])?);

    println!("Ada registers:");
    let ada = Customer::new("ada", "ada@example.org", "gold");
    let password = "correct horse battery staple";
    accounts.register(ada, password).await?;
    // A task sends the mail, which a web server would not wait for.
    accounts.answer_requests().await?;

    println!("She signs in before she has looked into her mail:");
    sign_in(&accounts, "ada", password).await?;

    println!("She sends the token back, and signs in by her address, at the second attempt:");
    let token = resource::<Mailbox>().and_then(|mailbox| mailbox.0.lock().ok()?.pop());
    accounts.verify_email(&token.unwrap_or_default()).await?;
    sign_in(&accounts, "Ada@Example.org", "correct horse battery stable").await?;
    sign_in(&accounts, "Ada@Example.org", password).await
}

async fn sign_in(accounts: &Accounts<Store>, login: &str, password: &str) -> anyhow::Result<()> {
    match accounts.authenticate(login, password).await? {
        Authentication::Granted(Customer { name, plan, .. }) => {
            println!("  welcome, {name}, on the {plan} plan");
        }
        denied => println!("  {denied:?}"),
    }
    Ok(())
}

/// Opens a file with the tables of the store and the table of customers.
async fn open(path: &Path) -> Result<Store, StoreError> {
    let store = SqliteStore::open_with_table(path, CustomerTable).await?;
    sqlx::raw_sql(CREATE_TABLE).execute(store.pool()).await?;
    Ok(store)
}

// Tests the table for the whole contract of a store: `cargo test -p own_store`.
lback_auth::account_store_conformance!(
    customers,
    async || {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("shop.db")).await.unwrap();
        (store, folder)
    },
    |name, email| Customer::new(name, email, "gold"),
);
