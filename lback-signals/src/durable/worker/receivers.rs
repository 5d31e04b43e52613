//! The receivers that a worker serves.

use std::sync::Arc;
use std::time::Duration;

use crate::context::ErasedSignal;
use crate::durable::outbox::{Claimed, ReceiverClaim};
use crate::info::{DurableReceiver, ReceiverInfo};
use crate::registry::DurableRegistration;
use crate::report::guard_user_code;

/// A receiver that a worker serves.
pub(super) struct ServedReceiver {
    pub(super) info: &'static ReceiverInfo,
    registration: DurableRegistration,
    options: &'static DurableReceiver,
    /// The names under which deliveries are stored.
    names: Vec<&'static str>,
    /// The names under which signals are stored.
    signals: Vec<&'static str>,
    versions: (u32, u32),
}

impl ServedReceiver {
    pub(super) fn new(registration: DurableRegistration) -> Self {
        let info = registration.info;
        let (Some(options), Some(signal)) = (info.durable(), info.signal().durable()) else {
            unreachable!("it is registered as durable")
        };
        Self {
            info,
            registration,
            options,
            names: [&[options.name()], options.was()].concat(),
            signals: [&[signal.name()], signal.was()].concat(),
            versions: (signal.oldest_version(), signal.version()),
        }
    }

    pub(super) fn options(&self) -> &'static DurableReceiver {
        self.options
    }

    /// Returns how many deliveries run at once, at least 1.
    pub(super) fn concurrency(&self) -> u32 {
        self.options.concurrency().max(1)
    }

    /// Returns how long an attempt of an `async fn` may take.
    pub(super) fn timeout(&self) -> Duration {
        self.options.timeout().unwrap_or(DurableReceiver::TIMEOUT)
    }

    pub(super) fn number(&self) -> usize {
        self.registration.number()
    }

    pub(super) fn takes(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    pub(super) fn claim(&self, limit: u32) -> ReceiverClaim {
        let (oldest_version, newest_version) = self.versions;
        ReceiverClaim {
            names: self.names.clone(),
            oldest_version,
            newest_version,
            limit,
        }
    }

    /// Returns whether signals of the receiver are stored under this name.
    pub(super) fn knows(&self, signal: &str) -> bool {
        self.signals.contains(&signal)
    }

    /// Decodes the payload of a delivery.
    ///
    /// # Errors
    ///
    /// Returns why it cannot be decoded.
    pub(super) fn decode(&self, row: &Claimed) -> Result<Arc<dyn ErasedSignal>, String> {
        // The decoding of a field may be user code.
        let decoded = guard_user_code(|| self.registration.decode(row.version, &row.payload));
        match decoded {
            Some(Ok(owned)) => Ok(owned),
            Some(Err(error)) => Err(error.to_string()),
            None => Err(format!(
                "the decoding of `{}` v{} panicked",
                row.signal, row.version
            )),
        }
    }
}
