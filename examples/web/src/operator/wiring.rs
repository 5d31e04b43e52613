//! The signals of the program and their receivers, with counts.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use lback_signals::wiring;

use crate::app::App;
use crate::page::{Frame, page};

struct Row {
    signal: &'static str,
    sent: u64,
    receiver: &'static str,
    runs: String,
}

#[derive(Template)]
#[template(path = "wiring.html")]
struct WiringPage {
    frame: Frame,
    path: &'static str,
    rows: Vec<Row>,
}

pub(super) async fn show(State(app): State<App>, frame: Frame) -> Response {
    let counts = app.view.counts();
    let mut rows = Vec::new();
    for signal in wiring().signals() {
        let row = |receiver, runs| Row {
            signal: signal.name(),
            sent: counts.dispatches(signal),
            receiver,
            runs,
        };
        let receivers = signal.receivers();
        if receivers.is_empty() {
            rows.push(row("–", String::new()));
        }
        rows.extend(
            receivers
                .iter()
                .map(|it| row(it.id(), counts.runs(it).to_string())),
        );
    }
    page(
        StatusCode::OK,
        &WiringPage {
            frame,
            path: "/operator/wiring",
            rows,
        },
    )
}

pub(super) async fn picture(State(app): State<App>) -> Response {
    let picture = wiring().to_svg_with(&app.view.counts());
    // The picture has a style sheet, and no script.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";
    (
        [
            (CONTENT_TYPE, "image/svg+xml"),
            (CONTENT_SECURITY_POLICY, policy),
        ],
        picture,
    )
        .into_response()
}
