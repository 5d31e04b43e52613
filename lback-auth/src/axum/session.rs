//! The inner service: the scope, the context and the session of a request.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use lback_signals::Scope;
use tower_service::Service;

use super::client;
use super::cookie::Presented;
use super::current_user::CurrentUser;
use super::layer::Settings;
use super::problem::{Problem, ProblemKind};
use super::respond::{SessionChange, WithinLayer};
use super::same_origin::is_doubtful;
use super::service::RequestId;
use crate::request_context::RequestContext;
use crate::store::AccountStore;

/// Finds the session of a request and calls the inner service in its scope.
pub(super) struct SessionService<S, I> {
    inner: I,
    settings: Arc<Settings<S>>,
}

/// In the extensions of each request that the layer has admitted.
#[derive(Clone, Copy)]
pub(super) struct Admitted {
    pub(super) is_signed_in: bool,
}

impl<S, I> SessionService<S, I> {
    pub(super) fn new(inner: I, settings: Arc<Settings<S>>) -> Self {
        Self { inner, settings }
    }
}

impl<S, I> Service<Request> for SessionService<S, I>
where
    S: AccountStore,
    I: Service<Request, Response = Response, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = I::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, I::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), I::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // `poll_ready` was called on `self.inner`: call that one, and keep the clone.
        let next = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, next);
        let settings = Arc::clone(&self.settings);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let (admitted, context) = match settings.admit(&mut parts).await {
                Ok(admitted) => admitted,
                Err(problem) => return Ok(problem.into_response()),
            };
            let request = Request::from_parts(parts, body);
            let scope = Scope::new().provide(context).provide(WithinLayer);
            let answer = scope.run_async(async move { inner.call(request).await });
            let mut response = answer.await?;
            settings.finish(admitted, &mut response);
            Ok(response)
        })
    }
}

impl<S: AccountStore> Settings<S> {
    /// Refuses a request, or finds its session and the context of its scope.
    async fn admit(&self, parts: &mut Parts) -> Result<(Admitted, RequestContext), Problem> {
        let presented = self.cookie.read(&parts.headers);
        let has_session = !matches!(presented, Presented::None);
        if is_doubtful(parts, &self.origin, has_session) {
            return Err(Problem::new(ProblemKind::CrossSite));
        }
        let mut context = self.context(parts)?;
        let is_signed_in = match presented {
            Presented::None => false,
            // Neither is used nor deleted: without the other, the planted one would sign the user in.
            Presented::Several => return Err(Problem::new(ProblemKind::DuplicateSessionCookie)),
            Presented::One(token) => match self.accounts.find_session(&token).await? {
                // The cookie stays: a deletion could arrive after the new cookie of a rotation, and delete that.
                None => false,
                Some((session, user)) => {
                    context = context
                        .with_actor(session.user.clone())
                        .with_session(&token);
                    let is_recent = self
                        .accounts
                        .is_recently_authenticated(&session, self.recent);
                    let user = CurrentUser::new(user, session, token, is_recent);
                    parts.extensions.insert(user);
                    true
                }
            },
        };
        let admitted = Admitted { is_signed_in };
        parts.extensions.insert(admitted);
        Ok((admitted, context))
    }

    /// Returns the context of a request, without its account.
    fn context(&self, parts: &Parts) -> Result<RequestContext, Problem> {
        let Some(client) = client::address(parts, self.trusted_proxies) else {
            let problem = Problem::new(ProblemKind::Internal);
            return Err(problem.with_source(
                "the address of the client is unknown, by which attempts are counted: serve the router with \
                 `into_make_service_with_connect_info::<SocketAddr>()`",
            ));
        };
        let mut context = RequestContext::new().with_client(client);
        if let Some(RequestId(id)) = parts.extensions.get() {
            context = context.with_request_id(id);
        }
        let user_agent = parts.headers.get(USER_AGENT);
        if let Some(user_agent) = user_agent.and_then(|it| it.to_str().ok()) {
            context = context.with_user_agent(user_agent);
        }
        Ok(context)
    }

    /// Writes the change of the session into the response. A response with a session, or about one, is not cached.
    fn finish(&self, admitted: Admitted, response: &mut Response) {
        let change = response.extensions_mut().remove::<SessionChange>();
        let cookie = change.map(|change| match change {
            SessionChange::Set(issued) => self.cookie.set(&issued, self.accounts.now()),
            SessionChange::Clear => self.cookie.clear(),
        });
        let headers = response.headers_mut();
        let has_own_rule = cookie.is_none() && headers.contains_key(CACHE_CONTROL);
        if (cookie.is_some() || admitted.is_signed_in) && !has_own_rule {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if let Some(cookie) = cookie {
            headers.append(SET_COOKIE, cookie);
        }
    }
}

impl<S, I: Clone> Clone for SessionService<S, I> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            settings: Arc::clone(&self.settings),
        }
    }
}
