//! The change of an address, which the link of a mail to the new one confirms.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use lback_auth::axum::{CurrentUser, RecentlyAuthenticated};
use lback_auth::{AuthUser, TokenPurpose};
use serde::Deserialize;

use super::{Notice, Token, TokenPage, respond_to_ended_sessions};
use crate::app::App;
use crate::error::AppError;
use crate::form::{Form, Query};
use crate::form_errors::FormErrors;
use crate::page::{Frame, page};

#[derive(Default, Deserialize)]
pub(super) struct NewAddress {
    email: String,
}

#[derive(Template)]
#[template(path = "address.html")]
struct AddressPage {
    frame: Frame,
    current: String,
    form: NewAddress,
    errors: FormErrors,
}

pub(super) async fn show(user: RecentlyAuthenticated, frame: Frame) -> Response {
    let current = user.email().to_owned();
    page(
        StatusCode::OK,
        &AddressPage {
            frame,
            current,
            form: NewAddress::default(),
            errors: FormErrors::none(),
        },
    )
}

pub(super) async fn change(
    State(app): State<App>,
    user: RecentlyAuthenticated,
    frame: Frame,
    Form(form): Form<NewAddress>,
) -> Result<Response, AppError> {
    if let Err(error) = app.accounts.change_email(user.id(), &form.email).await {
        let errors = FormErrors::of_flow(error)?;
        let current = user.email().to_owned();
        return Ok(page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &AddressPage {
                frame,
                current,
                form,
                errors,
            },
        ));
    }
    // The answer is the same if the address is taken.
    let notice = Notice {
        frame,
        title: "Check your email",
        text: "A mail with a link is on its way to the new address, unless it has an account.",
        link: Some(("/account", "Back to the account")),
    };
    Ok(notice.respond())
}

pub(super) async fn show_confirm(
    State(app): State<App>,
    frame: Frame,
    Query(Token { token }): Query<Token>,
) -> Result<Response, AppError> {
    app.accounts.peek(TokenPurpose::EmailChange, &token).await?;
    let shown = TokenPage {
        frame,
        title: "Confirm your new address",
        text: "Press the button to move the account to this address. It is then signed out on all devices.",
        action: "/confirm-address",
        token,
        button: "Use this address",
    };
    Ok(page(StatusCode::OK, &shown))
}

/// Uses the token, which ends all sessions of the account.
pub(super) async fn confirm(
    State(app): State<App>,
    user: Option<CurrentUser>,
    frame: Frame,
    Form(Token { token }): Form<Token>,
) -> Result<Response, AppError> {
    app.accounts.confirm_email_change(&token).await?;
    let notice = Notice {
        frame,
        title: "Your address is changed",
        text: "The account is signed out on all devices. Sign in again.",
        link: Some(("/sign-in", "Sign in")),
    };
    Ok(respond_to_ended_sessions(&app, user, notice).await)
}
