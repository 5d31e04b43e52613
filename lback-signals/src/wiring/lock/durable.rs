//! The lines of durable signals and receivers.
//!
//! Each line is the words of one item, then clauses: those in parentheses after the name are about names and
//! versions, those after commas are options. A reader skips clauses that it does not know, so that later releases
//! may add some.

use std::fmt::Write;

use super::super::view::{ReceiverView, SignalView};

#[cfg(test)]
mod tests;

/// The comment above the lines.
const HEADING: &str = "# The durable signals and receivers, as outboxes store them.\n";

/// Writes the lines, if there are any: the signals by stored name, then the receivers by stored name.
pub(super) fn write(lock: &mut String, signals: &[SignalView<'_>]) {
    let mut durable_signals: Vec<_> = signals
        .iter()
        .filter_map(|signal| Some((signal.durable.as_ref()?, signal)))
        .collect();
    let mut durable_receivers: Vec<_> = receivers(signals)
        .filter_map(|(signal, receiver)| Some((receiver.durable.as_ref()?, signal, receiver)))
        .collect();
    if durable_signals.is_empty() && durable_receivers.is_empty() {
        return;
    }
    // By the path as well, in case two have one name.
    durable_signals.sort_by_key(|(durable, signal)| (durable.name, signal.type_path));
    durable_receivers.sort_by_key(|(durable, _, receiver)| (durable.name, receiver.id));

    lock.push_str(HEADING);
    for (durable, signal) in durable_signals {
        let (stored_name, path) = (durable.stored_name(), signal.type_path);
        let options = durable.options();
        let _ = writeln!(lock, "durable signal {stored_name} is {path}, {options}");
    }
    for (durable, signal, receiver) in durable_receivers {
        let signal = signal.durable.as_ref().map_or("", |signal| signal.name);
        let (stored_name, id) = (durable.stored_name(), receiver.id);
        let options = durable.options().join(", ");
        let _ = writeln!(lock, "durable {stored_name} of {signal} by {id}, {options}");
    }
}

pub(super) fn receivers<'v, 'a>(
    signals: &'v [SignalView<'a>],
) -> impl Iterator<Item = (&'v SignalView<'a>, &'v ReceiverView<'a>)> {
    let with_signal = |signal: &'v SignalView<'a>| {
        let receivers = signal.receivers.iter();
        receivers.map(move |receiver| (signal, receiver))
    };
    signals.iter().flat_map(with_signal)
}

/// The line of a durable signal.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::wiring) struct LockedSignal<'l> {
    pub(in crate::wiring) line: &'l str,
    pub(in crate::wiring) name: &'l str,
    pub(in crate::wiring) version: u32,
    pub(in crate::wiring) oldest_version: u32,
    pub(in crate::wiring) was: Vec<&'l str>,
    pub(in crate::wiring) stored_form: &'l str,
}

/// The line of a durable receiver.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::wiring) struct LockedReceiver<'l> {
    pub(in crate::wiring) name: &'l str,
    pub(in crate::wiring) was: Vec<&'l str>,
    /// The stored name of its signal.
    pub(in crate::wiring) signal: &'l str,
    pub(in crate::wiring) id: &'l str,
}

/// The lines of the durable signals and receivers of a lock.
#[derive(Debug, Default)]
pub(in crate::wiring) struct Locked<'l> {
    pub(in crate::wiring) signals: Vec<LockedSignal<'l>>,
    pub(in crate::wiring) receivers: Vec<LockedReceiver<'l>>,
}

impl<'l> Locked<'l> {
    pub(in crate::wiring) fn read(lock: &'l str) -> Self {
        let mut locked = Self::default();
        for line in lock.lines() {
            let line = line.trim_end();
            // A receiver may have the name `signal`: its line is one that is not a signal's.
            if let Some(signal) = LockedSignal::read(line) {
                locked.signals.push(signal);
            } else if let Some(receiver) = LockedReceiver::read(line) {
                locked.receivers.push(receiver);
            }
        }
        locked
    }
}

// No name contains a space, but a name may be any word of these lines, so they are read word by word.

impl<'l> LockedSignal<'l> {
    /// Reads `durable signal order.paid v2 (accepts 1 to 2, was order_paid) is shop::OrderPaid, stored as 7f3a19c2`.
    fn read(line: &'l str) -> Option<Self> {
        let (name, rest) = line.strip_prefix("durable signal ")?.split_once(' ')?;
        let (version, rest) = rest.strip_prefix('v')?.split_once(' ')?;
        let version = version.parse().ok()?;
        let (clauses, rest) = clauses(rest);
        let mut options = rest.strip_prefix("is ")?.split(", ");
        let stored_form = options.find_map(|option| option.strip_prefix("stored as "))?;
        Some(Self {
            line,
            name,
            version,
            oldest_version: oldest_version(clauses).unwrap_or(version),
            was: earlier_names(clauses),
            stored_form,
        })
    }
}

impl<'l> LockedReceiver<'l> {
    /// Reads `durable send-receipt (was mail-receipt) of order.paid by shop::mail::send_receipt, attempts 20`.
    fn read(line: &'l str) -> Option<Self> {
        let (name, rest) = line.strip_prefix("durable ")?.split_once(' ')?;
        let (clauses, rest) = clauses(rest);
        let (signal, rest) = rest.strip_prefix("of ")?.split_once(' ')?;
        let id = rest.strip_prefix("by ")?.split(", ").next()?;
        Some(Self {
            name,
            was: earlier_names(clauses),
            signal,
            id,
        })
    }
}

/// Splits `(accepts 1 to 2, was order_paid and paid) is …` into the clauses and the text after the parentheses.
fn clauses(text: &str) -> (&str, &str) {
    let clauses = text.strip_prefix('(');
    let split = clauses.and_then(|text| text.split_once(") "));
    split.unwrap_or(("", text))
}

fn earlier_names(clauses: &str) -> Vec<&str> {
    let mut clauses = clauses.split(", ");
    let was = clauses.find_map(|clause| clause.strip_prefix("was "));
    // Each second word is `and`.
    let was = was.map(|names| names.split(' ').step_by(2).collect());
    was.unwrap_or_default()
}

fn oldest_version(clauses: &str) -> Option<u32> {
    let mut clauses = clauses.split(", ");
    let accepts = clauses.find_map(|clause| clause.strip_prefix("accepts "))?;
    accepts.split(' ').next()?.parse().ok()
}
