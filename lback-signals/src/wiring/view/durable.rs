//! The view of durable signals and receivers.

#[cfg(feature = "serde")]
use std::time::Duration;

use crate::info::{DurableReceiver, DurableSignal};

// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DurableSignalView<'a> {
    pub name: &'a str,
    pub version: u32,
    pub oldest_version: u32,
    pub was: Vec<&'a str>,
    /// `None` if it is not known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub stored_form: Option<String>,
    /// The name of the field that is the key.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub key: Option<&'a str>,
    #[cfg(feature = "serde")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_ms: Option<u64>,
}

impl DurableSignalView<'static> {
    pub(super) fn new(durable: &DurableSignal) -> Self {
        Self {
            name: durable.name(),
            version: durable.version(),
            oldest_version: durable.oldest_version(),
            was: durable.was().to_vec(),
            stored_form: Some(durable.stored_form()),
            key: durable.key(),
            #[cfg(feature = "serde")]
            keep_ms: durable.keep().map(millis),
        }
    }
}

impl DurableSignalView<'_> {
    /// Returns its name, version, earlier versions that are read, and earlier names:
    /// `order.paid v2 (accepts 1 to 2, was order_paid)`.
    #[must_use]
    pub fn stored_name(&self) -> String {
        let accepts = (self.oldest_version < self.version)
            .then(|| format!("accepts {} to {}", self.oldest_version, self.version));
        let clauses = clauses(accepts.into_iter().chain(was(&self.was)));
        format!("{} v{}{clauses}", self.name, self.version)
    }

    /// Returns the options that affect its rows: `key order` and `stored as 7f3a19c2`.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let key = self.key.map(|key| format!("key {key}"));
        let form = self.stored_form.as_ref();
        let form = form.map(|form| format!("stored as {form}"));
        key.into_iter().chain(form).collect()
    }

    /// Returns all of it: `order.paid v2 (was order_paid), key order, stored as 7f3a19c2`.
    #[must_use]
    pub fn details(&self) -> String {
        let mut details = vec![self.stored_name()];
        details.extend(self.options());
        details.join(", ")
    }

    /// Returns whether payloads with this stored name are payloads of the signal.
    pub(in crate::wiring) fn has_name(&self, name: &str) -> bool {
        self.name == name || self.was.contains(&name)
    }
}

// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DurableReceiverView<'a> {
    pub name: &'a str,
    pub was: Vec<&'a str>,
    pub ordered: bool,
    pub attempts: u32,
    #[cfg(feature = "serde")]
    /// `None` if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<BackoffView>,
    #[cfg(feature = "serde")]
    pub timeout_ms: Option<u64>,
    #[cfg(feature = "serde")]
    /// `None` if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// `skip` or `block`.
    pub on_dead: String,
}

// Not public API. Used by `cargo lback`.
#[cfg(feature = "serde")]
#[doc(hidden)]
#[derive(Clone, Debug, serde::Serialize)]
pub struct BackoffView {
    pub first_ms: u64,
    pub max_ms: u64,
}

impl DurableReceiverView<'static> {
    pub(super) fn new(durable: &DurableReceiver) -> Self {
        Self {
            name: durable.name(),
            was: durable.was().to_vec(),
            ordered: durable.is_ordered(),
            attempts: durable.attempts(),
            #[cfg(feature = "serde")]
            backoff: Some(BackoffView {
                first_ms: millis(durable.backoff().first()),
                max_ms: millis(durable.backoff().max()),
            }),
            #[cfg(feature = "serde")]
            timeout_ms: durable.timeout().map(millis),
            #[cfg(feature = "serde")]
            concurrency: Some(durable.concurrency()),
            on_dead: durable.on_dead().to_string(),
        }
    }
}

impl DurableReceiverView<'_> {
    /// Returns its name and earlier names: `send-receipt (was mail-receipt)`.
    #[must_use]
    pub fn stored_name(&self) -> String {
        format!("{}{}", self.name, clauses(was(&self.was).into_iter()))
    }

    /// Returns the options that affect its deliveries: `order key`, `attempts 20` and `on_dead block`.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let mut options = Vec::from_iter(self.ordered.then(|| "order key".to_owned()));
        options.push(format!("attempts {}", self.attempts));
        if self.on_dead != "skip" {
            options.push(format!("on_dead {}", self.on_dead));
        }
        options
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
