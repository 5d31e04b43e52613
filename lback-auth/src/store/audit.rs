//! What is written down about accounts.

use std::borrow::Cow;

use time::OffsetDateTime;

use crate::request_context::RequestContext;
use crate::user_id::UserId;

/// One thing that happened to an account, or that somebody tried. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEntry {
    /// When.
    pub at: OffsetDateTime,
    /// The name of the signal that says so, such as `user_authenticated`.
    pub signal: Cow<'static, str>,
    /// The account, if it is one.
    pub user: Option<UserId>,
    /// What came of it, such as `wrong_password`.
    pub outcome: Cow<'static, str>,
    /// From where.
    pub context: RequestContext,
}

impl AuditEntry {
    /// An entry without an account or a context. U+FFFD stands for each U+0000, which PostgreSQL cannot
    /// store.
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

    /// Sets the request that it happened in.
    #[must_use]
    pub fn with_context(self, context: RequestContext) -> Self {
        Self { context, ..self }
    }
}

fn storable(text: Cow<'static, str>) -> Cow<'static, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        text
    }
}

/// What a store counts audit entries by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditNumber(pub i64);
