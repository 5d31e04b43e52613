//! The sessions of an account.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lback_auth::axum::{CurrentUser, RecentlyAuthenticated};
use lback_auth::{Session, SessionId};
use serde::Deserialize;

use super::user_agent::device;
use crate::app::App;
use crate::done::{self, Done};
use crate::error::AppError;
use crate::form::Form;
use crate::page::{Frame, minute, page};

struct Shown {
    id: SessionId,
    device: String,
    client: String,
    started: String,
    last_seen: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    done: Option<String>,
    /// Whether the page has buttons that end sessions. Without them, it leads to the page that asks for the password.
    can_end: bool,
    sessions: Vec<Shown>,
}

pub(super) async fn show(
    State(app): State<App>,
    user: CurrentUser,
    frame: Frame,
    Done(ended): Done<u64>,
) -> Result<Response, AppError> {
    let done = ended.map(|ended| match ended {
        0 => "No session was ended.".to_owned(),
        1 => "One session was ended.".to_owned(),
        many => format!("{many} sessions were ended."),
    });
    let mut sessions = app.accounts.sessions(user.id()).await?;
    sessions.sort_by_key(|session| session.id != user.session().id);
    let sessions = sessions
        .iter()
        .map(|it| shown(it, user.session().id))
        .collect();
    Ok(page(
        StatusCode::OK,
        &SessionsPage {
            frame,
            done,
            can_end: user.is_recently_authenticated(),
            sessions,
        },
    ))
}

fn shown(session: &Session, this: SessionId) -> Shown {
    Shown {
        id: session.id,
        device: device(session.user_agent.as_deref()),
        client: session.client.map_or_else(
            || "an unknown address".to_owned(),
            |client| client.to_string(),
        ),
        started: minute(session.started_at),
        last_seen: minute(session.last_seen_at),
        is_this: session.id == this,
    }
}

#[derive(Deserialize)]
pub(super) struct End {
    session: i64,
}

/// Ends a session. This also ends the links in the account's mails, so the password must have been entered recently:
/// otherwise the holder of a stolen session could end each new link.
pub(super) async fn end(
    State(app): State<App>,
    user: RecentlyAuthenticated,
    Form(form): Form<End>,
) -> Result<Response, AppError> {
    let was_valid = app
        .accounts
        .end_session(user.id(), SessionId(form.session))
        .await?;
    Ok(to_list(u64::from(was_valid)))
}

/// Ends the other sessions, as [`end`] does.
pub(super) async fn end_others(
    State(app): State<App>,
    user: RecentlyAuthenticated,
) -> Result<Response, AppError> {
    Ok(to_list(
        app.accounts.end_other_sessions(user.token()).await?,
    ))
}

fn to_list(ended: u64) -> Response {
    done::redirect("/account/sessions", ended).into_response()
}
