//! The stored names and versions that a program accepts, from its wiring or from a lock.

use super::Wiring;
use super::lock::Locked;
use crate::info::ReceiverInfo;

#[cfg(test)]
mod tests;

/// The stored names and versions that the durable receivers of a program accept.
///
/// They come from the [`wiring`](crate::wiring()) of this program, or from the `signals.lock` of another one, which
/// need not have started anywhere. [`stranded`](Self::stranded) compares them with what an outbox stores.
///
/// ```
/// use lback_signals::durable::AcceptedForms;
///
/// # fn main() -> Result<(), lback_signals::durable::LockError> {
/// let forms = AcceptedForms::from_lock(
///     "durable signal order.paid v2 is shop::OrderPaid, stored as 7f3a19c2\n\
///      durable send-receipt of order.paid by shop::mail::send_receipt, attempts 20\n",
/// )?;
/// assert!(forms.stranded(&[]).is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcceptedForms {
    signals: Vec<AcceptedSignal>,
    receivers: Vec<AcceptedReceiver>,
    retired: Vec<String>,
}

/// The stored names of a signal, and the versions of its payloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AcceptedSignal {
    /// The current name, then the earlier ones.
    names: Vec<String>,
    pub(crate) oldest_version: u32,
    pub(crate) version: u32,
}

/// The stored names of a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AcceptedReceiver {
    names: Vec<String>,
    /// The index of its signal.
    signal: usize,
}

/// Error returned by [`AcceptedForms::from_lock`] for a text that is not a lock, or that a later release wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// A line is not one of a lock.
    #[error(
        "line {line} of the lock is not known: `{text}`; remove it, or read the lock with the release of lback-signals \
         that has written it"
    )]
    UnknownLine {
        /// The number of the line, starting at 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// A durable receiver is of a signal that has no line.
    #[error(
        "the lock has the durable receiver `{receiver}` of `{signal}`, and no line of that signal: write it anew with \
         UPDATE_SIGNALS_LOCK=1"
    )]
    UnknownSignal {
        /// The stored name of the receiver.
        receiver: String,
        /// The stored name of the signal.
        signal: String,
    },
}

impl AcceptedForms {
    /// Reads a `signals.lock`, as [`assert_wiring!`](crate::assert_wiring) has written it.
    ///
    /// # Errors
    ///
    /// The text is not a lock, or a later release has written it.
    pub fn from_lock(lock: &str) -> Result<Self, LockError> {
        let locked = Locked::read_all(lock).map_err(|(line, text)| LockError::UnknownLine {
            line,
            text: text.to_owned(),
        })?;
        let mut forms = Self {
            retired: locked.retired.iter().map(ToString::to_string).collect(),
            ..Self::default()
        };
        for signal in &locked.signals {
            forms.signals.push(AcceptedSignal {
                names: names(signal.name, &signal.was),
                oldest_version: signal.oldest_version,
                version: signal.version,
            });
        }
        for receiver in &locked.receivers {
            let mut signals = locked.signals.iter();
            let signal = signals.position(|signal| signal.name == receiver.signal);
            let Some(signal) = signal else {
                return Err(LockError::UnknownSignal {
                    receiver: receiver.name.to_owned(),
                    signal: receiver.signal.to_owned(),
                });
            };
            let names = names(receiver.name, &receiver.was);
            forms.receivers.push(AcceptedReceiver { names, signal });
        }
        Ok(forms)
    }

    /// Returns whether the deliveries for a receiver are discarded, since it was removed.
    pub(crate) fn is_retired(&self, receiver: &str) -> bool {
        self.retired.iter().any(|name| name == receiver)
    }

    /// Returns the signal of the receiver that takes deliveries with this stored name.
    pub(crate) fn signal_of(&self, receiver: &str) -> Option<&AcceptedSignal> {
        let mut receivers = self.receivers.iter();
        let receiver = receivers.find(|it| it.names.iter().any(|name| name == receiver))?;
        Some(&self.signals[receiver.signal])
    }

    /// Returns whether a signal has this stored name.
    pub(crate) fn knows_signal(&self, name: &str) -> bool {
        self.signals.iter().any(|signal| signal.has_name(name))
    }
}

impl AcceptedSignal {
    /// Returns whether payloads with this stored name are payloads of the signal.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.names.iter().any(|it| it == name)
    }

    /// Returns the current name.
    pub(crate) fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }
}

/// The names and versions that this program accepts.
impl From<&Wiring> for AcceptedForms {
    fn from(wiring: &Wiring) -> Self {
        let mut forms = Self {
            retired: wiring
                .retired_names()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            ..Self::default()
        };
        for &signal in &wiring.signals {
            let Some(durable) = signal.durable() else {
                continue;
            };
            let index = forms.signals.len();
            forms.signals.push(AcceptedSignal {
                names: names(durable.name(), durable.was()),
                oldest_version: durable.oldest_version(),
                version: durable.version(),
            });
            let receivers = signal.receivers().into_iter();
            let receivers = receivers.filter_map(ReceiverInfo::durable);
            let receivers = receivers.map(|receiver| AcceptedReceiver {
                names: names(receiver.name(), receiver.was()),
                signal: index,
            });
            forms.receivers.extend(receivers);
        }
        forms
    }
}

fn names(name: &str, was: &[&str]) -> Vec<String> {
    let names = [name].into_iter().chain(was.iter().copied());
    names.map(str::to_owned).collect()
}
