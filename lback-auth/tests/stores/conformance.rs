//! The stores that come with the crate do what a store has to.

#![cfg(all(feature = "accounts", feature = "testing"))]

#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[path = "support/databases.rs"]
mod databases;

use lback_auth::{MemoryStore, User, UserParts, account_store_conformance};

/// Takes the texts as they are, which `User::new` does not.
fn new_account(username: &str, email: &str) -> User {
    User::from_parts(UserParts::new(username, email))
}

account_store_conformance!(memory, async || (MemoryStore::new(), ()), new_account);

#[cfg(feature = "sqlite")]
account_store_conformance!(sqlite, databases::sqlite, new_account);

#[cfg(feature = "postgres")]
account_store_conformance!(
    #[ignore = "needs LBACK_POSTGRES_URL"]
    postgres,
    databases::postgres,
    new_account,
);
