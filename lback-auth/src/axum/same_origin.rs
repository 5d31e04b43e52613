//! Requests of other sites, beyond what `tower_http::csrf` refuses.

use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use axum::http::{HeaderName, Method};

use super::origin::Origin;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Returns whether a request may come from another site although it has no `Sec-Fetch-Site`.
///
/// `tower_http::csrf` then compares `Origin` with `Host`, and accepts a request that has neither header. Here, `Origin`
/// is compared with the setting instead, since `Host` comes from the client. Without both headers, a request with a
/// session is refused: each browser of today sends one of them.
pub(super) fn is_doubtful(parts: &Parts, origin: &Origin, has_session: bool) -> bool {
    let is_safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_present(parts, &SEC_FETCH_SITE) {
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
