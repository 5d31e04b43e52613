//! Renews leases, and cancels the attempts whose leases cannot be renewed in time.

use tokio::time::{Instant, sleep, sleep_until};

use super::engine::{Engine, Never};
use super::health::Statement;
use crate::durable::outbox::Outbox;

impl<O: Outbox> Engine<O> {
    /// Renews all leases when the first of them has lasted for a third of its time.
    pub(super) async fn renew(&self) -> Never {
        let lease = self.settings.lease;
        let mut errors = 0;
        let mut asked_at = Instant::now();
        loop {
            let leased = self.leased.notified();
            let first_end = self.held().first_end();
            let Some(first_end) = first_end else {
                errors = 0;
                self.health.succeeded(Statement::Renew);
                leased.await;
                continue;
            };
            if errors > 0 {
                sleep(self.settings.error_delay(errors).min(lease / 10)).await;
            } else {
                // A lease that begins meanwhile ends later. One that is lost, or whose delivery is completed, ends
                // without a renewal.
                let first = first_end - lease / 3 * 2;
                sleep_until(first.max(asked_at + lease / 3)).await;
            }
            let claims = self.held().claims();
            if claims.is_empty() {
                continue;
            }
            asked_at = Instant::now();
            let renewing = self.outbox.renew(&claims, lease);
            match self
                .run_statement(Statement::Renew, lease / 3, renewing)
                .await
            {
                Ok(lost) => {
                    errors = 0;
                    self.held().renewed(&claims, &lost, asked_at + lease);
                }
                Err(_) => errors = errors.saturating_add(1),
            }
        }
    }

    /// Cancels each attempt before another worker can have claimed its delivery.
    pub(super) async fn watch(&self) -> Never {
        loop {
            let leased = self.leased.notified();
            let first_end = self.held().first_end_of_running();
            let Some(first_end) = first_end else {
                leased.await;
                continue;
            };
            sleep_until(self.cutoff(first_end)).await;
            let end = Instant::now() + self.settings.margin();
            self.held().cancel_until(end);
        }
    }
}
