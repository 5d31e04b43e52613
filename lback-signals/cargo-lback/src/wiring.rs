//! The wiring of a program, from its records.

mod notices;
mod order;
mod references;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use lback_signals::__private::tool::{
    DurableReceiverView, DurableSignalView, FieldView, OrderView, ReceiverView, ResourceView,
    Sentence, SignalView, View,
};

pub(crate) use self::notices::Notice;
use self::references::Paths;
use crate::cursor::Cursor;
use crate::error::Problem;
use crate::notes::{Notes, VERSION};
use crate::record::{DurableReceiver, DurableSignal, Item, Receiver, Record, Signal};
use crate::sections::Section;

/// The most records that are read.
const MAX_RECORDS: usize = 100_000;
/// The most items of lists in all records.
const MAX_ITEMS: usize = 1_000_000;

/// The crate whose signals are listed only if they have receivers.
const CORE: &str = "lback_signals::";

/// The records of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records<'d> {
    signals: Vec<(Item, Box<Signal<'d>>)>,
    receivers: Vec<(Item, Box<Receiver<'d>>)>,
    retired: Vec<(Item, &'d str)>,
    /// The number of records of later releases.
    newer: usize,
}

/// A wiring, with the problems that its records show and the questions that they leave open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wiring<'r> {
    pub(crate) view: View<'r>,
    /// The signals whose name was set with `name = "…"`, by their indices.
    pub(crate) named: BTreeSet<usize>,
    /// The lines of each `retire!`.
    pub(crate) retired_lines: Vec<(&'r str, u32)>,
    /// The contradictions of the ordering options.
    pub(crate) problems: Vec<Sentence<'r>>,
    pub(crate) notices: Vec<Notice<'r>>,
}

impl<'d> Records<'d> {
    /// Reads the records of sections.
    pub(crate) fn read(sections: &[Section<'d>]) -> Result<Self, Problem> {
        let mut records = Self::default();
        let mut items = MAX_ITEMS;
        let notes = sections.iter().copied().flat_map(Notes::new);
        for (number, note) in notes.enumerate() {
            let note = note?;
            if number >= MAX_RECORDS {
                return Err(Problem::TooMany("100,000 records"));
            }
            let mut cursor = Cursor::new(note.body, items);
            let record = match note.version {
                VERSION => Record::read(&mut cursor),
                _ => Ok(Record::Unknown),
            };
            items = cursor.items();
            match record {
                Ok(Record::Signal(item, signal)) => records.signals.push((item, signal)),
                Ok(Record::Receiver(item, receiver)) => records.receivers.push((item, receiver)),
                Ok(Record::Retired(item, name)) => records.retired.push((item, name)),
                Ok(Record::Unknown) => records.newer += 1,
                Err(what) => {
                    let offset = note.offset;
                    return Err(Problem::Malformed { offset, what });
                }
            }
        }
        if records.is_empty() {
            return Err(Problem::NoRecords);
        }
        // As the registry sorts them, except by file and column, which are not in the records.
        records
            .signals
            .sort_by(|(a, _), (b, _)| (&a.path, a.line).cmp(&(&b.path, b.line)));
        records
            .receivers
            .sort_by(|(a, _), (b, _)| (&a.path, a.line).cmp(&(&b.path, b.line)));
        records
            .retired
            .sort_by_key(|(item, name)| (*name, item.line));
        Ok(records)
    }

    fn is_empty(&self) -> bool {
        self.newer == 0
            && self.signals.is_empty()
            && self.receivers.is_empty()
            && self.retired.is_empty()
    }

    /// Returns the wiring, with the receivers in their order.
    pub(crate) fn wiring(&self) -> Wiring<'_> {
        let mut wiring = Wiring::default();
        if self.newer > 0 {
            wiring.notices.push(Notice::Newer(self.newer));
        }
        let mut receivers = BTreeMap::<&str, Vec<_>>::new();
        for (item, receiver) in &self.receivers {
            let of_signal = receivers.entry(receiver.signal).or_default();
            of_signal.push(receiver_view(item, receiver));
        }
        let paths = Paths::new(self.receivers.iter().map(|(item, _)| item.path.as_str()));
        for (item, signal) in &self.signals {
            let mut view = signal_view(item, signal);
            // Signals in two function bodies may share their path: the first gets the receivers.
            view.receivers = receivers.remove(view.type_path).unwrap_or_default();
            if view.receivers.is_empty() && view.type_path.starts_with(CORE) {
                continue;
            }
            if signal.is_named {
                wiring.named.insert(wiring.view.signals.len());
            }
            wiring.view.signals.push(view);
        }
        // The record of the signal may be of a crate that was built without records.
        for (type_path, receivers) in receivers {
            wiring.notices.push(Notice::NoSignal(type_path));
            wiring.view.signals.push(SignalView {
                receivers,
                ..unknown_signal(type_path)
            });
        }
        for signal in &mut wiring.view.signals {
            let (notices, problems) = order::sort(signal, &paths);
            wiring.notices.extend(notices);
            wiring.problems.extend(problems);
        }
        wiring.view.retired = self.retired.iter().map(|(_, name)| *name).collect();
        wiring.view.retired.dedup();
        let retired = self.retired.iter();
        wiring.retired_lines = retired.map(|(item, name)| (*name, item.line)).collect();
        wiring
    }
}

fn unknown_signal(type_path: &str) -> SignalView<'_> {
    SignalView {
        name: type_path.rsplit("::").next().unwrap_or_default(),
        type_path,
        file: "",
        line: 0,
        docs: "",
        sender: None,
        sender_model: None,
        fields: Vec::new(),
        reply: None,
        is_async: false,
        owned: false,
        required: false,
        durable: None,
        receivers: Vec::new(),
        counts: None,
    }
}

fn signal_view<'r>(item: &'r Item, signal: &'r Signal<'_>) -> SignalView<'r> {
    let fields = signal.fields.iter().map(|field| FieldView {
        name: field.name,
        type_name: field.type_name,
        is_sender: field.is_sender,
    });
    let sender = signal.fields.iter().find(|field| field.is_sender);
    SignalView {
        name: signal.name,
        line: item.line,
        sender: sender.map(|field| field.name),
        fields: fields.collect(),
        reply: signal.reply,
        is_async: signal.is_async,
        owned: signal.is_owned,
        required: signal.is_required,
        durable: signal.durable.as_ref().map(durable_signal_view),
        ..unknown_signal(&item.path)
    }
}

fn durable_signal_view<'r>(durable: &'r DurableSignal<'_>) -> DurableSignalView<'r> {
    DurableSignalView {
        name: durable.name,
        version: durable.version,
        oldest_version: durable.oldest_version,
        was: durable.was.clone(),
        stored_form: None,
        key: durable.key,
        keep_ms: durable.keep_ms,
    }
}

fn receiver_view<'r>(item: &'r Item, receiver: &'r Receiver<'_>) -> ReceiverView<'r> {
    let module = &item.path[..item.module];
    let resources = receiver.resources.iter().map(|resource| ResourceView {
        type_name: resource.type_name,
        optional: resource.is_optional,
        provided: None,
    });
    ReceiverView {
        id: &item.path,
        crate_name: module.split("::").next().unwrap_or_default(),
        module,
        name: &item.path[item.module + 2..],
        file: "",
        line: item.line,
        phase: receiver.phase,
        background: receiver.is_background,
        is_async: receiver.is_async,
        order: OrderView {
            first: receiver.is_first,
            last: receiver.is_last,
            before: receiver.before.clone(),
            after: receiver.after.clone(),
        },
        fulfills: receiver.fulfills,
        of_program: receiver.of_program,
        disabled: false,
        durable: receiver.durable.as_ref().map(durable_receiver_view),
        resources: resources.collect(),
        counts: None,
    }
}

fn durable_receiver_view<'r>(durable: &'r DurableReceiver<'_>) -> DurableReceiverView<'r> {
    let on_dead = if durable.blocks { "block" } else { "skip" };
    DurableReceiverView {
        name: durable.name,
        was: durable.was.clone(),
        ordered: durable.is_ordered,
        attempts: durable.attempts,
        backoff: Some(durable.backoff.clone()),
        timeout_ms: durable.timeout_ms,
        concurrency: Some(durable.concurrency),
        on_dead: on_dead.to_owned(),
    }
}
