//! Extractors of the account that is signed in.

use std::any::type_name;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use zeroize::Zeroizing;

use super::problem::{Problem, ProblemKind};
use super::session::Admitted;
use crate::auth_user::AuthUser;
use crate::session::Session;
use crate::user::User;
use crate::user_id::UserId;

/// The account that is signed in, with its session. It dereferences to the account.
///
/// As an extractor it rejects a request without a valid session by
/// [`SignInRequired`](ProblemKind::SignInRequired). `Option<CurrentUser>` is for pages that need no account. An
/// application with its own account type names it: `CurrentUser<Customer>`.
///
/// ```
/// use axum::extract::State;
/// use lback_auth::axum::{ClearSession, CurrentUser, Problem, ReturnTo};
/// use lback_auth::{Accounts, AuthUser, SqliteStore};
///
/// async fn home(user: Option<CurrentUser>) -> String {
///     user.map_or("welcome".to_owned(), |user| format!("welcome, {}", user.username()))
/// }
///
/// async fn sign_out(
///     State(accounts): State<Accounts<SqliteStore>>,
///     user: Option<CurrentUser>,
/// ) -> Result<(ClearSession, ReturnTo), Problem> {
///     if let Some(user) = user {
///         accounts.sign_out(user.token()).await?;
///     }
///     Ok((ClearSession, ReturnTo::default()))
/// }
/// ```
pub struct CurrentUser<U = User>(Arc<SignedIn<U>>);

struct SignedIn<U> {
    user: U,
    session: Session,
    token: Zeroizing<String>,
    is_recent: bool,
}

impl<U> CurrentUser<U> {
    pub(super) fn new(
        user: U,
        session: Session,
        token: Zeroizing<String>,
        is_recent: bool,
    ) -> Self {
        Self(Arc::new(SignedIn {
            user,
            session,
            token,
            is_recent,
        }))
    }

    /// Returns the id of the account.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.0.session.user
    }

    /// Returns the account, as the store had it when the layer found the session.
    #[must_use]
    pub fn user(&self) -> &U {
        &self.0.user
    }

    /// Returns the session.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.0.session
    }

    /// Returns the secret token of the session, for the methods of [`Accounts`](crate::Accounts) that take one. It
    /// must not be in any text.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.0.token
    }

    /// Returns whether the password was entered [recently](super::AccountsLayer::with_recent_authentication).
    #[must_use]
    pub fn is_recently_authenticated(&self) -> bool {
        self.0.is_recent
    }
}

impl<U> Clone for CurrentUser<U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U> Deref for CurrentUser<U> {
    type Target = U;

    fn deref(&self) -> &U {
        self.user()
    }
}

impl<U> fmt::Debug for CurrentUser<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentUser")
            .field("session", self.session())
            .finish_non_exhaustive()
    }
}

/// Returns the account of a request, if it has a valid session.
fn current<U: AuthUser>(parts: &Parts) -> Result<Option<CurrentUser<U>>, Problem> {
    let internal = |source: String| Problem::new(ProblemKind::Internal).with_source(source);
    let Some(admitted) = parts.extensions.get::<Admitted>() else {
        return Err(internal(
            "the request has not passed an `AccountsLayer`: add it to the router, after its routes"
                .to_owned(),
        ));
    };
    let user = parts.extensions.get::<CurrentUser<U>>();
    if user.is_none() && admitted.is_signed_in {
        let name = type_name::<U>();
        return Err(internal(format!(
            "the accounts of the store are not of the type `{name}`: extract a `CurrentUser` of their type"
        )));
    }
    Ok(user.cloned())
}

impl<S: Sync, U: AuthUser> FromRequestParts<S> for CurrentUser<U> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        current(parts)?.ok_or_else(|| Problem::new(ProblemKind::SignInRequired))
    }
}

impl<S: Sync, U: AuthUser> OptionalFromRequestParts<S> for CurrentUser<U> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Problem> {
        current(parts)
    }
}

/// The account that is signed in, whose address is verified. It dereferences to the [`CurrentUser`].
///
/// As an extractor it rejects a request without a valid session by [`SignInRequired`](ProblemKind::SignInRequired), and
/// an account whose address is not verified by [`VerificationRequired`](ProblemKind::VerificationRequired). Use it with
/// [`UnverifiedSignIn::Allowed`](crate::UnverifiedSignIn): otherwise each account that signs in is verified.
#[derive(Debug)]
pub struct VerifiedUser<U = User>(CurrentUser<U>);

/// The account that is signed in, whose password was entered
/// [recently](super::AccountsLayer::with_recent_authentication) in this session. It dereferences to the [`CurrentUser`].
///
/// As an extractor it rejects a request without a valid session by [`SignInRequired`](ProblemKind::SignInRequired), and
/// a session whose password was entered too long ago by
/// [`ReauthenticationRequired`](ProblemKind::ReauthenticationRequired). Use it for sensitive actions, on the page with
/// the form and where the form is posted.
#[derive(Debug)]
pub struct RecentlyAuthenticated<U = User>(CurrentUser<U>);

impl<S: Sync, U: AuthUser> FromRequestParts<S> for VerifiedUser<U> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let user =
            <CurrentUser<U> as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        if user.is_email_verified() {
            Ok(Self(user))
        } else {
            Err(Problem::new(ProblemKind::VerificationRequired))
        }
    }
}

impl<S: Sync, U: AuthUser> FromRequestParts<S> for RecentlyAuthenticated<U> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let user =
            <CurrentUser<U> as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        if user.is_recently_authenticated() {
            Ok(Self(user))
        } else {
            Err(Problem::new(ProblemKind::ReauthenticationRequired))
        }
    }
}

impl<U> Deref for VerifiedUser<U> {
    type Target = CurrentUser<U>;

    fn deref(&self) -> &CurrentUser<U> {
        &self.0
    }
}

impl<U> Deref for RecentlyAuthenticated<U> {
    type Target = CurrentUser<U>;

    fn deref(&self) -> &CurrentUser<U> {
        &self.0
    }
}
