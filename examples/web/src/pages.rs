//! The pages for everyone.

mod account;
mod addresses;
mod confirm_password;
mod delete_account;
mod home;
mod mail_requests;
mod mails;
mod passwords;
mod sessions;
mod sign_in;
mod sign_up;
mod user_agent;
mod verify;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use lback_auth::axum::{ClearSession, CurrentUser};
use serde::Deserialize;

pub(crate) use self::mails::MailsPage;
use crate::app::App;
use crate::page::{Frame, page};

/// The routes of these pages.
pub(crate) fn routes(app: &App) -> Router<App> {
    let routes = Router::new()
        .route("/", get(home::show))
        .route("/sign-up", get(sign_up::show).post(sign_up::sign_up))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/verify", get(verify::show).post(verify::verify))
        .route(
            "/verify/again",
            get(mail_requests::show_verification).post(mail_requests::verification),
        )
        .route(
            "/forgotten",
            get(mail_requests::show_reset).post(mail_requests::reset),
        )
        .route("/reset", get(passwords::show_reset).post(passwords::reset))
        .route(
            "/confirm-password",
            get(confirm_password::show).post(confirm_password::confirm),
        )
        .route(
            "/confirm-address",
            get(addresses::show_confirm).post(addresses::confirm),
        )
        .route("/account", get(account::show))
        .route(
            "/account/address",
            get(addresses::show).post(addresses::change),
        )
        .route(
            "/account/password",
            get(passwords::show_change).post(passwords::change),
        )
        .route("/account/sessions", get(sessions::show))
        .route("/account/sessions/end", post(sessions::end))
        .route("/account/sessions/end-others", post(sessions::end_others))
        .route("/account/export", get(account::export))
        .route(
            "/account/delete",
            get(delete_account::show).post(delete_account::delete),
        );
    match &app.mails {
        Some(mails) => routes.route(mails.path(), get(mails::show)),
        None => routes,
    }
}

/// The token of a mail's link.
#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
}

/// A page with a text, and a link to another page.
#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    frame: Frame,
    title: &'static str,
    text: &'static str,
    link: Option<(&'static str, &'static str)>,
}

impl Notice {
    fn respond(self) -> Response {
        page(StatusCode::OK, &self)
    }
}

/// Returns the response to a request that has ended all sessions of an account. Clears the cookie, unless the browser
/// is signed in to another account.
async fn respond_to_ended_sessions(
    app: &App,
    user: Option<CurrentUser>,
    mut notice: Notice,
) -> Response {
    // The change is committed: an error here does not undo it.
    if let Some(user) = user
        && let Ok(Some(_)) = app.accounts.find_session(user.token()).await
    {
        return notice.respond();
    }
    notice.frame.user = None;
    (ClearSession, notice.respond()).into_response()
}

/// A page with a button that uses the token of a mail. A mail scanner follows the link, and presses no button.
#[derive(Template)]
#[template(path = "token.html")]
struct TokenPage {
    frame: Frame,
    title: &'static str,
    text: &'static str,
    action: &'static str,
    token: String,
    button: &'static str,
}
