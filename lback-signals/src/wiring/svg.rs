//! The rendering of the wiring as an SVG picture.
//!
//! Each signal is a block: the signal, its receivers in the order in which they run, and their resources. A
//! function that receives several signals is drawn in each of their blocks, so that no line crosses the page.
//! The number of columns makes the page a little wider than high. A general layout engine would put all
//! receivers into one column.
//!
//! Lengths are in pixels. The font has a fixed width, so the widths of texts are known.

mod page;
mod text;

use std::collections::BTreeMap;
use std::fmt;

use self::page::{BOX, Page, STEP, rows, rows_height, signal_height};
use self::text::{PADDING, Xml, box_width, label, text_width};
use super::Wiring;
use super::graph::summary;
use super::text::{NO_RECEIVERS, without_modules};
use super::view::{ReceiverView, SignalView, View};
use crate::live::DispatchCounts;

/// The width of the curves between two columns of boxes.
const CURVE: usize = 48;
const BETWEEN_COLUMNS: usize = 56;
const MARGIN: usize = 24;
const TITLE: usize = 36;
/// The distance of the baseline of a text from the top of its box.
const BASELINE: usize = 15;
const LEGEND: &str = "×n: a function that receives n signals; dashed: optional";

const STYLE: &str = "text{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;\
    fill:#1f2328}\
    .name{font-weight:bold}.path{font-size:10px;fill:#57606a}.aside{fill:#57606a}\
    .number{fill:#0969da}rect{rx:4}.signal{fill:#ddf4ff;stroke:#54aeff}\
    .receiver{fill:#fff;stroke:#afb8c1}.resource{fill:#fff8c5;stroke:#d4a72c}\
    path{fill:none;stroke:#8c959f}.optional{stroke-dasharray:4 3}";

impl Wiring {
    /// Returns an SVG picture (feature `svg`). It refers to no other file. It has no line numbers, so that it
    /// changes only with the wiring.
    ///
    /// Each signal is drawn to the left of its receivers, which are numbered in the order in which they run,
    /// and each receiver to the left of its resources. A dashed line leads to an optional resource. The number
    /// of a receiver is followed by its phase, unless it runs inside `send`. `×3` marks a function that
    /// receives three signals and is drawn with each. A durable signal shows the name, the version and the stored
    /// form of its payloads below its path, and a durable receiver the name of its deliveries behind its own.
    ///
    /// ```
    /// # #[lback_signals::signal]
    /// # struct ParcelSent;
    /// let svg = lback_signals::wiring().to_svg();
    /// assert!(svg.starts_with("<svg "));
    /// assert!(svg.contains("parcel_sent"));
    /// ```
    #[must_use]
    pub fn to_svg(&self) -> String {
        self.view().to_svg()
    }

    /// Returns the picture with how often each signal was sent, and how the runs of each receiver ended.
    ///
    /// ```standalone_crate
    /// use lback_signals::{LiveView, Signal, set_observer, signal, wiring};
    ///
    /// #[signal]
    /// struct ParcelSent;
    ///
    /// let view = LiveView::new(1000);
    /// set_observer(view.clone())?;
    /// ParcelSent.send();
    /// let svg = wiring().to_svg_with(&view.counts());
    /// assert!(svg.contains("sent 1"));
    /// # Ok::<(), lback_signals::ObserverAlreadySet>(())
    /// ```
    #[must_use]
    pub fn to_svg_with(&self, counts: &DispatchCounts) -> String {
        let mut view = self.view();
        for (signal, info) in view.signals.iter_mut().zip(self.signals()) {
            signal.counts = Some(format!("sent {}", counts.dispatches(info)));
            for (receiver, info) in signal.receivers.iter_mut().zip(info.receivers()) {
                receiver.counts = Some(counts.runs(info).to_string());
            }
        }
        view.to_svg()
    }
}

impl View<'_> {
    #[must_use]
    pub fn to_svg(&self) -> String {
        Svg(&self.signals).to_string()
    }
}

pub(super) struct Svg<'v>(pub(super) &'v [SignalView<'v>]);

impl fmt::Display for Svg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(signals) = self;
        let title = format!("{}; {LEGEND}", summary(signals));
        let drawing = Drawing::of(signals);
        let pitch = drawing.width() + BETWEEN_COLUMNS;
        let page = Page::of(signals, pitch);
        let blocks = page.columns * pitch - BETWEEN_COLUMNS;
        let width = 2 * MARGIN + blocks.max(text_width(&title));
        let height = 2 * MARGIN + TITLE + page.height;
        writeln!(
            f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\">\n\
             <style>{STYLE}</style>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>"
        )?;
        let baseline = MARGIN + BASELINE;
        writeln!(f, "<text x=\"{MARGIN}\" y=\"{baseline}\">{title}</text>")?;
        for (signal, (column, y)) in signals.iter().zip(page.positions) {
            let (x, y) = (MARGIN + column * pitch, MARGIN + TITLE + y);
            writeln!(f, "<g transform=\"translate({x} {y})\">")?;
            drawing.write_block(f, signal)?;
            writeln!(f, "</g>")?;
        }
        writeln!(f, "</svg>")
    }
}

/// The widths of the boxes. All blocks have the same, so that columns are straight.
struct Drawing<'v> {
    signal: usize,
    receiver: usize,
    resource: usize,
    /// The number of signals that each function receives.
    received: BTreeMap<(&'v str, &'v str, u32), usize>,
}

impl<'v> Drawing<'v> {
    fn of(signals: &'v [SignalView<'v>]) -> Self {
        let mut drawing = Self {
            signal: 0,
            receiver: box_width(NO_RECEIVERS),
            resource: 0,
            received: BTreeMap::new(),
        };
        for receiver in signals.iter().flat_map(|signal| &signal.receivers) {
            *drawing.received.entry(receiver.key()).or_default() += 1;
        }
        for signal in signals {
            // The path has a smaller font.
            let path = box_width(&label(signal.type_path)) * 5 / 6;
            let name = box_width(&name_with_counts(signal));
            drawing.signal = drawing.signal.max(path).max(name);
            if let Some(durable) = &signal.durable {
                let stored = box_width(&label(&durable.details())) * 5 / 6;
                drawing.signal = drawing.signal.max(stored);
            }
            for (number, receiver) in (1..).zip(&signal.receivers) {
                let (number, aside) = drawing.asides(number, receiver);
                let text = number + &label(receiver.id) + &aside;
                drawing.receiver = drawing.receiver.max(box_width(&text));
                for resource in &receiver.resources {
                    let text = label(&without_modules(resource.type_name));
                    drawing.resource = drawing.resource.max(box_width(&text));
                }
            }
        }
        drawing
    }

    fn width(&self) -> usize {
        let resources = if self.resource > 0 {
            CURVE + self.resource
        } else {
            0
        };
        self.signal + CURVE + self.receiver + resources
    }

    /// Returns the texts before and after the id of a receiver.
    fn asides(&self, number: usize, receiver: &ReceiverView<'_>) -> (String, String) {
        let signals = self.received.get(&receiver.key()).copied().unwrap_or(1);
        let mut aside = String::new();
        if signals > 1 {
            aside = format!(" ×{signals}");
        }
        if let Some(durable) = &receiver.durable {
            aside = format!("{aside} as {}", label(&durable.stored_name()));
        }
        if let Some(counts) = &receiver.counts {
            aside = format!("{aside}: {counts}");
        }
        (receiver.step(number) + " ", aside)
    }

    fn write_block(&self, f: &mut fmt::Formatter<'_>, signal: &SignalView<'_>) -> fmt::Result {
        let height = signal_height(signal);
        let mut y = height.saturating_sub(rows_height(signal)) / 2;
        if signal.receivers.is_empty() {
            let (x, y) = (self.signal + CURVE, y + BASELINE);
            writeln!(
                f,
                "<text class=\"aside\" x=\"{x}\" y=\"{y}\">{NO_RECEIVERS}</text>"
            )?;
        }
        for (number, receiver) in (1..).zip(&signal.receivers) {
            write_curve(f, "", (self.signal, height / 2), y + BOX / 2)?;
            self.write_receiver(f, y, number, receiver)?;
            y += rows(receiver) * STEP;
        }
        let (name, path) = (name_with_counts(signal), label(signal.type_path));
        write!(
            f,
            "<g><title>{} ({})\n{}</title><rect class=\"signal\" width=\"{}\" \
             height=\"{height}\"/><text class=\"name\" x=\"{PADDING}\" y=\"17\">{}</text>\
             <text class=\"path\" x=\"{PADDING}\" y=\"32\">{}</text>",
            Xml(signal.type_path),
            Xml(signal.file),
            Xml(signal.docs),
            self.signal,
            Xml(&name),
            Xml(&path),
        )?;
        if let Some(durable) = &signal.durable {
            let stored = label(&durable.details());
            let stored = Xml(&stored);
            write!(
                f,
                "<text class=\"path\" x=\"{PADDING}\" y=\"46\">{stored}</text>"
            )?;
        }
        writeln!(f, "</g>")
    }

    fn write_receiver(
        &self,
        f: &mut fmt::Formatter<'_>,
        y: usize,
        number: usize,
        receiver: &ReceiverView<'_>,
    ) -> fmt::Result {
        let left = self.signal + CURVE;
        let right = left + self.receiver;
        for (row, resource) in receiver.resources.iter().enumerate() {
            let class = if resource.optional { "optional" } else { "" };
            let top = y + row * STEP;
            write_curve(f, class, (right, y + BOX / 2), top + BOX / 2)?;
            let text = label(&without_modules(resource.type_name));
            let text = Xml(&text);
            let title = Xml(resource.type_name);
            write_box(
                f,
                "resource",
                (right + CURVE, top),
                self.resource,
                &title,
                &text,
            )?;
        }
        let (number, aside) = self.asides(number, receiver);
        let id = label(receiver.id);
        let name = id.rfind("::").map_or(0, |colons| colons + 2);
        let text = format!(
            "<tspan class=\"number\">{number}</tspan><tspan class=\"aside\">{}</tspan>{}\
             <tspan class=\"aside\">{}</tspan>",
            Xml(&id[..name]),
            Xml(&id[name..]),
            Xml(&aside),
        );
        let title = format!("{} ({})", Xml(receiver.id), Xml(receiver.file));
        write_box(f, "receiver", (left, y), self.receiver, &title, &text)
    }
}

fn name_with_counts(signal: &SignalView<'_>) -> String {
    let name = label(signal.name);
    match &signal.counts {
        None => name,
        Some(counts) => format!("{name}: {counts}"),
    }
}

fn write_curve(
    f: &mut fmt::Formatter<'_>,
    class: &str,
    (x, from): (usize, usize),
    to: usize,
) -> fmt::Result {
    let (middle, end) = (x + CURVE / 2, x + CURVE);
    let class = if class.is_empty() {
        String::new()
    } else {
        format!("class=\"{class}\" ")
    };
    writeln!(
        f,
        "<path {class}d=\"M{x} {from}C{middle} {from} {middle} {to} {end} {to}\"/>"
    )
}

/// Writes a box with its text and its tooltip, which are XML.
fn write_box(
    f: &mut fmt::Formatter<'_>,
    class: &str,
    (x, y): (usize, usize),
    width: usize,
    title: &impl fmt::Display,
    text: &impl fmt::Display,
) -> fmt::Result {
    let (inner, baseline) = (x + PADDING, y + BASELINE);
    writeln!(
        f,
        "<g><title>{title}</title><rect class=\"{class}\" x=\"{x}\" y=\"{y}\" \
         width=\"{width}\" height=\"{BOX}\"/><text x=\"{inner}\" y=\"{baseline}\" \
         xml:space=\"preserve\">{text}</text></g>"
    )
}
