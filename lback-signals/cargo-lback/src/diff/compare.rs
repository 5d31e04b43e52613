//! Finds the changes.

use std::collections::{BTreeMap, HashMap};

use lback_signals::__private::tool::{
    DurableSignalView, ReceiverView, SignalView, View, without_modules,
};

use super::Change;

/// Returns the changes from the old wiring to the new one, by signal.
pub(crate) fn compare<'d>(old: &View<'d>, new: &View<'d>) -> Vec<Change<'d>> {
    let mut changes = Vec::new();
    for (path, (old, new)) in paired(&old.signals, &new.signals, |signal| signal.type_path) {
        match (old, new) {
            (None, Some(new)) => {
                changes.push(Change::SignalAdded { signal: path });
                changes.extend(receivers(path, &[], &new.receivers));
            }
            (Some(old), None) => {
                changes.push(Change::SignalRemoved { signal: path });
                changes.extend(receivers(path, &old.receivers, &[]));
            }
            (Some(old), Some(new)) => {
                changes.extend(payload(old, new));
                changes.extend(options(old, new));
                changes.extend(receivers(path, &old.receivers, &new.receivers));
            }
            (None, None) => {}
        }
    }
    for (name, pair) in paired(&old.retired, &new.retired, |name| name) {
        match pair {
            (None, Some(_)) => changes.push(Change::RetiredAdded { name }),
            (Some(_), None) => changes.push(Change::RetiredRemoved { name }),
            _ => {}
        }
    }
    changes
}

/// An item of the old list and one of the new list, of which either may be absent.
type Pair<'v, T> = (Option<&'v T>, Option<&'v T>);

/// Pairs the items of two lists by their names. Items of one list that share a name are numbered.
fn paired<'v, 'd, T>(
    old: &'v [T],
    new: &'v [T],
    name: impl Fn(&T) -> &'d str,
) -> impl Iterator<Item = (&'d str, Pair<'v, T>)> {
    let mut pairs = BTreeMap::<_, Pair<'v, T>>::new();
    for (key, item) in numbered(old, &name) {
        pairs.entry(key).or_default().0 = Some(item);
    }
    for (key, item) in numbered(new, &name) {
        pairs.entry(key).or_default().1 = Some(item);
    }
    pairs.into_iter().map(|((name, _), pair)| (name, pair))
}

fn numbered<'v, 'd, T>(
    items: &'v [T],
    name: impl Fn(&T) -> &'d str,
) -> impl Iterator<Item = ((&'d str, usize), &'v T)> {
    let mut numbers = HashMap::new();
    items.iter().map(move |item| {
        let name = name(item);
        let number = numbers.entry(name).or_insert(0);
        *number += 1;
        ((name, *number), item)
    })
}

fn payload<'d>(old: &SignalView<'d>, new: &SignalView<'d>) -> Vec<Change<'d>> {
    let signal = new.type_path;
    let pairs = paired(&old.fields, &new.fields, |field| field.name);
    let changes = pairs.filter_map(|(field, pair)| match pair {
        (None, Some(new)) => Some(Change::FieldAdded {
            signal,
            field,
            type_name: new.type_name,
        }),
        (Some(old), None) => Some(Change::FieldRemoved {
            signal,
            field,
            type_name: old.type_name,
        }),
        (Some(old), Some(new)) if old.type_name != new.type_name => Some(Change::FieldChanged {
            signal,
            field,
            old: old.type_name,
            new: new.type_name,
        }),
        _ => None,
    });
    changes.collect()
}

fn options<'d>(old: &SignalView<'d>, new: &SignalView<'d>) -> Option<Change<'d>> {
    // A record does not have the stored form.
    let has_forms = [old, new].iter().all(|signal| {
        let durable = signal.durable.as_ref();
        durable.is_none_or(|durable| durable.stored_form.is_some())
    });
    let texts = [old, new].map(|signal| signal_options(signal, has_forms));
    let [old, new_options] = texts;
    (old != new_options).then_some(Change::SignalChanged {
        signal: new.type_path,
        old,
        new: new_options,
    })
}

/// Returns the name and the options of a signal: `order_paid, sender order, owned, durable order.paid v2`.
fn signal_options(signal: &SignalView<'_>, has_forms: bool) -> String {
    let mut options = vec![signal.name.to_owned()];
    options.extend(signal.sender.map(|sender| format!("sender {sender}")));
    options.extend(signal.reply.map(|reply| format!("answered with {reply}")));
    let flags = [
        (signal.is_async, "async"),
        (signal.owned, "owned"),
        (signal.required, "required"),
    ];
    let flags = flags.into_iter().filter(|(is_set, _)| *is_set);
    options.extend(flags.map(|(_, word)| word.to_owned()));
    options.extend(signal.durable.as_ref().map(|durable| {
        let durable = DurableSignalView {
            stored_form: durable.stored_form.clone().filter(|_| has_forms),
            ..durable.clone()
        };
        format!("durable {}", durable.details())
    }));
    options.join(", ")
}

fn receivers<'d>(
    signal: &'d str,
    old: &[ReceiverView<'d>],
    new: &[ReceiverView<'d>],
) -> Vec<Change<'d>> {
    let numbers = |receivers: &[ReceiverView<'d>]| -> HashMap<_, _> {
        let keys = numbered(receivers, |receiver| receiver.id).map(|(key, _)| key);
        keys.zip(1..).collect()
    };
    let (old_numbers, new_numbers) = (numbers(old), numbers(new));
    let mut changes = Vec::new();
    for (key, receiver) in numbered(new, |receiver| receiver.id) {
        if !old_numbers.contains_key(&key) {
            changes.push(Change::ReceiverAdded {
                signal,
                receiver: receiver.id,
                number: new_numbers[&key],
                options: receiver_options(receiver),
            });
        }
    }
    // The numbers in the new order of the receivers of both, in the old order.
    let mut kept = Vec::new();
    for (key, receiver) in numbered(old, |receiver| receiver.id) {
        let Some(number) = new_numbers.get(&key) else {
            changes.push(Change::ReceiverRemoved {
                signal,
                receiver: receiver.id,
                number: old_numbers[&key],
                options: receiver_options(receiver),
            });
            continue;
        };
        let (old, new) = (
            receiver_options(receiver),
            receiver_options(&new[number - 1]),
        );
        if old != new {
            changes.push(Change::ReceiverChanged {
                signal,
                receiver: receiver.id,
                old,
                new,
            });
        }
        kept.push((receiver.id, old_numbers[&key], *number));
    }
    let moved = moved(&kept.iter().map(|(.., number)| *number).collect::<Vec<_>>());
    for ((receiver, from, to), is_moved) in kept.into_iter().zip(moved) {
        if is_moved {
            changes.push(Change::ReceiverMoved {
                signal,
                receiver,
                from,
                to,
            });
        }
    }
    changes
}

/// Returns the options of a receiver: `after_commit, background, takes Mailer`. Types are without modules, since a
/// lock and a record spell them differently.
fn receiver_options(receiver: &ReceiverView<'_>) -> String {
    let mut options = receiver.options();
    options.extend(receiver.durable.as_ref().map(|durable| {
        let options = durable.options().join(", ");
        format!("stored as {}, {options}", durable.stored_name())
    }));
    options.extend(receiver.fulfills.then(|| "fulfills".to_owned()));
    options.extend(receiver.resources.iter().map(|resource| {
        let optional = if resource.optional {
            " if there is one"
        } else {
            ""
        };
        format!("takes {}{optional}", without_modules(resource.type_name))
    }));
    options.join(", ")
}

/// Returns for each number whether it is outside one longest increasing subsequence of the numbers.
fn moved(numbers: &[usize]) -> Vec<bool> {
    // The index of the last number of the best subsequence of each length, and the index before each.
    let mut ends = Vec::<usize>::new();
    let mut before = vec![None; numbers.len()];
    for (index, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        before[index] = length.checked_sub(1).map(|length| ends[length]);
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut moved = vec![true; numbers.len()];
    let mut next = ends.last().copied();
    while let Some(index) = next {
        moved[index] = false;
        next = before[index];
    }
    moved
}
