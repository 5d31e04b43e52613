//! The live feed: the last signals of this process, and the runs of their receivers.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, stream};
use lback_signals::{LiveDispatch, LiveView};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::app::App;
use crate::page::{Frame, page, time_of_day};

/// The most rows that are shown.
const MAX_ROWS: usize = 100;

/// How often the view is read.
const INTERVAL: Duration = Duration::from_millis(500);

/// How long a stream lasts. The browser then asks again, and the session is checked again.
const LIFETIME: Duration = Duration::from_secs(20);

/// The header that turns off nginx's buffer for a response. Otherwise nginx would hold back the events.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A run of a receiver, or a signal without one. It contains names only, no field values.
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
    let ending = app.ending.subscribe();
    let stream =
        Sse::new(changes(move || rows(&app.view), ending)).keep_alive(KeepAlive::default());
    // `Sse` sets `no-cache`, which lets a cache store the response.
    let headers = [(CACHE_CONTROL, "no-store"), (ACCEL_BUFFERING, "no")];
    (headers, stream).into_response()
}

/// Returns a stream that sends the rows of `read` whenever they have changed, until [`LIFETIME`] has passed or the
/// program ends.
fn changes(
    read: impl Fn() -> Vec<Row>,
    ending: watch::Receiver<bool>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let end = Instant::now() + LIFETIME;
    let mut turns = interval(INTERVAL);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    stream::unfold(
        (read, ending, turns, None),
        move |(read, mut ending, mut turns, sent)| async move {
            loop {
                // Checked before each read: otherwise rows that change at every turn would keep the stream alive.
                tokio::select! {
                    biased;
                    _ = ending.wait_for(|is_ending| *is_ending) => return None,
                    _ = turns.tick() => {}
                }
                if Instant::now() >= end {
                    return None;
                }
                let rows = read();
                if sent.as_ref() != Some(&rows)
                    && let Ok(json) = serde_json::to_string(&rows)
                {
                    let event = Event::default().event("rows").data(json);
                    return Some((Ok(event), (read, ending, turns, Some(rows))));
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

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures::StreamExt;

    use super::*;

    /// Returns a function that reads another row at each call.
    fn busy() -> impl Fn() -> Vec<Row> {
        let reads = AtomicU64::new(0);
        move || {
            vec![Row {
                at: reads.fetch_add(1, Ordering::Relaxed).to_string(),
                signal: "signal",
                receiver: "–",
                outcome: "sent",
                took: String::new(),
            }]
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_stream_ends_after_its_lifetime() {
        let ending = watch::Sender::new(false);
        let events = changes(busy(), ending.subscribe()).take(1000);
        assert_eq!(events.count().await, 40);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_stream_ends_with_the_program() {
        let ending = watch::Sender::new(false);
        let mut events = pin!(changes(busy(), ending.subscribe()));
        assert!(events.next().await.is_some());
        ending.send_replace(true);
        assert!(events.next().await.is_none());
    }
}
