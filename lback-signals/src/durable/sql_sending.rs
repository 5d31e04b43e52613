//! Sending a signal in a transaction of the outbox itself.

use tokio::runtime::Handle;

use super::error::OutboxError;
use super::outbox::Outbox;
use crate::enqueue::EnqueueLimits;
use crate::report::Report;
use crate::signal::{AsyncSignal, SyncSignal};
use crate::sql_transaction::{joined, spawn};
use crate::transaction::{CommitError, Transaction};

pub(super) async fn send<S>(
    outbox: &impl Outbox,
    limits: EnqueueLimits,
    signal: S,
) -> Result<Report<S::Reply>, OutboxError>
where
    S: SyncSignal,
{
    let transaction = Transaction::with_limits(limits);
    let report = transaction.run(|| signal.send());
    drop(signal);
    store(outbox, transaction).await?;
    Ok(report)
}

pub(super) async fn send_async<S>(
    outbox: &impl Outbox,
    limits: EnqueueLimits,
    signal: S,
) -> Result<Report<S::Reply>, OutboxError>
where
    S: AsyncSignal,
{
    let transaction = Transaction::with_limits(limits);
    let report = transaction.run_async(signal.send_async()).await;
    store(outbox, transaction).await?;
    Ok(report)
}

/// Stores the deliveries of a transaction, and commits it, in a task that is not cancelled.
async fn store(outbox: &impl Outbox, transaction: Transaction) -> Result<(), OutboxError> {
    let rows = transaction.take_deliveries()?;
    let outbox = outbox.clone();
    let commit = transaction.commit_with(async move { outbox.insert(rows).await });
    match joined(spawn(&Handle::current(), commit).await) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(CommitError::Database(error))) => Err(error),
        Ok(Err(CommitError::NotEnqueued(error))) => Err(error.into()),
        Err(runtime_ended) => Err(OutboxError::Unavailable(runtime_ended.into())),
    }
}
