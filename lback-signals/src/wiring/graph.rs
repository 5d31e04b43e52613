//! The wiring as a graph, for DOT and Mermaid. Its nodes are signals, receivers and resources.

use std::collections::BTreeMap;

use super::text::count;
use super::view::{ReceiverView, SignalView};

/// Nodes and edges. Edges refer to nodes by index, to signals by their index in the view.
#[derive(Default)]
pub(super) struct Graph<'v> {
    /// Each function once, even if it receives several signals, in the order of first use.
    pub(super) receivers: Vec<&'v ReceiverView<'v>>,
    /// The types, in the order of first use.
    pub(super) resources: Vec<&'v str>,
    /// In the order of signals, and then of dispatch.
    pub(super) receptions: Vec<Reception>,
    /// The edges from receivers to resources, with whether all uses are optional.
    pub(super) dependencies: BTreeMap<(usize, usize), bool>,
}

/// An edge from a signal to a receiver.
pub(super) struct Reception {
    pub(super) signal: usize,
    pub(super) receiver: usize,
    /// The text of [`ReceiverView::step`].
    pub(super) step: String,
}

impl<'v> Graph<'v> {
    pub(super) fn new(signals: &'v [SignalView<'v>]) -> Self {
        let mut graph = Self::default();
        let (mut receivers, mut resources) = (BTreeMap::new(), BTreeMap::new());
        for (signal, view) in signals.iter().enumerate() {
            for (number, view) in (1..).zip(&view.receivers) {
                let receiver = index(&mut receivers, &mut graph.receivers, view.key(), view);
                graph.receptions.push(Reception {
                    signal,
                    receiver,
                    step: view.step(number),
                });
                for view in &view.resources {
                    let name = view.type_name;
                    let resource = index(&mut resources, &mut graph.resources, name, name);
                    let dependency = graph.dependencies.entry((receiver, resource));
                    *dependency.or_insert(true) &= view.optional;
                }
            }
        }
        graph
    }
}

/// Returns the index of the value with this key. Adds the value if the key is new.
fn index<K: Ord, V>(
    indices: &mut BTreeMap<K, usize>,
    values: &mut Vec<V>,
    key: K,
    value: V,
) -> usize {
    *indices.entry(key).or_insert_with(|| {
        values.push(value);
        values.len() - 1
    })
}

/// Returns the lines of a label: a name, its path, and the name under which outboxes store it.
pub(super) fn lines<'t>([name, path]: [&'t str; 2], stored: Option<&'t str>) -> Vec<&'t str> {
    [name, path].into_iter().chain(stored).collect()
}

/// Returns the numbers of nodes: `2 signals, 1 receiver, 0 resources`.
pub(super) fn summary(signals: &[SignalView<'_>]) -> String {
    let graph = Graph::new(signals);
    [
        count(signals.len(), "signal"),
        count(graph.receivers.len(), "receiver"),
        count(graph.resources.len(), "resource"),
    ]
    .join(", ")
}
