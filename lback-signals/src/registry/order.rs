//! The order of a signal's receivers: what their attributes ask for, and how it is found.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

#[cfg(test)]
mod tests;
use crate::info::{Phase, Position, ReceiverInfo};

/// An order of receivers, and what could not be had.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arrangement {
    /// The indices of the receivers, in the order in which they run.
    pub(crate) sequence: Vec<usize>,
    /// Receivers each of which should run before the next, and the last before the first.
    pub(crate) cycles: Vec<Vec<usize>>,
    /// Receivers with the paths in their attributes that name none of the others.
    pub(crate) unresolved: Vec<(usize, &'static str)>,
    /// Receivers with the paths in their attributes that name others, but none of their own phase.
    pub(crate) across_phases: Vec<(usize, &'static str)>,
}

/// Orders the receivers of one signal, which are given in the order of their keys: by phase, and
/// each phase by what its receivers ask for.
pub(crate) fn arrange(receivers: &[&ReceiverInfo]) -> Arrangement {
    if receivers
        .iter()
        .all(|receiver| receiver.order().is_default() && receiver.phase() == Phase::Now)
    {
        return Arrangement {
            sequence: (0..receivers.len()).collect(),
            ..Arrangement::default()
        };
    }
    let mut indices = HashMap::<_, Vec<_>>::new();
    for (index, receiver) in receivers.iter().enumerate() {
        let key = (receiver.item(), peers(receiver));
        indices.entry(key).or_default().push(index);
    }
    let mut graph = Graph::new(receivers.iter().map(|receiver| group(receiver)));
    let mut unresolved = Vec::new();
    let mut across_phases = Vec::new();
    for (index, receiver) in receivers.iter().enumerate() {
        let order = receiver.order();
        for (named, is_before) in [(order.before, true), (order.after, false)] {
            for reference in named {
                let Some(others) = indices.get(&(reference.item, peers(receiver))) else {
                    let is_known = receivers.iter().any(|it| it.item() == reference.item);
                    let unheeded = if is_known {
                        &mut across_phases
                    } else {
                        &mut unresolved
                    };
                    unheeded.push((index, reference.path));
                    continue;
                };
                for &other in others {
                    if is_before {
                        graph.add(index, other);
                    } else {
                        graph.add(other, index);
                    }
                }
            }
        }
    }
    let (sequence, cycles) = graph.into_order();
    Arrangement {
        sequence,
        cycles,
        unresolved,
        across_phases,
    }
}

/// Each of which runs before the next, whatever is asked: what goes to the background is handed over
/// before the others of its phase run.
fn group(receiver: &ReceiverInfo) -> (Phase, bool, Position) {
    let is_foreground = !receiver.is_background();
    (receiver.phase(), is_foreground, receiver.order().position)
}

/// Those that can be ordered against each other: the receivers of a phase, and those two kinds that
/// run inside of `send`.
fn peers(receiver: &ReceiverInfo) -> (Phase, bool) {
    let phase = match receiver.phase() {
        Phase::Concurrent => Phase::Now,
        phase => phase,
    };
    (phase, receiver.is_background())
}

/// Which receivers wait for which others.
#[derive(Clone, Debug)]
struct Graph<Group> {
    /// Each of which runs before the next, whatever is asked.
    groups: Vec<Group>,
    waits_for: Vec<BTreeSet<usize>>,
    /// Pairs whose groups forbid what is asked of them, the smaller index first.
    contradictions: BTreeSet<[usize; 2]>,
}

impl<Group: Ord + Copy> Graph<Group> {
    fn new(groups: impl Iterator<Item = Group>) -> Self {
        let groups: Vec<_> = groups.collect();
        Self {
            waits_for: vec![BTreeSet::new(); groups.len()],
            groups,
            contradictions: BTreeSet::new(),
        }
    }

    fn add(&mut self, earlier: usize, later: usize) {
        match self.groups[earlier].cmp(&self.groups[later]) {
            // It does so as it is.
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => {
                self.waits_for[later].insert(earlier);
            }
            std::cmp::Ordering::Greater => {
                let pair = [earlier.min(later), earlier.max(later)];
                self.contradictions.insert(pair);
            }
        }
    }

    /// The order, and the cycles whose constraints were given up for it.
    fn into_order(mut self) -> (Vec<usize>, Vec<Vec<usize>>) {
        let mut cycles: Vec<_> = self.contradictions.iter().map(Vec::from).collect();
        loop {
            let sequence = self.sort();
            let Some(cycle) = self.cycle_behind(&sequence) else {
                return (sequence, cycles);
            };
            let members: BTreeSet<_> = cycle.iter().copied().collect();
            for &member in &cycle {
                self.waits_for[member] = &self.waits_for[member] - &members;
            }
            cycles.push(cycle);
        }
    }

    /// The smallest topological order (Kahn's algorithm), without what waits for a cycle.
    fn sort(&self) -> Vec<usize> {
        let mut followers = vec![Vec::new(); self.groups.len()];
        let mut missing: Vec<_> = self.waits_for.iter().map(BTreeSet::len).collect();
        for (later, waits_for) in self.waits_for.iter().enumerate() {
            for &earlier in waits_for {
                followers[earlier].push(later);
            }
        }
        let entry = |index: usize| Reverse((self.groups[index], index));
        let mut ready: BinaryHeap<_> = (0..missing.len())
            .filter(|&index| missing[index] == 0)
            .map(entry)
            .collect();
        let mut sequence = Vec::with_capacity(missing.len());
        while let Some(Reverse((_, index))) = ready.pop() {
            sequence.push(index);
            for &follower in &followers[index] {
                missing[follower] -= 1;
                if missing[follower] == 0 {
                    ready.push(entry(follower));
                }
            }
        }
        sequence
    }

    /// A cycle among those that the sorted ones leave over, from its smallest member on.
    fn cycle_behind(&self, sorted: &[usize]) -> Option<Vec<usize>> {
        let mut is_left = vec![true; self.groups.len()];
        for &index in sorted {
            is_left[index] = false;
        }
        // Each that is left waits for another one that is, so this walk comes round.
        let mut here = is_left.iter().position(|&left| left)?;
        let mut walk = Vec::new();
        let mut step_of = vec![None; self.groups.len()];
        let start = loop {
            if let Some(start) = step_of[here] {
                break start;
            }
            step_of[here] = Some(walk.len());
            walk.push(here);
            here = *self.waits_for[here].iter().find(|&&index| is_left[index])?;
        };
        let mut cycle = walk.split_off(start);
        cycle.reverse();
        let smallest = cycle.iter().enumerate().min_by_key(|(_, index)| **index)?.0;
        cycle.rotate_left(smallest);
        Some(cycle)
    }
}
