//! The end of the signals of a transaction whose database is committing.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use diesel::QueryResult;
use diesel::result::Error as DieselError;
use lback_signals::{CommitError, CommitOutcome, Report, Transaction};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::outbox_writer::OutboxWriter;
use crate::error::{TransactionError, of_commit};

type Ended = Pin<Box<dyn Future<Output = Result<Report, CommitError<DieselError>>> + Send>>;

/// Ends the signals of a transaction by the outcome of its commit. If it is dropped before, a task asks for the outcome.
pub(super) struct Decision {
    outcome: Option<oneshot::Sender<CommitOutcome<DieselError>>>,
    /// `None` when the signals have ended.
    ended: Option<Ended>,
    runtime: Handle,
}

impl Decision {
    /// # Errors
    ///
    /// The signals must not be committed: the database is to be rolled back.
    pub(super) fn new(
        signals: Transaction,
        writer: OutboxWriter,
        id: Option<String>,
        runtime: Handle,
    ) -> QueryResult<Self> {
        let (sender, outcome) = oneshot::channel();
        let ended = signals.commit_with(async move {
            // Without a sender, the COMMIT was sent, and its answer was not awaited.
            let outcome = outcome
                .await
                .unwrap_or_else(|_| CommitOutcome::Unknown(DieselError::BrokenTransactionManager));
            let outcome = match outcome {
                CommitOutcome::Unknown(error) => ask(&writer, id, error).await,
                outcome => outcome,
            };
            if matches!(outcome, CommitOutcome::Committed) {
                writer.committed();
            }
            outcome
        });
        let mut ended: Ended = Box::pin(ended);
        // Refuses before the COMMIT what it would refuse after it.
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(Err(refused)) = ended.as_mut().poll(&mut context) {
            return Err(of_commit(refused));
        }
        Ok(Self {
            outcome: Some(sender),
            ended: Some(ended),
            runtime,
        })
    }

    /// Ends the signals.
    pub(super) async fn decide(mut self, outcome: CommitOutcome<DieselError>) -> QueryResult<()> {
        if let Some(sender) = self.outcome.take() {
            drop(sender.send(outcome));
        }
        let ended = poll_fn(|context| {
            let Some(ended) = &mut self.ended else {
                return Poll::Ready(Err(DieselError::BrokenTransactionManager));
            };
            let poll = ended.as_mut().poll(context);
            poll.map(|ended| ended.map(drop).map_err(of_commit))
        });
        let ended = ended.await;
        self.ended = None;
        ended
    }
}

impl Drop for Decision {
    fn drop(&mut self) {
        if let Some(ended) = self.ended.take() {
            self.outcome = None;
            self.runtime.spawn(ended);
        }
    }
}

async fn ask(
    writer: &OutboxWriter,
    id: Option<String>,
    error: DieselError,
) -> CommitOutcome<DieselError> {
    let was_committed = match id {
        Some(id) => writer.was_committed(&id).await,
        None => None,
    };
    match was_committed {
        Some(true) => CommitOutcome::Committed,
        Some(false) => CommitOutcome::RolledBack(error),
        None => CommitOutcome::Unknown(TransactionError::Unknown(error).into()),
    }
}
