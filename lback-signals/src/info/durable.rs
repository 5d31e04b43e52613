//! Metadata of durable signals and receivers.
//!
//! It exists without the feature `durable`, for the code that generated code calls; its examples need the feature.

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
    stored_form: fn() -> String,
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
            stored_form,
        }
    }

    /// Returns the name under which the signal is stored.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the version of the payloads that the program stores.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Returns the oldest version of payloads that the program reads: the first of `upcast`, or the current version.
    #[must_use]
    pub fn oldest_version(&self) -> u32 {
        self.oldest_version
    }

    /// Returns the earlier names, whose payloads are payloads of the signal, too.
    #[must_use]
    pub fn was(&self) -> &'static [&'static str] {
        self.was
    }

    /// Returns a hash of the stored form: eight hexadecimal digits that change with the names and the types of
    /// the fields, and not with their documentation.
    ///
    /// Each call computes it anew from the JSON Schema of the payload.
    #[must_use]
    pub fn stored_form(&self) -> String {
        (self.stored_form)()
    }
}

impl fmt::Debug for DurableSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableSignal")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("oldest_version", &self.oldest_version)
            .field("was", &self.was)
            .finish_non_exhaustive()
    }
}

/// The `durable(…)` options of a receiver, returned by [`ReceiverInfo::durable`](crate::ReceiverInfo::durable).
///
#[cfg_attr(feature = "durable", doc = "```")]
#[cfg_attr(not(feature = "durable"), doc = "```text")]
/// use std::time::Duration;
///
/// use lback_signals::{Signal, receiver, signal};
///
/// #[signal(durable(name = "parcel.sent", version = 1))]
/// struct ParcelSent {
///     parcel: u64,
/// }
///
/// #[receiver(signal = ParcelSent, durable(name = "track-parcel", attempts = 5, timeout = "30s"))]
/// async fn track(event: &ParcelSent) {
///     println!("tracking {}", event.parcel);
/// }
///
/// let durable = ParcelSent::info().receivers()[0].durable().expect("a durable receiver");
/// assert_eq!((durable.name(), durable.attempts()), ("track-parcel", 5));
/// assert_eq!(durable.timeout(), Some(Duration::from_secs(30)));
/// assert_eq!(durable.concurrency(), 4); // the default
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DurableReceiver {
    name: &'static str,
    was: &'static [&'static str],
    attempts: u32,
    backoff: Backoff,
    timeout: Option<Duration>,
    concurrency: u32,
}

impl DurableReceiver {
    /// The default of `attempts`.
    pub const ATTEMPTS: u32 = 20;

    /// The default of `concurrency`.
    pub const CONCURRENCY: u32 = 4;

    /// The default of `timeout` of an `async fn`. A `fn` has none, since it cannot be cancelled.
    pub const TIMEOUT: Duration = Duration::from_mins(5);

    // Not public API. Used by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(name: &'static str) -> Self {
        Self {
            name,
            was: &[],
            attempts: Self::ATTEMPTS,
            backoff: Backoff::DEFAULT,
            timeout: None,
            concurrency: Self::CONCURRENCY,
        }
    }

    /// The options of an `async fn`, which is cancelled after a timeout.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new_async(name: &'static str) -> Self {
        let mut receiver = Self::__new(name);
        receiver.timeout = Some(Self::TIMEOUT);
        receiver
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __was(mut self, names: &'static [&'static str]) -> Self {
        self.was = names;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __backoff(mut self, first_millis: u64, max_millis: u64) -> Self {
        self.backoff = Backoff {
            first: Duration::from_millis(first_millis),
            max: Duration::from_millis(max_millis),
        };
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __timeout(mut self, millis: u64) -> Self {
        self.timeout = Some(Duration::from_millis(millis));
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __concurrency(mut self, concurrency: u32) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// Returns the name under which its deliveries are stored.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the earlier names, whose deliveries it takes, too.
    #[must_use]
    pub fn was(&self) -> &'static [&'static str] {
        self.was
    }

    /// Returns the number of attempts after which a delivery is a dead letter.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the delays between attempts. A receiver may choose another one with
    /// `DeliveryError::retry_after`.
    #[must_use]
    pub fn backoff(&self) -> Backoff {
        self.backoff
    }

    /// Returns the time after which an attempt is cancelled and fails. `None` for a `fn`, which cannot be
    /// cancelled.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns the maximum number of deliveries that a worker runs at once.
    #[must_use]
    pub fn concurrency(&self) -> u32 {
        self.concurrency
    }
}

/// The delays between the attempts of a delivery: exponential, with full jitter.
///
/// The delay before the next attempt is a random one between zero and a bound, which is `first` after the
/// first attempt and doubles with each further one, up to `max`. The random choice spreads the attempts of
/// deliveries that failed together.
///
#[cfg_attr(feature = "durable", doc = "```")]
#[cfg_attr(not(feature = "durable"), doc = "```text")]
/// use std::time::Duration;
///
/// use lback_signals::durable::Backoff;
///
/// let bounds = [1, 2, 3, 11, 12, 20].map(|attempt| Backoff::DEFAULT.bound(attempt).as_secs());
/// assert_eq!(bounds, [2, 4, 8, 2048, 3600, 3600]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Backoff {
    first: Duration,
    max: Duration,
}

impl Backoff {
    /// The default of `backoff`: 2 seconds, doubling to 1 hour.
    pub const DEFAULT: Self = Self {
        first: Duration::from_secs(2),
        max: Duration::from_hours(1),
    };

    /// Returns the bound of the first delay.
    #[must_use]
    pub fn first(&self) -> Duration {
        self.first
    }

    /// Returns the largest bound.
    #[must_use]
    pub fn max(&self) -> Duration {
        self.max
    }

    /// Returns the bound of the delay after this attempt, the first of which is 1.
    #[must_use]
    pub fn bound(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.max)
    }
}
