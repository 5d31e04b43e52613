//! The account, and its export.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use lback_auth::AuthUser;
use lback_auth::axum::{CurrentUser, RecentlyAuthenticated};

use crate::app::App;
use crate::done::Done;
use crate::error::AppError;
use crate::page::{Frame, minute, page};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    done: Option<&'static str>,
    name: String,
    email: String,
    verified: bool,
    authenticated: String,
    started: String,
}

pub(super) async fn show(user: CurrentUser, frame: Frame, Done(done): Done<String>) -> Response {
    let done = done
        .filter(|done| done == "password")
        .map(|_| "Your password is changed.");
    let shown = AccountPage {
        frame,
        done,
        name: user.username().to_owned(),
        email: user.email().to_owned(),
        verified: user.is_email_verified(),
        authenticated: minute(user.session().authenticated_at),
        started: minute(user.session().started_at),
    };
    page(StatusCode::OK, &shown)
}

/// Sends what is stored about the account, as a file.
pub(super) async fn export(
    State(app): State<App>,
    user: RecentlyAuthenticated,
) -> Result<Response, AppError> {
    let export = app.accounts.export(user.id()).await?;
    let json = serde_json::to_string_pretty(&export)?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CONTENT_DISPOSITION, "attachment; filename=\"account.json\""),
    ];
    Ok((headers, json).into_response())
}
