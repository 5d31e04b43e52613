//! The layer and its settings.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_layer::Layer;

use super::cookie::SessionCookie;
use super::origin::Origin;
use super::problem::{Problem, ProblemKind};
use super::return_to::is_local;
use super::service::AccountsService;
use super::session::SessionService;
use crate::accounts::Accounts;

/// How long a password counts as recently entered by default.
const RECENT: Duration = Duration::from_mins(10);

/// A tower layer that gives each request its session and its [`RequestContext`](crate::RequestContext).
///
/// Put it around the whole router: routes that are added to the router afterwards are not covered. Each request with
/// the session's cookie costs what [`find_session`](Accounts::find_session) costs, so merge routes of static files
/// after it. The [module](super) says what it does, and shows it in use.
///
/// The session is found before a handler reads the body: a client that withholds the last byte could use a session that
/// has ended since. Read bodies with a time limit in a middleware outside the layer, as
/// [`body.rs`](https://github.com/lback/lback-signals/blob/main/examples/web/src/body.rs) of the example does.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use lback_auth::axum::{AccountsLayer, CurrentUser, Origin};
/// use lback_auth::{Accounts, AuthUser, MemoryStore};
///
/// async fn me(user: CurrentUser) -> String {
///     user.username().to_owned()
/// }
///
/// fn app(accounts: Accounts<MemoryStore>, origin: Origin) -> Router {
///     Router::new()
///         .route("/me", get(me))
///         .layer(AccountsLayer::new(accounts, origin).with_sign_in_page("/sign-in"))
/// }
/// ```
pub struct AccountsLayer<S> {
    settings: Settings<S>,
}

/// The settings of a layer.
#[derive(Clone)]
pub(super) struct Settings<S> {
    pub(super) accounts: Accounts<S>,
    pub(super) origin: Origin,
    pub(super) cookie: SessionCookie,
    pub(super) sign_in_page: Option<&'static str>,
    pub(super) confirm_password_page: Option<&'static str>,
    pub(super) recent: Duration,
    pub(super) trusted_proxies: usize,
}

impl<S> AccountsLayer<S> {
    /// Creates a layer for the application at this origin.
    ///
    /// On https the cookie is `__Host-session`, with `Secure`. On a loopback origin with http it is `session` without
    /// `Secure`, and this function logs a warning: other programs on the machine could read or replace the cookie.
    #[must_use]
    pub fn new(accounts: Accounts<S>, origin: Origin) -> Self {
        if !origin.is_https() {
            super::log::warn(format_args!(
                "the origin {origin} is not https: session cookies have neither `Secure` nor the prefix `__Host-`; \
                 use it for development only"
            ));
        }
        let cookie = SessionCookie::of(&origin);
        let settings = Settings {
            accounts,
            origin,
            cookie,
            sign_in_page: None,
            confirm_password_page: None,
            recent: RECENT,
            trusted_proxies: 0,
        };
        Self { settings }
    }

    /// Sets the path of the sign-in page. A browser without a session is redirected there instead of getting status 401.
    /// After a GET or HEAD, the parameter `return_to` has the page that it wanted (see [`ReturnTo`](super::ReturnTo)).
    ///
    /// # Panics
    ///
    /// If the path is not one of this application, such as `/sign-in`.
    #[must_use]
    #[track_caller]
    pub fn with_sign_in_page(mut self, path: &'static str) -> Self {
        self.settings.sign_in_page = Some(local(path));
        self
    }

    /// Sets the path of the page that asks for the password again. A browser is redirected there by
    /// [`RecentlyAuthenticated`](super::RecentlyAuthenticated), with `return_to`, instead of getting status 403. Its
    /// form calls [`confirm_password`](Accounts::confirm_password).
    ///
    /// # Panics
    ///
    /// If the path is not one of this application, such as `/confirm-password`.
    #[must_use]
    #[track_caller]
    pub fn with_confirm_password_page(mut self, path: &'static str) -> Self {
        self.settings.confirm_password_page = Some(local(path));
        self
    }

    /// Sets how long a password counts as recently entered, for
    /// [`RecentlyAuthenticated`](super::RecentlyAuthenticated): 10 minutes by default.
    #[must_use]
    pub fn with_recent_authentication(mut self, within: Duration) -> Self {
        self.settings.recent = within;
        self
    }

    /// Sets the number of proxies in front of the application that append the address of their peer to
    /// `X-Forwarded-For`. By default it is 0: the header is ignored, and the client is the peer of the connection.
    ///
    /// With `n` proxies the client is the `n`th entry from the end, which the outermost of these proxies has written.
    /// The client controls all entries before it. If a request has fewer entries, or that entry is not an address, the
    /// client is the peer of the connection.
    ///
    /// **Set it only if each connection comes from these proxies.** A client that connects directly, or through fewer
    /// proxies, could choose its address and escape the limits of attempts.
    #[must_use]
    pub fn with_trusted_proxies(mut self, proxies: usize) -> Self {
        self.settings.trusted_proxies = proxies;
        self
    }
}

#[track_caller]
fn local(path: &'static str) -> &'static str {
    assert!(
        is_local(path),
        "`{path}` is not a path of this application: write one such as `/sign-in`"
    );
    path
}

impl<S: Clone, I> Layer<I> for AccountsLayer<S> {
    type Service = AccountsService<S, I>;

    fn layer(&self, inner: I) -> Self::Service {
        let settings = Arc::new(self.settings.clone());
        let with_session = SessionService::new(inner, Arc::clone(&settings));
        // Behind a proxy that replaces `Host`, `Origin` is compared with the setting.
        let layer = CsrfLayer::new().add_trusted_origin(settings.origin.as_str());
        let layer = layer.expect("an `Origin` is one");
        let layer = layer.with_rejection_response(refuse_cross_site as fn(_) -> _);
        AccountsService::new(layer.layer(with_session), settings)
    }
}

fn refuse_cross_site(_error: ProtectionError) -> Response {
    Problem::new(ProblemKind::CrossSite).into_response()
}

impl<S: Clone> Clone for AccountsLayer<S> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
        }
    }
}

impl<S> fmt::Debug for AccountsLayer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountsLayer")
            .field("origin", &self.settings.origin)
            .field("sign_in_page", &self.settings.sign_in_page)
            .field(
                "confirm_password_page",
                &self.settings.confirm_password_page,
            )
            .field("recent", &self.settings.recent)
            .field("trusted_proxies", &self.settings.trusted_proxies)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "`//evil.example` is not a path of this application")]
    fn a_page_of_another_site_is_refused() {
        local("//evil.example");
    }
}
