//! The pages for operators, which no other user can distinguish from missing ones.

mod audit;
mod dead_letters;
mod feed;
mod wiring;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use lback_auth::AuthUser;
use lback_auth::axum::{CurrentUser, Problem, ProblemKind};

use crate::app::App;
use crate::error::AppError;
use crate::operators::is_operator;

/// The pages, as each of them links to the others.
pub(crate) const TABS: [(&str, &str); 4] = [
    ("/operator/audit", "Audit log"),
    ("/operator/feed", "Live feed"),
    ("/operator/wiring", "Wiring"),
    ("/operator/dead-letters", "Dead letters"),
];

/// The operator who makes a request.
#[derive(Clone)]
struct Operator {
    name: String,
}

pub(crate) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/", get(async || Redirect::to("/operator/audit")))
        .route("/audit", get(audit::show))
        .route("/feed", get(feed::show))
        .route("/feed/events", get(feed::events))
        .route("/wiring", get(wiring::show))
        .route("/wiring.svg", get(wiring::picture))
        .route("/dead-letters", get(dead_letters::show))
        .route("/dead-letters/retry", post(dead_letters::retry))
        .layer(from_fn_with_state(app.clone(), guard))
}

/// Lets operators pass whose address is verified and whose password was entered in the last 10 minutes.
async fn guard(
    State(app): State<App>,
    user: Option<CurrentUser>,
    mut request: Request,
    next: Next,
) -> Result<Response, AppError> {
    let user = user
        .filter(|user| user.is_email_verified())
        .ok_or(AppError::NotFound)?;
    if !is_operator(app.accounts.store(), user.id()).await? {
        return Err(AppError::NotFound);
    }
    if !user.is_recently_authenticated() {
        return Err(Problem::new(ProblemKind::ReauthenticationRequired).into());
    }
    request.extensions_mut().insert(Operator {
        name: user.username().to_owned(),
    });
    Ok(next.run(request).await)
}
