//! Where receivers note what is to be in the audit log.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use time::OffsetDateTime;

use crate::{AuditEntry, RequestContext, UserId};

/// What goes into the audit log when the transaction around a flow commits, and nowhere if it does
/// not: what happened and its record cannot part.
///
/// The flows of [`Accounts`](crate::Accounts) provide one to the receivers of what is sent inside
/// their transaction. They note their own signals and what they refuse in it; the receivers of the
/// feature `audit` each signal of the model; and an application what else belongs beside those:
///
/// ```
/// use lback_auth::{AuditBuffer, AuthUser, UserPasswordSet};
/// use lback_signals::{Res, receiver};
///
/// /// Accounts of the staff have to be known to somebody.
/// #[receiver(signal = UserPasswordSet)]
/// fn note_staff(event: &UserPasswordSet<'_>, audit: Option<Res<'_, AuditBuffer>>) {
///     if let Some(audit) = audit
///         && event.user.email().ends_with("@example.org")
///     {
///         audit.note("staff_password", "set", event.user.id());
///     }
/// }
/// ```
///
/// Outside a flow there is none. A receiver that waits for the commit finds one that is written no
/// more.
pub struct AuditBuffer {
    clock: Arc<dyn Fn() -> OffsetDateTime + Send + Sync>,
    context: RequestContext,
    entries: Mutex<Vec<AuditEntry>>,
}

impl AuditBuffer {
    /// An empty one, for tests of receivers; the entries are of this moment by this clock.
    pub fn new(
        clock: impl Fn() -> OffsetDateTime + Send + Sync + 'static,
        context: RequestContext,
    ) -> Self {
        Self::of(Arc::new(clock), context)
    }

    pub(crate) fn of(
        clock: Arc<dyn Fn() -> OffsetDateTime + Send + Sync>,
        context: RequestContext,
    ) -> Self {
        Self {
            clock,
            context,
            entries: Mutex::default(),
        }
    }

    /// Notes one thing that happened now: by which name, what came of it, and whose account it is
    /// about. Keep secrets out of it.
    pub fn note(
        &self,
        signal: impl Into<Cow<'static, str>>,
        outcome: impl Into<Cow<'static, str>>,
        user: Option<UserId>,
    ) {
        let entry = AuditEntry::new((self.clock)(), signal, outcome)
            .with_user(user)
            .with_context(self.context.clone());
        self.extend([entry]);
    }

    /// All that has been noted.
    #[must_use]
    pub fn entries(&self) -> Vec<AuditEntry> {
        let noted = self.entries.lock();
        noted.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn extend(&self, entries: impl IntoIterator<Item = AuditEntry>) {
        let noted = self.entries.lock();
        noted
            .unwrap_or_else(PoisonError::into_inner)
            .extend(entries);
    }
}

impl fmt::Debug for AuditBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditBuffer").finish_non_exhaustive()
    }
}
