//! The stores that come with the crate do what a store has to.

#![cfg(all(feature = "accounts", feature = "testing"))]

use lback_auth::{MemoryStore, User, UserParts, account_store_conformance};

/// Takes the texts as they are, which `User::new` does not.
fn new_account(username: &str, email: &str) -> User {
    User::from_parts(UserParts::new(username, email))
}

account_store_conformance!(memory, async || Some(MemoryStore::new()), new_account);
// One line for each store of a database, with the feature that it needs, goes here.
