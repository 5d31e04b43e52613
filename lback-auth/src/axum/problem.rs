//! Why a request was refused, as a response.

mod accounts;
mod render;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use accounts::granted;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
pub(super) use render::{as_html, as_json};

/// A refused or failed request: the rejection of the extractors, and the error of a handler that calls
/// [`Accounts`](crate::Accounts).
///
/// As a response it has the status of its kind. The [`AccountsLayer`](super::AccountsLayer) then writes it for the
/// client:
///
/// - A client whose `Accept` prefers HTML gets a short page, or is redirected to the
///   [sign-in page](super::AccountsLayer::with_sign_in_page) or the
///   [page that asks for the password](super::AccountsLayer::with_confirm_password_page).
/// - Any other client gets problem details in JSON (RFC 9457). Their `type` is the address of the documentation of the
///   [`ProblemKind`].
///
/// The problem stays in the extensions of the response, so that a middleware around the layer can replace the page by
/// one in the style of the application. Its texts are safe to show. The [`source`](Error::source) of a failure is for
/// logs.
///
/// ```
/// use axum::extract::State;
/// use lback_auth::axum::{CurrentUser, Problem};
/// use lback_auth::{Accounts, SqliteStore};
///
/// async fn change_email(
///     State(accounts): State<Accounts<SqliteStore>>,
///     user: CurrentUser,
///     email: String,
/// ) -> Result<&'static str, Problem> {
///     accounts.change_email(user.id(), &email).await?; // 400 if the address is not valid
///     Ok("check your email")
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Problem {
    kind: ProblemKind,
    detail: Cow<'static, str>,
    retry_after: Option<Duration>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kind of a [`Problem`], which decides its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The page needs an account, and no valid session came with the request (401).
    SignInRequired,
    /// The login or the password is wrong, or the address is not verified yet (401). One kind for both, since the
    /// difference [tells whether an address was free](super::granted).
    WrongCredentials,
    /// The address of the account that is signed in must be verified first (403).
    VerificationRequired,
    /// The password of the session's account must be entered again (403).
    ReauthenticationRequired,
    /// Another site has made the request, or may have (403).
    CrossSite,
    /// The request has several session cookies, one of which another host of the site may have planted (400).
    DuplicateSessionCookie,
    /// An input is not accepted: see the detail (400).
    Invalid,
    /// The account was changed at the same time, or the username is taken (409).
    Conflict,
    /// Too many attempts, with `Retry-After` (429).
    Throttled,
    /// The database or the hasher is unavailable. The session is still valid (503).
    Unavailable,
    /// The application failed (500).
    Internal,
}

impl ProblemKind {
    /// Returns the status of the response.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::SignInRequired | Self::WrongCredentials => StatusCode::UNAUTHORIZED,
            Self::VerificationRequired | Self::ReauthenticationRequired | Self::CrossSite => {
                StatusCode::FORBIDDEN
            }
            Self::DuplicateSessionCookie | Self::Invalid => StatusCode::BAD_REQUEST,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Throttled => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns a short text, the same for each problem of the kind.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SignInRequired => "Sign in first",
            Self::WrongCredentials => "Sign-in failed",
            Self::VerificationRequired => "Verify your address first",
            Self::ReauthenticationRequired => "Enter your password again",
            Self::CrossSite => "The request came from another site",
            Self::DuplicateSessionCookie => "Duplicate session cookie",
            Self::Invalid => "Not accepted",
            Self::Conflict => "Conflict",
            Self::Throttled => "Too many attempts",
            Self::Unavailable => "Unavailable",
            Self::Internal => "Internal error",
        }
    }

    /// Returns the text of a problem about which no more is known.
    fn detail(self) -> &'static str {
        match self {
            Self::SignInRequired => "this page needs an account: sign in",
            Self::WrongCredentials => {
                "the name or the password is wrong, or the address is not verified yet: enter them again, or follow \
                 the link in the mail"
            }
            Self::VerificationRequired => {
                "the address of the account is not verified: follow the link in the mail"
            }
            Self::ReauthenticationRequired => "this action needs the password: enter it again",
            Self::CrossSite => "the form was not sent by a page of this site: open the page again",
            Self::DuplicateSessionCookie => {
                "the request has several session cookies: delete the cookies of this site"
            }
            Self::Invalid => "an input is not accepted: change it",
            Self::Conflict => "the account was changed at the same time: try again",
            Self::Throttled => "too many attempts: try again later",
            Self::Unavailable => "the service is unavailable for the moment: try again later",
            Self::Internal => "the request failed: the log of the service has the reason",
        }
    }
}

impl Problem {
    /// Creates a problem with the text of its kind.
    #[must_use]
    pub fn new(kind: ProblemKind) -> Self {
        Self {
            kind,
            detail: Cow::Borrowed(kind.detail()),
            retry_after: None,
            source: None,
        }
    }

    /// Sets the text that the client is shown.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            detail: detail.into(),
            ..self
        }
    }

    /// Sets the time after which the client may try again.
    fn with_retry_after(self, retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..self
        }
    }

    /// Sets the error behind a failure of the service. The layer logs its text, but not its sources, together with the
    /// id of the request. The client does not get it.
    ///
    /// ```
    /// use std::error::Error as _;
    ///
    /// use lback_auth::axum::{Problem, ProblemKind};
    ///
    /// let error = std::fs::read("no such file").unwrap_err();
    /// let problem = Problem::new(ProblemKind::Internal).with_source(error);
    /// assert!(problem.source().is_some());
    /// ```
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: Some(Arc::from(source.into())),
            ..self
        }
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// Returns the text for the client.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns the time after which the client may try again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|it| it as _)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let text = format!("{}\n", self.detail);
        let mut response = (self.kind.status(), text).into_response();
        if let Some(retry_after) = self.retry_after {
            let seconds = whole_seconds(retry_after);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Returns the seconds of a `Retry-After`. A client that waits for them does not come too early.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
