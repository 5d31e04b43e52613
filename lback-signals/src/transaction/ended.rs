//! The results of a transaction that has ended.

#[cfg(feature = "durable")]
use super::test_deliveries::deliver;
#[cfg(feature = "durable")]
use crate::background;
#[cfg(feature = "durable")]
use crate::context::TestDelivery;
use crate::report::Report;

/// The report of a transaction or a send, and the deliveries that a test's scope runs before it is returned.
#[must_use]
pub(crate) struct Ended {
    pub(super) report: Report,
    #[cfg(feature = "durable")]
    pub(super) due: Vec<TestDelivery>,
}

impl Ended {
    pub(crate) fn with(report: Report) -> Self {
        Self {
            report,
            #[cfg(feature = "durable")]
            due: Vec::new(),
        }
    }

    /// Adds the results of receivers that ran before.
    #[cfg(feature = "durable")]
    pub(crate) fn after(self, mut report: Report) -> Self {
        report.add(self.report);
        Self { report, ..self }
    }

    /// Runs the deliveries. Blocks this thread on receivers that are `async fn`s.
    pub(crate) fn finish(self) -> Report {
        #[cfg(feature = "durable")]
        if !self.due.is_empty() {
            let is_async = |delivery: &TestDelivery| delivery.receiver.is_async();
            return if self.due.iter().any(is_async) {
                background::block_on_receivers(self.finish_async())
            } else {
                background::block_on(self.finish_async())
            };
        }
        self.report
    }

    /// Runs the deliveries.
    #[cfg(feature = "durable")]
    pub(crate) async fn finish_async(self) -> Report {
        let Self { mut report, due } = self;
        for delivery in due {
            report.add(deliver(delivery).await);
        }
        report
    }
}
