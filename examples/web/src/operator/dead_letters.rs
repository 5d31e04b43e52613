//! Dead letters, and their retry.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lback_signals::durable::{
    DeliveryFilter, DeliveryState, Operation, OutboxAdmin, StoredDelivery, Uuid,
};
use serde::Deserialize;

use super::Operator;
use crate::app::App;
use crate::done::{self, Done};
use crate::error::AppError;
use crate::form::Form;
use crate::page::{Frame, page, second};

const PAGE_SIZE: u32 = 100;

struct Letter {
    number: i64,
    receiver: String,
    signal: String,
    attempt: u32,
    failed: String,
    error: String,
}

#[derive(Template)]
#[template(path = "dead_letters.html")]
struct DeadLettersPage {
    frame: Frame,
    path: &'static str,
    done: Option<&'static str>,
    letters: Vec<Letter>,
}

pub(super) async fn show(
    State(app): State<App>,
    frame: Frame,
    Done(retried): Done<u64>,
) -> Result<Response, AppError> {
    let filter = DeliveryFilter {
        state: Some(DeliveryState::Dead),
        limit: Some(PAGE_SIZE),
        ..DeliveryFilter::default()
    };
    let letters = app
        .outbox
        .deliveries(&filter)
        .await?
        .into_iter()
        .map(Letter::from)
        .collect();
    let done = retried.map(|retried| match retried {
        0 => "The delivery is no longer a dead letter.",
        _ => "The delivery is attempted again.",
    });
    Ok(page(
        StatusCode::OK,
        &DeadLettersPage {
            frame,
            path: "/operator/dead-letters",
            done,
            letters,
        },
    ))
}

#[derive(Deserialize)]
pub(super) struct Retry {
    number: i64,
}

pub(super) async fn retry(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Form(form): Form<Retry>,
) -> Result<Response, AppError> {
    let operation = Operation {
        id: Uuid::now_v7(),
        command: format!("retry {}", form.number),
        operator: operator.name,
        because: None,
    };
    let retried = app.outbox.retry(&[form.number], &operation).await?;
    app.outbox.wake();
    Ok(done::redirect("/operator/dead-letters", retried).into_response())
}

impl From<StoredDelivery> for Letter {
    fn from(delivery: StoredDelivery) -> Self {
        Self {
            number: delivery.number,
            receiver: delivery.receiver,
            signal: format!("{} v{}", delivery.signal, delivery.version),
            attempt: delivery.attempt,
            failed: delivery.failed_at.map(second).unwrap_or_default(),
            error: delivery.error.unwrap_or_default(),
        }
    }
}
