//! The verification of an address.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use lback_auth::TokenPurpose;

use super::{Notice, Token, TokenPage};
use crate::app::App;
use crate::error::AppError;
use crate::form::{Form, Query};
use crate::page::{Frame, page};

/// Shows a button, and leaves the token as it is: mail scanners follow links.
pub(super) async fn show(
    State(app): State<App>,
    frame: Frame,
    Query(Token { token }): Query<Token>,
) -> Result<Response, AppError> {
    app.accounts
        .peek(TokenPurpose::EmailVerification, &token)
        .await?;
    let shown = TokenPage {
        frame,
        title: "Verify your address",
        text: "The last step: press the button, and sign in.",
        action: "/verify",
        token,
        button: "Verify the address",
    };
    Ok(page(StatusCode::OK, &shown))
}

/// Uses the token. It starts no session, since the link does not prove who has chosen the password.
pub(super) async fn verify(
    State(app): State<App>,
    frame: Frame,
    Form(Token { token }): Form<Token>,
) -> Result<Response, AppError> {
    app.accounts.verify_email(&token).await?;
    let notice = Notice {
        frame,
        title: "Your address is verified",
        text: "You can sign in now.",
        link: Some(("/sign-in", "Sign in")),
    };
    Ok(notice.respond())
}
