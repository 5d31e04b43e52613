//! The options of a durable signal.

use std::fmt;
use std::time::Duration;

/// The `durable(…)` options of a signal, returned by [`SignalInfo::durable`](crate::SignalInfo::durable).
///
/// They decide how an outbox stores the signal, and which stored payloads are payloads of it. Rows outlive the
/// program that has written them, so [`assert_wiring!`](crate::assert_wiring) keeps them in `signals.lock`.
///
#[cfg_attr(feature = "durable", doc = "```")]
#[cfg_attr(not(feature = "durable"), doc = "```text")]
/// use lback_signals::{Signal, signal};
///
/// #[signal(durable(name = "order.paid", version = 2, was("order_paid")))]
/// struct OrderPaid<'a> {
///     order: u64,
///     email: &'a str,
/// }
///
/// let durable = OrderPaid::info().durable().expect("a durable signal");
/// assert_eq!((durable.name(), durable.version()), ("order.paid", 2));
/// assert_eq!(durable.was(), ["order_paid"]);
/// ```
pub struct DurableSignal {
    name: &'static str,
    version: u32,
    oldest_version: u32,
    was: &'static [&'static str],
    key: Option<&'static str>,
    keep: Option<Duration>,
    stored_form: fn() -> String,
    schema: Option<fn() -> String>,
}

impl DurableSignal {
    // Not public API. Used by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(
        name: &'static str,
        (oldest_version, version): (u32, u32),
        was: &'static [&'static str],
        stored_form: fn() -> String,
    ) -> Self {
        Self {
            name,
            version,
            oldest_version,
            was,
            key: None,
            keep: None,
            stored_form,
            schema: None,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __key(mut self, field: &'static str) -> Self {
        self.key = Some(field);
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __schema(mut self, schema: fn() -> String) -> Self {
        self.schema = Some(schema);
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __keep(mut self, millis: u64) -> Self {
        self.keep = Some(Duration::from_millis(millis));
        self
    }

    /// Returns the name under which the signal is stored.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the version of the payloads that the program stores.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Returns the oldest version of payloads that the program reads: the first of `upcast`, or the current version.
    #[must_use]
    pub const fn oldest_version(&self) -> u32 {
        self.oldest_version
    }

    /// Returns the earlier names, whose payloads are payloads of the signal, too.
    #[must_use]
    pub const fn was(&self) -> &'static [&'static str] {
        self.was
    }

    /// Returns the name of the field that is marked `#[key]`, by which receivers with `order = key` are ordered.
    #[must_use]
    pub const fn key(&self) -> Option<&'static str> {
        self.key
    }

    /// Returns how long the signal is kept after its last delivery is done, as `keep` says, so that it can be
    /// delivered once more. `None` if it is deleted then.
    #[must_use]
    pub const fn keep(&self) -> Option<Duration> {
        self.keep
    }

    /// Returns a hash of the stored form: eight hexadecimal digits that change with the names and the types of
    /// the fields, and not with their documentation.
    ///
    /// Each call computes it anew from the JSON Schema of the payload.
    #[must_use]
    pub fn stored_form(&self) -> String {
        (self.stored_form)()
    }

    /// Returns the JSON Schema of the payload, as a text that other services check against. The title is the stored name
    /// with the version, such as `order.paid.v2`.
    #[must_use]
    pub fn schema(&self) -> String {
        self.schema.map_or_else(String::new, |schema| schema())
    }
}

impl fmt::Debug for DurableSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableSignal")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("oldest_version", &self.oldest_version)
            .field("was", &self.was)
            .field("key", &self.key)
            .field("keep", &self.keep)
            .finish_non_exhaustive()
    }
}
