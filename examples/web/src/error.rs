//! Requests that are refused or fail, as pages.

use std::time::Duration;

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lback_auth::AccountsError;
use lback_auth::axum::{Problem, ProblemKind};

use crate::page::{Frame, page};

/// Error of a request, which is answered with a page.
#[derive(Debug)]
pub(crate) enum AppError {
    /// There is no such page, or not for this user.
    NotFound,
    /// The form lacks a field, or is too large.
    BadForm,
    /// The form was not sent in time.
    SlowForm,
    /// The query of the address cannot be read.
    BadQuery,
    /// The link of a mail was used, has expired or was replaced by that of another one.
    InvalidToken,
    /// Any other refusal.
    Problem(Problem),
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    title: String,
    text: String,
    sign_in: bool,
}

impl From<AccountsError> for AppError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::InvalidToken => Self::InvalidToken,
            error => Self::Problem(error.into()),
        }
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Failures of the program. The layer of the accounts logs them with the id of the request; they have no value of a
/// user.
macro_rules! internal {
    ($($error:ty),*) => {$(
        impl From<$error> for AppError {
            fn from(error: $error) -> Self {
                Self::Problem(Problem::new(ProblemKind::Internal).with_source(error))
            }
        }
    )*};
}
internal!(
    sqlx::Error,
    serde_json::Error,
    std::io::Error,
    lback_signals::durable::OutboxError
);

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (status, title, text, sign_in) = match self {
            Self::Problem(problem) => return problem.into_response(),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "Page not found",
                "There is no page at this address.",
                false,
            ),
            Self::BadForm => (
                StatusCode::BAD_REQUEST,
                "The form is incomplete",
                "Go back, and send it again.",
                false,
            ),
            Self::SlowForm => (
                StatusCode::REQUEST_TIMEOUT,
                "The form did not arrive",
                "Go back, and send it again.",
                false,
            ),
            Self::BadQuery => (
                StatusCode::BAD_REQUEST,
                "This address cannot be read",
                "Check what follows the question mark.",
                false,
            ),
            Self::InvalidToken => (
                StatusCode::GONE,
                "This link no longer works",
                "It was used, has expired, or was replaced by the link of a later mail. If you have just used it, \
                 sign in.",
                true,
            ),
        };
        let (title, text) = (title.to_owned(), text.to_owned());
        page(
            status,
            &ProblemPage {
                frame: Frame::default(),
                title,
                text,
                sign_in,
            },
        )
    }
}

/// Replaces the plain page of a [`Problem`] by one in the style of the site. Its status and headers stay, also those of
/// a redirect.
pub(crate) async fn restyle_problem(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
    let problem = response
        .extensions()
        .get::<Problem>()
        .filter(|_| is_page)
        .cloned();
    if let Some(problem) = problem {
        let text = match problem.retry_after() {
            Some(wait) => format!("Try again in {}.", in_words(wait)),
            None => sentence(problem.detail()),
        };
        let title = problem.kind().title().to_owned();
        let ours = page(
            response.status(),
            &ProblemPage {
                frame: Frame::default(),
                title,
                text,
                sign_in: false,
            },
        );
        *response.body_mut() = ours.into_body();
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

/// Writes a message of the library as a sentence.
pub(crate) fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}

fn in_words(wait: Duration) -> String {
    match wait.as_secs() + u64::from(wait.subsec_nanos() > 0) {
        0 | 1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}
