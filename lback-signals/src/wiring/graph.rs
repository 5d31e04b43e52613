//! The wiring as a graph, for DOT and Mermaid. Its nodes are signals, receivers and resources.

use std::collections::BTreeMap;

use super::text::count;
use super::view::{ReceiverView, SignalView};

/// Nodes and edges. Edges refer to nodes by index, to signals by their index in the view.
pub(super) struct Graph<'v> {
    /// Each function once, even if it receives several signals, in the order of first use.
    pub(super) receivers: Vec<&'v ReceiverView<'v>>,
    /// The types, in the order of first use.
    pub(super) resources: Vec<&'v str>,
    /// In the order of signals, and then of dispatch.
    pub(super) receptions: Vec<Reception>,
    pub(super) dependencies: Vec<Dependency>,
}

/// An edge from a signal to a receiver.
pub(super) struct Reception {
    pub(super) signal: usize,
    pub(super) receiver: usize,
    /// The text of [`ReceiverView::step`].
    pub(super) step: String,
}

/// An edge from a receiver to a resource.
pub(super) struct Dependency {
    pub(super) receiver: usize,
    pub(super) resource: usize,
    pub(super) optional: bool,
}

impl<'v> Graph<'v> {
    pub(super) fn new(signals: &'v [SignalView<'v>]) -> Self {
        let mut receivers = Nodes::default();
        let mut resources = Nodes::default();
        let mut receptions = Vec::new();
        let mut dependencies = BTreeMap::new();
        for (signal, view) in signals.iter().enumerate() {
            for (number, view) in (1..).zip(&view.receivers) {
                let receiver = receivers.index(view.key(), view);
                receptions.push(Reception {
                    signal,
                    receiver,
                    step: view.step(number),
                });
                for view in &view.resources {
                    let resource = resources.index(view.type_name, view.type_name);
                    // A resource is optional if all uses of it are.
                    *dependencies.entry((receiver, resource)).or_insert(true) &= view.optional;
                }
            }
        }
        let dependencies = dependencies.into_iter();
        Self {
            receivers: receivers.values,
            resources: resources.values,
            receptions,
            dependencies: dependencies
                .map(|((receiver, resource), optional)| Dependency {
                    receiver,
                    resource,
                    optional,
                })
                .collect(),
        }
    }
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

/// Distinct values by key, each with an index.
struct Nodes<Key, Value> {
    indices: BTreeMap<Key, usize>,
    values: Vec<Value>,
}

impl<Key, Value> Default for Nodes<Key, Value> {
    fn default() -> Self {
        Self {
            indices: BTreeMap::new(),
            values: Vec::new(),
        }
    }
}

impl<Key: Ord, Value> Nodes<Key, Value> {
    fn index(&mut self, key: Key, value: Value) -> usize {
        let Self { indices, values } = self;
        *indices.entry(key).or_insert_with(|| {
            values.push(value);
            values.len() - 1
        })
    }
}
