//! The check of durable signals and receivers.

use std::collections::BTreeMap;

use super::super::{Wiring, WiringProblem};
use crate::info::{DurableNeed, ReceiverInfo, SignalInfo};

#[cfg(test)]
mod tests;

impl Wiring {
    /// Returns the problems of durable signals and receivers. With one of them no outbox and no worker starts.
    pub(crate) fn durable_problems(&self) -> Vec<WiringProblem> {
        let signals = self.signals.iter().copied();
        let receivers: Vec<_> = signals.clone().flat_map(SignalInfo::receivers).collect();
        let signals = signals.filter_map(|signal| Some((signal, signal.durable()?)));
        let signals =
            signals.map(|(signal, durable)| (signal, names(durable.name(), durable.was())));
        let durable = receivers.iter().copied();
        let durable = durable.filter_map(|receiver| Some((receiver, receiver.durable()?)));
        let durable =
            durable.map(|(receiver, durable)| (receiver, names(durable.name(), durable.was())));
        let shared_by_signals = shared(signals)
            .map(|(name, signals)| WiringProblem::SharedSignalName { name, signals });
        let shared_by_receivers = shared(durable)
            .map(|(name, receivers)| WiringProblem::SharedReceiverName { name, receivers });
        shared_by_signals
            .chain(shared_by_receivers)
            .chain(self.retired_names_in_use(&receivers))
            .chain(receivers.iter().copied().flat_map(parameters))
            .collect()
    }

    fn retired_names_in_use(&self, receivers: &[&'static ReceiverInfo]) -> Vec<WiringProblem> {
        let durable = receivers.iter().filter_map(|it| Some((*it, it.durable()?)));
        let in_use = durable.flat_map(|(receiver, durable)| {
            let names = names(durable.name(), durable.was());
            let retired = self.retired.iter().copied();
            let retired = retired.filter(move |it| names.contains(&it.name()));
            retired.map(move |retired| WiringProblem::RetiredName { retired, receiver })
        });
        in_use.collect()
    }

    /// Returns the receivers that take a transaction of another database. `None` is a storage without
    /// transactions.
    pub(crate) fn database_problems(
        receivers: &[&'static ReceiverInfo],
        database: Option<&'static str>,
    ) -> Vec<WiringProblem> {
        let is_other = |receiver: &&ReceiverInfo| {
            receiver.durable_needs().iter().any(|need| match need {
                DurableNeed::Delivery => false,
                DurableNeed::Transaction { databases } => {
                    !database.is_some_and(|database| databases.contains(&database))
                }
            })
        };
        let others = receivers.iter().copied().filter(is_other);
        others
            .map(|receiver| WiringProblem::OtherDatabase { receiver, database })
            .collect()
    }
}

fn names(name: &'static str, was: &'static [&'static str]) -> Vec<&'static str> {
    let mut names = [&[name], was].concat();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns the names that several items have.
fn shared<T>(
    items: impl Iterator<Item = (T, Vec<&'static str>)>,
) -> impl Iterator<Item = (&'static str, Vec<T>)>
where
    T: Copy,
{
    let mut by_name = BTreeMap::<_, Vec<T>>::new();
    for (item, names) in items {
        for name in names {
            by_name.entry(name).or_default().push(item);
        }
    }
    by_name.into_iter().filter(|(_, items)| items.len() > 1)
}

/// Returns the problems of the parameters that only a durable receiver can take.
fn parameters(receiver: &'static ReceiverInfo) -> Vec<WiringProblem> {
    let needs = receiver.durable_needs();
    let is_transaction = |need: &&DurableNeed| matches!(need, DurableNeed::Transaction { .. });
    let transactions = needs.iter().filter(is_transaction).count();
    if !needs.is_empty() && receiver.durable().is_none() {
        let parameter = if transactions > 0 {
            "DurableTx"
        } else {
            "Delivery"
        };
        return vec![WiringProblem::NotDurable {
            receiver,
            parameter,
        }];
    }
    if transactions > 1 {
        return vec![WiringProblem::TransactionTakenTwice { receiver }];
    }
    Vec::new()
}
