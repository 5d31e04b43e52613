//! The check of a wiring that needs no running program.

use std::collections::{BTreeMap, HashSet};

use lback_signals::__private::tool::{Located, Location, Sentence, SignalView};

use crate::wiring::Wiring;

/// Returns the problems that the declarations show. Resources, the needs of extractors and `LBACK_DISABLE` are known
/// only at run time.
pub(crate) fn check<'r>(wiring: &Wiring<'r>) -> Vec<Sentence<'r>> {
    let signals = &wiring.view.signals;
    let mut problems = Vec::new();
    let named = wiring.named.iter().map(|at| &signals[*at]);
    for (name, signals) in shared(named.map(|signal| (signal.name, Located::of_signal(signal)))) {
        problems.push(Sentence::SharedName { name, signals });
    }
    let durable = signals.iter().filter_map(|signal| {
        let durable = signal.durable.as_ref()?;
        let all = names(durable.name, &durable.was);
        Some(all.map(|name| (name, Located::of_signal(signal))))
    });
    for (name, signals) in shared(durable.flatten()) {
        problems.push(Sentence::SharedSignalName { name, signals });
    }
    let receivers = || signals.iter().flat_map(|signal| &signal.receivers);
    let durable = receivers().filter_map(|receiver| {
        let durable = receiver.durable.as_ref()?;
        let all = names(durable.name, &durable.was);
        Some(all.map(|name| (name, Located::of_receiver(receiver))))
    });
    let by_name = by_name(durable.flatten());
    for (name, line) in &wiring.retired_lines {
        for receiver in by_name.get(name).into_iter().flatten() {
            problems.push(Sentence::RetiredName {
                name,
                retired: Location {
                    file: "",
                    line: *line,
                },
                receiver: receiver.clone(),
            });
        }
    }
    for (name, receivers) in by_name.into_iter().filter(|(_, it)| it.len() > 1) {
        problems.push(Sentence::SharedReceiverName { name, receivers });
    }
    for signal in signals {
        problems.extend(fulfillment(signal));
        problems.extend(received_twice(signal));
    }
    problems.extend(wiring.problems.iter().cloned());
    problems
}

fn fulfillment<'r>(signal: &SignalView<'r>) -> Option<Sentence<'r>> {
    if !signal.required {
        return None;
    }
    let signal_place = Located::of_signal(signal);
    let fulfilling = signal.receivers.iter().filter(|it| it.fulfills);
    let fulfilling: Vec<_> = fulfilling.map(Located::of_receiver).collect();
    match fulfilling.len() {
        0 => Some(Sentence::Unfulfilled {
            signal: signal_place,
        }),
        1 => None,
        _ => Some(Sentence::FulfilledTwice {
            signal: signal_place,
            receivers: fulfilling,
        }),
    }
}

fn received_twice<'r>(signal: &SignalView<'r>) -> Vec<Sentence<'r>> {
    let mut seen = HashSet::new();
    let receivers = signal.receivers.iter();
    let again = receivers.filter(|it| !seen.insert((it.key(), it.phase)));
    again
        .map(|receiver| Sentence::ReceivedTwice {
            receiver: Located::of_receiver(receiver),
            signal: signal.name,
        })
        .collect()
}

/// Returns the current name and the earlier ones.
fn names<'r>(name: &'r str, was: &[&'r str]) -> impl Iterator<Item = &'r str> {
    let mut names = vec![name];
    names.extend(was);
    names.sort_unstable();
    names.dedup();
    names.into_iter()
}

fn by_name<'r>(
    items: impl Iterator<Item = (&'r str, Located<'r>)>,
) -> BTreeMap<&'r str, Vec<Located<'r>>> {
    let mut by_name = BTreeMap::<_, Vec<_>>::new();
    for (name, item) in items {
        by_name.entry(name).or_default().push(item);
    }
    by_name
}

/// Returns the names that several items have.
fn shared<'r>(
    items: impl Iterator<Item = (&'r str, Located<'r>)>,
) -> impl Iterator<Item = (&'r str, Vec<Located<'r>>)> {
    by_name(items)
        .into_iter()
        .filter(|(_, items)| items.len() > 1)
}
