//! The outbox under test, and the operations that most cases share.

use std::time::Duration;

use uuid::Uuid;

use super::TestOutbox;
use crate::durable::admin::Operation;
use crate::durable::error::OutboxError;
use crate::durable::outbox::{Claim, ClaimRequest, Claimed, Ending, ReceiverClaim};
use crate::enqueue::SignalRow;

/// The result of a case. An error of the outbox fails the case.
pub type Outcome<T = ()> = Result<T, OutboxError>;

/// A new, empty outbox.
#[derive(Debug)]
pub struct Trial<O> {
    pub(super) outbox: O,
}

/// Runs a case on a new outbox.
///
/// The runtime has several threads, since calls run in parallel only on more than one.
///
/// # Panics
///
/// If a check fails.
pub fn run<O: TestOutbox, G>(
    new_outbox: impl AsyncFnOnce() -> (O, G),
    case: impl AsyncFnOnce(Trial<O>) -> Outcome,
) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(4).enable_all().build();
    let runtime = runtime.expect("the runtime starts");
    runtime.block_on(async {
        let (outbox, _guard) = new_outbox().await;
        outbox.worker_started();
        if let Err(error) = case(Trial { outbox }).await {
            panic!("the outbox returned an error: {error:?}");
        }
    });
}

/// An hour: long enough that no lease of a case expires before the case sets the clock.
pub(super) const LEASE: Duration = Duration::from_hours(1);

pub(super) const MINUTE: Duration = Duration::from_mins(1);

/// A receiver of version 1 that claims up to 100 deliveries.
pub(super) fn receiver(name: &'static str) -> ReceiverClaim {
    ReceiverClaim {
        names: vec![name],
        oldest_version: 1,
        newest_version: 1,
        limit: 100,
    }
}

/// A signal of version 1 without fields.
pub(super) fn row(receivers: &[&str]) -> SignalRow {
    SignalRow::__new("order.paid", 1, "{}", receivers)
}

impl<O: TestOutbox> Trial<O> {
    /// Inserts a signal for these receivers.
    pub(super) async fn insert(&self, receivers: &[&str]) -> Outcome {
        self.outbox.insert(vec![row(receivers)]).await
    }

    /// Inserts as many signals for the receiver `ship`.
    pub(super) async fn insert_many(&self, count: usize) -> Outcome {
        let rows = (0..count).map(|_| row(&["ship"]));
        self.outbox.insert(rows.collect()).await
    }

    pub(super) async fn claim_of(&self, receivers: Vec<ReceiverClaim>) -> Outcome<Vec<Claimed>> {
        let request = ClaimRequest {
            receivers,
            lease: LEASE,
            worker: "conformance".to_owned(),
        };
        self.outbox.claim(&request).await
    }

    /// Claims for the receiver `ship`.
    pub(super) async fn claim(&self) -> Outcome<Vec<Claimed>> {
        self.claim_of(vec![receiver("ship")]).await
    }

    /// Inserts a signal for the receiver `ship`, and claims its delivery.
    pub(super) async fn claimed(&self) -> Outcome<Claim> {
        self.insert(&["ship"]).await?;
        self.reclaimed().await
    }

    /// Claims the one delivery of the receiver `ship`.
    pub(super) async fn reclaimed(&self) -> Outcome<Claim> {
        let claimed = self.claim().await?;
        assert_eq!(claimed.len(), 1, "one delivery is due");
        Ok(claimed[0].claim)
    }

    /// Inserts signals for the receiver `ship`, and lets it fail for good. Returns the numbers of the dead letters.
    pub(super) async fn dead(&self, rows: Vec<SignalRow>) -> Outcome<Vec<i64>> {
        self.outbox.insert(rows).await?;
        let claimed = self.claim().await?;
        for it in &claimed {
            self.end(it.claim, dead("refused")).await?;
        }
        Ok(numbers(&claimed))
    }

    /// Ends an attempt whose claim is not lost.
    pub(super) async fn end(&self, claim: Claim, ending: Ending) -> Outcome {
        let lost = self.outbox.finish(&[(claim, ending)]).await?;
        assert_eq!(lost, [], "the claim is not lost");
        Ok(())
    }

    /// Sets the clock to this time after the real one.
    pub(super) fn set_ahead(&self, by: Duration) {
        self.outbox.set_clock_offset(millis(by));
    }

    /// Sets the clock to this time before the real one.
    pub(super) fn set_back(&self, by: Duration) {
        self.outbox.set_clock_offset(-millis(by));
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).expect("a short time")
}

/// An operation of an operator.
pub(super) fn operation(command: &str) -> Operation {
    Operation {
        id: Uuid::now_v7(),
        command: command.to_owned(),
        operator: "ada".to_owned(),
        because: None,
    }
}

pub(super) fn retry(after: Duration) -> Ending {
    Ending::Retry {
        after,
        error: "refused".to_owned(),
    }
}

pub(super) fn released(after: Duration) -> Ending {
    Ending::Released { after }
}

pub(super) fn dead(error: &str) -> Ending {
    Ending::Dead {
        error: error.to_owned(),
        was_run: true,
        blocks_key: false,
    }
}

/// A dead letter that blocks its key.
pub(super) fn blocking(error: &str) -> Ending {
    Ending::Dead {
        error: error.to_owned(),
        was_run: true,
        blocks_key: true,
    }
}

/// Returns the numbers of claimed deliveries.
pub(super) fn numbers(claimed: &[Claimed]) -> Vec<i64> {
    claimed.iter().map(|it| it.claim.number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable::memory::MemoryOutbox;

    #[test]
    #[should_panic(expected = "the outbox returned an error")]
    fn an_error_of_the_outbox_fails_the_case() {
        run(
            async || (MemoryOutbox::new(), ()),
            async |_| Err(OutboxError::Locked("no".into())),
        );
    }
}
