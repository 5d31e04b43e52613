//! A problem as problem details in JSON (RFC 9457) and as a page.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    LAST_MODIFIED, TRANSFER_ENCODING,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use serde_json::json;

use super::{Problem, ProblemKind};

/// The address that has an anchor for each kind.
const KINDS: &str =
    "https://docs.rs/lback-auth/latest/lback_auth/axum/enum.ProblemKind.html#variant";

/// The headers that describe the body of a response.
const OF_THE_BODY: [HeaderName; 7] = [
    ACCEPT_RANGES,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    ETAG,
    LAST_MODIFIED,
    TRANSFER_ENCODING,
];

/// Replaces the body of a response by problem details.
pub(in crate::axum) fn as_json(problem: &Problem, response: &mut Response) {
    let kind = problem.kind;
    let details = json!({
        "type": address(kind),
        "title": kind.title(),
        "status": kind.status().as_u16(),
        "detail": problem.detail,
    });
    set_body(response, "application/problem+json", format!("{details}\n"));
}

/// Replaces the body of a response by a page without style.
pub(in crate::axum) fn as_html(problem: &Problem, response: &mut Response) {
    let (title, detail) = (problem.kind.title(), escaped(&problem.detail));
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<h1>{title}</h1>\n<p>{detail}</p>\n</html>\n"
    );
    set_body(response, "text/html; charset=utf-8", page);
}

fn set_body(response: &mut Response, content_type: &'static str, body: String) {
    let headers = response.headers_mut();
    for name in OF_THE_BODY {
        headers.remove(name);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    *response.body_mut() = Body::from(body);
}

fn address(kind: ProblemKind) -> String {
    format!("{KINDS}.{kind:?}")
}

/// Escapes a text between the tags of HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ => escaped.push(character),
        }
    }
    escaped
}
