//! The result of a form, which the page that it redirects to shows as a message.

use std::fmt::Display;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use axum::response::Redirect;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::AppError;
use crate::form::Query;

/// The field of the query, as in [`Fields`].
const FIELD: &str = "done";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The result of the form that redirected to this page. It is `None` if another site or the user caused the request,
/// since a link on another site could claim that the password is changed.
///
/// A query that cannot be parsed gets an error page.
pub(crate) struct Done<T>(pub(crate) Option<T>);

#[derive(Deserialize)]
struct Fields<T> {
    done: Option<T>,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Done<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Query(Fields { done }) = Query::from_request_parts(parts, state).await?;
        Ok(Self(done.filter(|_| is_same_origin(&parts.headers))))
    }
}

/// Redirects to a page that shows the result of a form.
pub(crate) fn redirect(page: &str, done: impl Display) -> Redirect {
    Redirect::to(&format!("{page}?{FIELD}={done}"))
}

/// Returns the address of a page without the result of a form. Another site can link to the sign-in page with any
/// address to return to, and for the browser the redirect after the sign-in comes from this site.
pub(crate) fn remove(page: &str) -> String {
    let Some((path, query)) = page.split_once('?') else {
        return page.to_owned();
    };
    let is_other = |pair: &&str| {
        let mut fields = url::form_urlencoded::parse(pair.as_bytes());
        fields.all(|(name, _)| name != FIELD)
    };
    let others: Vec<_> = query.split('&').filter(is_other).collect();
    if others.is_empty() {
        return path.to_owned();
    }
    format!("{path}?{}", others.join("&"))
}

/// Returns whether a page of this site caused a request. Old browsers do not send the header, so its absence counts as
/// yes. The value is `none` for a bookmark or a typed address.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    sites.all(|site| site == "same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_result_is_removed() {
        for (page, expected) in [
            ("/account", "/account"),
            ("/account?done=password", "/account"),
            ("/account?done", "/account"),
            ("/account?%64one=password", "/account"),
            ("/account?a=b%2F&done=1&done=2&c", "/account?a=b%2F&c"),
            ("/account?undone=1&a=done", "/account?undone=1&a=done"),
        ] {
            assert_eq!(remove(page), expected, "{page}");
        }
    }
}
