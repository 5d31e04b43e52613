//! The rendering of the wiring as a Mermaid flowchart.

use std::fmt;

use super::Wiring;
use super::graph::{Graph, lines};
use super::view::{DurableReceiverView, DurableSignalView, SignalView, View};

impl Wiring {
    /// Returns a flowchart for [Mermaid](https://mermaid.js.org), from left to right. GitHub draws it in a
    /// Markdown code block of the language `mermaid`.
    ///
    /// It shows the graph of [`to_dot`](Self::to_dot), except the groups. Mermaid rejects more than 500 edges,
    /// unless its option `maxEdges` is set.
    ///
    /// ```
    /// # #[lback_signals::signal]
    /// # struct ParcelSent;
    /// let mermaid = lback_signals::wiring().to_mermaid();
    /// assert!(mermaid.starts_with("flowchart LR\n"));
    /// assert!(mermaid.contains("parcel_sent"));
    /// ```
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        self.view().to_mermaid()
    }
}

impl View<'_> {
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        Mermaid(&self.signals).to_string()
    }
}

pub(super) struct Mermaid<'v>(pub(super) &'v [SignalView<'v>]);

impl fmt::Display for Mermaid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(signals) = self;
        let graph = Graph::new(signals);
        f.write_str("flowchart LR\n")?;
        for (index, signal) in signals.iter().enumerate() {
            let stored = signal.durable.as_ref().map(DurableSignalView::details);
            let label = lines([signal.name, signal.type_path], stored.as_deref());
            let label = Quoted(&label);
            writeln!(f, "    s{index}([{label}])")?;
        }
        for (index, receiver) in graph.receivers.iter().enumerate() {
            let stored = receiver
                .durable
                .as_ref()
                .map(DurableReceiverView::stored_name);
            let label = lines([receiver.name, receiver.module], stored.as_deref());
            let label = Quoted(&label);
            writeln!(f, "    r{index}[{label}]")?;
        }
        for (index, resource) in graph.resources.iter().enumerate() {
            let label = Quoted(&[resource]);
            writeln!(f, "    t{index}[({label})]")?;
        }
        for edge in &graph.receptions {
            let (signal, receiver, step) = (edge.signal, edge.receiver, &edge.step);
            writeln!(f, "    s{signal} -->|{step}| r{receiver}")?;
        }
        for ((receiver, resource), optional) in &graph.dependencies {
            let label = if *optional { "|optional|" } else { "" };
            writeln!(f, "    r{receiver} -.->{label} t{resource}")?;
        }
        Ok(())
    }
}

/// A quoted label, with a line per text.
struct Quoted<'t>(&'t [&'t str]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for (index, text) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("<br>")?;
            }
            for c in text.chars() {
                match c {
                    // Ends the label, or begins an entity, HTML or Markdown.
                    '"' | '#' | '&' | '<' | '>' | '`' | '*' | '\\' => write!(f, "#{};", c as u32)?,
                    _ if c.is_control() => f.write_str(" ")?,
                    _ => write!(f, "{c}")?,
                }
            }
        }
        f.write_str("\"")
    }
}
