//! Each store passes the conformance tests of the crate.

use lback_auth::{MemoryStore, User, UserParts, account_store_conformance};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::databases;

/// Creates an account of any texts, which `User::new` would refuse or change.
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
