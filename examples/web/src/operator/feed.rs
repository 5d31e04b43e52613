//! The live feed: the last signals of this process, and the runs of their receivers.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, stream};
use lback_signals::{LiveDispatch, LiveView};
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};

use crate::app::App;
use crate::page::{Frame, page, time_of_day};

/// The most rows that are shown.
const MAX_ROWS: usize = 100;

/// How often the view is read.
const INTERVAL: Duration = Duration::from_millis(500);

/// How long a stream lasts. The browser then asks again, and the session is checked again.
const LIFETIME: Duration = Duration::from_secs(20);

/// A run of a receiver, or a signal without one. It has names, and no value of a field.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Row {
    at: String,
    signal: &'static str,
    receiver: &'static str,
    outcome: &'static str,
    took: String,
}

#[derive(Template)]
#[template(path = "feed.html")]
struct FeedPage {
    frame: Frame,
    path: &'static str,
    rows: Vec<Row>,
}

pub(super) async fn show(State(app): State<App>, frame: Frame) -> Response {
    page(
        StatusCode::OK,
        &FeedPage {
            frame,
            path: "/operator/feed",
            rows: rows(&app.view),
        },
    )
}

/// Sends all rows whenever they have changed.
pub(super) async fn events(State(app): State<App>) -> Response {
    Sse::new(changes(app))
        .keep_alive(KeepAlive::default())
        .into_response()
}

fn changes(app: App) -> impl Stream<Item = Result<Event, Infallible>> {
    let end = Instant::now() + LIFETIME;
    let ending = app.ending.subscribe();
    stream::unfold(
        (app, ending, None),
        move |(app, mut ending, sent)| async move {
            loop {
                let rows = rows(&app.view);
                if sent.as_ref() != Some(&rows)
                    && let Ok(json) = serde_json::to_string(&rows)
                {
                    let event = Event::default().event("rows").data(json);
                    return Some((Ok(event), (app, ending, Some(rows))));
                }
                tokio::select! {
                    () = sleep(INTERVAL) => {}
                    () = sleep_until(end) => return None,
                    _ = ending.wait_for(|is_ending| *is_ending) => return None,
                }
            }
        },
    )
}

/// Returns the last rows, newest first.
fn rows(view: &LiveView) -> Vec<Row> {
    let mut dispatches = Vec::new();
    let tree = view.dispatches();
    for dispatch in &tree {
        flatten(dispatch, &mut dispatches);
    }
    dispatches.sort_by_key(|dispatch| std::cmp::Reverse(dispatch.id));
    dispatches
        .into_iter()
        .flat_map(rows_of)
        .take(MAX_ROWS)
        .collect()
}

fn flatten<'a>(dispatch: &'a LiveDispatch, all: &mut Vec<&'a LiveDispatch>) {
    all.push(dispatch);
    for child in &dispatch.children {
        flatten(child, all);
    }
}

fn rows_of(dispatch: &LiveDispatch) -> Vec<Row> {
    let row = |receiver, outcome, took| Row {
        at: time_of_day(dispatch.at),
        signal: dispatch.signal.name(),
        receiver,
        outcome,
        took,
    };
    if dispatch.runs.is_empty() {
        return vec![row("–", "sent", String::new())];
    }
    let runs = dispatch.runs.iter();
    runs.map(|run| {
        let took = format!("{:.1} ms", run.duration.as_secs_f64() * 1e3);
        row(run.receiver.id(), run.failure.unwrap_or(run.outcome), took)
    })
    .collect()
}
