//! Metadata of durable signals and receivers.

use std::time::Duration;

/// The `durable(…)` options of a signal.
#[derive(Debug)]
pub struct DurableSignal {
    name: &'static str,
    version: u32,
    was: &'static [&'static str],
    stored_form: fn() -> String,
}

impl DurableSignal {
    // Not public API. Used by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(
        name: &'static str,
        version: u32,
        was: &'static [&'static str],
        stored_form: fn() -> String,
    ) -> Self {
        Self {
            name,
            version,
            was,
            stored_form,
        }
    }

    /// Returns the name under which the signal is stored.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the version of the stored payload.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Returns the earlier names.
    #[must_use]
    pub fn was(&self) -> &'static [&'static str] {
        self.was
    }

    /// Returns a hash of the stored form: eight hexadecimal digits that change with the names and the types of
    /// the fields, and not with their documentation.
    #[must_use]
    pub fn stored_form(&self) -> String {
        (self.stored_form)()
    }
}

/// The `durable(…)` options of a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    /// Returns after how many attempts a delivery is a dead letter.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the delays between attempts.
    #[must_use]
    pub fn backoff(&self) -> Backoff {
        self.backoff
    }

    /// Returns how long an attempt may take. `None` for a `fn`, which cannot be cancelled.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns how many deliveries a worker runs at once.
    #[must_use]
    pub fn concurrency(&self) -> u32 {
        self.concurrency
    }
}

/// The delays between the attempts of a delivery: exponential, with full jitter.
///
/// The delay before the next attempt is a random one between zero and a bound, which is `first` after the
/// first attempt and doubles with each further one, up to `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    max: Duration,
}

impl Backoff {
    /// 2 seconds, doubling to 1 hour.
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
