//! Buffer of audit entries that are written with the transaction.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::clock::Clock;
use crate::request_context::RequestContext;
use crate::store::AuditEntry;
use crate::user_id::UserId;

/// Audit entries of a flow, written to the audit log in the flow's transaction: both are committed, or neither is.
///
/// The flows of [`Accounts`](crate::Accounts) provide a buffer to the receivers of signals that are sent inside
/// their transaction. Flows append their own signals and refusals, the receivers of the feature `audit` append each
/// signal of the model, and an application can append entries of its receivers:
///
/// ```
/// use lback_auth::{AuditBuffer, AuthUser, UserPasswordSet};
/// use lback_signals::{Res, receiver};
///
/// /// Marks changes to accounts of the staff.
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
/// There is no buffer outside a flow. Entries of receivers that run after the commit are not written.
pub struct AuditBuffer {
    clock: Clock,
    context: RequestContext,
    entries: Mutex<Vec<AuditEntry>>,
}

impl AuditBuffer {
    /// Creates an empty buffer, for tests of receivers. The clock sets the time of the entries.
    #[must_use]
    pub fn new(clock: Clock, context: RequestContext) -> Self {
        Self {
            clock,
            context,
            entries: Mutex::default(),
        }
    }

    /// Appends an entry with the current time: the name of the signal, the outcome, and the account. It must not
    /// contain secrets.
    pub fn note(
        &self,
        signal: impl Into<Cow<'static, str>>,
        outcome: impl Into<Cow<'static, str>>,
        user: Option<UserId>,
    ) {
        let entry = AuditEntry::new(self.clock.now(), signal, outcome)
            .with_user(user)
            .with_context(self.context.clone());
        self.extend([entry]);
    }

    /// Returns all entries.
    #[must_use]
    pub fn entries(&self) -> Vec<AuditEntry> {
        let entries = self.entries.lock();
        entries.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn extend(&self, entries: impl IntoIterator<Item = AuditEntry>) {
        let buffer = self.entries.lock();
        buffer
            .unwrap_or_else(PoisonError::into_inner)
            .extend(entries);
    }
}

impl fmt::Debug for AuditBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditBuffer").finish_non_exhaustive()
    }
}
