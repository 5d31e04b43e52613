//! The difference of two wirings.

mod compare;
mod markdown;
#[cfg(test)]
mod tests;
mod text;

use serde::Serialize;

pub(crate) use self::compare::compare;
pub(crate) use self::markdown::Markdown;
pub(crate) use self::text::Text;

/// The changes from one wiring to another.
#[derive(Debug, Serialize)]
pub(crate) struct Diff<'d> {
    /// The version of this JSON. Later releases may add keys and changes without a new one.
    pub(crate) version: u32,
    /// The names of the files.
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) changes: Vec<Change<'d>>,
}

/// A change. Numbers of receivers begin at 1, in the order in which they run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(crate) enum Change<'d> {
    ReceiverAdded {
        signal: &'d str,
        receiver: &'d str,
        number: usize,
        options: String,
    },
    ReceiverRemoved {
        signal: &'d str,
        receiver: &'d str,
        number: usize,
        options: String,
    },
    ReceiverMoved {
        signal: &'d str,
        receiver: &'d str,
        from: usize,
        to: usize,
    },
    ReceiverChanged {
        signal: &'d str,
        receiver: &'d str,
        old: String,
        new: String,
    },
    SignalAdded {
        signal: &'d str,
    },
    SignalRemoved {
        signal: &'d str,
    },
    SignalChanged {
        signal: &'d str,
        old: String,
        new: String,
    },
    FieldAdded {
        signal: &'d str,
        field: &'d str,
        #[serde(rename = "type")]
        type_name: &'d str,
    },
    FieldRemoved {
        signal: &'d str,
        field: &'d str,
        #[serde(rename = "type")]
        type_name: &'d str,
    },
    FieldChanged {
        signal: &'d str,
        field: &'d str,
        old: &'d str,
        new: &'d str,
    },
    RetiredAdded {
        name: &'d str,
    },
    RetiredRemoved {
        name: &'d str,
    },
}

/// The groups of changes, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Added,
    Removed,
    Moved,
    Changed,
    Payloads,
    Signals,
}

impl Group {
    pub(crate) const ALL: [Self; 6] = [
        Self::Added,
        Self::Removed,
        Self::Moved,
        Self::Changed,
        Self::Payloads,
        Self::Signals,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Added => "Receives now",
            Self::Removed => "Receives no longer",
            Self::Moved => "Moved in the order",
            Self::Changed => "Received in another way",
            Self::Payloads => "Payloads",
            Self::Signals => "Signals and removed durable receivers",
        }
    }
}

impl Change<'_> {
    pub(crate) fn group(&self) -> Group {
        match self {
            Self::ReceiverAdded { .. } => Group::Added,
            Self::ReceiverRemoved { .. } => Group::Removed,
            Self::ReceiverMoved { .. } => Group::Moved,
            Self::ReceiverChanged { .. } => Group::Changed,
            Self::FieldAdded { .. } | Self::FieldRemoved { .. } | Self::FieldChanged { .. } => {
                Group::Payloads
            }
            Self::SignalAdded { .. }
            | Self::SignalRemoved { .. }
            | Self::SignalChanged { .. }
            | Self::RetiredAdded { .. }
            | Self::RetiredRemoved { .. } => Group::Signals,
        }
    }

    /// Returns the parts of its sentence: words, and texts of the files at odd indices.
    pub(crate) fn parts(&self) -> Vec<String> {
        let parts: &[&str] = match self {
            Self::ReceiverAdded {
                signal,
                receiver,
                number,
                options,
            }
            | Self::ReceiverRemoved {
                signal,
                receiver,
                number,
                options,
            } => {
                let number = format!(" as number {number}");
                let mut parts = strings(&["", receiver, " receives ", signal, &number]);
                if !options.is_empty() {
                    parts[4].push_str(": ");
                    parts.push(options.clone());
                }
                return parts;
            }
            Self::ReceiverMoved {
                signal,
                receiver,
                from,
                to,
            } => {
                let places = format!(" from number {from} to {to}");
                return strings(&["", receiver, " of ", signal, &places]);
            }
            Self::ReceiverChanged {
                signal,
                receiver,
                old,
                new,
            } => &["", receiver, " of ", signal, ": ", old, " → ", new],
            Self::SignalAdded { signal } => &["new: ", signal],
            Self::SignalRemoved { signal } => &["removed: ", signal],
            Self::SignalChanged { signal, old, new } => &["", signal, ": ", old, " → ", new],
            Self::FieldAdded {
                signal,
                field,
                type_name,
            } => &["", signal, " has the new field ", field, ": ", type_name],
            Self::FieldRemoved {
                signal,
                field,
                type_name,
            } => &[
                "",
                signal,
                " no longer has the field ",
                field,
                ": ",
                type_name,
            ],
            Self::FieldChanged {
                signal,
                field,
                old,
                new,
            } => &["field ", field, " of ", signal, ": ", old, " → ", new],
            Self::RetiredAdded { name } => &["retired: ", name],
            Self::RetiredRemoved { name } => &["no longer retired: ", name],
        };
        strings(parts)
    }
}

fn strings(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}
