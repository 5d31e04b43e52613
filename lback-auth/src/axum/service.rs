//! The outer service: the id of a request, and how problems are written for the client.

use std::error::Error as _;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{OriginalUri, Request};
use axum::http::header::{COOKIE, Entry, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use base64ct::{Base64UrlUnpadded, Encoding};
use tower_http::csrf::{Csrf, ProtectionError};
use tower_service::Service;

use super::accepts::prefers_html;
use super::layer::Settings;
use super::log;
use super::problem::{Problem, ProblemKind, as_html, as_json};
use super::return_to::{ReturnTo, see_other};
use super::session::SessionService;
use crate::random::of_operating_system;
use crate::store::AccountStore;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The length of a request id in bytes: 96 random bits.
const ID_LEN: usize = 12;

type Refuse = fn(ProtectionError) -> Response;

/// The service of an [`AccountsLayer`](super::AccountsLayer).
pub struct AccountsService<S, I> {
    inner: Csrf<SessionService<S, I>, Refuse>,
    settings: Arc<Settings<S>>,
}

/// The id of a request, in its extensions.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) String);

impl<S, I> AccountsService<S, I> {
    pub(super) fn new(
        inner: Csrf<SessionService<S, I>, Refuse>,
        settings: Arc<Settings<S>>,
    ) -> Self {
        Self { inner, settings }
    }
}

impl<S, I> Service<Request> for AccountsService<S, I>
where
    S: AccountStore,
    I: Service<Request, Response = Response, Error: Send, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = I::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, I::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), I::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        hide_cookies(&mut parts.headers);
        let format = ProblemFormat::of(&parts);
        let id = new_id();
        if let Some(id) = &id {
            parts.extensions.insert(RequestId(id.clone()));
        }
        let settings = Arc::clone(&self.settings);
        let response = self.inner.call(Request::from_parts(parts, body));
        Box::pin(async move {
            let mut response = response.await?;
            if let Some(problem) = response.extensions().get::<Problem>().cloned() {
                report(&problem, id.as_deref());
                format.write(&problem, &settings, &mut response);
            }
            if let Some(id) = id.and_then(|it| HeaderValue::try_from(it).ok()) {
                response.headers_mut().insert(REQUEST_ID, id);
            }
            Ok(response)
        })
    }
}

/// Keeps the token out of the `Debug` of the headers, which applications log.
fn hide_cookies(headers: &mut HeaderMap) {
    if let Entry::Occupied(mut cookies) = headers.entry(COOKIE) {
        cookies.iter_mut().for_each(|it| it.set_sensitive(true));
    }
}

/// Draws an id. A failure of the source costs the request its id only.
fn new_id() -> Option<String> {
    let mut bytes = [0; ID_LEN];
    of_operating_system(&mut bytes).ok()?;
    Some(Base64UrlUnpadded::encode_string(&bytes))
}

/// Logs a failure of the service. The source of the error is left out, since it may quote what is stored.
fn report(problem: &Problem, id: Option<&str>) {
    let Some(error) = problem
        .source()
        .filter(|_| problem.kind().status().is_server_error())
    else {
        return;
    };
    let id = id.unwrap_or("unknown");
    log::error(format_args!("request {id} failed: {error}"));
}

/// The form in which the client of a request gets a problem.
struct ProblemFormat {
    prefers_html: bool,
    /// The page that a browser wants, if it can be opened again.
    page: Option<ReturnTo>,
}

impl ProblemFormat {
    fn of(parts: &Parts) -> Self {
        let original = parts.extensions.get::<OriginalUri>();
        let uri = original.map_or(&parts.uri, |it| &it.0);
        let is_page = matches!(parts.method, Method::GET | Method::HEAD);
        let path = uri.path_and_query().filter(|_| is_page);
        Self {
            prefers_html: prefers_html(&parts.headers),
            page: path.map(|it| ReturnTo::new(it.as_str())),
        }
    }

    /// Writes a problem into its response, whose headers stay.
    fn write<S>(&self, problem: &Problem, settings: &Settings<S>, response: &mut Response) {
        if !self.prefers_html {
            return as_json(problem, response);
        }
        let page = match problem.kind() {
            ProblemKind::SignInRequired => settings.sign_in_page,
            ProblemKind::ReauthenticationRequired => settings.confirm_password_page,
            _ => None,
        };
        as_html(problem, response);
        if let Some(page) = page {
            let address = match &self.page {
                Some(wanted) => wanted.parameter_of(page),
                None => page.to_owned(),
            };
            let redirect = see_other(&address);
            *response.status_mut() = StatusCode::SEE_OTHER;
            let location = redirect.headers()[LOCATION].clone();
            response.headers_mut().insert(LOCATION, location);
        }
    }
}

impl<S, I: Clone> Clone for AccountsService<S, I> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            settings: Arc::clone(&self.settings),
        }
    }
}

impl<S, I> fmt::Debug for AccountsService<S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountsService").finish_non_exhaustive()
    }
}
