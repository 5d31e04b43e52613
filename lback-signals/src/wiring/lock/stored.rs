//! Changes of the wiring that rows of an outbox may not survive.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::super::problem::Located;
use super::super::view::{DurableSignalView, ReceiverView, SignalView};
use super::durable::{Locked, LockedReceiver, LockedSignal, receivers};

#[cfg(test)]
mod tests;

/// A change that concerns rows which earlier programs may have stored. `Display` says what to do.
pub(super) enum StoredChange<'c> {
    /// The payloads of one version have two forms. The file is not written with it.
    Form {
        locked: LockedSignal<'c>,
        signal: &'c SignalView<'c>,
        version: u32,
    },
    /// This binary does not read a version that the file accepts.
    Version {
        locked: LockedSignal<'c>,
        lost: u32,
        signal: &'c SignalView<'c>,
        version: u32,
    },
    /// No signal has the stored name.
    NoSignal { name: &'c str },
    /// No receiver has the stored name, and it is not retired.
    NoReceiver { name: &'c str },
    /// The name was retired, and its `retire!` is gone.
    NoRetired { name: &'c str },
    /// The deliveries of one key are ordered by another name, so new ones do not wait for the stored ones.
    Order {
        locked: LockedReceiver<'c>,
        receiver: &'c ReceiverView<'c>,
    },
    /// The receiver with the stored name receives another signal.
    OtherSignal {
        locked: LockedReceiver<'c>,
        signal: &'c SignalView<'c>,
        receiver: &'c ReceiverView<'c>,
    },
}

impl StoredChange<'_> {
    /// Returns whether both forms would be stored under one version.
    pub(super) fn is_of_form(&self) -> bool {
        matches!(self, Self::Form { .. })
    }
}

/// Compares the durable signals and receivers of a lock with those of a binary.
pub(super) fn stored_changes<'c>(
    lock: &'c str,
    signals: &'c [SignalView<'c>],
    retired: &[&str],
) -> Vec<StoredChange<'c>> {
    let Locked {
        signals: locked_signals,
        receivers: locked_receivers,
        retired: locked_retired,
    } = Locked::read(lock);
    let signals_by_name = signals_by_name(signals);
    let receivers_by_name = receivers_by_name(signals);
    let retired: HashSet<_> = retired.iter().copied().collect();
    let is_retired = |name: &str| retired.contains(name);
    // Whether all receivers of a signal are retired.
    let mut all_retired = HashMap::new();
    for locked in &locked_receivers {
        let all = all_retired.entry(locked.signal).or_insert(true);
        *all = *all && locked.names().all(is_retired);
    }
    let mut changes = Vec::new();
    for locked in locked_signals {
        // Then its payloads are discarded with their deliveries.
        let is_discarded = all_retired.get(locked.name).is_some_and(|all| *all);
        let names = [locked.name].into_iter().chain(locked.was.iter().copied());
        let lost = names.filter(|name| !is_discarded && !signals_by_name.contains_key(name));
        changes.extend(lost.map(|name| StoredChange::NoSignal { name }));
        let Some(&(signal, durable)) = signals_by_name.get(locked.name) else {
            continue;
        };
        let version = durable.version;
        let lost = if locked.oldest_version < durable.oldest_version {
            Some(locked.oldest_version)
        } else {
            (locked.version > version).then_some(locked.version)
        };
        if let Some(lost) = lost {
            changes.push(StoredChange::Version {
                locked,
                lost,
                signal,
                version,
            });
        } else if locked.version == version && locked.has_other_form(durable) {
            changes.push(StoredChange::Form {
                locked,
                signal,
                version,
            });
        }
    }
    for locked in locked_receivers {
        let lost = locked.names();
        let lost = lost.filter(|name| !receivers_by_name.contains_key(name) && !is_retired(name));
        changes.extend(lost.map(|name| StoredChange::NoReceiver { name }));
        let Some(&(signal, receiver)) = receivers_by_name.get(locked.name) else {
            continue;
        };
        let durable = signal.durable.as_ref();
        if !durable.is_some_and(|durable| durable.has_name(locked.signal)) {
            changes.push(StoredChange::OtherSignal {
                locked,
                signal,
                receiver,
            });
        } else if locked.is_ordered && receiver.orders_by_another_name(&locked) {
            changes.push(StoredChange::Order { locked, receiver });
        }
    }
    let lost = locked_retired.into_iter();
    let lost = lost.filter(|name| !receivers_by_name.contains_key(name) && !is_retired(name));
    changes.extend(lost.map(|name| StoredChange::NoRetired { name }));
    changes
}

impl ReceiverView<'_> {
    fn orders_by_another_name(&self, locked: &LockedReceiver<'_>) -> bool {
        let durable = self.durable.as_ref().filter(|durable| durable.ordered);
        durable.is_some_and(|durable| {
            let oldest = durable.was.last().copied().unwrap_or(durable.name);
            oldest != locked.oldest_name()
        })
    }
}

/// Returns the signals that read payloads with each stored name. Of two with one name, the first counts.
pub(in crate::wiring) fn signals_by_name<'v, 'a>(
    signals: &'v [SignalView<'a>],
) -> HashMap<&'v str, (&'v SignalView<'a>, &'v DurableSignalView<'a>)> {
    let mut by_name = HashMap::new();
    for signal in signals {
        if let Some(durable) = &signal.durable {
            for name in [durable.name].iter().chain(&durable.was) {
                by_name.entry(*name).or_insert((signal, durable));
            }
        }
    }
    by_name
}

/// Returns the receivers that take deliveries with each stored name.
fn receivers_by_name<'v, 'a>(
    signals: &'v [SignalView<'a>],
) -> HashMap<&'v str, (&'v SignalView<'a>, &'v ReceiverView<'a>)> {
    let mut by_name = HashMap::new();
    for (signal, receiver) in receivers(signals) {
        if let Some(durable) = &receiver.durable {
            for name in [durable.name].iter().chain(&durable.was) {
                by_name.entry(*name).or_insert((signal, receiver));
            }
        }
    }
    by_name
}

impl fmt::Display for StoredChange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form {
                locked,
                signal,
                version,
            } => write!(
                f,
                "the stored form of {} has changed, and payloads of `{}` v{version} in the form of \
                 the file may be stored: write `version = {}` in its `durable(…)`, or restore its fields. If \
                 all that changed are new fields with `#[field(default)]`, or no database has such payloads, \
                 delete the line `{}` from the file",
                Located::of_signal(signal),
                locked.name,
                version.saturating_add(1),
                locked.line,
            ),
            Self::Version {
                locked,
                lost,
                signal,
                version,
            } => {
                write!(
                    f,
                    "payloads of `{}` v{lost} may be stored, and {} does not read them: ",
                    locked.name,
                    Located::of_signal(signal),
                )?;
                if lost < version {
                    write!(
                        f,
                        "write `upcast({lost} = …)` in its `durable(…)` with a type that has their fields, or "
                    )?;
                }
                f.write_str("run a worker of the earlier program until they are delivered")
            }
            Self::NoSignal { name } => write!(
                f,
                "payloads of the durable signal `{name}` may be stored, and no signal of this binary has the \
                 name: after a rename, write `was(\"{name}\")` in its `durable(…)`; after a removal, write \
                 `lback_signals::retire!(\"…\");` for each of its durable receivers",
            ),
            Self::NoReceiver { name } => write!(
                f,
                "deliveries for the durable receiver `{name}` may be stored, and no receiver of this binary \
                 has the name: after a rename, write `was(\"{name}\")` in its `durable(…)`; after a removal, \
                 write `lback_signals::retire!(\"{name}\");`, so that workers discard them",
            ),
            Self::NoRetired { name } => write!(
                f,
                "deliveries for the removed receiver `{name}` would wait for ever: restore \
                 `lback_signals::retire!(\"{name}\");`, unless no database has any",
            ),
            Self::Order { locked, receiver } => write!(
                f,
                "deliveries for the durable receiver `{}` may be stored, and {} would not wait for the \
                 earlier ones of a key: let the last name in its `was(…)` be \"{}\"",
                locked.name,
                Located::of_receiver(receiver),
                locked.oldest_name(),
            ),
            Self::OtherSignal {
                locked,
                signal,
                receiver,
            } => write!(
                f,
                "deliveries of `{}` for the durable receiver `{}` may be stored, and {} now \
                 receives `{}`: give it another durable name",
                locked.signal,
                locked.name,
                Located::of_receiver(receiver),
                signal.type_path,
            ),
        }
    }
}
