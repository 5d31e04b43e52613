//! The invariants of an account, of the crate's own type and of an application's, which among others
//! are that nothing shows a secret.

use lback_auth::{AuthUser, EmailVerification, Password, User, UserId, UserParts};
use serde::Serialize;

/// An application's own account, with the `Debug` that everybody derives, and a serialised form.
#[derive(Clone, Debug, Serialize, AuthUser)]
struct Customer {
    #[auth(id)]
    id: Option<i64>,
    #[auth(username, email)]
    email: String,
    #[auth(password)]
    #[serde(skip)]
    password: Password,
    #[auth(email_verification)]
    #[serde(skip)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

impl Customer {
    fn new() -> Self {
        Self {
            id: Some(7),
            email: "ada@example.org".to_owned(),
            password: Password::unusable(),
            verification: EmailVerification::unverified(),
            active: true,
        }
    }
}

fn stored_user() -> User {
    let mut parts = UserParts::new("ada", "ada@example.org");
    parts.id = Some(UserId::new(7));
    User::from_parts(parts)
}

lback_auth::auth_user_invariants!(
    user,
    stored_user,
    serialize = |user: &User| format!("{:?}", user.clone().into_parts()),
);
lback_auth::auth_user_invariants!(user_without_id, || {
    User::new("ada", "ada@example.org").unwrap()
});
lback_auth::auth_user_invariants!(
    customer,
    Customer::new,
    serialize = |customer: &Customer| serde_json::to_string(customer).unwrap(),
);

/// The suite would find what shows a secret.
mod leaks {
    use std::fmt;

    use super::*;

    /// Shows its password's hash.
    #[derive(Clone, AuthUser)]
    struct Leaky {
        #[auth(id)]
        id: Option<i64>,
        #[auth(username, email)]
        email: String,
        #[auth(password)]
        password: Password,
        #[auth(email_verification)]
        verification: EmailVerification,
        #[auth(active)]
        active: bool,
    }

    impl fmt::Debug for Leaky {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "Leaky({:?})", self.password.stored())
        }
    }

    #[test]
    #[should_panic(expected = "8 characters of a secret")]
    fn in_its_debug() {
        lback_auth::__private::invariants::nothing_shows_a_secret(
            || Leaky {
                id: Some(7),
                email: "ada@example.org".to_owned(),
                password: Password::unusable(),
                verification: EmailVerification::unverified(),
                active: true,
            },
            |_| String::new(),
        );
    }

    #[test]
    #[should_panic(expected = "8 characters of a secret")]
    fn in_its_serialised_form() {
        lback_auth::__private::invariants::nothing_shows_a_secret(
            Customer::new,
            |customer: &Customer| {
                let verification = customer.verification.pending();
                verification.map_or_else(String::new, |token| format!("{:?}", token.digest()))
            },
        );
    }
}
