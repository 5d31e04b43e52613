//! Sending the mails that wait in the outbox.

use std::process::ExitCode;
use std::time::Duration;

use lback_signals::durable::{Counts, Outbox, OutboxError, Worker, WorkerHealth};
use lback_signals::wiring;
use tokio::time::{sleep, timeout};

use super::super::failure;
use super::super::mail::take_unsent;

/// How long a command delivers before it exits.
const PATIENCE: Duration = Duration::from_secs(10);

/// The time after that for mails that are still being sent.
const GRACE: Duration = Duration::from_secs(1);

/// The lease, after which another program sends the mails of a killed one.
const LEASE: Duration = Duration::from_secs(5);

/// The time between two checks for due mails.
const PAUSE: Duration = Duration::from_millis(10);

/// The most checks in a row while the database refuses the operations of the worker.
const MAX_DEGRADED: u32 = 30;

/// Sends mails until an interrupt.
pub(super) async fn work(outbox: &impl Outbox) -> anyhow::Result<ExitCode> {
    let worker = Worker::new(outbox).with_lease(LEASE);
    let reporting = async {
        loop {
            sleep(Duration::from_millis(500)).await;
            warn_of_unsent();
        }
    };
    let interrupted = async {
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => {
                if let Err(error) = interrupted {
                    failure::warn(&format!("cannot wait for an interrupt: {error}"));
                }
            }
            () = reporting => {}
        }
    };
    worker.run(interrupted).await?;
    warn_of_unsent();
    Ok(ExitCode::SUCCESS)
}

/// Sends the due mails, which this command or a killed one has requested, and reports those that are left for
/// `accounts work`. Unsent mails are not a failure of the command.
pub(super) async fn deliver(outbox: &impl Outbox) {
    let delivered = deliver_within(PATIENCE, outbox).await;
    if warn_of_unsent() {
        failure::hint("`--mail` says where mails go: look whether that is right");
    }
    match delivered {
        Ok(0) => {}
        Ok(left) => {
            let (noun, it) = if left == 1 {
                ("mail waits", "it")
            } else {
                ("mails wait", "them")
            };
            failure::warn(&format!("{left} {noun}: `accounts work` sends {it}"));
        }
        Err(error) => failure::warn(&format!("mails wait: `accounts work` sends them: {error}")),
    }
}

/// Returns the number of deliveries that are left, if there were any.
async fn deliver_within(patience: Duration, outbox: &impl Outbox) -> Result<u64, OutboxError> {
    if !is_any_due(outbox).await? {
        return Ok(0);
    }
    let worker = Worker::new(outbox).with_lease(LEASE).with_grace(GRACE);
    let worker = worker.spawn()?;
    // An error of the database may pass, and the worker tries again, too.
    drop(timeout(patience, until_idle(outbox, &worker.health())).await);
    worker.shutdown().await;
    let counts = counts(outbox).await?;
    Ok(counts.iter().map(|it| it.waiting + it.running).sum())
}

async fn until_idle(outbox: &impl Outbox, health: &WorkerHealth) {
    let (mut idle, mut degraded) = (0, 0);
    // A delivery that is claimed between both queries is running at the second check. There is no point in waiting for
    // a database that cannot be written to.
    while idle < 2 && degraded < MAX_DEGRADED {
        degraded = if health.is_degraded() {
            degraded + 1
        } else {
            0
        };
        let is_idle = matches!(is_any_due(outbox).await, Ok(false)) && health.running() == 0;
        idle = if is_idle { idle + 1 } else { 0 };
        sleep(PAUSE).await;
    }
}

async fn is_any_due(outbox: &impl Outbox) -> Result<bool, OutboxError> {
    let counts = counts(outbox).await?;
    Ok(counts.iter().any(|it| it.oldest_due.is_some()))
}

/// Returns the counts of the receivers of this program, which may share the outbox with others.
async fn counts(outbox: &impl Outbox) -> Result<Vec<Counts>, OutboxError> {
    let wiring = wiring();
    let receivers = wiring.signals().iter().flat_map(|it| it.receivers());
    let names: Vec<_> = receivers
        .filter_map(|it| Some(it.durable()?.name()))
        .collect();
    let mut counts = outbox.counts().await?;
    counts.retain(|it| names.contains(&&*it.receiver));
    Ok(counts)
}

/// Warns of each mail that was not sent, and returns whether there was one.
fn warn_of_unsent() -> bool {
    let unsent = take_unsent();
    for unsent in &unsent {
        failure::warn(unsent);
    }
    !unsent.is_empty()
}
