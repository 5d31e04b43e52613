//! The view of durable signals and receivers.

#[cfg(feature = "serde")]
use std::time::Duration;

use crate::info::{DurableReceiver, DurableSignal};

#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub(in crate::wiring) struct DurableSignalView<'a> {
    pub(in crate::wiring) name: &'a str,
    pub(in crate::wiring) version: u32,
    pub(in crate::wiring) oldest_version: u32,
    pub(in crate::wiring) was: Vec<&'a str>,
    pub(in crate::wiring) stored_form: String,
    /// The name of the field that is the key.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub(in crate::wiring) key: Option<&'a str>,
    #[cfg(feature = "serde")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wiring) keep_ms: Option<u64>,
}

impl DurableSignalView<'static> {
    pub(super) fn new(durable: &DurableSignal) -> Self {
        Self {
            name: durable.name(),
            version: durable.version(),
            oldest_version: durable.oldest_version(),
            was: durable.was().to_vec(),
            stored_form: durable.stored_form(),
            key: durable.key(),
            #[cfg(feature = "serde")]
            keep_ms: durable.keep().map(millis),
        }
    }
}

impl DurableSignalView<'_> {
    /// Returns its name, version, earlier versions that are read, and earlier names:
    /// `order.paid v2 (accepts 1 to 2, was order_paid)`.
    pub(in crate::wiring) fn stored_name(&self) -> String {
        let accepts = (self.oldest_version < self.version)
            .then(|| format!("accepts {} to {}", self.oldest_version, self.version));
        let clauses = clauses(accepts.into_iter().chain(was(&self.was)));
        format!("{} v{}{clauses}", self.name, self.version)
    }

    /// Returns the options that affect its rows: `key order, stored as 7f3a19c2`.
    pub(in crate::wiring) fn options(&self) -> String {
        let key = self.key.map(|key| format!("key {key}, "));
        let (key, form) = (key.unwrap_or_default(), &self.stored_form);
        format!("{key}stored as {form}")
    }

    /// Returns all of it: `order.paid v2 (was order_paid), key order, stored as 7f3a19c2`.
    pub(in crate::wiring) fn details(&self) -> String {
        format!("{}, {}", self.stored_name(), self.options())
    }

    /// Returns whether payloads with this stored name are payloads of the signal.
    pub(in crate::wiring) fn has_name(&self, name: &str) -> bool {
        self.name == name || self.was.contains(&name)
    }
}

#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub(in crate::wiring) struct DurableReceiverView<'a> {
    pub(in crate::wiring) name: &'a str,
    pub(in crate::wiring) was: Vec<&'a str>,
    pub(in crate::wiring) ordered: bool,
    pub(in crate::wiring) attempts: u32,
    #[cfg(feature = "serde")]
    pub(in crate::wiring) backoff: BackoffView,
    #[cfg(feature = "serde")]
    pub(in crate::wiring) timeout_ms: Option<u64>,
    #[cfg(feature = "serde")]
    pub(in crate::wiring) concurrency: u32,
    /// `skip` or `block`.
    pub(in crate::wiring) on_dead: String,
}

#[cfg(feature = "serde")]
#[derive(Clone, Debug, serde::Serialize)]
pub(in crate::wiring) struct BackoffView {
    pub(in crate::wiring) first_ms: u64,
    pub(in crate::wiring) max_ms: u64,
}

impl DurableReceiverView<'static> {
    pub(super) fn new(durable: &DurableReceiver) -> Self {
        Self {
            name: durable.name(),
            was: durable.was().to_vec(),
            ordered: durable.is_ordered(),
            attempts: durable.attempts(),
            #[cfg(feature = "serde")]
            backoff: BackoffView {
                first_ms: millis(durable.backoff().first()),
                max_ms: millis(durable.backoff().max()),
            },
            #[cfg(feature = "serde")]
            timeout_ms: durable.timeout().map(millis),
            #[cfg(feature = "serde")]
            concurrency: durable.concurrency(),
            on_dead: durable.on_dead().to_string(),
        }
    }
}

impl DurableReceiverView<'_> {
    /// Returns its name and earlier names: `send-receipt (was mail-receipt)`.
    pub(in crate::wiring) fn stored_name(&self) -> String {
        format!("{}{}", self.name, clauses(was(&self.was).into_iter()))
    }

    /// Returns the options that affect its deliveries: `order key`, `attempts 20` and `on_dead block`.
    pub(in crate::wiring) fn options(&self) -> Vec<String> {
        let mut options = Vec::from_iter(self.ordered.then(|| "order key".to_owned()));
        options.push(format!("attempts {}", self.attempts));
        if self.on_dead != "skip" {
            options.push(format!("on_dead {}", self.on_dead));
        }
        options
    }

    /// Returns whether deliveries with this stored name are deliveries for the receiver.
    pub(in crate::wiring) fn has_name(&self, name: &str) -> bool {
        self.name == name || self.was.contains(&name)
    }
}

#[cfg(feature = "serde")]
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn was(names: &[&str]) -> Option<String> {
    (!names.is_empty()).then(|| format!("was {}", names.join(" and ")))
}

fn clauses(clauses: impl Iterator<Item = String>) -> String {
    let clauses: Vec<_> = clauses.collect();
    if clauses.is_empty() {
        return String::new();
    }
    format!(" ({})", clauses.join(", "))
}
