//! The page that asks for the password again.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lback_auth::axum::{CurrentUser, ReturnTo, SetSession};
use lback_auth::{AccountsError, AuthUser};
use serde::Deserialize;

use super::sign_in::after_sign_in;
use crate::app::App;
use crate::error::AppError;
use crate::form::Form;
use crate::form_errors::FormErrors;
use crate::page::{Frame, page};

#[derive(Deserialize)]
pub(super) struct Confirmation {
    password: String,
    return_to: ReturnTo,
}

#[derive(Template)]
#[template(path = "confirm_password.html")]
struct ConfirmPasswordPage {
    frame: Frame,
    name: String,
    return_to: ReturnTo,
    errors: FormErrors,
}

pub(super) async fn show(user: CurrentUser, frame: Frame, return_to: ReturnTo) -> Response {
    let name = user.username().to_owned();
    page(
        StatusCode::OK,
        &ConfirmPasswordPage {
            frame,
            name,
            return_to,
            errors: FormErrors::none(),
        },
    )
}

pub(super) async fn confirm(
    State(app): State<App>,
    user: CurrentUser,
    frame: Frame,
    Form(form): Form<Confirmation>,
) -> Result<Response, AppError> {
    match app
        .accounts
        .confirm_password(user.token(), &form.password)
        .await
    {
        Ok(session) => Ok((SetSession(session), after_sign_in(&form.return_to)).into_response()),
        Err(AccountsError::WrongPassword) => {
            let name = user.username().to_owned();
            let errors = FormErrors::one("password", "The password is wrong: enter it again.");
            let shown = ConfirmPasswordPage {
                frame,
                name,
                return_to: form.return_to,
                errors,
            };
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
        Err(error) => Err(error.into()),
    }
}
