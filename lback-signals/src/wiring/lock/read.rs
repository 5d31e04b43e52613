//! Reads a lock as a wiring.

use std::collections::HashMap;

use super::super::text::crate_of;
use super::super::view::{
    DurableReceiverView, DurableSignalView, FieldView, OrderView, ReceiverView, ResourceView,
    SignalView, View,
};
use super::durable::{Locked, LockedReceiver, LockedSignal, lines};
use super::{OF_PROGRAM, RECEIVED, SENT};
use crate::info::Phase;

#[cfg(test)]
mod tests;

/// A line that is not one of a lock, or is one of a later release.
// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLine<'l> {
    /// The number of the line, starting at 1.
    pub number: usize,
    pub text: &'l str,
}

impl<'l> View<'l> {
    /// Reads a lock. Locations, docs and the state of the process are not in it.
    ///
    /// # Errors
    ///
    /// Returns the first line that is not known.
    pub fn from_lock(lock: &'l str) -> Result<Self, UnknownLine<'l>> {
        let mut view = Self::default();
        let mut locked = Locked::default();
        for (number, text) in (1..).zip(lines(lock)) {
            let is_known = text.is_empty() || text.starts_with('#') || locked.add(text);
            if !is_known && view.add(text).is_none() {
                return Err(UnknownLine { number, text });
            }
        }
        view.set_durable_signals(locked.signals);
        view.set_durable_receivers(locked.receivers);
        view.retired = locked.retired;
        Ok(view)
    }

    /// Adds the lines of durable signals to the signals. A file may have many of either, so maps find them.
    fn set_durable_signals(&mut self, locked: Vec<LockedSignal<'l>>) {
        let mut by_path = HashMap::new();
        for (index, signal) in self.signals.iter().enumerate() {
            by_path.entry(signal.type_path).or_insert(index);
        }
        for locked in locked {
            if let Some(index) = by_path.get(locked.type_path) {
                self.signals[*index].durable = Some(durable_signal(locked));
            }
        }
    }

    fn set_durable_receivers(&mut self, locked: Vec<LockedReceiver<'l>>) {
        let mut by_path = HashMap::new();
        for signal in &mut self.signals {
            let Some(durable) = &signal.durable else {
                continue;
            };
            let name = durable.name;
            for receiver in &mut signal.receivers {
                // A function may receive the signal in another phase, too.
                if receiver.phase == Phase::Durable {
                    by_path.entry((name, receiver.id)).or_insert(receiver);
                }
            }
        }
        for locked in locked {
            if let Some(receiver) = by_path.get_mut(&(locked.signal, locked.id)) {
                receiver.durable = Some(durable_receiver(locked));
            }
        }
    }

    /// Adds the line of a signal, or of a receiver of the last signal.
    fn add(&mut self, line: &'l str) -> Option<()> {
        let (sent, received) = (line.find(SENT), line.find(RECEIVED));
        // A path has no space, but a name may have these words.
        if sent.is_some_and(|sent| received.is_none_or(|received| sent < received)) {
            self.signals.push(signal(line)?);
            return Some(());
        }
        let (path, text) = line.split_once(RECEIVED)?;
        let signal = self.signals.last_mut()?;
        signal.receivers.push(receiver(text)?);
        (signal.type_path == path).then_some(())
    }
}

/// Reads ``shop::OrderPaid is sent as `order_paid` with order: Order (the sender); owned``.
fn signal(line: &str) -> Option<SignalView<'_>> {
    let (type_path, text) = line.split_once(SENT)?;
    // A type has no backtick, but a name may.
    let (name, details) = text.rsplit_once('`')?;
    let mut signal = SignalView {
        name,
        type_path,
        file: "",
        line: 0,
        docs: "",
        #[cfg(feature = "serde")]
        sender: None,
        sender_model: None,
        fields: Vec::new(),
        reply: None,
        is_async: false,
        owned: false,
        required: false,
        durable: None,
        receivers: Vec::new(),
        #[cfg(feature = "svg")]
        counts: None,
    };
    let mut details = split(details, "; ");
    let fields = details.next()?;
    if let Some(fields) = fields.strip_prefix(" with ") {
        for text in split(fields, ", ") {
            let (name, type_name) = text.split_once(": ")?;
            let (type_name, sender) = match type_name.split_once(" (the sender") {
                Some((type_name, sender)) => (type_name, Some(sender)),
                None => (type_name, None),
            };
            if let Some(sender) = sender {
                let model = sender.strip_prefix(", model ");
                signal.sender_model = model.and_then(|it| it.strip_suffix(')'));
                #[cfg(feature = "serde")]
                {
                    signal.sender = Some(name);
                }
            }
            signal.fields.push(FieldView {
                name,
                type_name,
                is_sender: sender.is_some(),
            });
        }
    } else if !fields.is_empty() {
        return None;
    }
    for detail in details {
        match detail {
            "async" => signal.is_async = true,
            "owned" => signal.owned = true,
            "required" => signal.required = true,
            _ => signal.reply = Some(detail.strip_prefix("answered with ")?),
        }
    }
    Some(signal)
}

/// Reads `shop::send_receipt (of the program itself), after_commit, after(audit); it takes shop::Mailer`.
fn receiver(text: &str) -> Option<ReceiverView<'_>> {
    let (text, resources) = match text.split_once("; it takes ") {
        Some((text, resources)) => (text, split(resources, ", ").map(resource).collect()),
        None => (text, Vec::new()),
    };
    let mut options = split(text, ", ");
    let id = options.next()?;
    let (id, of_program) = match id.strip_suffix(OF_PROGRAM) {
        Some(id) => (id, true),
        None => (id, false),
    };
    let (module, name) = id.rsplit_once("::").unwrap_or(("", id));
    let mut receiver = ReceiverView {
        id,
        crate_name: crate_of(module),
        module,
        name,
        file: "",
        line: 0,
        phase: Phase::Now,
        background: false,
        is_async: false,
        order: OrderView {
            first: false,
            last: false,
            before: Vec::new(),
            after: Vec::new(),
        },
        fulfills: false,
        of_program,
        disabled: false,
        durable: None,
        resources,
        #[cfg(feature = "svg")]
        counts: None,
    };
    for option in options {
        match option {
            "after_commit" => receiver.phase = Phase::AfterCommit,
            "after_rollback" => receiver.phase = Phase::AfterRollback,
            "durable" => receiver.phase = Phase::Durable,
            "background" => receiver.background = true,
            "async" => receiver.is_async = true,
            "first" => receiver.order.first = true,
            "last" => receiver.order.last = true,
            "which fulfills it" => receiver.fulfills = true,
            _ => {
                let (key, paths) = option.strip_suffix(')')?.split_once('(')?;
                let paths = split(paths, ", ").collect();
                match key {
                    "before" => receiver.order.before = paths,
                    "after" => receiver.order.after = paths,
                    _ => return None,
                }
            }
        }
    }
    receiver.phase = match receiver.phase {
        Phase::Now if receiver.background => Phase::Background,
        Phase::Now if receiver.is_async => Phase::Concurrent,
        phase => phase,
    };
    Some(receiver)
}

fn resource(text: &str) -> ResourceView<'_> {
    let optional = text.strip_suffix(" if there is one");
    ResourceView {
        type_name: optional.unwrap_or(text),
        optional: optional.is_some(),
        provided: None,
    }
}

fn durable_signal(locked: LockedSignal<'_>) -> DurableSignalView<'_> {
    DurableSignalView {
        name: locked.name,
        version: locked.version,
        oldest_version: locked.oldest_version,
        was: locked.was,
        stored_form: locked.stored_form.map(str::to_owned),
        key: locked.key,
        #[cfg(feature = "serde")]
        keep_ms: None,
    }
}

fn durable_receiver(locked: LockedReceiver<'_>) -> DurableReceiverView<'_> {
    DurableReceiverView {
        name: locked.name,
        was: locked.was,
        ordered: locked.is_ordered,
        attempts: locked.attempts,
        #[cfg(feature = "serde")]
        backoff: None,
        #[cfg(feature = "serde")]
        timeout_ms: None,
        #[cfg(feature = "serde")]
        concurrency: None,
        on_dead: locked.on_dead.to_owned(),
    }
}

/// Splits a text by the separator, except inside brackets: a type may be `HashMap<String, [u8; 4]>`.
fn split<'l>(text: &'l str, separator: &'static str) -> impl Iterator<Item = &'l str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut depth = 0_usize;
        let mut before = ' ';
        for (index, c) in text.char_indices() {
            match c {
                '(' | '[' | '{' | '<' => depth += 1,
                // The arrow of a function's type is no bracket.
                '>' if before == '-' => {}
                ')' | ']' | '}' | '>' => depth = depth.saturating_sub(1),
                _ if depth == 0 && text[index..].starts_with(separator) => {
                    rest = Some(&text[index + separator.len()..]);
                    return Some(&text[..index]);
                }
                _ => {}
            }
            before = c;
        }
        rest.take()
    })
}
