//! Requests for mails, which have the same answer for each address.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use lback_auth::{Accepted, AccountsError};
use serde::Deserialize;

use super::Notice;
use crate::app::App;
use crate::error::AppError;
use crate::form::Form;
use crate::form_errors::FormErrors;
use crate::page::{Frame, page};

#[derive(Default, Deserialize)]
pub(super) struct MailRequest {
    email: String,
}

#[derive(Template)]
#[template(path = "mail_request.html")]
struct MailRequestPage {
    frame: Frame,
    title: &'static str,
    text: &'static str,
    action: &'static str,
    form: MailRequest,
    errors: FormErrors,
}

fn verification_page(frame: Frame, form: MailRequest, errors: FormErrors) -> MailRequestPage {
    MailRequestPage {
        frame,
        title: "Send the mail again",
        text: "You get another mail with a link. The link of the earlier mail no longer works then.",
        action: "/verify/again",
        form,
        errors,
    }
}

fn reset_page(frame: Frame, form: MailRequest, errors: FormErrors) -> MailRequestPage {
    MailRequestPage {
        frame,
        title: "Forgotten password",
        text: "You get a mail with a link to a page on which you choose a new password.",
        action: "/forgotten",
        form,
        errors,
    }
}

pub(super) async fn show_verification(frame: Frame) -> Response {
    page(
        StatusCode::OK,
        &verification_page(frame, MailRequest::default(), FormErrors::none()),
    )
}

pub(super) async fn verification(
    State(app): State<App>,
    frame: Frame,
    Form(form): Form<MailRequest>,
) -> Result<Response, AppError> {
    let accepted = app.accounts.request_email_verification(&form.email).await;
    let text = "A mail is on its way, if an account with this address waits for its verification.";
    answer(accepted, text, frame, form, verification_page)
}

pub(super) async fn show_reset(frame: Frame) -> Response {
    page(
        StatusCode::OK,
        &reset_page(frame, MailRequest::default(), FormErrors::none()),
    )
}

pub(super) async fn reset(
    State(app): State<App>,
    frame: Frame,
    Form(form): Form<MailRequest>,
) -> Result<Response, AppError> {
    let accepted = app.accounts.request_password_reset(&form.email).await;
    let text =
        "A mail is on its way, if an account has this address. Its link works for 30 minutes.";
    answer(accepted, text, frame, form, reset_page)
}

fn answer(
    accepted: Result<Accepted, AccountsError>,
    text: &'static str,
    frame: Frame,
    form: MailRequest,
    form_page: fn(Frame, MailRequest, FormErrors) -> MailRequestPage,
) -> Result<Response, AppError> {
    match accepted {
        Ok(Accepted) => Ok(Notice {
            frame,
            title: "Check your email",
            text,
            link: None,
        }
        .respond()),
        Err(error) => {
            let errors = FormErrors::of_flow(error)?;
            Ok(page(
                StatusCode::UNPROCESSABLE_ENTITY,
                &form_page(frame, form, errors),
            ))
        }
    }
}
