//! The wiring as a graph: signals, receivers and resources are its nodes.

use std::collections::BTreeMap;

use super::text::count;
use super::view::{ReceiverView, SignalView};

/// Nodes are known by their indices, those of signals by the order in which they were given.
pub(super) struct Graph<'v> {
    /// Each function once, whatever it hears, in the order in which they are met.
    pub(super) receivers: Vec<&'v ReceiverView<'v>>,
    /// The types, in the order in which they are met.
    pub(super) resources: Vec<&'v str>,
    /// In the order of signals, and then of dispatch.
    pub(super) deliveries: Vec<ReceiverArgs>,
    pub(super) takings: Vec<Taking>,
}

/// A receiver hears a signal.
pub(super) struct ReceiverArgs {
    pub(super) signal: usize,
    pub(super) receiver: usize,
    /// [`ReceiverView::step`], from 1.
    pub(super) step: String,
}

/// A receiver takes a resource.
pub(super) struct Taking {
    pub(super) receiver: usize,
    pub(super) resource: usize,
    pub(super) optional: bool,
}

impl<'v> Graph<'v> {
    pub(super) fn new(signals: &'v [SignalView<'v>]) -> Self {
        let mut receivers = Nodes::default();
        let mut resources = Nodes::default();
        let mut deliveries = Vec::new();
        let mut takings = BTreeMap::new();
        for (signal, view) in signals.iter().enumerate() {
            for (number, view) in (1..).zip(&view.receivers) {
                let receiver = receivers.index(view.key(), view);
                deliveries.push(ReceiverArgs {
                    signal,
                    receiver,
                    step: view.step(number),
                });
                for view in &view.resources {
                    let resource = resources.index(view.type_name, view.type_name);
                    // What is taken both ways is needed.
                    *takings.entry((receiver, resource)).or_insert(true) &= view.optional;
                }
            }
        }
        let takings = takings.into_iter();
        Self {
            receivers: receivers.values,
            resources: resources.values,
            deliveries,
            takings: takings
                .map(|((receiver, resource), optional)| Taking {
                    receiver,
                    resource,
                    optional,
                })
                .collect(),
        }
    }
}

/// How much there is: `2 signals, 1 receiver, 0 resources`.
pub(super) fn summary(signals: &[SignalView<'_>]) -> String {
    let graph = Graph::new(signals);
    [
        count(signals.len(), "signal"),
        count(graph.receivers.len(), "receiver"),
        count(graph.resources.len(), "resource"),
    ]
    .join(", ")
}

/// Values by their keys, each with an index.
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
