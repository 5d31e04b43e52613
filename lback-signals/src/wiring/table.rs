//! The rendering of the wiring as a table for a terminal.

use std::fmt;

use super::Wiring;
use super::graph::summary;
use super::problem::Location;
use super::text::{NO_RECEIVERS, chars, list, shorten, wrap};
use super::view::{ReceiverView, ResourceView, SignalView, View};

/// The maximum number of characters of a line.
const WIDTH: usize = 100;
/// The maximum number of characters of a location. Names get the rest.
const LOCATION: usize = 40;
const GAP: &str = "  ";

/// Writes a table of at most 100 columns: each signal, and its receivers in the order in which they run.
///
/// Texts that are too long lose their middle. There is no line feed at the end.
impl fmt::Display for Wiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Table(&self.signals).fmt(f)?;
        let retired = self.retired.iter().copied();
        f.write_str(&list("\nretired durable receivers:", retired))
    }
}

pub(super) struct Table<'v>(pub(super) &'v [SignalView<'v>]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(signals) = self;
        let columns = Columns::of(signals);
        for signal in *signals {
            columns.write_signal(f, signal)?;
            writeln!(f)?;
        }
        f.write_str(&summary(signals))
    }
}

/// The widths of the columns, the same for all signals.
struct Columns {
    number: usize,
    /// The name of a signal, or the number and the id of a receiver.
    name: usize,
    location: usize,
}

impl Columns {
    fn of(signals: &[SignalView<'_>]) -> Self {
        let receivers = || signals.iter().flat_map(|signal| &signal.receivers);
        let most = signals.iter().map(|signal| signal.receivers.len()).max();
        let number = most.unwrap_or(0).to_string().len();

        let headings = signals.iter().map(|signal| chars(signal.name));
        let ids = receivers().map(|receiver| indent(number) + chars(receiver.id));
        let signals = signals.iter().map(|signal| (signal.file, signal.line));
        let locations = signals.chain(receivers().map(|receiver| (receiver.file, receiver.line)));

        let locations = locations.map(|(file, line)| chars(&location(file, line)));
        let location = locations.max().unwrap_or(0).min(LOCATION);
        let name = headings.chain(ids).max().unwrap_or(0);
        let name = name.min(WIDTH - GAP.len() - location);
        Self {
            number,
            name,
            location,
        }
    }

    fn write_signal(&self, f: &mut fmt::Formatter<'_>, signal: &SignalView<'_>) -> fmt::Result {
        self.write_row(f, signal.name, &location(signal.file, signal.line))?;
        let mut details = format!("{}{}", signal.type_path, signal.details());
        if let Some(durable) = &signal.durable {
            details = format!("{details}; durable {}", durable.details());
        }
        write_details(f, &details, GAP.len())?;
        if signal.receivers.is_empty() {
            write_details(f, NO_RECEIVERS, GAP.len())?;
        }
        for (number, receiver) in (1..).zip(&signal.receivers) {
            let (width, indent) = (self.number, indent(self.number));
            let id = shorten(receiver.id, self.name - indent);
            let name = format!("{GAP}{number:width$}{GAP}{id}");
            self.write_row(f, &name, &location(receiver.file, receiver.line))?;
            write_details(f, &receiver_details(receiver), indent)?;
        }
        Ok(())
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, name: &str, location: &str) -> fmt::Result {
        let width = self.name;
        let name = shorten(name, width);
        let location = shorten(location, self.location);
        writeln!(f, "{name:width$}{GAP}{location}")
    }
}

/// Returns the column in which the ids of receivers begin.
fn indent(number: usize) -> usize {
    GAP.len() + number + GAP.len()
}

fn location(file: &str, line: u32) -> String {
    Location { file, line }.to_string()
}

fn write_details(f: &mut fmt::Formatter<'_>, text: &str, indent: usize) -> fmt::Result {
    for line in wrap(text, WIDTH - indent) {
        writeln!(f, "{:indent$}{line}", "")?;
    }
    Ok(())
}

fn receiver_details(receiver: &ReceiverView<'_>) -> String {
    let mut details = Vec::new();
    let options = receiver.options().join(", ");
    details.extend((!options.is_empty()).then_some(options));
    details.extend(receiver.durable.as_ref().map(|durable| {
        let options = durable.options().join(", ");
        format!("stored as {}, {options}", durable.stored_name())
    }));
    details.extend(receiver.fulfills.then(|| "fulfills".to_owned()));
    details.extend(receiver.disabled.then(|| "disabled".to_owned()));
    let resources = receiver.resources.iter().map(resource);
    let resources = list("takes", resources);
    details.extend((!resources.is_empty()).then_some(resources));
    details.join("; ")
}

fn resource(resource: &ResourceView<'_>) -> String {
    let state = match (resource.optional, resource.provided) {
        (false, None | Some(true)) => "",
        (false, Some(false)) => " (not provided)",
        (true, None | Some(true)) => " (optional)",
        (true, Some(false)) => " (optional, not provided)",
    };
    format!("{}{state}", resource.type_name)
}
