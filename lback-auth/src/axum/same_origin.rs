//! Requests of other sites, beyond what `tower_http::csrf` refuses.

use axum::http::header::{ORIGIN, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderName, Method};

use super::origin::Origin;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Returns whether a request may come from another site although `tower_http::csrf` accepts it.
///
/// Without `Sec-Fetch-Site`, that compares `Origin` with `Host`, and accepts a request that has neither header. Here,
/// `Origin` is compared with the setting instead, since `Host` comes from the client. Without both headers, a request
/// with a session is refused: every current browser sends at least one of them.
///
/// It also accepts each GET, such as the handshake of a WebSocket. A page on any host of the site can open a WebSocket
/// with the session's cookie, and read what the server sends. Browsers send `Origin` with it, so `Sec-Fetch-Site` does
/// not count.
pub(super) fn is_doubtful(parts: &Parts, origin: &Origin, has_session: bool) -> bool {
    let is_safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let is_upgrade = parts.headers.contains_key(UPGRADE);
    if !is_upgrade && (is_safe || is_present(parts, &SEC_FETCH_SITE)) {
        return false;
    }
    if is_present(parts, &ORIGIN) {
        return parts.headers[ORIGIN] != origin.as_str();
    }
    has_session
}

fn is_present(parts: &Parts, name: &HeaderName) -> bool {
    let value = parts.headers.get(name);
    value.is_some_and(|value| !value.is_empty())
}
