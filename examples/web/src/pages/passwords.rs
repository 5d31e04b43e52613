//! The change of a password, and its reset by the link of a mail.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lback_auth::axum::{CurrentUser, SetSession};
use lback_auth::{AuthUser, TokenPurpose};
use serde::Deserialize;

use super::{Notice, Token, respond_to_ended_sessions};
use crate::app::App;
use crate::done;
use crate::error::AppError;
use crate::form::{Form, Query};
use crate::form_errors::FormErrors;
use crate::page::{Frame, page};

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    frame: Frame,
    token: String,
    errors: FormErrors,
}

pub(super) async fn show_reset(
    State(app): State<App>,
    frame: Frame,
    Query(Token { token }): Query<Token>,
) -> Result<Response, AppError> {
    app.accounts
        .peek(TokenPurpose::PasswordReset, &token)
        .await?;
    Ok(page(
        StatusCode::OK,
        &ResetPage {
            frame,
            token,
            errors: FormErrors::none(),
        },
    ))
}

#[derive(Deserialize)]
pub(super) struct Reset {
    token: String,
    password: String,
}

/// Sets the password, which ends all sessions of the account.
pub(super) async fn reset(
    State(app): State<App>,
    user: Option<CurrentUser>,
    frame: Frame,
    Form(form): Form<Reset>,
) -> Result<Response, AppError> {
    if let Err(error) = app
        .accounts
        .reset_password(&form.token, &form.password)
        .await
    {
        let errors = FormErrors::of_flow(error)?;
        return Ok(page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &ResetPage {
                frame,
                token: form.token,
                errors,
            },
        ));
    }
    let notice = Notice {
        frame,
        title: "Your password is set",
        text: "The account is signed out on all devices. Sign in with the new password.",
        link: Some(("/sign-in", "Sign in")),
    };
    Ok(respond_to_ended_sessions(&app, user, notice).await)
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    frame: Frame,
    name: String,
    errors: FormErrors,
}

pub(super) async fn show_change(user: CurrentUser, frame: Frame) -> Response {
    let name = user.username().to_owned();
    page(
        StatusCode::OK,
        &PasswordPage {
            frame,
            name,
            errors: FormErrors::none(),
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Change {
    current: String,
    password: String,
}

/// Changes the password. This session gets a new token, and all others end.
pub(super) async fn change(
    State(app): State<App>,
    user: CurrentUser,
    frame: Frame,
    Form(form): Form<Change>,
) -> Result<Response, AppError> {
    match app
        .accounts
        .change_password(user.id(), &form.current, &form.password)
        .await
    {
        Ok(session) => Ok((
            session.map(SetSession),
            done::redirect("/account", "password"),
        )
            .into_response()),
        Err(error) => {
            let errors = FormErrors::of_flow(error)?;
            let name = user.username().to_owned();
            Ok(page(
                StatusCode::UNPROCESSABLE_ENTITY,
                &PasswordPage {
                    frame,
                    name,
                    errors,
                },
            ))
        }
    }
}
