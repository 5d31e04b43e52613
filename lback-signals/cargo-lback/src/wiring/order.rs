//! The order of the receivers of a signal, by the algorithm of the running program.

use std::collections::HashMap;

use lback_signals::__private::tool::{Located, Ordered, Position, Sentence, SignalView, arrange};
use lback_signals::Phase;

use super::Notice;
use super::references::{Named, Paths};

/// The most paths in `before` and `after` of the receivers of a signal, and the most pairs of receivers that they order,
/// since cycles of them take long to dissolve.
pub(super) const MAX_PATHS: usize = 1000;

/// A receiver, with the functions that its options name.
struct Linked<'r> {
    /// The number of the function.
    item: usize,
    phase: Phase,
    is_background: bool,
    position: Position,
    before: Vec<(&'r str, usize)>,
    after: Vec<(&'r str, usize)>,
}

impl<'r> Ordered for Linked<'r> {
    type Item = usize;
    type Path = &'r str;

    fn item(&self) -> usize {
        self.item
    }

    fn phase(&self) -> Phase {
        self.phase
    }

    fn is_background(&self) -> bool {
        self.is_background
    }

    fn position(&self) -> Position {
        self.position
    }

    fn before(&self) -> impl ExactSizeIterator<Item = (&'r str, usize)> {
        self.before.iter().copied()
    }

    fn after(&self) -> impl ExactSizeIterator<Item = (&'r str, usize)> {
        self.after.iter().copied()
    }
}

/// Sorts the receivers of a signal, which are sorted by their paths, as they run. Returns what is not certain, and
/// what is contradictory.
pub(super) fn sort<'r>(
    signal: &mut SignalView<'r>,
    paths: &Paths<'r>,
) -> (Vec<Notice<'r>>, Vec<Sentence<'r>>) {
    let orders = signal.receivers.iter().map(|receiver| &receiver.order);
    let count = orders.map(|order| order.before.len() + order.after.len());
    if count.sum::<usize>() > MAX_PATHS {
        return (vec![Notice::NotSorted(signal.type_path)], Vec::new());
    }
    let (linked, notices) = linked(signal, paths);
    if pairs(&linked) > MAX_PATHS {
        return (vec![Notice::NotSorted(signal.type_path)], Vec::new());
    }
    let arrangement = arrange(&linked.iter().collect::<Vec<_>>());
    let located = |at: usize| Located::of_receiver(&signal.receivers[at]);
    let cycles = arrangement.cycles.into_iter();
    let cycles = cycles.map(|cycle| Sentence::OrderCycle {
        signal: signal.name,
        receivers: cycle.into_iter().map(located).collect(),
    });
    let across = arrangement.across_phases.into_iter();
    let across = across.map(|(at, path)| Sentence::OrderAcrossPhases {
        receiver: located(at),
        path,
        signal: signal.name,
        phase: signal.receivers[at].phase,
    });
    let problems = cycles.chain(across).collect();
    let mut receivers: Vec<_> = signal.receivers.drain(..).map(Some).collect();
    let sorted = arrangement.sequence.into_iter();
    let sorted = sorted.filter_map(|at| receivers[at].take());
    signal.receivers.extend(sorted);
    (notices, problems)
}

/// Returns the number of pairs that the options order: a damaged file may have a function many times.
fn pairs(linked: &[Linked<'_>]) -> usize {
    let mut counts = HashMap::<_, usize>::new();
    for receiver in linked {
        *counts.entry(receiver.item).or_default() += 1;
    }
    let named = linked
        .iter()
        .flat_map(|it| it.before.iter().chain(&it.after));
    named.map(|(_, item)| counts[item]).sum()
}

/// Finds the functions that the options of the receivers of a signal name.
fn linked<'r>(signal: &SignalView<'r>, paths: &Paths<'r>) -> (Vec<Linked<'r>>, Vec<Notice<'r>>) {
    let receivers = &signal.receivers;
    let mut items = HashMap::new();
    let mut by_path = HashMap::<_, Vec<_>>::new();
    for (index, receiver) in receivers.iter().enumerate() {
        let item = *items.entry(receiver.key()).or_insert(index);
        if item == index {
            by_path.entry(receiver.id).or_default().push(index);
        }
    }
    let mut notices = Vec::new();
    let linked = receivers.iter().map(|receiver| {
        let mut resolve = |references: &[&'r str]| {
            let references = references.iter().copied();
            let resolved = references.filter_map(|path| {
                let is_of_signal = |path: &str| by_path.contains_key(path);
                let candidates = match paths.resolve(path, receiver.module, is_of_signal) {
                    // Functions in two function bodies may share their path.
                    Named::One(one) => match by_path.get(one)?.as_slice() {
                        [item] => return Some((path, *item)),
                        several => vec![one; several.len()],
                    },
                    Named::OfOthers => return None,
                    Named::Unknown(candidates) => candidates,
                };
                notices.push(Notice::Reference {
                    signal: signal.type_path,
                    receiver: receiver.id,
                    path,
                    candidates,
                });
                None
            });
            resolved.collect::<Vec<_>>()
        };
        let (before, after) = (
            resolve(&receiver.order.before),
            resolve(&receiver.order.after),
        );
        Linked {
            item: items[&receiver.key()],
            phase: receiver.phase,
            is_background: receiver.background,
            position: match (receiver.order.first, receiver.order.last) {
                (true, _) => Position::First,
                (_, true) => Position::Last,
                _ => Position::Between,
            },
            before,
            after,
        }
    });
    let linked = linked.collect();
    (linked, notices)
}
