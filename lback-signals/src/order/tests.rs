//! The order against its rules.

use super::{Graph, Position};

fn order_of(positions: &[Position], edges: &[(usize, usize)]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut graph = Graph::new(positions.iter().copied());
    for &(earlier, later) in edges {
        graph.add(earlier, later);
    }
    graph.into_order()
}

#[test]
fn a_cycle_is_named_and_its_members_run_in_the_order_of_their_ids() {
    let edges = [(2, 1), (1, 3), (3, 2), (3, 0)];
    let (sequence, cycles) = order_of(&[Position::Between; 4], &edges);
    assert_eq!(cycles, [[1, 3, 2]]);
    assert_eq!(sequence, [1, 2, 3, 0]);
}
