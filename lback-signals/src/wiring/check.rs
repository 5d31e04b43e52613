//! What is wrong with the wiring, as far as it can be known without sending anything.

use std::collections::{BTreeMap, HashSet};

use super::{Wiring, WiringProblem};
use crate::registry::{by_environment, order};

#[cfg(test)]
mod tests;
use crate::info::{ReceiverInfo, SignalInfo};

impl Wiring {
    /// Finds what is wrong with the wiring, without sending anything: call it where the program
    /// starts, when all is provided.
    ///
    /// # Errors
    ///
    /// Every problem, ordered by signal and receiver; at least one.
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
        for signal in &self.signals {
            let receivers = signal.receivers();
            problems.extend(fulfillment(signal, &receivers));
            problems.extend(received_twice(&receivers));
            problems.extend(self.disorder(&receivers));
            problems.extend(receivers.iter().flat_map(|receiver| missing(receiver)));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn disorder(&self, receivers: &[&'static ReceiverInfo]) -> Vec<WiringProblem> {
        let receivers = by_key(receivers);
        let arrangement = order::arrange(&receivers);
        let cycles = arrangement
            .cycles
            .into_iter()
            .map(|cycle| WiringProblem::OrderCycle {
                receivers: cycle.into_iter().map(|index| receivers[index]).collect(),
            });
        // No other signal of the attribute excuses these, as it does unresolved references: what is named does
        // receive this one.
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

    /// Whether the path names a receiver of some signal that the same attribute lists: it is written
    /// once for all of them.
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

/// The receivers as [`order::arrange`] takes them.
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

fn missing(receiver: &'static ReceiverInfo) -> Vec<WiringProblem> {
    receiver
        .resources()
        .into_iter()
        .filter(|resource| !resource.is_optional() && !resource.is_provided())
        .map(|resource| WiringProblem::MissingResource { receiver, resource })
        .collect()
}
