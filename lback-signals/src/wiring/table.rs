//! The wiring as a table for a terminal.

use std::fmt;

use super::Wiring;
use super::graph::summary;
use super::text::{chars, shorten, wrap};
use super::view::{ReceiverView, ResourceView, SignalView};

/// No line is longer, in characters.
const WIDTH: usize = 100;
/// The most that places get; what they leave is for names.
const PLACE: usize = 40;
const GAP: &str = "  ";

/// A table of at most 100 columns: each signal, and its receivers in the order in which they run.
///
/// What is too long loses its middle. There is no line feed at the end.
impl fmt::Display for Wiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Table(&self.view()).fmt(f)
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
    /// With the number and the space around it, which headings have to themselves.
    name: usize,
    place: usize,
}

impl Columns {
    fn of(signals: &[SignalView<'_>]) -> Self {
        let receivers = || signals.iter().flat_map(|signal| &signal.receivers);
        let most = signals.iter().map(|signal| signal.receivers.len()).max();
        let number = most.unwrap_or(0).to_string().len();

        let headings = signals.iter().map(|signal| chars(signal.name));
        let ids = receivers().map(|receiver| indent(number) + chars(receiver.id));
        let places = signals.iter().map(|signal| place(signal.file, signal.line));
        let places = places.chain(receivers().map(|receiver| place(receiver.file, receiver.line)));

        let place = places.map(|place| chars(&place)).max().unwrap_or(0);
        let place = place.min(PLACE);
        let name = headings.chain(ids).max().unwrap_or(0);
        let name = name.min(WIDTH - GAP.len() - place);
        Self {
            number,
            name,
            place,
        }
    }

    fn write_signal(&self, f: &mut fmt::Formatter<'_>, signal: &SignalView<'_>) -> fmt::Result {
        self.write_row(f, signal.name, &place(signal.file, signal.line))?;
        write_details(f, &signal_details(signal), GAP.len())?;
        if signal.receivers.is_empty() {
            write_details(f, "nobody receives it", GAP.len())?;
        }
        for (number, receiver) in (1..).zip(&signal.receivers) {
            let (width, indent) = (self.number, indent(self.number));
            let id = shorten(receiver.id, self.name - indent);
            let name = format!("{GAP}{number:width$}{GAP}{id}");
            self.write_row(f, &name, &place(receiver.file, receiver.line))?;
            write_details(f, &receiver_details(receiver), indent)?;
        }
        Ok(())
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, name: &str, place: &str) -> fmt::Result {
        let width = self.name;
        let name = shorten(name, width);
        let place = shorten(place, self.place);
        writeln!(f, "{name:width$}{GAP}{place}")
    }
}

/// Where the ids of receivers begin.
fn indent(number: usize) -> usize {
    GAP.len() + number + GAP.len()
}

fn place(file: &str, line: u32) -> String {
    format!("{file}:{line}")
}

fn write_details(f: &mut fmt::Formatter<'_>, text: &str, indent: usize) -> fmt::Result {
    for line in wrap(text, WIDTH - indent) {
        writeln!(f, "{:indent$}{line}", "")?;
    }
    Ok(())
}

fn signal_details(signal: &SignalView<'_>) -> String {
    let fields = signal.fields.iter().map(|field| {
        let sender = match (field.is_sender, signal.sender_model) {
            (false, _) => String::new(),
            (true, None) => " (the sender)".to_owned(),
            (true, Some(model)) => format!(" (the sender, model {model})"),
        };
        format!("{}: {}{sender}", field.name, field.type_name)
    });
    let payload = list(" with", fields).unwrap_or_default();
    let mut details = vec![format!("{}{payload}", signal.type_path)];
    details.extend(signal.reply.map(|reply| format!("answered with {reply}")));
    details.extend(signal.is_async.then(|| "async".to_owned()));
    details.extend(signal.owned.then(|| "owned".to_owned()));
    details.extend(signal.required.then(|| "required".to_owned()));
    details.join("; ")
}

fn receiver_details(receiver: &ReceiverView<'_>) -> String {
    let mut details = Vec::new();
    let options = options(receiver).join(", ");
    details.extend((!options.is_empty()).then_some(options));
    details.extend(receiver.fulfills.then(|| "fulfills".to_owned()));
    details.extend(receiver.disabled.then(|| "disabled".to_owned()));
    let resources = receiver.resources.iter().map(resource);
    details.extend(list("takes", resources));
    details.join("; ")
}

/// What its attribute says about when it runs.
fn options(receiver: &ReceiverView<'_>) -> Vec<String> {
    let order = &receiver.order;
    let mut options = Vec::new();
    options.extend(receiver.timing());
    options.extend(order.first.then(|| "first".to_owned()));
    options.extend(order.last.then(|| "last".to_owned()));
    for (key, paths) in [("before", &order.before), ("after", &order.after)] {
        if !paths.is_empty() {
            options.push(format!("{key}({})", paths.join(", ")));
        }
    }
    options
}

fn resource(resource: &ResourceView<'_>) -> String {
    let state = match (resource.optional, resource.provided) {
        (false, true) => "",
        (false, false) => " (not provided)",
        (true, true) => " (optional)",
        (true, false) => " (optional, not provided)",
    };
    format!("{}{state}", resource.type_name)
}

fn list(what: &str, items: impl Iterator<Item = String>) -> Option<String> {
    let items: Vec<_> = items.collect();
    (!items.is_empty()).then(|| format!("{what} {}", items.join(", ")))
}
