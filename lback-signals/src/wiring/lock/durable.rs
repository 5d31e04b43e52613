//! The lines of durable signals and receivers.
//!
//! Each line is the words of one item, then clauses: those in parentheses after the name are about names and
//! versions, those after commas are options. A reader skips clauses that it does not know, so that later releases
//! may add some.

use std::fmt::Write;

use super::super::view::{DurableSignalView, ReceiverView, SignalView};

#[cfg(test)]
mod tests;

/// The comment above the lines.
const HEADING: &str = "# The durable signals and receivers, as outboxes store them.\n";

/// The words before a stored form, and the word for one that is known only at run time, in a lock of a program that
/// was read from a file.
const STORED_AS: &str = "stored as ";
const UNKNOWN: &str = "?";

/// The word before the name of a removed receiver.
const RETIRED: &str = "retired ";

/// Writes the lines, if there are any: the signals by stored name, then the receivers by stored name, then the names
/// of removed receivers.
pub(super) fn write(lock: &mut String, signals: &[SignalView<'_>], retired: &[&str]) {
    let mut durable_signals: Vec<_> = signals
        .iter()
        .filter_map(|signal| Some((signal.durable.as_ref()?, signal)))
        .collect();
    let mut durable_receivers: Vec<_> = receivers(signals)
        .filter_map(|(signal, receiver)| Some((receiver.durable.as_ref()?, signal, receiver)))
        .collect();
    if durable_signals.is_empty() && durable_receivers.is_empty() && retired.is_empty() {
        return;
    }
    // By the path as well, in case two have one name.
    durable_signals.sort_by_key(|(durable, signal)| (durable.name, signal.type_path));
    durable_receivers.sort_by_key(|(durable, _, receiver)| (durable.name, receiver.id));

    lock.push_str(HEADING);
    for (durable, signal) in durable_signals {
        let (stored_name, path) = (durable.stored_name(), signal.type_path);
        let _ = write!(lock, "durable signal {stored_name} is {path}");
        for option in durable.options() {
            let _ = write!(lock, ", {option}");
        }
        if durable.stored_form.is_none() {
            let _ = write!(lock, ", {STORED_AS}{UNKNOWN}");
        }
        lock.push('\n');
    }
    for (durable, signal, receiver) in durable_receivers {
        let signal = signal.durable.as_ref().map_or("", |signal| signal.name);
        let (stored_name, id) = (durable.stored_name(), receiver.id);
        let options = durable.options().join(", ");
        let _ = writeln!(lock, "durable {stored_name} of {signal} by {id}, {options}");
    }
    for name in retired {
        let _ = writeln!(lock, "{RETIRED}{name}");
    }
}

pub(in crate::wiring) fn receivers<'v, 'a>(
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
    pub(in crate::wiring) type_path: &'l str,
    /// The name of the field that is the key.
    pub(in crate::wiring) key: Option<&'l str>,
    /// `None` in a lock of a program that was read from a file.
    pub(in crate::wiring) stored_form: Option<&'l str>,
}

/// The line of a durable receiver.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::wiring) struct LockedReceiver<'l> {
    pub(in crate::wiring) name: &'l str,
    pub(in crate::wiring) was: Vec<&'l str>,
    /// The stored name of its signal.
    pub(in crate::wiring) signal: &'l str,
    pub(in crate::wiring) id: &'l str,
    pub(in crate::wiring) is_ordered: bool,
    pub(in crate::wiring) attempts: u32,
    /// `skip` or `block`.
    pub(in crate::wiring) on_dead: &'l str,
}

impl LockedSignal<'_> {
    /// Returns whether both forms are known, and differ.
    pub(in crate::wiring) fn has_other_form(&self, durable: &DurableSignalView<'_>) -> bool {
        let forms = self.stored_form.zip(durable.stored_form.as_deref());
        forms.is_some_and(|(locked, form)| locked != form)
    }
}

impl<'l> LockedReceiver<'l> {
    /// Returns the current name and the earlier ones.
    pub(in crate::wiring) fn names(&self) -> impl Iterator<Item = &'l str> {
        [self.name].into_iter().chain(self.was.iter().copied())
    }

    /// Returns the oldest name, by which the deliveries of an ordered receiver are ordered.
    pub(in crate::wiring) fn oldest_name(&self) -> &'l str {
        self.was.last().copied().unwrap_or(self.name)
    }
}

/// The lines of the durable signals and receivers of a lock.
#[derive(Debug, Default)]
pub(in crate::wiring) struct Locked<'l> {
    pub(in crate::wiring) signals: Vec<LockedSignal<'l>>,
    pub(in crate::wiring) receivers: Vec<LockedReceiver<'l>>,
    /// The names of removed receivers.
    pub(in crate::wiring) retired: Vec<&'l str>,
}

impl<'l> Locked<'l> {
    /// Reads the lines that are known, and skips all others.
    pub(in crate::wiring) fn read(lock: &'l str) -> Self {
        let mut locked = Self::default();
        for line in lines(lock) {
            locked.add(line);
        }
        locked
    }

    /// Reads a lock of which each line is known.
    ///
    /// # Errors
    ///
    /// Returns the first line that is not of a lock, or is of a later release, with its number.
    #[cfg(feature = "durable")]
    pub(in crate::wiring) fn read_all(lock: &'l str) -> Result<Self, (usize, &'l str)> {
        let mut locked = Self::default();
        for (number, line) in (1..).zip(lines(lock)) {
            let is_known = line.is_empty() || line.starts_with('#') || super::is_of_signal(line);
            if !locked.add(line) && !is_known {
                return Err((number, line));
            }
        }
        Ok(locked)
    }

    /// Adds a line of a durable signal or receiver. Returns `false` if it is another line.
    pub(super) fn add(&mut self, line: &'l str) -> bool {
        // A receiver may have the name `signal`: its line is one that is not a signal's.
        if let Some(signal) = LockedSignal::read(line) {
            self.signals.push(signal);
        } else if let Some(receiver) = LockedReceiver::read(line) {
            self.receivers.push(receiver);
        } else if let Some(name) = line.strip_prefix(RETIRED).filter(|it| is_word(it)) {
            self.retired.push(name);
        } else {
            return false;
        }
        true
    }
}

/// Returns the lines. An editor may have added a byte order mark.
pub(super) fn lines(lock: &str) -> impl Iterator<Item = &str> {
    let lines = lock.trim_start_matches('\u{feff}').lines();
    lines.map(str::trim_end)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(' ')
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
        let type_path = options.next()?;
        let option = |prefix: &str| options.clone().find_map(|it| it.strip_prefix(prefix));
        let stored_form = option(STORED_AS)?;
        Some(Self {
            line,
            name,
            version,
            oldest_version: oldest_version(clauses, version)?,
            was: earlier_names(clauses),
            type_path,
            key: option("key "),
            stored_form: (stored_form != UNKNOWN).then_some(stored_form),
        })
    }
}

impl<'l> LockedReceiver<'l> {
    /// Reads `durable send-receipt (was mail-receipt) of order.paid by shop::send_receipt, order key, attempts 20`.
    fn read(line: &'l str) -> Option<Self> {
        let (name, rest) = line.strip_prefix("durable ")?.split_once(' ')?;
        let (clauses, rest) = clauses(rest);
        let (signal, rest) = rest.strip_prefix("of ")?.split_once(' ')?;
        let mut options = rest.strip_prefix("by ")?.split(", ");
        let id = options.next()?;
        let option = |prefix: &str| options.clone().find_map(|it| it.strip_prefix(prefix));
        Some(Self {
            name,
            was: earlier_names(clauses),
            signal,
            id,
            is_ordered: option("order key").is_some_and(str::is_empty),
            attempts: option("attempts ").map_or(Some(0), |it| it.parse().ok())?,
            on_dead: option("on_dead ").unwrap_or("skip"),
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

/// Returns the oldest version that is read. `None` if it is not a number.
fn oldest_version(clauses: &str, version: u32) -> Option<u32> {
    let mut clauses = clauses.split(", ");
    match clauses.find_map(|clause| clause.strip_prefix("accepts ")) {
        Some(accepts) => accepts.split(' ').next()?.parse().ok(),
        None => Some(version),
    }
}
