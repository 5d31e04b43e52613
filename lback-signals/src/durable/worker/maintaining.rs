//! Lets the outbox delete dead letters and kept signals whose time is over.

use std::time::Duration;

use tokio::time::sleep;

use super::engine::{Engine, Never};
use super::health::Statement;
use crate::durable::outbox::Outbox;
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

/// The pause between two calls while there is more to delete, in which others write.
const PAUSE: Duration = Duration::from_millis(100);

impl<O: Outbox> Engine<O> {
    /// Maintains the outbox about once per minute.
    pub(super) async fn maintain(&self) -> Never {
        let mut errors = 0;
        let mut delay = self.settings.maintenance_delay();
        loop {
            sleep(delay).await;
            let maintaining = self.outbox.maintain(self.settings.dead_letter_retention);
            let limit = self.settings.lease;
            let maintained = self.run_statement(Statement::Maintain, limit, maintaining);
            delay = if let Ok(maintained) = maintained.await {
                errors = 0;
                if maintained.freed > 0 {
                    self.health.add_freed(maintained.freed);
                    log_freed(maintained.freed);
                }
                if maintained.has_more {
                    PAUSE
                } else {
                    self.settings.maintenance_interval()
                }
            } else {
                errors = u32::saturating_add(errors, 1);
                self.settings.error_delay(errors)
            };
        }
    }
}

fn log_freed(freed: u64) {
    let text = "deliveries of receivers with `order = key` waited for an earlier one that is gone, and are freed: report \
                it, unless rows of `lback_delivery` were edited by hand";
    #[cfg(feature = "tracing")]
    discard_panic(|| tracing::error!(freed, "{text}"));
    stderr::write_unless_traced(|| format!("{freed} {text}"));
}
