//! The stored deliveries that no receiver would take.

use std::fmt;

use super::admin::StoredForm;
use crate::wiring::AcceptedForms;

#[cfg(test)]
mod tests;

/// Stored deliveries that no receiver of a program would take: they would wait for ever.
///
/// `Display` writes their number and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stranded {
    /// The names and the version, with the numbers of deliveries.
    pub form: StoredForm,
    /// Why no receiver takes them.
    pub reason: StrandedReason,
}

/// Why no receiver of a program takes stored deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StrandedReason {
    /// No receiver has the stored name.
    UnknownReceiver,
    /// No signal has the stored name.
    UnknownSignal {
        /// The name of the signal of the receiver.
        signal: String,
    },
    /// The receiver has another signal.
    OtherSignal {
        /// The name of the signal of the receiver.
        signal: String,
    },
    /// The payloads are older than the program reads.
    TooOld {
        /// The oldest version that it reads.
        oldest: u32,
    },
    /// The payloads are newer than the program reads.
    TooNew {
        /// The newest version that it reads.
        newest: u32,
    },
}

impl AcceptedForms {
    /// Returns which of these deliveries no receiver would take, in their order.
    ///
    /// Deliveries for a [retired](crate::retire) receiver are left out, since workers discard them. So are dead
    /// letters without deliveries that wait.
    #[must_use]
    pub fn stranded(&self, stored: &[StoredForm]) -> Vec<Stranded> {
        let waiting = stored.iter().filter(|form| form.pending > 0);
        let stranded = waiting.filter_map(|form| {
            Some(Stranded {
                form: form.clone(),
                reason: self.reason(form)?,
            })
        });
        stranded.collect()
    }

    fn reason(&self, form: &StoredForm) -> Option<StrandedReason> {
        if self.is_retired(&form.receiver) {
            return None;
        }
        let Some(signal) = self.signal_of(&form.receiver) else {
            return Some(StrandedReason::UnknownReceiver);
        };
        if !signal.has_name(&form.signal) {
            let signal = signal.name().to_owned();
            return Some(if self.knows_signal(&form.signal) {
                StrandedReason::OtherSignal { signal }
            } else {
                StrandedReason::UnknownSignal { signal }
            });
        }
        let (oldest, newest) = (signal.oldest_version, signal.version);
        if form.version < oldest {
            Some(StrandedReason::TooOld { oldest })
        } else {
            (form.version > newest).then_some(StrandedReason::TooNew { newest })
        }
    }
}

impl fmt::Display for Stranded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StoredForm {
            receiver,
            signal,
            version,
            pending,
            dead,
        } = &self.form;
        let deliveries = if *pending == 1 {
            "delivery"
        } else {
            "deliveries"
        };
        write!(f, "{pending} {deliveries}")?;
        if *dead > 0 {
            let letters = if *dead == 1 { "letter" } else { "letters" };
            write!(f, " and {dead} dead {letters}")?;
        }
        write!(f, " of `{signal}` v{version} for `{receiver}`: ")?;
        match &self.reason {
            StrandedReason::UnknownReceiver => write!(
                f,
                "no receiver has the name; after a rename, write `was(\"{receiver}\")` in its `durable(…)`; after a \
                 removal, write `lback_signals::retire!(\"{receiver}\");`; if this program lacks a crate, link it"
            ),
            StrandedReason::UnknownSignal { signal: current } => write!(
                f,
                "no signal has the name, and the receiver takes `{current}`; after a rename, write \
                 `was(\"{signal}\")` in the `durable(…)` of the signal"
            ),
            StrandedReason::OtherSignal { signal: current } => write!(
                f,
                "the receiver takes `{current}`; give it another name, and write \
                 `lback_signals::retire!(\"{receiver}\");`, or keep a receiver of `{signal}` with the name"
            ),
            StrandedReason::TooOld { oldest } => write!(
                f,
                "the program reads versions from {oldest}; write `upcast({version} = …)` in the `durable(…)` of the \
                 signal, or run a worker of the earlier program until they are delivered"
            ),
            StrandedReason::TooNew { newest } => write!(
                f,
                "the program reads versions up to {newest}; run a worker of the later program until they are delivered"
            ),
        }
    }
}
