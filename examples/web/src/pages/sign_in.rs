//! Sign-in and sign-out.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use lback_auth::axum::{ClearSession, CurrentUser, ReturnTo, SetSession, granted};
use lback_auth::{Authentication, Remember};
use serde::Deserialize;

use crate::app::App;
use crate::done;
use crate::error::AppError;
use crate::form::Form;
use crate::form_errors::FormErrors;
use crate::page::{Frame, page};

#[derive(Deserialize)]
pub(super) struct SignIn {
    login: String,
    password: String,
    return_to: ReturnTo,
    remember: Option<String>,
}

impl SignIn {
    fn is_remembered(&self) -> bool {
        self.remember.is_some()
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    form: SignIn,
    errors: FormErrors,
}

pub(super) async fn show(frame: Frame, return_to: ReturnTo) -> Response {
    let form = SignIn {
        login: String::new(),
        password: String::new(),
        return_to,
        remember: None,
    };
    page(
        StatusCode::OK,
        &SignInPage {
            frame,
            form,
            errors: FormErrors::none(),
        },
    )
}

pub(super) async fn sign_in(
    State(app): State<App>,
    frame: Frame,
    Form(form): Form<SignIn>,
) -> Result<Response, AppError> {
    let remember = if form.is_remembered() {
        Remember::Yes
    } else {
        Remember::No
    };
    let outcome = app
        .accounts
        .sign_in(&form.login, &form.password, remember)
        .await?;
    // The same answer for both. A stranger who has just registered the address would otherwise learn from
    // `VerificationRequired` that it had no account.
    if matches!(
        outcome,
        Authentication::Denied | Authentication::VerificationRequired
    ) {
        let errors = FormErrors::one(
            "login",
            "The name or the password is wrong, or the address is not verified yet: check your email, or ask for \
             another mail.",
        );
        return Ok(page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &SignInPage {
                frame,
                form,
                errors,
            },
        ));
    }
    let (session, _user) = granted(outcome)?;
    Ok((SetSession(session), after_sign_in(&form.return_to)).into_response())
}

/// Ends the session. A second click has none, and the same answer.
pub(super) async fn sign_out(
    State(app): State<App>,
    user: Option<CurrentUser>,
) -> Result<Response, AppError> {
    if let Some(user) = user {
        app.accounts.sign_out(user.token()).await?;
    }
    Ok((ClearSession, Redirect::to("/")).into_response())
}

/// Redirects to the page that was wanted, or to the account.
pub(super) fn after_sign_in(return_to: &ReturnTo) -> Redirect {
    match return_to.as_str() {
        "/" => Redirect::to("/account"),
        page => Redirect::to(&done::remove(page)),
    }
}
