//! The options of a durable receiver.

use std::fmt;
use std::time::Duration;

use super::backoff::Backoff;

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
    is_ordered: bool,
    on_dead: OnDead,
}

/// The effect of a dead letter on the later deliveries of its key, as `on_dead` of a receiver says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnDead {
    /// The next delivery runs. This is the default.
    #[default]
    Skip,
    /// They wait until the dead letter is retried, discarded, or deleted after the retention of the workers.
    Block,
}

/// Writes the word of the attribute: `skip` or `block`.
impl fmt::Display for OnDead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Skip => "skip",
            Self::Block => "block",
        })
    }
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
            is_ordered: false,
            on_dead: OnDead::Skip,
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

    #[doc(hidden)]
    #[must_use]
    pub const fn __ordered(mut self) -> Self {
        self.is_ordered = true;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __block_on_dead(mut self) -> Self {
        self.on_dead = OnDead::Block;
        self
    }

    /// Returns the name under which its deliveries are stored.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the earlier names, whose deliveries it takes, too.
    #[must_use]
    pub const fn was(&self) -> &'static [&'static str] {
        self.was
    }

    /// Returns the number of attempts after which a delivery is a dead letter.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the delays between attempts. A receiver may choose another one with
    /// `DeliveryError::retry_after`.
    #[must_use]
    pub const fn backoff(&self) -> Backoff {
        self.backoff
    }

    /// Returns the time after which an attempt is cancelled and fails. `None` for a `fn`, which cannot be
    /// cancelled.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns the maximum number of deliveries that a worker runs at once.
    #[must_use]
    pub const fn concurrency(&self) -> u32 {
        self.concurrency
    }

    /// Returns whether the deliveries of one key run one after another, in the order of the commits, as
    /// `order = key` says.
    #[must_use]
    pub const fn is_ordered(&self) -> bool {
        self.is_ordered
    }

    /// Returns the effect of a dead letter on the later deliveries of its key.
    #[must_use]
    pub fn on_dead(&self) -> OnDead {
        self.on_dead
    }

    pub(crate) const fn blocks_on_dead(&self) -> bool {
        matches!(self.on_dead, OnDead::Block)
    }

    /// Returns whether it is the receiver that `publish` adds to a signal, which a relay serves instead of a worker.
    #[cfg(feature = "durable")]
    pub(crate) fn is_publication(&self) -> bool {
        self.name.starts_with('@')
    }

    /// Returns the name by which deliveries of one key are ordered, if they are: the oldest one, which a rename keeps.
    #[cfg(feature = "durable")]
    pub(crate) fn ordered_as(&self) -> Option<&'static str> {
        let oldest = self.was.last().copied().unwrap_or(self.name);
        self.is_ordered.then_some(oldest)
    }
}
