//! The end of a worker.

use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::engine::Engine;
use super::held::{Cancel, HeldDeliveries};
use crate::durable::outbox::Outbox;
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

/// The time for which a worker whose receivers have ended waits for the database.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);

/// The time after which a worker names the receivers that cannot be cancelled.
const WARN_AFTER: Duration = Duration::from_secs(5);

impl<O: Outbox> Engine<O> {
    /// Waits for the grace, cancels what still runs, and waits until all endings are stored.
    pub(super) async fn drain(&self, stopped_at: Instant) {
        let has_ended = |held: &HeldDeliveries| held.running().next().is_none();
        let grace_end = stopped_at + self.settings.grace;
        if timeout_at(grace_end, self.until(has_ended)).await.is_err() {
            self.held().cancel_all(Cancel::Draining);
            self.until_ended(has_ended).await;
        }
        let store_timeout = STORE_TIMEOUT.min(self.settings.lease);
        if timeout(store_timeout, self.until(HeldDeliveries::is_empty))
            .await
            .is_err()
        {
            warn(
                "the worker ends without an answer of the outbox: its deliveries run again when their leases have \
                 expired",
            );
        }
    }

    /// Waits for receivers that cannot be cancelled, and names them after a while.
    async fn until_ended(&self, has_ended: impl Fn(&HeldDeliveries) -> bool) {
        if timeout(WARN_AFTER, self.until(&has_ended)).await.is_ok() {
            return;
        }
        let mut running: Vec<_> = self.held().running().collect();
        running.sort_unstable();
        running.dedup();
        for index in running {
            let receiver = self.receivers[index].info.id();
            warn(&format!(
                "the worker ends as soon as `{receiver}` returns, which is a `fn` or blocks its thread, so it cannot \
                 be cancelled"
            ));
        }
        self.until(has_ended).await;
    }
}

fn warn(text: &str) {
    #[cfg(feature = "tracing")]
    discard_panic(|| tracing::warn!("{text}"));
    stderr::write_unless_traced(|| text.to_owned());
}
