//! The order against its rules, which are written down here a second time, in the plainest way.

mod attributes;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Graph, Position};
use crate::phase::Phase;

/// All of one run before those of the next, whatever they ask.
type Group = (Phase, Position);
type Edge = (usize, usize);

/// The group of those who say nothing.
const MIDDLE: Group = (Phase::Now, Position::Between);

fn order_of(groups: &[Group], edges: &[Edge]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut graph = Graph::new(groups.iter().copied());
    for &(earlier, later) in edges {
        graph.add(earlier, later);
    }
    graph.into_order()
}

/// What some receivers ask for.
#[derive(Clone, Debug)]
struct Asked {
    groups: Vec<Group>,
    edges: Vec<Edge>,
}

impl Asked {
    /// Whether one is to run before another, since it says so or since of where they stand.
    fn says(&self, earlier: usize, later: usize) -> bool {
        self.groups[earlier] < self.groups[later] || self.edges.contains(&(earlier, later))
    }

    /// Floyd and Warshall's: what follows from what they say.
    fn implications(&self) -> Vec<Vec<bool>> {
        let indices = 0..self.groups.len();
        let mut implied: Vec<Vec<bool>> = indices
            .clone()
            .map(|a| indices.clone().map(|b| self.says(a, b)).collect())
            .collect();
        for middle in indices.clone() {
            for a in indices.clone() {
                for b in indices.clone() {
                    implied[a][b] |= implied[a][middle] && implied[middle][b];
                }
            }
        }
        implied
    }

    /// The edges that are part of no cycle, so that nothing excuses an order against them.
    fn undisputed_edges(&self) -> Vec<Edge> {
        let implied = self.implications();
        let edges = self.edges.iter().copied();
        edges.filter(|&(a, b)| !implied[b][a]).collect()
    }

    /// The first permutation, in the order of a dictionary, that keeps the groups and `edges`.
    fn smallest_order(&self, edges: &[Edge]) -> Vec<usize> {
        fn extended(asked: &Asked, edges: &[Edge], begun: &mut Vec<usize>) -> Option<Vec<usize>> {
            let count = asked.groups.len();
            if begun.len() == count {
                let place = |index| begun.iter().position(|&other| other == index);
                let groups: Vec<_> = begun.iter().map(|&i| asked.groups[i]).collect();
                let is_kept = groups.is_sorted() && edges.iter().all(|&(a, b)| place(a) < place(b));
                return is_kept.then(|| begun.clone());
            }
            (0..count).find_map(|index| {
                if begun.contains(&index) {
                    return None;
                }
                begun.push(index);
                let found = extended(asked, edges, begun);
                begun.pop();
                found
            })
        }
        extended(self, edges, &mut Vec::new()).expect("groups and edges without cycles")
    }
}

fn group() -> impl Strategy<Value = Group> {
    let phase = prop_oneof![
        4 => Just(Phase::Now),
        1 => Just(Phase::AfterCommit),
        1 => Just(Phase::AfterRollback),
    ];
    let position = prop_oneof![
        1 => Just(Position::First),
        3 => Just(Position::Between),
        1 => Just(Position::Last),
    ];
    (phase, position)
}

fn asked(max_receivers: usize) -> impl Strategy<Value = Asked> {
    prop::collection::vec(group(), 1..=max_receivers).prop_flat_map(|groups| {
        let count = groups.len();
        // Few edges seldom make a cycle, many always do.
        prop::collection::vec((0..count, 0..count), 0..=2 * count).prop_map(move |edges| Asked {
            groups: groups.clone(),
            edges,
        })
    })
}

fn shuffled() -> impl Strategy<Value = (Asked, Vec<Edge>)> {
    asked(12).prop_flat_map(|asked| {
        let edges = Just(asked.edges.clone()).prop_shuffle();
        (Just(asked), edges)
    })
}

proptest! {
    #[test]
    fn the_order_is_a_permutation_that_keeps_groups_and_all_that_is_in_no_cycle(
        asked in asked(12),
    ) {
        let (sequence, _) = order_of(&asked.groups, &asked.edges);
        let mut sorted = sequence.clone();
        sorted.sort_unstable();
        prop_assert!(sorted.into_iter().eq(0..asked.groups.len()));

        prop_assert!(sequence.iter().map(|&index| asked.groups[index]).is_sorted());
        let place = |index| sequence.iter().position(|&other| other == index);
        for (earlier, later) in asked.undisputed_edges() {
            prop_assert!(place(earlier) < place(later), "{earlier} before {later}: {sequence:?}");
        }
    }

    #[test]
    fn the_order_does_not_depend_on_the_order_in_which_it_is_asked_for(
        (asked, shuffled) in shuffled(),
    ) {
        prop_assert_eq!(
            order_of(&asked.groups, &asked.edges),
            order_of(&asked.groups, &shuffled)
        );
    }

    #[test]
    fn the_order_is_the_smallest_that_keeps_what_no_cycle_takes_away(asked in asked(6)) {
        let (sequence, cycles) = order_of(&asked.groups, &asked.edges);
        let is_given_up = |&(earlier, later): &Edge| {
            cycles.iter().any(|cycle| cycle.contains(&earlier) && cycle.contains(&later))
        };
        let mut kept = asked.edges.clone();
        kept.retain(|edge| !is_given_up(edge));
        prop_assert_eq!(sequence, asked.smallest_order(&kept));
    }

    #[test]
    fn cycles_are_reported_if_there_are_any_and_each_is_one(asked in asked(12)) {
        let (_, cycles) = order_of(&asked.groups, &asked.edges);
        let has_cycle = asked.undisputed_edges().len() < asked.edges.len();
        prop_assert_eq!(!cycles.is_empty(), has_cycle);

        let different: BTreeSet<_> = cycles.iter().collect();
        prop_assert_eq!(different.len(), cycles.len(), "{:?}", &cycles);
        for cycle in &cycles {
            let members: BTreeSet<_> = cycle.iter().collect();
            prop_assert_eq!(members.len(), cycle.len(), "{:?}", cycle);
            prop_assert_eq!(cycle.iter().min(), cycle.first(), "{:?}", cycle);
            let next = cycle.iter().cycle().skip(1);
            for (&earlier, &later) in cycle.iter().zip(next) {
                prop_assert!(asked.says(earlier, later), "{earlier} before {later}: {cycle:?}");
            }
        }
    }

    #[test]
    fn whoever_asks_for_nothing_runs_in_the_order_of_the_ids(count in 0_usize..50) {
        let (sequence, cycles) = order_of(&vec![MIDDLE; count], &[]);
        prop_assert!(sequence.into_iter().eq(0..count));
        prop_assert!(cycles.is_empty());
    }
}

#[test]
fn a_cycle_is_named_and_its_members_run_in_the_order_of_their_ids() {
    let edges = [(2, 1), (1, 3), (3, 2), (3, 0)];
    let (sequence, cycles) = order_of(&[MIDDLE; 4], &edges);
    assert_eq!(cycles, [[1, 3, 2]]);
    assert_eq!(sequence, [1, 2, 3, 0]);
}

#[test]
fn each_of_several_cycles_is_named() {
    let edges = [(1, 0), (0, 1), (3, 3), (2, 4), (4, 2), (1, 2)];
    let (sequence, cycles) = order_of(&[MIDDLE; 5], &edges);
    assert_eq!(cycles, [vec![0, 1], vec![2, 4], vec![3]]);
    assert_eq!(sequence, [0, 1, 2, 3, 4]);
}

#[test]
fn what_two_receivers_ask_against_their_positions_is_named_once() {
    let groups = [(Phase::Now, Position::First), (Phase::Now, Position::Last)];
    // `before` of the one and `after` of the other.
    let (sequence, cycles) = order_of(&groups, &[(1, 0), (1, 0)]);
    assert_eq!(cycles, [[0, 1]]);
    assert_eq!(sequence, [0, 1]);
}

#[test]
fn a_chain_of_ten_thousand_is_turned_round() {
    let count = 10_000;
    let edges: Vec<_> = (1..count).map(|index| (index, index - 1)).collect();
    let (sequence, cycles) = order_of(&vec![MIDDLE; count], &edges);
    assert!(sequence.into_iter().eq((0..count).rev()));
    assert!(cycles.is_empty());
}

#[test]
fn a_cycle_of_ten_thousand_is_named_from_its_smallest_on() {
    let count = 10_000;
    let edges: Vec<_> = (0..count).map(|i| ((i + 1) % count, i)).collect();
    let (sequence, cycles) = order_of(&vec![MIDDLE; count], &edges);
    assert!(sequence.into_iter().eq(0..count));
    let [cycle] = cycles.as_slice() else {
        panic!("{} cycles", cycles.len());
    };
    assert_eq!(cycle[..3], [0, 9_999, 9_998]);
    assert_eq!(cycle.len(), count);
}
