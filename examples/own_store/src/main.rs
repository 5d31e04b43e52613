//! An account type of the application's own, in tables of its own: what `Accounts` needs is an
//! implementation of `AccountStore`, which `account_store_conformance!` tests.
//!
//! ```text
//! cargo run -p own_store
//! cargo test -p own_store
//! ```

mod database;
mod rows;
mod store;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io, process};

use lback_auth::{
    Accounts, AuthUser, Authentication, EmailVerification, Password, SessionKey,
    UserEmailVerificationTokenGenerated,
};
use lback_signals::{Res, provide, receiver, resource};

use crate::store::CustomerStore;

#[derive(Clone, Debug, AuthUser)]
struct Customer {
    #[auth(id)]
    id: Option<i64>,
    #[auth(username)]
    name: String,
    #[auth(email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
    /// The store keeps what only the application knows of, too.
    plan: String,
}

impl Customer {
    fn new(name: &str, email: &str, plan: &str) -> Self {
        Self {
            id: None,
            name: name.to_owned(),
            email: email.to_owned(),
            password: Password::unusable(),
            verification: EmailVerification::unverified(),
            active: true,
            plan: plan.to_owned(),
        }
    }
}

/// The tokens that have been mailed.
#[derive(Default)]
struct Mailbox(Mutex<Vec<String>>);

/// Runs when the token is committed, so that nobody gets a mail whose link leads nowhere.
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
    let folder = Folder::new()?;
    let store = CustomerStore::open(&folder.0.join("shop.db"))?;
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

async fn sign_in(
    accounts: &Accounts<CustomerStore>,
    login: &str,
    password: &str,
) -> anyhow::Result<()> {
    match accounts.authenticate(login, password).await? {
        Authentication::Granted(Customer { name, plan, .. }) => {
            println!("  welcome, {name}, on the {plan} plan");
        }
        denied => println!("  {denied:?}"),
    }
    Ok(())
}

// All that `AccountStore` says of a store is tested for this one: `cargo test -p own_store`.
lback_auth::account_store_conformance!(
    customers,
    async || {
        let folder = Folder::new().unwrap();
        let store = CustomerStore::open(&folder.0.join("shop.db")).unwrap();
        (store, folder)
    },
    |name, email| Customer::new(name, email, "gold"),
);

/// A folder for one database, deleted in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("own-store-{}-{count}", process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
