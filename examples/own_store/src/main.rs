//! An account type of the application in a table of the application: it implements `AccountTable`, and
//! `account_store_conformance!` tests it.
//!
//! ```text
//! cargo run -p own_store
//! cargo test -p own_store
//! ```

mod customer;

use std::path::Path;

use anyhow::Context;
use lback_auth::{Accounts, AddressMailDue, Authentication, SessionKey, SqliteStore, StoreError};
use lback_signals::durable::{SqliteOutbox, Worker};
use lback_signals::{Res, provide, receiver};
use tokio::sync::mpsc;

use crate::customer::{CREATE_TABLE, Customer, CustomerTable};

type Store = SqliteStore<CustomerTable>;

/// Takes the tokens that are mailed.
struct Mailbox(mpsc::UnboundedSender<String>);

/// A worker runs it. If it fails, it is run again with another token.
#[receiver(signal = AddressMailDue)]
async fn mail(
    event: &AddressMailDue<'_>,
    mailbox: Res<'_, Mailbox>,
) -> Result<(), mpsc::error::SendError<String>> {
    let token = event.token.expose();
    println!("  mail to {}: your token is {token}", event.to);
    mailbox.0.send(token.to_owned())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (mailbox, mut mailed) = mpsc::unbounded_channel();
    provide(Mailbox(mailbox))?;
    let folder = tempfile::tempdir()?;
    let store = open(&folder.path().join("shop.db")).await?;
    let outbox = SqliteOutbox::new(store.pool().clone()).await?;
    // An application has 32 random bytes here, which stay the same.
    let accounts = Accounts::new(
        store.with_outbox(outbox.clone()),
        SessionKey::new(&[7; 32])?,
    );
    provide(accounts.token_issuer())?;
    let worker = Worker::new(&outbox).spawn()?;

    println!("Ada registers:");
    let ada = Customer::new("ada", "ada@example.org", "gold");
    let password = "correct horse battery staple";
    accounts.register(ada, password).await?;
    // The worker sends the mail, which a web server would not wait for.
    let token = mailed.recv().await.context("no token was mailed")?;

    println!("She signs in before she has looked into her mail:");
    sign_in(&accounts, "ada", password).await?;

    println!("She sends the token back, and signs in by her address, at the second attempt:");
    accounts.verify_email(&token).await?;
    sign_in(&accounts, "Ada@Example.org", "correct horse battery stable").await?;
    sign_in(&accounts, "Ada@Example.org", password).await?;
    worker.shutdown().await;
    Ok(())
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
