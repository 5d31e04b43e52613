//! The router: pages, and the layers around them.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use lback_auth::axum::AccountsLayer;

use crate::app::App;
use crate::error::{AppError, restyle_problem};
use crate::{assets, body, headers, operator, pages};

/// Returns the router of the application.
pub fn routes(app: &App) -> Router {
    let accounts = AccountsLayer::new(app.accounts.clone(), app.origin.clone())
        .with_sign_in_page("/sign-in")
        .with_confirm_password_page("/confirm-password")
        .with_trusted_proxies(app.trusted_proxies);
    let router = pages::routes(app)
        .nest("/operator", operator::routes(app))
        .fallback(async || AppError::NotFound)
        .method_not_allowed_fallback(async || AppError::NotFound)
        .layer(accounts)
        .layer(from_fn(body::buffer))
        // Files are for everyone, and need no session.
        .merge(assets::routes())
        .layer(from_fn(restyle_problem))
        .with_state(app.clone());
    // Another router, since the inner one adds `Allow` outside its layers.
    Router::new()
        .fallback_service(router)
        .layer(from_fn_with_state(app.clone(), headers::add))
}
