//! The rendering of the wiring in DOT, the language of Graphviz.

use std::collections::BTreeMap;
use std::fmt;

use super::Wiring;
use super::graph::{Graph, lines};
use super::text::crate_of;
use super::view::{DurableReceiverView, DurableSignalView, SignalView, View};

impl Wiring {
    /// Returns a graph in DOT, the language of [Graphviz](https://graphviz.org/doc/info/lang.html): signals,
    /// receivers and resources from left to right. Signals and receivers are grouped by crate.
    ///
    /// The edge from a signal to a receiver shows the position of the receiver, and its phase unless it runs
    /// inside `send`. The edge from a receiver to a resource is dashed. A function that receives several
    /// signals is one node. Durable signals and receivers also show the name under which outboxes store them.
    ///
    /// ```
    /// # #[lback_signals::signal]
    /// # struct ParcelSent;
    /// let dot = lback_signals::wiring().to_dot();
    /// assert!(dot.starts_with("digraph wiring {"));
    /// assert!(dot.contains("parcel_sent"));
    /// ```
    #[must_use]
    pub fn to_dot(&self) -> String {
        self.view().to_dot()
    }
}

impl View<'_> {
    #[must_use]
    pub fn to_dot(&self) -> String {
        Dot(&self.signals).to_string()
    }
}

pub(super) struct Dot<'v>(pub(super) &'v [SignalView<'v>]);

impl fmt::Display for Dot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(signals) = self;
        let graph = Graph::new(signals);
        f.write_str(
            "digraph wiring {\n    \
             rankdir=LR;\n    \
             node [shape=box, fontname=\"Helvetica\", fontsize=12];\n    \
             edge [fontname=\"Helvetica\", fontsize=10];\n",
        )?;
        for (index, (name, nodes)) in crates(signals, &graph).into_iter().enumerate() {
            writeln!(f, "    subgraph cluster_{index} {{")?;
            writeln!(f, "        label={};", Quoted(&[name]))?;
            for node in nodes {
                writeln!(f, "        {node}")?;
            }
            writeln!(f, "    }}")?;
        }
        for (index, resource) in graph.resources.iter().enumerate() {
            let label = Quoted(&[resource]);
            writeln!(f, "    t{index} [label={label}, shape=cylinder];")?;
        }
        for edge in &graph.receptions {
            let (signal, receiver, step) = (edge.signal, edge.receiver, &edge.step);
            writeln!(f, "    s{signal} -> r{receiver} [label=\"{step}\"];")?;
        }
        for ((receiver, resource), optional) in &graph.dependencies {
            let label = if *optional {
                ", label=\"optional\""
            } else {
                ""
            };
            writeln!(f, "    r{receiver} -> t{resource} [style=dashed{label}];")?;
        }
        f.write_str("}\n")
    }
}

/// Returns the statements of signals and receivers, by crate.
fn crates<'v>(signals: &[SignalView<'v>], graph: &Graph<'v>) -> BTreeMap<&'v str, Vec<String>> {
    let mut crates = BTreeMap::<_, Vec<_>>::new();
    for (index, signal) in signals.iter().enumerate() {
        let stored = signal.durable.as_ref().map(DurableSignalView::details);
        let label = lines([signal.name, signal.type_path], stored.as_deref());
        let label = Quoted(&label);
        let tooltip = Quoted(&[signal.docs]);
        let node = format!(
            "s{index} [label={label}, tooltip={tooltip}, style=\"rounded,filled\", \
             fillcolor=\"#e8f0fe\"];"
        );
        let name = crate_of(signal.type_path);
        crates.entry(name).or_default().push(node);
    }
    for (index, receiver) in graph.receivers.iter().enumerate() {
        let stored = receiver
            .durable
            .as_ref()
            .map(DurableReceiverView::stored_name);
        let label = lines([receiver.name, receiver.module], stored.as_deref());
        let label = Quoted(&label);
        let node = format!("r{index} [label={label}];");
        crates.entry(receiver.crate_name).or_default().push(node);
    }
    crates
}

/// A string literal of DOT, with a line per text. Graphviz decodes XML entities in labels, so `&` is escaped.
struct Quoted<'t>(&'t [&'t str]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.join("\n");
        f.write_str("\"")?;
        for c in text.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '&' => f.write_str("&amp;")?,
                _ => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}
