//! Entries of the audit log.

use std::borrow::Cow;

use time::OffsetDateTime;

use crate::request_context::RequestContext;
use crate::user_id::UserId;

/// Entry of the audit log: an event of an account, or an attempt. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AuditEntry {
    /// The time of the event.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::instant"))]
    pub at: OffsetDateTime,
    /// The name of the signal, such as `user_authenticated`.
    pub signal: Cow<'static, str>,
    /// The account, if the event is about one.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::serialize::optional_id")
    )]
    pub user: Option<UserId>,
    /// The outcome, such as `wrong_password`.
    pub outcome: Cow<'static, str>,
    /// The origin of the event.
    pub context: RequestContext,
}

impl AuditEntry {
    /// Returns an entry without an account or a context. U+FFFD replaces each U+0000, which PostgreSQL
    /// cannot store.
    #[must_use]
    pub fn new(
        at: OffsetDateTime,
        signal: impl Into<Cow<'static, str>>,
        outcome: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            at,
            signal: storable(signal.into()),
            user: None,
            outcome: storable(outcome.into()),
            context: RequestContext::new(),
        }
    }

    /// Sets the account.
    #[must_use]
    pub fn with_user(self, user: Option<UserId>) -> Self {
        Self { user, ..self }
    }

    /// Sets the origin of the event. The log keeps neither its session nor its user agent.
    #[must_use]
    pub fn with_context(self, context: RequestContext) -> Self {
        Self {
            context: context.for_log(),
            ..self
        }
    }
}

fn storable(text: Cow<'static, str>) -> Cow<'static, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        text
    }
}

/// Number of an audit entry, in the order of appending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditNumber(pub i64);
