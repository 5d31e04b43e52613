//! Property tests of the order against a direct implementation of its rules.

mod attributes;

use std::collections::BTreeSet;

use test_support::cases::{Result, Unstructured, check, vec};

use super::{Graph, Position};
use crate::info::Phase;

const CASES: u32 = 256;
/// Upper bound of the bytes of a case.
const SIZE: u32 = 512;

/// All receivers of a group run before those of a greater one.
type Group = (Phase, Position);
type Edge = (usize, usize);

/// The group of receivers without options.
const MIDDLE: Group = (Phase::Now, Position::Between);

fn order_of(groups: &[Group], edges: &[Edge]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut graph = Graph::new(groups.iter().copied());
    for &(earlier, later) in edges {
        graph.add(earlier, later);
    }
    graph.into_order()
}

/// The groups and the constraints of some receivers.
#[derive(Clone, Debug)]
struct Case {
    groups: Vec<Group>,
    edges: Vec<Edge>,
}

impl Case {
    /// Returns whether a constraint or the groups require one receiver to run before another.
    fn requires(&self, earlier: usize, later: usize) -> bool {
        self.groups[earlier] < self.groups[later] || self.edges.contains(&(earlier, later))
    }

    /// Returns the transitive closure of the requirements, by the Floyd–Warshall algorithm.
    fn closure(&self) -> Vec<Vec<bool>> {
        let indices = 0..self.groups.len();
        let mut implied: Vec<Vec<bool>> = indices
            .clone()
            .map(|a| indices.clone().map(|b| self.requires(a, b)).collect())
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

    /// Returns the edges that are part of no cycle, which every order has to satisfy.
    fn acyclic_edges(&self) -> Vec<Edge> {
        let implied = self.closure();
        let edges = self.edges.iter().copied();
        edges.filter(|&(a, b)| !implied[b][a]).collect()
    }

    /// Returns the lexicographically first permutation that satisfies the groups and `edges`.
    fn smallest_order(&self, edges: &[Edge]) -> Vec<usize> {
        fn extended(case: &Case, edges: &[Edge], prefix: &mut Vec<usize>) -> Option<Vec<usize>> {
            let count = case.groups.len();
            if prefix.len() == count {
                let position = |index| prefix.iter().position(|&other| other == index);
                let groups: Vec<_> = prefix.iter().map(|&i| case.groups[i]).collect();
                let mut edges = edges.iter();
                let is_satisfied =
                    groups.is_sorted() && edges.all(|&(a, b)| position(a) < position(b));
                return is_satisfied.then(|| prefix.clone());
            }
            (0..count).find_map(|index| {
                if prefix.contains(&index) {
                    return None;
                }
                prefix.push(index);
                let found = extended(case, edges, prefix);
                prefix.pop();
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

fn case(u: &mut Unstructured<'_>, max_receivers: usize) -> Result<Case> {
    let groups = vec(u, 1..=max_receivers, group)?;
    let count = groups.len();
    // Few edges rarely form a cycle, many always do.
    let edges = vec(u, 0..=2 * count, |u| {
        Ok((u.choose_index(count)?, u.choose_index(count)?))
    })?;
    Ok(Case { groups, edges })
}

fn shuffle<T>(u: &mut Unstructured<'_>, items: &mut [T]) -> Result<()> {
    for rest in (1..items.len()).rev() {
        items.swap(rest, u.int_in_range(0..=rest)?);
    }
    Ok(())
}

#[test]
fn the_order_is_a_permutation_that_satisfies_groups_and_acyclic_edges() {
    check(CASES, SIZE, |u| {
        let case = case(u, 12)?;
        let (sequence, _) = order_of(&case.groups, &case.edges);
        let mut sorted = sequence.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..case.groups.len()));

        assert!(sequence.iter().map(|&index| case.groups[index]).is_sorted());
        let position = |index| sequence.iter().position(|&other| other == index);
        for (earlier, later) in case.acyclic_edges() {
            assert!(
                position(earlier) < position(later),
                "{earlier} before {later}: {sequence:?}"
            );
        }
        Ok(())
    });
}

#[test]
fn the_order_does_not_depend_on_the_order_of_the_edges() {
    check(CASES, SIZE, |u| {
        let case = case(u, 12)?;
        let mut shuffled = case.edges.clone();
        shuffle(u, &mut shuffled)?;
        assert_eq!(
            order_of(&case.groups, &case.edges),
            order_of(&case.groups, &shuffled),
            "{case:?}"
        );
        Ok(())
    });
}

#[test]
fn the_order_is_the_smallest_that_satisfies_all_edges_outside_the_reported_cycles() {
    check(CASES, SIZE, |u| {
        let case = case(u, 6)?;
        let (sequence, cycles) = order_of(&case.groups, &case.edges);
        let is_ignored = |&(earlier, later): &Edge| {
            cycles
                .iter()
                .any(|cycle| cycle.contains(&earlier) && cycle.contains(&later))
        };
        let mut edges = case.edges.clone();
        edges.retain(|edge| !is_ignored(edge));
        assert_eq!(sequence, case.smallest_order(&edges), "{case:?}");
        Ok(())
    });
}

#[test]
fn cycles_are_reported_if_and_only_if_there_are_any() {
    check(CASES, SIZE, |u| {
        let case = case(u, 12)?;
        let (_, cycles) = order_of(&case.groups, &case.edges);
        let has_cycle = case.acyclic_edges().len() < case.edges.len();
        assert_eq!(!cycles.is_empty(), has_cycle, "{case:?}");

        let different: BTreeSet<_> = cycles.iter().collect();
        assert_eq!(different.len(), cycles.len(), "{cycles:?}");
        for cycle in &cycles {
            let members: BTreeSet<_> = cycle.iter().collect();
            assert_eq!(members.len(), cycle.len(), "{cycle:?}");
            assert_eq!(cycle.iter().min(), cycle.first(), "{cycle:?}");
            let next = cycle.iter().cycle().skip(1);
            for (&earlier, &later) in cycle.iter().zip(next) {
                assert!(
                    case.requires(earlier, later),
                    "{earlier} before {later}: {cycle:?}"
                );
            }
        }
        Ok(())
    });
}

#[test]
fn receivers_without_options_run_in_the_order_of_their_ids() {
    for count in 0..50 {
        let (sequence, cycles) = order_of(&vec![MIDDLE; count], &[]);
        assert!(sequence.into_iter().eq(0..count));
        assert!(cycles.is_empty());
    }
}

#[test]
fn a_cycle_is_reported_and_its_members_run_in_the_order_of_their_ids() {
    let edges = [(2, 1), (1, 3), (3, 2), (3, 0)];
    let (sequence, cycles) = order_of(&[MIDDLE; 4], &edges);
    assert_eq!(cycles, [[1, 3, 2]]);
    assert_eq!(sequence, [1, 2, 3, 0]);
}

#[test]
fn each_of_several_cycles_is_reported() {
    let edges = [(1, 0), (0, 1), (3, 3), (2, 4), (4, 2), (1, 2)];
    let (sequence, cycles) = order_of(&[MIDDLE; 5], &edges);
    assert_eq!(cycles, [vec![0, 1], vec![2, 4], vec![3]]);
    assert_eq!(sequence, [0, 1, 2, 3, 4]);
}

#[test]
fn constraints_against_the_positions_of_two_receivers_are_reported_once() {
    let groups = [(Phase::Now, Position::First), (Phase::Now, Position::Last)];
    // `before` on one receiver and `after` on the other.
    let (sequence, cycles) = order_of(&groups, &[(1, 0), (1, 0)]);
    assert_eq!(cycles, [[0, 1]]);
    assert_eq!(sequence, [0, 1]);
}

#[test]
fn a_chain_of_ten_thousand_is_reversed() {
    let count = 10_000;
    let edges: Vec<_> = (1..count).map(|index| (index, index - 1)).collect();
    let (sequence, cycles) = order_of(&vec![MIDDLE; count], &edges);
    assert!(sequence.into_iter().eq((0..count).rev()));
    assert!(cycles.is_empty());
}

#[test]
fn a_cycle_of_ten_thousand_is_reported_from_its_smallest_member() {
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
