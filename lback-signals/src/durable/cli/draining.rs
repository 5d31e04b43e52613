//! Draining: running a worker until no delivery is left.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;
use tokio::time::{sleep, timeout};

use super::console::Console;
use super::error::CliError;
use super::json::lines;
use super::text::counted;
use crate::durable::Worker;
use crate::durable::admin::OutboxAdmin;
use crate::durable::error::OutboxError;
use crate::wiring::{AcceptedForms, wiring};

/// The time between two counts of what is left, each of which reads all deliveries.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn drain(
    outbox: &impl OutboxAdmin,
    console: &Console,
    within: Option<Duration>,
) -> Result<ExitCode, CliError> {
    let worker = Worker::new(outbox);
    let drained = async {
        // An error may pass: the worker retries, too.
        while !matches!(left(outbox).await, Ok(0)) {
            sleep(PAUSE).await;
        }
    };
    let stop = async {
        match within {
            Some(within) => drop(timeout(within, drained).await),
            None => drained.await,
        }
    };
    worker.run(stop).await?;
    let left = left(outbox).await?;
    if console.is_json {
        console.print(&lines([json!({ "left": left })]))?;
    } else if left == 0 {
        console.print("no delivery waits or runs\n")?;
    } else {
        let left = counted(left, "delivery is", "deliveries are");
        console.print(&format!("{left} left\n"))?;
    }
    Ok(if left == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Returns how many deliveries wait or run that a receiver of this program takes.
async fn left(outbox: &impl OutboxAdmin) -> Result<u64, OutboxError> {
    let stored = outbox.stored_forms().await?;
    let stranded = AcceptedForms::from(&wiring()).stranded(&stored);
    let stranded: u64 = stranded.iter().map(|it| it.form.pending).sum();
    let pending: u64 = stored.iter().map(|it| it.pending).sum();
    Ok(pending.saturating_sub(stranded))
}
