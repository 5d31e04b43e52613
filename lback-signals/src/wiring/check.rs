//! The check of the wiring, which sends no signal.

use std::collections::{BTreeMap, HashSet};

use super::{Wiring, WiringProblem};
use crate::info::{ReceiverInfo, SignalInfo};
use crate::registry::{by_environment, order};

#[cfg(feature = "durable")]
mod durable;
#[cfg(test)]
mod tests;

impl Wiring {
    /// Checks the wiring without sending a signal. Call it at the start of the program, after all resources
    /// are provided.
    ///
    /// # Errors
    ///
    /// Returns all problems: first shared names, errors of `LBACK_DISABLE` and those of durable signals and
    /// receivers, then those of each signal.
    ///
    /// ```standalone_crate
    /// use lback_signals::{Res, receiver, signal, wiring};
    ///
    /// trait Mailer: Send + Sync {}
    ///
    /// #[signal]
    /// struct Invited;
    ///
    /// #[receiver(signal = Invited)]
    /// fn send_invitation(_: &Invited, _: Res<'_, dyn Mailer>) {}
    ///
    /// let problems = wiring().check().unwrap_err();
    /// let problem = problems[0].to_string();
    /// assert!(problem.contains("send_invitation") && problem.contains("dyn"));
    /// ```
    pub fn check(&self) -> Result<(), Vec<WiringProblem>> {
        let mut problems = shared_names(&self.signals);
        problems.extend(not_disabled());
        #[cfg(feature = "durable")]
        problems.extend(self.durable_problems());
        for signal in &self.signals {
            let receivers = signal.receivers();
            problems.extend(fulfillment(signal, &receivers));
            problems.extend(received_twice(&receivers));
            problems.extend(self.order_problems(&receivers));
            problems.extend(receivers.iter().flat_map(|receiver| missing(receiver)));
            problems.extend(receivers.iter().flat_map(|receiver| no_receivers(receiver)));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn order_problems(&self, receivers: &[&'static ReceiverInfo]) -> Vec<WiringProblem> {
        let receivers = by_key(receivers);
        let arrangement = order::arrange(&receivers);
        let cycles = arrangement
            .cycles
            .into_iter()
            .map(|cycle| WiringProblem::OrderCycle {
                receivers: cycle.into_iter().map(|index| receivers[index]).collect(),
            });
        // Reported even if the path names a receiver of another signal of the attribute: it does receive this
        // one.
        let across = arrangement.across_phases.into_iter().map(|(index, path)| {
            let receiver = receivers[index];
            WiringProblem::OrderAcrossPhases { receiver, path }
        });
        let unresolved = arrangement
            .unresolved
            .into_iter()
            .map(|(index, path)| (receivers[index], path))
            .filter(|(receiver, path)| !self.is_known_elsewhere(receiver, path))
            .map(|(receiver, path)| WiringProblem::UnknownReceiver { receiver, path });
        cycles.chain(across).chain(unresolved).collect()
    }

    /// Returns whether the path names a receiver of another signal of the same attribute. An attribute that
    /// lists several signals has one `before(…)` or `after(…)` for all of them.
    fn is_known_elsewhere(&self, receiver: &ReceiverInfo, path: &'static str) -> bool {
        self.signals.iter().any(|signal| {
            let receivers = by_key(&signal.receivers());
            let key = receiver.order_key();
            receivers
                .binary_search_by_key(&key, |other| other.order_key())
                .is_ok_and(|index| {
                    !order::arrange(&receivers)
                        .unresolved
                        .contains(&(index, path))
                })
        })
    }
}

/// Sorts the receivers as [`order::arrange`] expects them.
fn by_key(receivers: &[&'static ReceiverInfo]) -> Vec<&'static ReceiverInfo> {
    let mut receivers = receivers.to_vec();
    receivers.sort_unstable_by_key(|receiver| receiver.order_key());
    receivers
}

fn shared_names(signals: &[&'static SignalInfo]) -> Vec<WiringProblem> {
    let mut by_name = BTreeMap::<_, Vec<_>>::new();
    for signal in signals.iter().filter(|signal| signal.is_named()) {
        by_name.entry(signal.name()).or_default().push(*signal);
    }
    by_name
        .into_values()
        .filter(|signals| signals.len() > 1)
        .map(|signals| WiringProblem::SharedName { signals })
        .collect()
}

fn not_disabled() -> impl Iterator<Item = WiringProblem> {
    let errors = by_environment().iter().cloned();
    errors.map(|error| WiringProblem::NotDisabled { error })
}

fn fulfillment(
    signal: &'static SignalInfo,
    receivers: &[&'static ReceiverInfo],
) -> Option<WiringProblem> {
    if !signal.is_required() {
        return None;
    }
    let fulfilling: Vec<_> = receivers
        .iter()
        .copied()
        .filter(|receiver| receiver.fulfills())
        .collect();
    match fulfilling.len() {
        0 => Some(WiringProblem::Unfulfilled { signal }),
        1 => None,
        _ => Some(WiringProblem::FulfilledTwice {
            signal,
            receivers: fulfilling,
        }),
    }
}

fn received_twice(receivers: &[&'static ReceiverInfo]) -> Vec<WiringProblem> {
    let mut seen = HashSet::new();
    let again = receivers
        .iter()
        .filter(|receiver| !seen.insert((receiver.item(), receiver.phase())));
    again
        .map(|receiver| WiringProblem::ReceivedTwice { receiver })
        .collect()
}

/// Returns the problem of each signal that the receiver relies on and that has no receiver.
pub(crate) fn no_receivers(receiver: &'static ReceiverInfo) -> Vec<WiringProblem> {
    let signals = receiver.signals_without_receivers().into_iter();
    signals
        .map(|signal| WiringProblem::NoReceiver { receiver, signal })
        .collect()
}

fn missing(receiver: &'static ReceiverInfo) -> Vec<WiringProblem> {
    receiver
        .resources()
        .into_iter()
        .filter(|resource| !resource.is_optional() && !resource.is_provided())
        .map(|resource| WiringProblem::MissingResource { receiver, resource })
        .collect()
}
