//! The order against its rules, which are written down here a second time, in the plainest way.

mod attributes;

use std::collections::BTreeSet;

use test_support::cases::{Result, Unstructured, check, vec};

use super::{Graph, Position};
use crate::info::Phase;

const CASES: u32 = 256;
/// More bytes than any case of this module takes.
const SIZE: u32 = 512;

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

fn group(u: &mut Unstructured<'_>) -> Result<Group> {
    const PHASES: [Phase; 6] = [
        Phase::Now,
        Phase::Now,
        Phase::Now,
        Phase::Now,
        Phase::AfterCommit,
        Phase::AfterRollback,
    ];
    const POSITIONS: [Position; 5] = [
        Position::Between,
        Position::Between,
        Position::Between,
        Position::First,
        Position::Last,
    ];
    Ok((*u.choose(&PHASES)?, *u.choose(&POSITIONS)?))
}

fn asked(u: &mut Unstructured<'_>, max_receivers: usize) -> Result<Asked> {
    let groups = vec(u, 1..=max_receivers, group)?;
    let count = groups.len();
    // Few edges seldom make a cycle, many always do.
    let edges = vec(u, 0..=2 * count, |u| {
        Ok((u.choose_index(count)?, u.choose_index(count)?))
    })?;
    Ok(Asked { groups, edges })
}

fn shuffle<T>(u: &mut Unstructured<'_>, items: &mut [T]) -> Result<()> {
    for rest in (1..items.len()).rev() {
        items.swap(rest, u.int_in_range(0..=rest)?);
    }
    Ok(())
}

#[test]
fn the_order_is_a_permutation_that_keeps_groups_and_all_that_is_in_no_cycle() {
    check(CASES, SIZE, |u| {
        let asked = asked(u, 12)?;
        let (sequence, _) = order_of(&asked.groups, &asked.edges);
        let mut sorted = sequence.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..asked.groups.len()));

        assert!(
            sequence
                .iter()
                .map(|&index| asked.groups[index])
                .is_sorted()
        );
        let place = |index| sequence.iter().position(|&other| other == index);
        for (earlier, later) in asked.undisputed_edges() {
            assert!(
                place(earlier) < place(later),
                "{earlier} before {later}: {sequence:?}"
            );
        }
        Ok(())
    });
}

#[test]
fn the_order_does_not_depend_on_the_order_in_which_it_is_asked_for() {
    check(CASES, SIZE, |u| {
        let asked = asked(u, 12)?;
        let mut shuffled = asked.edges.clone();
        shuffle(u, &mut shuffled)?;
        assert_eq!(
            order_of(&asked.groups, &asked.edges),
            order_of(&asked.groups, &shuffled),
            "{asked:?}"
        );
        Ok(())
    });
}

#[test]
fn the_order_is_the_smallest_that_keeps_what_no_cycle_takes_away() {
    check(CASES, SIZE, |u| {
        let asked = asked(u, 6)?;
        let (sequence, cycles) = order_of(&asked.groups, &asked.edges);
        let is_given_up = |&(earlier, later): &Edge| {
            cycles
                .iter()
                .any(|cycle| cycle.contains(&earlier) && cycle.contains(&later))
        };
        let mut kept = asked.edges.clone();
        kept.retain(|edge| !is_given_up(edge));
        assert_eq!(sequence, asked.smallest_order(&kept), "{asked:?}");
        Ok(())
    });
}

#[test]
fn cycles_are_reported_if_there_are_any_and_each_is_one() {
    check(CASES, SIZE, |u| {
        let asked = asked(u, 12)?;
        let (_, cycles) = order_of(&asked.groups, &asked.edges);
        let has_cycle = asked.undisputed_edges().len() < asked.edges.len();
        assert_eq!(!cycles.is_empty(), has_cycle, "{asked:?}");

        let different: BTreeSet<_> = cycles.iter().collect();
        assert_eq!(different.len(), cycles.len(), "{cycles:?}");
        for cycle in &cycles {
            let members: BTreeSet<_> = cycle.iter().collect();
            assert_eq!(members.len(), cycle.len(), "{cycle:?}");
            assert_eq!(cycle.iter().min(), cycle.first(), "{cycle:?}");
            let next = cycle.iter().cycle().skip(1);
            for (&earlier, &later) in cycle.iter().zip(next) {
                assert!(
                    asked.says(earlier, later),
                    "{earlier} before {later}: {cycle:?}"
                );
            }
        }
        Ok(())
    });
}

#[test]
fn receivers_that_ask_for_nothing_run_in_the_order_of_their_ids() {
    for count in 0..50 {
        let (sequence, cycles) = order_of(&vec![MIDDLE; count], &[]);
        assert!(sequence.into_iter().eq(0..count));
        assert!(cycles.is_empty());
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
