//! The source of the current time.

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

/// A clock: the system's, or one that a test controls.
///
/// The methods of [`AuthUser`](crate::AuthUser) use the system's. The methods of a clock do the same
/// at the time that it shows:
///
/// ```
/// use std::time::Duration;
///
/// use lback_auth::{AuthUser, Clock, TokenError, User};
/// use time::OffsetDateTime;
///
/// let (noon, hour) = (OffsetDateTime::UNIX_EPOCH, Duration::from_secs(3600));
/// let mut user = User::new("ada", "ada@example.org")?;
/// let token = Clock::fixed(noon).generate_email_verification_token(&mut user, hour)?;
///
/// let late = Clock::fixed(noon + hour).verify_email(&mut user, token.expose());
/// assert_eq!(late, Err(TokenError::Expired));
/// Clock::fixed(noon).verify_email(&mut user, token.expose())?;
/// assert!(user.is_email_verified());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A clone shows the same time.
#[derive(Clone, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    Fixed(OffsetDateTime),
    Closure(Arc<dyn Fn() -> OffsetDateTime + Send + Sync>),
}

impl Clock {
    /// Returns the clock of the operating system, which is the `Default`.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Creates a clock that always shows `now`.
    #[must_use]
    pub fn fixed(now: OffsetDateTime) -> Self {
        Self(Source::Fixed(now))
    }

    /// Creates a clock that calls a closure each time.
    pub fn new(now: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        Self(Source::Closure(Arc::new(now)))
    }

    /// Returns whether this is the system's clock.
    #[cfg(feature = "accounts")]
    pub(crate) fn is_system(&self) -> bool {
        matches!(self.0, Source::System)
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Source::System => OffsetDateTime::now_utc(),
            Source::Fixed(now) => *now,
            Source::Closure(now) => now(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::System => f.write_str("Clock(system)"),
            Source::Fixed(now) => write!(f, "Clock({now})"),
            Source::Closure(_) => f.write_str("Clock(closure)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use time::Duration;

    use super::*;

    #[test]
    fn a_clock_shows_the_time_of_its_source() {
        assert!(Clock::system().now().year() >= 2025);

        let fixed = Clock::fixed(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(fixed.now(), OffsetDateTime::UNIX_EPOCH);
        assert_eq!(fixed.clone().now(), OffsetDateTime::UNIX_EPOCH);

        let time = Arc::new(Mutex::new(OffsetDateTime::UNIX_EPOCH));
        let clock = Clock::new({
            let time = Arc::clone(&time);
            move || *time.lock().unwrap()
        });
        let clone = clock.clone();
        assert_eq!(clock.now(), OffsetDateTime::UNIX_EPOCH);
        *time.lock().unwrap() += Duration::SECOND;
        assert_eq!(clock.now(), OffsetDateTime::UNIX_EPOCH + Duration::SECOND);
        assert_eq!(clone.now(), clock.now());
    }

    #[test]
    fn debug_says_which_source_it_has() {
        assert_eq!(format!("{:?}", Clock::default()), "Clock(system)");
        let fixed = Clock::fixed(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(
            format!("{fixed:?}"),
            "Clock(1970-01-01 0:00:00.0 +00:00:00)"
        );
        let closure = Clock::new(OffsetDateTime::now_utc);
        assert_eq!(format!("{closure:?}"), "Clock(closure)");
    }
}
