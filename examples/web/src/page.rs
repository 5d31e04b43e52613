//! Pages, and the parts around their content.

use std::time::SystemTime;

use askama::Template;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use lback_auth::AuthUser;
use lback_auth::axum::{CurrentUser, Problem};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::app::App;

/// The parts of a page around its content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    /// The name of the account that is signed in.
    pub(crate) user: Option<String>,
    /// Whether the page of mails exists.
    pub(crate) mails: bool,
}

impl FromRequestParts<App> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let user =
            <CurrentUser as OptionalFromRequestParts<App>>::from_request_parts(parts, app).await?;
        Ok(Self {
            user: user.map(|user| user.username().to_owned()),
            mails: app.mails.is_some(),
        })
    }
}

/// Renders a page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Writes an instant, to a minute.
pub(crate) fn minute(at: OffsetDateTime) -> String {
    at.format(format_description!(
        "[year]-[month]-[day] [hour]:[minute] UTC"
    ))
    .unwrap_or_default()
}

/// Writes an instant, to a second.
pub(crate) fn second(at: impl Into<OffsetDateTime>) -> String {
    at.into()
        .format(format_description!(
            "[year]-[month]-[day] [hour]:[minute]:[second]"
        ))
        .unwrap_or_default()
}

/// Writes the time of day, to a millisecond.
pub(crate) fn time_of_day(at: SystemTime) -> String {
    let format = format_description!("[hour]:[minute]:[second].[subsecond digits:3]");
    OffsetDateTime::from(at).format(format).unwrap_or_default()
}
