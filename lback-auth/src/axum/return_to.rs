//! The page to which a sign-in returns.

use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use lback_signals::serde::{Deserialize, Deserializer};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The name of the parameter in the query of the sign-in page, and of the field in its form.
const PARAMETER: &str = "return_to";

/// The longest path, in bytes.
const MAX_LEN: usize = 1024;

/// A page of this application, to which a client returns after a sign-in.
///
/// It is a path with an optional query. Any other text becomes `/`: an absolute URL, `//host`, and a path with a
/// backslash, a control character or an encoded slash, which some browser or proxy might read as another host. So an
/// attacker cannot let the sign-in page redirect to another site.
///
/// As an extractor it reads the parameter `return_to` of the query, for the page with the form. The form passes it on
/// in a hidden field, which `axum::Form` reads as a `ReturnTo`. As a response it is a redirect (303).
///
/// ```
/// use lback_auth::axum::ReturnTo;
///
/// assert_eq!(ReturnTo::new("/orders?page=2").as_str(), "/orders?page=2");
/// assert_eq!(ReturnTo::new("//evil.example").as_str(), "/");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Creates the path from a text of the client, or `/` if the text is no local path.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(if is_local(text) { text } else { "/" }.to_owned())
    }

    /// Returns the path and the query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the parameter of a query. Of several, the first counts.
    fn of_query(query: &str) -> Self {
        let mut parameters = query.split('&').filter_map(|it| it.split_once('='));
        let value = parameters.find_map(|(name, value)| (name == PARAMETER).then_some(value));
        let value = value.map(|value| value.replace('+', " "));
        let decoded = value
            .as_deref()
            .map(|it| percent_decode_str(it).decode_utf8());
        decoded
            .and_then(Result::ok)
            .map_or_else(Self::default, |it| Self::new(&it))
    }

    /// Returns the address of a local page with this path as its parameter.
    pub(super) fn parameter_of(&self, page: &str) -> String {
        let separator = if page.contains('?') { '&' } else { '?' };
        let value = utf8_percent_encode(&self.0, NON_ALPHANUMERIC);
        format!("{page}{separator}{PARAMETER}={value}")
    }
}

impl Default for ReturnTo {
    /// Returns `/`.
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: Sync> FromRequestParts<S> for ReturnTo {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.uri.query().map_or_else(Self::default, Self::of_query))
    }
}

impl<'de> Deserialize<'de> for ReturnTo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}

impl IntoResponse for ReturnTo {
    fn into_response(self) -> Response {
        see_other(&self.0)
    }
}

/// Redirects to a local page, which the client gets by GET.
pub(super) fn see_other(page: &str) -> Response {
    let location = HeaderValue::from_str(page).expect("a local path is visible ASCII");
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Returns whether a text is the path of a page of this application, with an optional query, for each browser and
/// proxy.
pub(super) fn is_local(text: &str) -> bool {
    // Browsers remove tabs and line feeds, and read `\` as `/`. A fragment is never sent to the server.
    let is_visible = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#');
    if text.len() > MAX_LEN || !text.starts_with('/') || !text.bytes().all(is_visible) {
        return false;
    }
    let path = text.split('?').next().unwrap_or_default();
    // Two slashes begin a host, also after a proxy has decoded or normalized the path.
    !path.contains("//") && !has_encoded_separator(path)
}

/// Returns whether a path has an encoded slash, backslash or control character, even encoded twice.
fn has_encoded_separator(path: &str) -> bool {
    let mut escapes = path.split('%').skip(1);
    escapes.any(|escape| {
        let code = escape
            .get(..2)
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        code.is_none_or(|it| matches!(it, b'/' | b'\\' | b'%') || it.is_ascii_control())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_path_is_kept() {
        for path in [
            "/",
            "/orders",
            "/orders/7?page=2&sort=a%2Fb",
            "/caf%C3%A9",
            "/a?next=//evil.example",
            "/a?next=https://evil.example",
            "/@ada:x",
        ] {
            assert_eq!(ReturnTo::new(path).as_str(), path);
        }
    }

    #[test]
    fn any_other_text_is_the_root() {
        let long = format!("/{}", "a".repeat(MAX_LEN));
        for text in [
            "",
            "orders",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/\n/evil.example",
            "/a\r\nSet-Cookie: session=x",
            "/\u{0}/evil.example",
            "/%2f/evil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/%5Cevil.example",
            "/%252fevil.example",
            "/%09/evil.example",
            "/%0d%0aevil",
            "/%",
            "/%2",
            "/%zz",
            "/.//evil.example",
            "/..//evil.example",
            "https://evil.example",
            "HTTPS:evil.example",
            "https:/evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "@evil.example",
            ".evil.example",
            "/a#b",
            "/café",
            "/\u{2028}",
            &long,
        ] {
            assert_eq!(ReturnTo::new(text).as_str(), "/", "{text:?}");
        }
    }

    #[test]
    fn a_path_survives_the_query() {
        let path = ReturnTo::new("/orders/7?page=2&sort=a%2Fb+c");
        let address = path.parameter_of("/sign-in");
        let (page, query) = address.split_once('?').unwrap();
        assert_eq!(page, "/sign-in");
        assert_eq!(query.matches(['&', '/', '?', '+']).count(), 0, "{query}");
        assert_eq!(ReturnTo::of_query(query), path);
        assert_eq!(path.parameter_of("/in?a=b"), format!("/in?a=b&{query}"));
    }

    #[test]
    fn a_query_without_the_parameter_or_with_a_foreign_one_is_the_root() {
        for query in [
            "",
            "return_to",
            "return_to=",
            "other=/orders",
            "return_to=%2F%2Fevil.example",
            "return_to=/+/evil.example",
            "return_to=%ff",
            "return_to=//evil.example&return_to=/orders",
        ] {
            assert_eq!(ReturnTo::of_query(query), ReturnTo::default(), "{query}");
        }
    }
}
