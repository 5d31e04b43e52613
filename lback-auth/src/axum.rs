//! Sessions of accounts in an application on [axum](https://docs.rs/axum) 0.8 (feature `axum`).
//!
//! An [`AccountsLayer`] around the router gives each request a scope with its
//! [`RequestContext`](crate::RequestContext), and finds its session. Handlers take the account as a [`CurrentUser`],
//! return a [`Problem`] where they refuse, and set the cookie by [`SetSession`] and [`ClearSession`].
//!
//! ```no_run
//! use std::net::SocketAddr;
//!
//! use axum::extract::State;
//! use axum::response::Html;
//! use axum::routing::{get, post};
//! use axum::{Form, Router};
//! use lback_auth::axum::{AccountsLayer, ClearSession, CurrentUser, Problem, ReturnTo, SetSession, granted};
//! use lback_auth::{Accounts, AuthUser, Remember, SqliteStore};
//!
//! type Shop = Accounts<SqliteStore>;
//!
//! #[derive(serde::Deserialize)]
//! struct SignIn {
//!     login: String,
//!     password: String,
//!     return_to: ReturnTo,
//! }
//!
//! async fn sign_in_form(return_to: ReturnTo) -> Html<String> {
//!     let field = return_to.as_str().replace('&', "&amp;").replace('"', "&quot;"); // or a template
//!     Html(format!(
//!         r#"<form method="post"><input name="login" autocomplete="username">
//!         <input name="password" type="password" autocomplete="current-password">
//!         <input name="return_to" type="hidden" value="{field}"><button>Sign in</button></form>"#
//!     ))
//! }
//!
//! async fn sign_in(
//!     State(shop): State<Shop>,
//!     Form(form): Form<SignIn>,
//! ) -> Result<(SetSession, ReturnTo), Problem> {
//!     let (session, _user) = granted(shop.sign_in(&form.login, &form.password, Remember::No).await?)?;
//!     Ok((SetSession(session), form.return_to))
//! }
//!
//! async fn sign_out(
//!     State(shop): State<Shop>,
//!     user: CurrentUser,
//! ) -> Result<(ClearSession, ReturnTo), Problem> {
//!     shop.sign_out(user.token()).await?;
//!     Ok((ClearSession, ReturnTo::default()))
//! }
//!
//! async fn account(user: CurrentUser) -> String {
//!     format!("you are {}", user.username())
//! }
//!
//! # async fn serve(shop: Shop) -> Result<(), Box<dyn std::error::Error>> {
//! let origin = "http://127.0.0.1:3000".parse()?; // https://shop.example in production
//! let app = Router::new()
//!     .route("/sign-in", get(sign_in_form).post(sign_in))
//!     .route("/sign-out", post(sign_out))
//!     .route("/account", get(account))
//!     .layer(AccountsLayer::new(shop.clone(), origin).with_sign_in_page("/sign-in"))
//!     .with_state(shop);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What the layer does
//!
//! | for | it |
//! |---|---|
//! | each request | provides a [`RequestContext`](crate::RequestContext): client, user agent, a new id, which the response has in `x-request-id`, and the account and session |
//! | a valid session | lets the extractors find it, and adds `Cache-Control: no-store` to a response without a `Cache-Control` |
//! | a session that has expired or ended | calls the handler without an account; the cookie stays |
//! | a failing database | answers 503 if it is unreachable or a statement times out, and 500 otherwise; keeps the cookie |
//! | two session cookies | answers 400: another host of the site may have planted one |
//! | a request of another site | answers 403, except to GET, HEAD and OPTIONS, which must not change anything |
//! | an `Upgrade`, such as a WebSocket | answers 403 if `Origin` is not that of the layer, or if there is a session and no `Origin` |
//! | a [`SetSession`] or [`ClearSession`] | writes the cookie, with `Cache-Control: no-store` |
//! | a [`Problem`] | writes HTML, a redirect or problem details in JSON (RFC 9457), as `Accept` asks |
//!
//! # Cookies
//!
//! The cookie of an https [`Origin`] is `__Host-session`, with `Secure`, `HttpOnly`, `SameSite=Lax` and `Path=/`.
//! Browsers accept this prefix only from the host itself, so another host of the site cannot plant it. A
//! [remembered](crate::Remember::Yes) session has `Max-Age`, until it expires. Others end with the browser's session.
//! On a loopback origin with http, the cookie is `session`, without `Secure`.
//!
//! # Requests of other sites
//!
//! [`tower_http::csrf`] refuses a request of another origin by its `Sec-Fetch-Site`. Without that header, `Origin` must
//! be that of the layer: `Host` is never compared, nor used otherwise. A request with the session's cookie and without
//! both headers is refused. A request with `Upgrade`, such as the handshake of a WebSocket, is a GET: `Origin` must
//! be that of the layer, and a request with the session's cookie and without `Origin` is refused. Routes for other
//! clients, such as webhooks, do not belong under the layer.
//!
//! # Dependencies
//!
//! The feature adds axum without its default features, `tower-http` with `csrf`, and what these need. None of it is
//! compiled without the feature.

mod accepts;
mod client;
mod cookie;
mod current_user;
mod layer;
mod log;
mod origin;
mod problem;
mod respond;
mod return_to;
mod same_origin;
mod service;
mod session;

pub use self::current_user::{CurrentUser, RecentlyAuthenticated, VerifiedUser};
pub use self::layer::AccountsLayer;
pub use self::origin::{Origin, OriginError};
pub use self::problem::{Problem, ProblemKind, granted};
pub use self::respond::{ClearSession, SetSession};
pub use self::return_to::ReturnTo;
pub use self::service::AccountsService;
