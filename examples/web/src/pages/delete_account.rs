//! The deletion of an account.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lback_auth::AuthUser;
use lback_auth::axum::{ClearSession, RecentlyAuthenticated};

use super::Notice;
use crate::app::App;
use crate::error::AppError;
use crate::page::{Frame, page};

#[derive(Template)]
#[template(path = "delete_account.html")]
struct DeleteAccountPage {
    frame: Frame,
    name: String,
}

pub(super) async fn show(user: RecentlyAuthenticated, frame: Frame) -> Response {
    page(
        StatusCode::OK,
        &DeleteAccountPage {
            frame,
            name: user.username().to_owned(),
        },
    )
}

pub(super) async fn delete(
    State(app): State<App>,
    user: RecentlyAuthenticated,
    frame: Frame,
) -> Result<Response, AppError> {
    app.accounts.delete(user.id()).await?;
    let notice = Notice {
        frame: Frame {
            user: None,
            ..frame
        },
        title: "Your account is deleted",
        text: "You are signed out on all devices.",
        link: None,
    };
    Ok((ClearSession, notice.respond()).into_response())
}
