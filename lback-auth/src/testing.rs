//! Invariants of account types and stores, to test those of an application.

mod clock;
mod cost;
mod logged;
mod observe;
mod occupied;
mod secrecy;
mod secrets;
mod sessions;
mod signals;
#[cfg(feature = "accounts")]
#[doc(hidden)]
pub mod store;
mod untouched;

use std::any::type_name;
use std::fmt::Debug;
use std::time::Duration;

pub use clock::a_clock_that_goes_back_does_no_harm;
pub use cost::every_check_costs_the_same;
pub use secrecy::nothing_shows_a_secret;
pub use sessions::sessions_end_when_they_should;
pub use signals::each_call_sends_exactly_one_signal;
pub use untouched::a_failure_changes_nothing;

use crate::auth_user::AuthUser;
use crate::hasher::Hasher;
use crate::password::Password;

/// Generates tests of an application's account type. Needs the feature `testing`.
///
/// The tests check that
///
/// - each method sends exactly the expected signal, on every path;
/// - no output shows a secret;
/// - a failure changes nothing;
/// - a clock that goes back is harmless;
/// - checks of right, wrong, unusable and damaged passwords cost the same;
/// - sessions end on the documented changes.
///
/// The arguments are a name for the module of tests, and a function that creates an account, which must be `Debug`.
/// The optional `serialize` function returns a serialized account, which is searched for secrets too.
///
/// ```
/// use lback_auth::{AuthUser, EmailVerification, Password};
///
/// #[derive(Clone, Debug, AuthUser)]
/// struct Customer {
///     #[auth(id)]
///     id: Option<i64>,
///     #[auth(username, email)]
///     email: String,
///     #[auth(password)]
///     password: Password,
///     #[auth(email_verification)]
///     verification: EmailVerification,
///     #[auth(active)]
///     active: bool,
/// }
///
/// impl Customer {
///     fn new() -> Self {
///         Self {
///             id: Some(7),
///             email: "ada@example.org".to_owned(),
///             password: Password::unusable(),
///             verification: EmailVerification::unverified(),
///             active: true,
///         }
///     }
/// }
///
/// lback_auth::auth_user_invariants!(customer, Customer::new);
/// lback_auth::auth_user_invariants!(
///     customer_as_json,
///     Customer::new,
///     serialize = |customer: &Customer| format!(r#"{{"email":"{}"}}"#, customer.email),
/// );
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! auth_user_invariants {
    ($name:ident, $new:expr $(,)?) => {
        $crate::auth_user_invariants!(
            $name,
            $new,
            serialize = |_: &_| ::std::string::String::new()
        );
    };
    ($name:ident, $new:expr, serialize = $serialize:expr $(,)?) => {
        #[cfg(test)]
        mod $name {
            use super::*;

            #[test]
            fn each_call_sends_exactly_one_signal() {
                $crate::__private::invariants::each_call_sends_exactly_one_signal($new);
            }

            #[test]
            fn nothing_shows_a_secret() {
                $crate::__private::invariants::nothing_shows_a_secret($new, $serialize);
            }

            #[test]
            fn a_failure_changes_nothing() {
                $crate::__private::invariants::a_failure_changes_nothing($new);
            }

            #[test]
            fn a_clock_that_goes_back_does_no_harm() {
                $crate::__private::invariants::a_clock_that_goes_back_does_no_harm($new);
            }

            #[test]
            fn every_check_costs_the_same() {
                $crate::__private::invariants::every_check_costs_the_same($new);
            }

            #[test]
            fn sessions_end_when_they_should() {
                $crate::__private::invariants::sessions_end_when_they_should($new);
            }
        }
    };
}

// No eight characters of these occur in any text, except by a leak.
const PASSWORD: &str = "zQ4#vLx9!pWm2@Kd7&Rj";
const WRONG: &str = "Hs6^Gf1(Ue5)Yb8%nTc3";
const HOUR: Duration = Duration::from_hours(1);

/// Stored texts that cannot be checked.
const DAMAGED: [&str; 4] = [
    "Jk3~Xw7+Bn2=Mv9;Dg4<",
    "$unknown$scheme$of$another$maker",
    "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$kjP8uWKJBGjGGWcsBNKPPSpCFGY",
    "$argon2id$v=19$m=8,t=1,p=1,keyid=bm9uZQ$c29tZXNhbHQ$kjP8uWKJBGjGGWcsBNKPPSpCFGY",
];

/// Argon2id hash of [`PASSWORD`] with other parameters than a new hash, made by argon2-cffi 25.1.
const STALE: &str = "$argon2id$v=19$m=64,t=1,p=1$DfBEu1aYpwa1MGvXOqq5kg$C4ayFT4jWdCVdxx3pHCJgJBQa3SZPY9MpaHrH2QXrZs";

/// Requirements on the account type under test.
pub trait Account: AuthUser + Clone + Debug {
    /// Replaces the stored text, as a store does.
    fn store(&mut self, stored: Option<&str>) {
        *self.__fields_mut().password = Password::from_stored(stored.map(str::to_owned));
    }

    /// Returns the stored text.
    fn stored(&self) -> Option<&str> {
        self.__fields().password.stored()
    }

    /// Sets [`PASSWORD`], hashed by the hasher.
    fn with_password(mut self, hasher: &Hasher) -> Self {
        let set = hasher.set_password(&mut self, PASSWORD);
        set.unwrap_or_else(|error| panic!("{}: {error}", type_name::<Self>()));
        self
    }
}

impl<T: AuthUser + Clone + Debug> Account for T {}
