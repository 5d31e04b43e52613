//! Parts of a response that set and delete the cookie of a session.

use axum::http::StatusCode;
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use lback_signals::resource;

use super::problem::{Problem, ProblemKind};
use crate::session::IssuedSession;

/// Marks the scope of a request that an `AccountsLayer` handles.
pub(super) struct WithinLayer;

/// The change of the session, in the extensions of a response until the layer writes it into the cookie.
#[derive(Clone)]
pub(super) enum SessionChange {
    Set(IssuedSession),
    Clear,
}

/// A part of a response that sets the cookie of a session: after
/// [`sign_in`](crate::Accounts::sign_in) or [`start_session`](crate::Accounts::start_session), and after each flow that
/// gives the session a new token: [`change_password`](crate::Accounts::change_password),
/// [`confirm_password`](crate::Accounts::confirm_password) and [`rotate_session`](crate::Accounts::rotate_session).
///
/// The [`AccountsLayer`](super::AccountsLayer) writes the cookie, and `Cache-Control: no-store`. Without it, the
/// response is an error (500). Alone, it is a response without content (204).
///
/// ```
/// use axum::Form;
/// use axum::extract::State;
/// use lback_auth::axum::{Problem, ReturnTo, SetSession, granted};
/// use lback_auth::{Accounts, Remember, SqliteStore};
///
/// #[derive(serde::Deserialize)]
/// struct SignIn {
///     login: String,
///     password: String,
///     return_to: ReturnTo, // a hidden field
/// }
///
/// async fn sign_in(
///     State(accounts): State<Accounts<SqliteStore>>,
///     Form(form): Form<SignIn>,
/// ) -> Result<(SetSession, ReturnTo), Problem> {
///     let (session, _user) = granted(accounts.sign_in(&form.login, &form.password, Remember::No).await?)?;
///     Ok((SetSession(session), form.return_to))
/// }
/// ```
#[must_use = "the client needs the cookie: return it in the response"]
#[derive(Clone, Debug)]
pub struct SetSession(pub IssuedSession);

/// A part of a response that deletes the cookie of the session, after [`sign_out`](crate::Accounts::sign_out) and each
/// flow that ends the session: [`end_sessions`](crate::Accounts::end_sessions),
/// [`deactivate`](crate::Accounts::deactivate) and [`delete`](crate::Accounts::delete). Alone, it is a response without
/// content (204).
///
/// Nothing else deletes the cookie. That of a session that has ended stays, and is not accepted.
#[must_use = "the client keeps the cookie otherwise: return it in the response"]
#[derive(Clone, Copy, Debug)]
pub struct ClearSession;

impl IntoResponseParts for SetSession {
    type Error = Problem;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Problem> {
        change(SessionChange::Set(self.0), parts)
    }
}

impl IntoResponseParts for ClearSession {
    type Error = Problem;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Problem> {
        change(SessionChange::Clear, parts)
    }
}

fn change(change: SessionChange, mut parts: ResponseParts) -> Result<ResponseParts, Problem> {
    if resource::<WithinLayer>().is_none() {
        return Err(Problem::new(ProblemKind::Internal).with_source(
            "the response sets a session outside an `AccountsLayer`: add the layer to the router, after its routes",
        ));
    }
    parts.extensions_mut().insert(change);
    Ok(parts)
}

impl IntoResponse for SetSession {
    fn into_response(self) -> Response {
        (self, StatusCode::NO_CONTENT).into_response()
    }
}

impl IntoResponse for ClearSession {
    fn into_response(self) -> Response {
        (self, StatusCode::NO_CONTENT).into_response()
    }
}
