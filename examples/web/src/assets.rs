//! The style sheet, the script and the icon.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::app::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/style.css",
            get(async || {
                file(
                    "text/css; charset=utf-8",
                    include_str!("../assets/style.css"),
                )
            }),
        )
        .route(
            "/page.js",
            get(async || {
                file(
                    "text/javascript; charset=utf-8",
                    include_str!("../assets/page.js"),
                )
            }),
        )
        .route(
            "/icon.svg",
            get(async || file("image/svg+xml", include_str!("../assets/icon.svg"))),
        )
}

fn file(content_type: &'static str, content: &'static str) -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, content_type),
            (CACHE_CONTROL, "public, max-age=3600"),
        ],
        content,
    )
}
