//! Registration.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use lback_auth::{AccountsError, User};
use serde::Deserialize;

use super::Notice;
use crate::app::App;
use crate::error::AppError;
use crate::form::Form;
use crate::form_errors::FormErrors;
use crate::page::{Frame, page};

#[derive(Default, Deserialize)]
pub(super) struct SignUp {
    name: String,
    email: String,
    password: String,
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpPage {
    frame: Frame,
    form: SignUp,
    errors: FormErrors,
}

pub(super) async fn show(frame: Frame) -> Response {
    page(
        StatusCode::OK,
        &SignUpPage {
            frame,
            form: SignUp::default(),
            errors: FormErrors::none(),
        },
    )
}

pub(super) async fn sign_up(
    State(app): State<App>,
    frame: Frame,
    Form(form): Form<SignUp>,
) -> Result<Response, AppError> {
    let registered = match User::new(&form.name, &form.email) {
        Ok(user) => app.accounts.register(user, &form.password).await,
        Err(error) => Err(AccountsError::from(error)),
    };
    if let Err(error) = registered {
        let errors = FormErrors::of_flow(error)?;
        return Ok(page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &SignUpPage {
                frame,
                form,
                errors,
            },
        ));
    }
    // The answer is the same if the address is taken: only its owner may know that.
    let notice = Notice {
        frame,
        title: "Check your email",
        text: "A mail with a link is on its way, unless the address has an account. Follow the link within a day, \
               and sign in.",
        link: None,
    };
    Ok(notice.respond())
}
