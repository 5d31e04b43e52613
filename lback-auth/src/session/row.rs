//! A stored session.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use time::OffsetDateTime;

use super::SessionToken;
use crate::user_id::UserId;

/// How far a clock may be ahead of the one that reads what it has stored, as for
/// [`PendingToken`](crate::PendingToken::CLOCK_TOLERANCE).
const CLOCK_TOLERANCE: time::Duration = time::Duration::minutes(5);

/// A session of an account. It has no secret: the store keeps only the digest of the
/// [token](SessionToken).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Session {
    /// The number of the session. Not secret: it only identifies the session to end.
    pub id: SessionId,
    /// The account.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::id"))]
    pub user: UserId,
    /// The instant at which the session started.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::instant"))]
    pub started_at: OffsetDateTime,
    /// The instant of the last use, which is stored at most once a minute.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::instant"))]
    pub last_seen_at: OffsetDateTime,
    /// The instant at which the correct password was entered last.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::instant"))]
    pub authenticated_at: OffsetDateTime,
    /// The instant at which the session expires unless it is used, at most [`expires_at`](Self::expires_at).
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::instant"))]
    pub idle_expires_at: OffsetDateTime,
    /// The instant at which the session expires even if it is used.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::instant"))]
    pub expires_at: OffsetDateTime,
    /// The address of the client that started the session.
    pub client: Option<IpAddr>,
    /// The user agent that started the session.
    pub user_agent: Option<String>,
    /// Whether the session outlives the browser's.
    pub remember: Remember,
    /// Whether the user has signed out, or a later sign-in has replaced the session. The store keeps such a session to
    /// recognize its client.
    pub is_signed_out: bool,
}

impl Session {
    /// How long `AccountStore::purge` keeps a session after its expiry, so that the store can tell
    /// whether the client of a later session is new: 30 days.
    pub const KEPT_AFTER_EXPIRY: Duration = Duration::from_hours(24 * 30);

    /// Creates a session that has started now, without a client. The store assigns its id.
    #[must_use]
    pub fn new(
        user: UserId,
        now: OffsetDateTime,
        timeouts: SessionTimeouts,
        remember: Remember,
    ) -> Self {
        let expires_at = after(now, timeouts.overall);
        Self {
            id: SessionId(0),
            user,
            started_at: now,
            last_seen_at: now,
            authenticated_at: now,
            idle_expires_at: after(now, timeouts.inactivity).min(expires_at),
            expires_at,
            client: None,
            user_agent: None,
            remember,
            is_signed_out: false,
        }
    }

    /// Sets the client and its user agent.
    #[must_use]
    pub fn with_client(self, client: Option<IpAddr>, user_agent: Option<String>) -> Self {
        Self {
            client,
            user_agent,
            ..self
        }
    }

    /// Returns whether the session is valid at this instant: the user has not signed out, it has not expired, and it
    /// was not used more than 5 minutes later, by a clock that was ahead.
    #[must_use]
    pub fn is_valid_at(&self, now: OffsetDateTime) -> bool {
        self.is_open_at(now) && self.last_seen_at <= now.saturating_add(CLOCK_TOLERANCE)
    }

    /// Returns whether the session is valid at this instant or will be, by a clock that was ahead.
    pub(crate) fn is_open_at(&self, now: OffsetDateTime) -> bool {
        !self.is_signed_out && now < self.idle_expires_at
    }

    /// Returns whether the correct password was entered at most `within` before `now`, or up to 5 minutes after it, by a
    /// clock that was ahead.
    ///
    /// [`Accounts::is_recently_authenticated`](crate::Accounts::is_recently_authenticated) uses the clock of the
    /// accounts.
    #[must_use]
    pub fn is_authenticated_within(&self, within: Duration, now: OffsetDateTime) -> bool {
        let is_in_the_past = self.authenticated_at <= now.saturating_add(CLOCK_TOLERANCE);
        is_in_the_past && now - self.authenticated_at <= within
    }

    /// Returns the instant at which the session expires if it is not used after `now`.
    pub(crate) fn idle_expiry(
        &self,
        now: OffsetDateTime,
        timeouts: SessionTimeouts,
    ) -> OffsetDateTime {
        after(now, timeouts.inactivity).min(self.expires_at)
    }
}

fn after(now: OffsetDateTime, span: Duration) -> OffsetDateTime {
    now.saturating_add(time::Duration::try_from(span).unwrap_or(time::Duration::MAX))
}

/// The number of a [`Session`]. It is not secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "durable",
    derive(
        lback_signals::schemars::JsonSchema,
        lback_signals::serde::Deserialize,
        lback_signals::serde::Serialize
    ),
    schemars(crate = "lback_signals::schemars"),
    serde(crate = "lback_signals::serde")
)]
#[cfg_attr(
    all(feature = "serde", not(feature = "durable")),
    derive(serde::Serialize)
)]
pub struct SessionId(pub i64);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether a session outlives the browser's, as a "Remember me" of a sign-in form asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Remember {
    /// A session of the browser, by [`session_timeouts`](crate::AccountsBuilder::session_timeouts): let its cookie
    /// end with the browser's session.
    #[default]
    No,
    /// A session of the device, by
    /// [`remembered_session_timeouts`](crate::AccountsBuilder::remembered_session_timeouts): let its cookie have
    /// `Max-Age`.
    Yes,
}

/// The timeouts of a session, in the terms of NIST SP 800-63B-4, section 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionTimeouts {
    /// The time without use after which a session expires.
    pub inactivity: Duration,
    /// The time after which a session expires even if it is used.
    pub overall: Duration,
}

impl SessionTimeouts {
    /// Creates timeouts. If the overall one is shorter, only it applies.
    #[must_use]
    pub const fn new(inactivity: Duration, overall: Duration) -> Self {
        Self {
            inactivity,
            overall,
        }
    }
}

/// A session and its new token, which the application sends to the client.
#[must_use = "the client needs the token"]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuedSession {
    /// The secret for the cookie.
    pub token: SessionToken,
    /// The session.
    pub session: Session,
}

impl IssuedSession {
    pub(crate) fn new(token: SessionToken, session: Session) -> Self {
        Self { token, session }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn session(inactivity: Duration, overall: Duration) -> Session {
        let timeouts = SessionTimeouts::new(inactivity, overall);
        Session::new(UserId::new(7), NOW, timeouts, Remember::No)
    }

    #[test]
    fn a_session_expires_without_use_or_after_its_lifetime() {
        let session = session(HOUR, 24 * HOUR);
        assert!(
            session.is_valid_at(NOW) && session.is_valid_at(NOW + HOUR - Duration::from_micros(1))
        );
        assert!(!session.is_valid_at(NOW + HOUR));
        let timeouts = SessionTimeouts::new(HOUR, 24 * HOUR);
        let late = NOW + 23 * HOUR + HOUR / 2;
        assert_eq!(session.idle_expiry(late, timeouts), session.expires_at);
        assert_eq!(self::session(24 * HOUR, HOUR).idle_expires_at, NOW + HOUR);
        let forever = self::session(Duration::MAX, Duration::MAX);
        assert!(forever.is_valid_at(NOW + 1_000_000 * HOUR));
    }

    #[test]
    fn a_session_of_a_clock_that_was_ahead_is_not_valid() {
        let session = session(HOUR, 24 * HOUR);
        assert!(session.is_valid_at(NOW - CLOCK_TOLERANCE));
        assert!(!session.is_valid_at(NOW - CLOCK_TOLERANCE - Duration::from_micros(1)));
    }

    #[test]
    fn a_proof_of_the_password_is_recent_for_a_while() {
        let session = session(24 * HOUR, 24 * HOUR);
        assert!(session.is_authenticated_within(HOUR, NOW + HOUR));
        assert!(!session.is_authenticated_within(HOUR, NOW + HOUR + Duration::from_micros(1)));
        assert!(session.is_authenticated_within(HOUR, NOW - CLOCK_TOLERANCE));
        assert!(!session.is_authenticated_within(HOUR, NOW - HOUR));
    }

    #[test]
    fn a_session_that_was_signed_out_is_not_valid() {
        let mut session = session(HOUR, HOUR);
        session.is_signed_out = true;
        assert!(!session.is_valid_at(NOW));
    }
}
