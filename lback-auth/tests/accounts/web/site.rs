//! A router with the layer, and requests to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::connect_info::MockConnectInfo;
use axum::extract::{FromRef, State};
use axum::http::header::{
    ACCEPT, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_TYPE, COOKIE, ETAG, LAST_MODIFIED, LOCATION, SET_COOKIE, TRANSFER_ENCODING, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use axum::routing::{any, get, post};
use axum::{Form, Router};
use lback_auth::axum::{
    AccountsLayer, ClearSession, CurrentUser, Problem, ProblemKind, RecentlyAuthenticated,
    ReturnTo, SetSession, VerifiedUser, granted,
};
use lback_auth::{Accounts, AuthUser, Remember, RequestContext, User};
use serde::Deserialize;
use tower::ServiceExt;

use crate::faulty_store::Faulty;
use crate::world::{PASSWORD, Store, World};

pub(crate) const HTTPS: &str = "https://shop.example";
pub(crate) const LOOPBACK: &str = "http://127.0.0.1:3000";
pub(crate) const PEER: &str = "192.0.2.7";
/// The `Accept` of a browser that opens a page.
pub(crate) const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// An application at an origin, on a store that records its operations.
pub(crate) struct Site<S> {
    pub(crate) world: World<Faulty<S>>,
    /// The number of requests to `/change`.
    changes: Arc<AtomicUsize>,
    router: Router,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

#[derive(Clone)]
struct App<S> {
    accounts: Accounts<S>,
    changes: Arc<AtomicUsize>,
}

impl<S: Clone> FromRef<App<S>> for Accounts<S> {
    fn from_ref(app: &App<S>) -> Self {
        app.accounts.clone()
    }
}

impl<S: Clone> FromRef<App<S>> for Arc<AtomicUsize> {
    fn from_ref(app: &App<S>) -> Self {
        Arc::clone(&app.changes)
    }
}

type Layer<S> = AccountsLayer<Faulty<S>>;

impl<S: Store> Site<S> {
    /// Runs a test on a site at an origin, with an account `ada`.
    pub(crate) async fn run(world: World<S>, origin: &str, test: impl AsyncFnOnce(Self)) {
        Self::with(world, origin, |layer| layer, test).await;
    }

    /// Runs a test on a site with other settings.
    pub(crate) async fn with(
        world: World<S>,
        origin: &str,
        set: impl FnOnce(Layer<S>) -> Layer<S>,
        test: impl AsyncFnOnce(Self),
    ) {
        let world = World::new(Faulty::new(world.store));
        let scope = world.scope();
        let testing = async {
            world.verified("ada").await;
            let changes = Arc::default();
            let layer = AccountsLayer::new(world.accounts.clone(), origin.parse().unwrap())
                .with_sign_in_page("/sign-in")
                .with_confirm_password_page("/confirm");
            let app = App {
                accounts: world.accounts.clone(),
                changes: Arc::clone(&changes),
            };
            let peer: SocketAddr = format!("{PEER}:4000").parse().unwrap();
            let router = routes()
                .layer(set(layer))
                .layer(MockConnectInfo(peer))
                .with_state(app);
            test(Self {
                world,
                changes,
                router,
            })
            .await;
        };
        scope.run_async(testing).await;
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        answer(&self.router, request).await
    }

    /// Signs ada in, and returns her cookie.
    pub(crate) async fn sign_in(&self) -> String {
        let signed_in = self.send(sign_in_form("")).await;
        assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{signed_in:?}");
        signed_in.cookie().unwrap()
    }

    /// Returns the status of the page of an account.
    pub(crate) async fn status(&self, cookie: &str) -> StatusCode {
        self.send(page("/account", cookie)).await.status
    }

    pub(crate) fn changes(&self) -> usize {
        self.changes.load(Ordering::SeqCst)
    }
}

/// Sends a request to a router.
pub(crate) async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

impl Answer {
    /// Returns the text of a header, or an empty one.
    pub(crate) fn header(&self, name: impl Into<HeaderName>) -> &str {
        let value = self.headers.get(name.into());
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header(LOCATION)
    }

    /// Returns the name and value of the cookie that the response sets.
    pub(crate) fn cookie(&self) -> Option<String> {
        let set: Vec<_> = self.headers.get_all(SET_COOKIE).iter().collect();
        assert!(set.len() <= 1, "{set:?}");
        let set = set.first()?.to_str().unwrap();
        Some(set.split(';').next().unwrap().to_owned())
    }
}

/// Builds a request. Each header is a name and a value.
pub(crate) fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Request<Body> {
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Body::from(body)).unwrap()
}

/// Builds the request of a program for a page.
pub(crate) fn page(path: &str, cookie: &str) -> Request<Body> {
    request(Method::GET, path, &[("cookie", cookie)], String::new())
}

/// Builds the request of a browser for a page.
pub(crate) fn browse(path: &str, cookie: &str) -> Request<Body> {
    let headers = [(ACCEPT.as_str(), HTML), (COOKIE.as_str(), cookie)];
    request(Method::GET, path, &headers, String::new())
}

/// Encodes each byte for a query or a form.
pub(crate) fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02x}"));
    bytes.collect::<Vec<_>>().concat()
}

/// Builds the request that posts a form of the site. Each field is a name and a value.
pub(crate) fn form(path: &str, cookie: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    let body = fields.collect::<Vec<_>>().join("&");
    let mut headers = vec![
        (CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        (ACCEPT.as_str(), HTML),
    ];
    if !cookie.is_empty() {
        headers.push((COOKIE.as_str(), cookie));
    }
    request(Method::POST, path, &headers, body)
}

pub(crate) fn sign_in_form(cookie: &str) -> Request<Body> {
    let fields = [("login", "ada"), ("password", PASSWORD)];
    form("/sign-in", cookie, &fields)
}

fn routes<S: Store>() -> Router<App<Faulty<S>>> {
    Router::new()
        .route("/", get(home))
        .route("/account", get(account))
        .route("/verified", get(verified))
        .route("/sensitive", any(sensitive))
        .route("/context", get(context))
        .route("/cached", get(cached))
        .route(
            "/headers",
            get(async |headers: HeaderMap| format!("{headers:?}")),
        )
        .route("/change", any(change))
        .route("/sign-in", get(sign_in_page).post(sign_in::<S>))
        .route("/sign-out", post(sign_out::<S>))
        .route("/sign-up", post(sign_up::<S>))
        .route("/compressed", get(compressed))
        .route("/confirm", post(confirm::<S>))
        .route("/password", post(password::<S>))
        .nest("/nested", Router::new().route("/account", get(account)))
}

async fn home(user: Option<CurrentUser>) -> String {
    user.map_or("-".to_owned(), |user| user.username().to_owned())
}

async fn account(user: CurrentUser) -> String {
    user.username().to_owned()
}

async fn verified(user: VerifiedUser) -> String {
    user.username().to_owned()
}

async fn sensitive(user: RecentlyAuthenticated) -> String {
    user.username().to_owned()
}

/// Answers with the client, the actor, the user agent and the id of the request.
async fn context() -> String {
    let context = RequestContext::current();
    format!(
        "{} {} {} {}",
        context.client().unwrap(),
        context.actor().map_or("-", |id| id.as_str()),
        context.user_agent().unwrap_or("-"),
        context.request_id().unwrap_or("-"),
    )
}

async fn cached(_user: Option<CurrentUser>) -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(CACHE_CONTROL, "max-age=60")], "")
}

/// Answers with a problem whose headers a layer has written for its first body.
async fn compressed() -> (HeaderMap, Problem) {
    let of_the_body = [
        (CONTENT_LENGTH, "7"),
        (CONTENT_ENCODING, "gzip"),
        (TRANSFER_ENCODING, "chunked"),
        (CONTENT_RANGE, "bytes 0-6/7"),
        (ACCEPT_RANGES, "bytes"),
        (ETAG, "\"1\""),
        (LAST_MODIFIED, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (VARY, "accept-encoding"),
    ];
    let headers = of_the_body.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (
        headers.into_iter().collect(),
        Problem::new(ProblemKind::Invalid),
    )
}

/// Changes something, also without an account.
async fn change(State(changes): State<Arc<AtomicUsize>>) -> &'static str {
    changes.fetch_add(1, Ordering::SeqCst);
    "changed"
}

#[derive(Deserialize)]
struct SignIn {
    login: String,
    password: String,
    remember: Option<String>,
    #[serde(default)]
    return_to: ReturnTo,
}

async fn sign_in_page(return_to: ReturnTo) -> String {
    return_to.to_string()
}

async fn sign_in<S: Store>(
    State(accounts): State<Accounts<Faulty<S>>>,
    Form(form): Form<SignIn>,
) -> Result<(SetSession, ReturnTo), Problem> {
    let user: User = granted(accounts.authenticate(&form.login, &form.password).await?)?;
    let remember = form.remember.map_or(Remember::No, |_| Remember::Yes);
    let issued = accounts.start_session(&user, remember).await?;
    Ok((SetSession(issued), form.return_to))
}

#[derive(Deserialize)]
struct SignUp {
    name: String,
}

async fn sign_up<S: Store>(
    State(accounts): State<Accounts<Faulty<S>>>,
    Form(form): Form<SignUp>,
) -> Result<StatusCode, Problem> {
    let user = User::new(&form.name, format!("{}@example.org", form.name))?;
    accounts.register(user, PASSWORD).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sign_out<S: Store>(
    State(accounts): State<Accounts<Faulty<S>>>,
    user: CurrentUser,
) -> Result<(ClearSession, ReturnTo), Problem> {
    accounts.sign_out(user.token()).await?;
    Ok((ClearSession, ReturnTo::default()))
}

#[derive(Deserialize)]
struct Confirm {
    password: String,
}

async fn confirm<S: Store>(
    State(accounts): State<Accounts<Faulty<S>>>,
    user: CurrentUser,
    Form(form): Form<Confirm>,
) -> Result<SetSession, Problem> {
    let issued = accounts.confirm_password(user.token(), &form.password);
    Ok(SetSession(issued.await?))
}

#[derive(Deserialize)]
struct Password {
    current: String,
    new: String,
}

async fn password<S: Store>(
    State(accounts): State<Accounts<Faulty<S>>>,
    user: CurrentUser,
    Form(form): Form<Password>,
) -> Result<(Option<SetSession>, ReturnTo), Problem> {
    let changed = accounts.change_password(user.id(), &form.current, &form.new);
    Ok((changed.await?.map(SetSession), ReturnTo::new("/account")))
}
