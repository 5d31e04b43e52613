//! The changes that break code or stored rows of an earlier release.

use lback_signals::__private::tool::View;

use crate::diff::{Change, compare};

/// Returns what breaks: first for code that names the signals, then for rows that outboxes store.
pub(crate) fn breaking(old: &View<'_>, new: &View<'_>) -> Vec<String> {
    let changes = compare(old, new);
    let payloads = changes.into_iter().filter(|change| {
        matches!(
            change,
            Change::SignalRemoved { .. }
                | Change::FieldRemoved { .. }
                | Change::FieldChanged { .. }
        )
    });
    let mut breaking: Vec<_> = payloads.map(|change| change.parts().concat()).collect();
    breaking.extend(new.stored_changes(&old.to_lock()));
    breaking
}
