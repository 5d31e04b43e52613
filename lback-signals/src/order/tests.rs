//! The order against its rules, which are written down here a second time, in the plainest way.

use std::any::TypeId;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::{Graph, Position, Reference, arrange};
use crate::describe::Description;
use crate::phase::Phase;
use crate::receiver_info::{Declaration, ReceiverInfo, Wishes};
use crate::signal_info::{SignalDeclaration, SignalInfo};

type Edge = (usize, usize);

fn order_of(positions: &[Position], edges: &[Edge]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut graph = Graph::new(positions.iter().map(|&position| (Phase::Now, position)));
    for &(earlier, later) in edges {
        graph.add(earlier, later);
    }
    graph.into_order()
}

/// What some receivers ask for.
#[derive(Clone, Debug)]
struct Asked {
    positions: Vec<Position>,
    edges: Vec<Edge>,
}

impl Asked {
    /// Whether one is to run before another, since it says so or since of where they stand.
    fn says(&self, earlier: usize, later: usize) -> bool {
        self.positions[earlier] < self.positions[later] || self.edges.contains(&(earlier, later))
    }

    /// Floyd and Warshall's: what follows from what they say.
    fn implications(&self) -> Vec<Vec<bool>> {
        let indices = 0..self.positions.len();
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

    /// The first permutation, in the order of a dictionary, that keeps the positions and `edges`.
    fn smallest_order(&self, edges: &[Edge]) -> Vec<usize> {
        fn extended(asked: &Asked, edges: &[Edge], begun: &mut Vec<usize>) -> Option<Vec<usize>> {
            let count = asked.positions.len();
            if begun.len() == count {
                let place = |index| begun.iter().position(|&other| other == index);
                let positions: Vec<_> = begun.iter().map(|&i| asked.positions[i]).collect();
                let is_kept =
                    positions.is_sorted() && edges.iter().all(|&(a, b)| place(a) < place(b));
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
        extended(self, edges, &mut Vec::new()).expect("positions and edges without cycles")
    }
}

fn position() -> impl Strategy<Value = Position> {
    prop_oneof![
        1 => Just(Position::First),
        3 => Just(Position::Between),
        1 => Just(Position::Last),
    ]
}

fn asked(max_receivers: usize) -> impl Strategy<Value = Asked> {
    prop::collection::vec(position(), 1..=max_receivers).prop_flat_map(|positions| {
        let count = positions.len();
        // Few edges seldom make a cycle, many always do.
        prop::collection::vec((0..count, 0..count), 0..=2 * count).prop_map(move |edges| Asked {
            positions: positions.clone(),
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
    fn the_order_is_a_permutation_that_keeps_positions_and_all_that_is_in_no_cycle(
        asked in asked(12),
    ) {
        let (sequence, _) = order_of(&asked.positions, &asked.edges);
        let mut sorted = sequence.clone();
        sorted.sort_unstable();
        prop_assert!(sorted.into_iter().eq(0..asked.positions.len()));

        prop_assert!(sequence.iter().map(|&index| asked.positions[index]).is_sorted());
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
            order_of(&asked.positions, &asked.edges),
            order_of(&asked.positions, &shuffled)
        );
    }

    #[test]
    fn the_order_is_the_smallest_that_keeps_what_no_cycle_takes_away(asked in asked(6)) {
        let (sequence, cycles) = order_of(&asked.positions, &asked.edges);
        let is_given_up = |&(earlier, later): &Edge| {
            cycles.iter().any(|cycle| cycle.contains(&earlier) && cycle.contains(&later))
        };
        let mut kept = asked.edges.clone();
        kept.retain(|edge| !is_given_up(edge));
        prop_assert_eq!(sequence, asked.smallest_order(&kept));
    }

    #[test]
    fn cycles_are_reported_if_there_are_any_and_each_is_one(asked in asked(12)) {
        let (_, cycles) = order_of(&asked.positions, &asked.edges);
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
        let (sequence, cycles) = order_of(&vec![Position::Between; count], &[]);
        prop_assert!(sequence.into_iter().eq(0..count));
        prop_assert!(cycles.is_empty());
    }
}

#[test]
fn a_cycle_is_named_and_its_members_run_in_the_order_of_their_ids() {
    let edges = [(2, 1), (1, 3), (3, 2), (3, 0)];
    let (sequence, cycles) = order_of(&[Position::Between; 4], &edges);
    assert_eq!(cycles, [[1, 3, 2]]);
    assert_eq!(sequence, [1, 2, 3, 0]);
}

#[test]
fn each_of_several_cycles_is_named() {
    let edges = [(1, 0), (0, 1), (3, 3), (2, 4), (4, 2), (1, 2)];
    let (sequence, cycles) = order_of(&[Position::Between; 5], &edges);
    assert_eq!(cycles, [vec![0, 1], vec![2, 4], vec![3]]);
    assert_eq!(sequence, [0, 1, 2, 3, 4]);
}

#[test]
fn what_two_receivers_ask_against_their_positions_is_named_once() {
    let positions = [Position::First, Position::Last];
    // `before` of the one and `after` of the other.
    let (sequence, cycles) = order_of(&positions, &[(1, 0), (1, 0)]);
    assert_eq!(cycles, [[0, 1]]);
    assert_eq!(sequence, [0, 1]);
}

#[test]
fn a_chain_of_ten_thousand_is_turned_round() {
    let count = 10_000;
    let edges: Vec<_> = (1..count).map(|index| (index, index - 1)).collect();
    let (sequence, cycles) = order_of(&vec![Position::Between; count], &edges);
    assert!(sequence.into_iter().eq((0..count).rev()));
    assert!(cycles.is_empty());
}

#[test]
fn a_cycle_of_ten_thousand_is_named_from_its_smallest_on() {
    let count = 10_000;
    let edges: Vec<_> = (0..count).map(|i| ((i + 1) % count, i)).collect();
    let (sequence, cycles) = order_of(&vec![Position::Between; count], &edges);
    assert!(sequence.into_iter().eq(0..count));
    let [cycle] = cycles.as_slice() else {
        panic!("{} cycles", cycles.len());
    };
    assert_eq!(cycle[..3], [0, 9_999, 9_998]);
    assert_eq!(cycle.len(), count);
}

static SIGNAL: SignalInfo = SignalInfo::__new(SignalDeclaration::NAMELESS);

/// Stands for the function item of receiver `N`.
struct Item<const N: usize>;

const ITEMS: [TypeId; 6] = [
    TypeId::of::<Item<0>>(),
    TypeId::of::<Item<1>>(),
    TypeId::of::<Item<2>>(),
    TypeId::of::<Item<3>>(),
    TypeId::of::<Item<4>>(),
    TypeId::of::<Item<5>>(),
];

/// Who hears nothing of it.
const STRANGER: usize = 5;

/// What one receiver's attribute says: its position, and the receivers in `before` and `after`.
type Attribute = (Position, Vec<usize>, Vec<usize>);

/// The receiver of an item. The last two have one id, and their place tells them apart.
fn receiver(index: usize, (position, before, after): &Attribute) -> &'static ReceiverInfo {
    const ORIGINS: [&str; STRANGER] = [
        "tests::a@tests.rs:0:1",
        "tests::b@tests.rs:1:1",
        "tests::c@tests.rs:2:1",
        "tests::d@tests.rs:3:1",
        "tests::d@tests.rs:4:1",
    ];
    let references = |indices: &[usize]| -> &'static [Reference] {
        let references: Vec<_> = indices
            .iter()
            .map(|&index| Reference::new("named", ITEMS[index]))
            .collect();
        references.leak()
    };
    let mut wishes = Wishes::new()
        .before(references(before))
        .after(references(after));
    match position {
        Position::First => wishes = wishes.first(),
        Position::Between => {}
        Position::Last => wishes = wishes.last(),
    }
    let wishes = Box::leak(Box::new(wishes));
    let description = Description::Plain(ITEMS[index]);
    let declaration = Declaration::new(ORIGINS[index], description, wishes);
    let declaration = Box::leak(Box::new(declaration));
    Box::leak(Box::new(ReceiverInfo::new(&SIGNAL, declaration)))
}

fn attribute() -> impl Strategy<Value = Attribute> {
    let all = vec![0, 1, 2, 3, 4, STRANGER];
    let named = || {
        prop_oneof![
            3 => Just(Vec::new()),
            1 => subsequence(all.clone(), 1..=2),
        ]
    };
    (position(), named(), named())
}

proptest! {
    #[test]
    fn receivers_run_in_one_order_however_they_were_registered(
        attributes in prop::collection::vec(attribute(), STRANGER),
        registered in Just((0..STRANGER).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut receivers: Vec<_> = registered
            .into_iter()
            .map(|index| receiver(index, &attributes[index]))
            .collect();
        // As the registry does.
        receivers.sort_unstable_by_key(|receiver| receiver.order_key());
        let arrangement = arrange(&receivers);
        let lines: Vec<_> = receivers.iter().map(|receiver| receiver.line()).collect();
        prop_assert_eq!(lines, [0, 1, 2, 3, 4]);

        let mut strangers = Vec::new();
        let mut asked = Asked { positions: Vec::new(), edges: Vec::new() };
        for (index, (position, before, after)) in attributes.iter().enumerate() {
            asked.positions.push(*position);
            let before = before.iter().map(|&other| (index, other));
            let after = after.iter().map(|&other| (other, index));
            for edge in before.chain(after) {
                if edge.0 == STRANGER || edge.1 == STRANGER {
                    strangers.push((index, "named"));
                } else {
                    asked.edges.push(edge);
                }
            }
        }
        let (sequence, cycles) = order_of(&asked.positions, &asked.edges);
        prop_assert_eq!(arrangement.sequence, sequence);
        prop_assert_eq!(arrangement.cycles, cycles);
        prop_assert_eq!(arrangement.strangers, strangers);
    }
}
