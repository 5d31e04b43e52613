//! The order of the receivers of a signal, computed from their ordering options.

use std::any::TypeId;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::hash::Hash;

#[cfg(test)]
mod tests;
use crate::info::{Phase, Position, ReceiverInfo};

/// A receiver of one signal, with its ordering options.
// Not public API. Used by `cargo lback`, which reads receivers from a file.
#[doc(hidden)]
pub trait Ordered {
    /// The identity of a function.
    type Item: Copy + Eq + Hash;
    /// A path of `before(…)` or `after(…)`.
    type Path: Copy;

    fn item(&self) -> Self::Item;
    fn phase(&self) -> Phase;
    fn is_background(&self) -> bool;
    fn position(&self) -> Position;
    /// Returns the paths in `before(…)`, with the functions that they name.
    fn before(&self) -> impl ExactSizeIterator<Item = (Self::Path, Self::Item)>;
    /// Returns the paths in `after(…)`, with the functions that they name.
    fn after(&self) -> impl ExactSizeIterator<Item = (Self::Path, Self::Item)>;
}

impl Ordered for ReceiverInfo {
    type Item = TypeId;
    type Path = &'static str;

    fn item(&self) -> TypeId {
        self.item()
    }

    fn phase(&self) -> Phase {
        self.phase()
    }

    fn is_background(&self) -> bool {
        self.is_background()
    }

    fn position(&self) -> Position {
        self.order().position
    }

    fn before(&self) -> impl ExactSizeIterator<Item = (&'static str, TypeId)> {
        self.order().before.iter().map(|it| (it.path, it.item))
    }

    fn after(&self) -> impl ExactSizeIterator<Item = (&'static str, TypeId)> {
        self.order().after.iter().map(|it| (it.path, it.item))
    }
}

/// An order of receivers, and the ordering options that it does not satisfy.
// Not public API.
#[doc(hidden)]
#[derive(Debug, PartialEq, Eq)]
pub struct Arrangement<Path> {
    /// The indices of the receivers, in the order in which they run.
    pub sequence: Vec<usize>,
    /// Cycles: each receiver should run before the next, and the last before the first.
    pub cycles: Vec<Vec<usize>>,
    /// Receivers, each with a path in its options that names no receiver of the signal.
    pub unresolved: Vec<(usize, Path)>,
    /// Receivers, each with a path in its options that names a receiver of another phase.
    pub across_phases: Vec<(usize, Path)>,
}

/// Orders the receivers of one signal by phase, and within a phase by their ordering options.
///
/// `receivers` are sorted by key. That order decides between receivers that no option orders.
// Not public API.
#[doc(hidden)]
pub fn arrange<R: Ordered>(receivers: &[&R]) -> Arrangement<R::Path> {
    if receivers.iter().all(|receiver| is_default(*receiver)) {
        return Arrangement {
            sequence: (0..receivers.len()).collect(),
            cycles: Vec::new(),
            unresolved: Vec::new(),
            across_phases: Vec::new(),
        };
    }
    let mut indices = HashMap::<_, Vec<_>>::new();
    for (index, receiver) in receivers.iter().enumerate() {
        let key = (receiver.item(), peers(*receiver));
        indices.entry(key).or_default().push(index);
    }
    let mut graph = Graph::new(receivers.iter().map(|receiver| group(*receiver)));
    let mut unresolved = Vec::new();
    let mut across_phases = Vec::new();
    for (index, receiver) in receivers.iter().enumerate() {
        let before = receiver.before().map(|reference| (reference, true));
        let after = receiver.after().map(|reference| (reference, false));
        for ((path, item), is_before) in before.chain(after) {
            let Some(others) = indices.get(&(item, peers(*receiver))) else {
                let is_known = receivers.iter().any(|it| it.item() == item);
                let ignored = if is_known {
                    &mut across_phases
                } else {
                    &mut unresolved
                };
                ignored.push((index, path));
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
    let (sequence, cycles) = graph.into_order();
    Arrangement {
        sequence,
        cycles,
        unresolved,
        across_phases,
    }
}

fn is_default(receiver: &impl Ordered) -> bool {
    receiver.phase() == Phase::Now
        && receiver.position() == Position::Between
        && receiver.before().len() == 0
        && receiver.after().len() == 0
}

/// Returns the group of a receiver. All receivers of a group run before those of a greater one, regardless of
/// `before` and `after`. Background receivers are queued before the others of their phase run.
fn group(receiver: &impl Ordered) -> (Phase, bool, Position) {
    let is_foreground = !receiver.is_background();
    (receiver.phase(), is_foreground, receiver.position())
}

/// Returns a key that receivers share if `before` and `after` can order them: the same phase, where the
/// sync and async receivers that the sender waits for count as one.
fn peers(receiver: &impl Ordered) -> (Phase, bool) {
    let phase = match receiver.phase() {
        Phase::Concurrent => Phase::Now,
        phase => phase,
    };
    (phase, receiver.is_background())
}

/// The ordering constraints between receivers, by index.
#[derive(Clone, Debug)]
struct Graph<Group> {
    /// The group of each receiver.
    groups: Vec<Group>,
    predecessors: Vec<BTreeSet<usize>>,
    /// Pairs whose constraint contradicts their groups, the smaller index first.
    contradictions: BTreeSet<[usize; 2]>,
}

impl<Group: Ord + Copy> Graph<Group> {
    fn new(groups: impl Iterator<Item = Group>) -> Self {
        let groups: Vec<_> = groups.collect();
        Self {
            predecessors: vec![BTreeSet::new(); groups.len()],
            groups,
            contradictions: BTreeSet::new(),
        }
    }

    fn add(&mut self, earlier: usize, later: usize) {
        match self.groups[earlier].cmp(&self.groups[later]) {
            // The groups imply the constraint.
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => {
                self.predecessors[later].insert(earlier);
            }
            std::cmp::Ordering::Greater => {
                let pair = [earlier.min(later), earlier.max(later)];
                self.contradictions.insert(pair);
            }
        }
    }

    /// Returns the order, and the cycles whose constraints it ignores.
    fn into_order(mut self) -> (Vec<usize>, Vec<Vec<usize>>) {
        let mut cycles: Vec<_> = self.contradictions.iter().map(Vec::from).collect();
        loop {
            let sequence = self.sort();
            let Some(cycle) = self.find_cycle(&sequence) else {
                return (sequence, cycles);
            };
            let members: BTreeSet<_> = cycle.iter().copied().collect();
            for &member in &cycle {
                self.predecessors[member] = &self.predecessors[member] - &members;
            }
            cycles.push(cycle);
        }
    }

    /// Returns the smallest topological order, by Kahn's algorithm. It omits cycles and their successors.
    fn sort(&self) -> Vec<usize> {
        let mut successors = vec![Vec::new(); self.groups.len()];
        let mut missing: Vec<_> = self.predecessors.iter().map(BTreeSet::len).collect();
        for (later, predecessors) in self.predecessors.iter().enumerate() {
            for &earlier in predecessors {
                successors[earlier].push(later);
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
            for &successor in &successors[index] {
                missing[successor] -= 1;
                if missing[successor] == 0 {
                    ready.push(entry(successor));
                }
            }
        }
        sequence
    }

    /// Returns a cycle among the receivers that `sorted` omits, starting with its smallest member.
    fn find_cycle(&self, sorted: &[usize]) -> Option<Vec<usize>> {
        let mut is_rest = vec![true; self.groups.len()];
        for &index in sorted {
            is_rest[index] = false;
        }
        // Each of the rest has a predecessor in the rest, so the walk reaches a receiver twice.
        let mut current = is_rest.iter().position(|&is_rest| is_rest)?;
        let mut walk = Vec::new();
        let mut step_of = vec![None; self.groups.len()];
        let start = loop {
            if let Some(start) = step_of[current] {
                break start;
            }
            step_of[current] = Some(walk.len());
            walk.push(current);
            let mut predecessors = self.predecessors[current].iter();
            current = *predecessors.find(|&&index| is_rest[index])?;
        };
        let mut cycle = walk.split_off(start);
        cycle.reverse();
        let smallest = cycle.iter().enumerate().min_by_key(|(_, index)| **index)?.0;
        cycle.rotate_left(smallest);
        Some(cycle)
    }
}
