//! The first page.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::page::{Frame, page};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
}

pub(super) async fn show(frame: Frame) -> Response {
    page(StatusCode::OK, &HomePage { frame })
}
