//! The headers that each response has.

use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, FORWARDED, HOST, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VIA, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::host::is_loopback_host;

/// Pages load the files of this site only, and have neither a script nor a style in their text.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page of another site that opens one of this site gets no reference to its window.
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// A year.
const TLS_ONLY: &str = "max-age=31536000";

/// The pages whose URL contains a token. Requests from them send no `Referer`, not even to this site, so that no further
/// request repeats the token.
const TOKEN_PAGES: [&str; 3] = ["/verify", "/reset", "/confirm-address"];

/// The headers that proxies add to a request.
const PROXY_HEADERS: [HeaderName; 5] = [
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    FORWARDED,
    VIA,
];

pub(crate) async fn add(State(app): State<App>, request: Request, next: Next) -> Response {
    let has_token = TOKEN_PAGES.contains(&request.uri().path());
    let mut response = match misdirected(&app, &request) {
        Some(reason) => (StatusCode::MISDIRECTED_REQUEST, reason).into_response(),
        None => next.run(request).await,
    };
    let is_missing = response.status() == StatusCode::NOT_FOUND;
    let headers = response.headers_mut();
    if is_missing {
        // `Allow` would disclose that the page exists.
        headers.remove(ALLOW);
    }
    let mut set_default = |name, value| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set_default(CONTENT_SECURITY_POLICY, POLICY);
    set_default(CACHE_CONTROL, "no-store");
    set_default(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set_default(X_FRAME_OPTIONS, "DENY");
    set_default(OPENER_POLICY, "same-origin");
    set_default(
        REFERRER_POLICY,
        if has_token {
            "no-referrer"
        } else {
            "same-origin"
        },
    );
    if app.origin.is_https() {
        set_default(STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    response
}

/// Returns the reason why a site without `--url` refuses a request, or `None` if it accepts it.
fn misdirected(app: &App, request: &Request) -> Option<String> {
    // Only a site with `--url` is https.
    if app.origin.is_https() {
        return None;
    }
    // Another site whose name points to this machine (*DNS rebinding*) could act for the user of the browser.
    if !is_for_this_machine(request) {
        return Some(format!(
            "only this machine may open this site: use {}\n",
            app.origin
        ));
    }
    let header = PROXY_HEADERS
        .into_iter()
        .find(|header| request.headers().contains_key(header))?;
    Some(format!(
        "a proxy has forwarded the request, which has the header `{header}`: name the site by `--url https://…`\n"
    ))
}

/// Returns whether the host of a request is a name of the loopback interface.
fn is_for_this_machine(request: &Request) -> bool {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let uri = host.and_then(|host| {
        Uri::builder()
            .scheme("http")
            .authority(host)
            .path_and_query("/")
            .build()
            .ok()
    });
    uri.as_ref()
        .and_then(Uri::host)
        .is_some_and(is_loopback_host)
}
