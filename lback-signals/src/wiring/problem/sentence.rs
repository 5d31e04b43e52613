//! The messages about problems that the declarations of a program alone show.

use std::fmt;

use super::super::view::{ReceiverView, SignalView};
use crate::info::Phase;

/// A problem that does not depend on the state of a process. `Display` is the message.
// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub enum Sentence<'a> {
    OrderCycle {
        signal: &'a str,
        receivers: Vec<Located<'a>>,
    },
    UnknownReceiver {
        receiver: Located<'a>,
        path: &'a str,
        signal: &'a str,
    },
    OrderAcrossPhases {
        receiver: Located<'a>,
        path: &'a str,
        signal: &'a str,
        phase: Phase,
    },
    ReceivedTwice {
        receiver: Located<'a>,
        signal: &'a str,
    },
    Unfulfilled {
        signal: Located<'a>,
    },
    FulfilledTwice {
        signal: Located<'a>,
        receivers: Vec<Located<'a>>,
    },
    SharedName {
        name: &'a str,
        signals: Vec<Located<'a>>,
    },
    SharedSignalName {
        name: &'a str,
        signals: Vec<Located<'a>>,
    },
    SharedReceiverName {
        name: &'a str,
        receivers: Vec<Located<'a>>,
    },
    RetiredName {
        name: &'a str,
        retired: Location<'a>,
        receiver: Located<'a>,
    },
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrderCycle { signal, receivers } => {
                write!(f, "the receivers of `{signal}` are ordered in a cycle: ")?;
                for receiver in receivers {
                    write!(f, "{receiver} before ")?;
                }
                match receivers.as_slice() {
                    [only] => write!(f, "itself, `{}`", only.path)?,
                    [first, ..] => write!(f, "`{}` again", first.path)?,
                    [] => {}
                }
                f.write_str("; remove one of these constraints")
            }
            Self::UnknownReceiver {
                receiver,
                path,
                signal,
            } => write!(
                f,
                "{receiver} is ordered by `{path}`, which does not receive `{signal}`: remove the path, or add the \
                 signal to its `#[receiver]`",
            ),
            Self::OrderAcrossPhases {
                receiver,
                path,
                signal,
                phase,
            } => write!(
                f,
                "{receiver} receives `{signal}` in phase `{phase}` and is ordered by `{path}`, which receives it in \
                 another phase: remove the constraint, or give both the same phase",
            ),
            Self::ReceivedTwice { receiver, signal } => write!(
                f,
                "{receiver} receives `{signal}` more than once: name the signal once",
            ),
            Self::Unfulfilled { signal } => write!(
                f,
                "{signal} is required, but no receiver fulfills it: name the crate that has it with \
                 `lback_signals::link!`, or add `fulfills` to one",
            ),
            Self::FulfilledTwice { signal, receivers } => {
                write!(f, "{signal} is fulfilled by more than one receiver: ")?;
                write_list(f, receivers)?;
                f.write_str("; remove `fulfills` from all except one")
            }
            Self::SharedName { name, signals } => {
                write!(f, "the name `{name}` was given to more than one signal: ")?;
                write_list(f, signals)?;
                f.write_str("; give each its own `name = \"…\"`")
            }
            Self::SharedSignalName { name, signals } => {
                write!(f, "the durable name `{name}` has more than one signal: ")?;
                write_list(f, signals)?;
                write_fix(f, signals)
            }
            Self::SharedReceiverName { name, receivers } => {
                write!(f, "the durable name `{name}` has more than one receiver: ")?;
                write_list(f, receivers)?;
                write_fix(f, receivers)
            }
            Self::RetiredName {
                name,
                retired,
                receiver,
            } => write!(
                f,
                "the durable name `{name}` is retired ({retired}) and is a name of {receiver}: remove the `retire!`, \
                 or give the receiver another name",
            ),
        }
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, items: &[Located<'_>]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        write!(f, "{comma}{item}")?;
    }
    Ok(())
}

/// Writes how items get their own durable names.
fn write_fix(f: &mut fmt::Formatter<'_>, items: &[Located<'_>]) -> fmt::Result {
    let mut locations = items.iter().map(|item| item.location);
    let first = locations.next();
    if locations.all(|it| Some(it) == first) {
        return f.write_str(
            "; its crate is linked twice: for unit tests, move the code that links it again into an integration test",
        );
    }
    f.write_str(
        "; in `durable(…)`, give each its own `name`, and list an earlier name in one `was` only",
    )
}

/// The path of a receiver or signal, with its location.
// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Located<'a> {
    pub path: &'a str,
    pub location: Location<'a>,
}

impl<'a> Located<'a> {
    #[must_use]
    pub fn of_signal(signal: &SignalView<'a>) -> Self {
        Self {
            path: signal.type_path,
            location: Location {
                file: signal.file,
                line: signal.line,
            },
        }
    }

    #[must_use]
    pub fn of_receiver(receiver: &ReceiverView<'a>) -> Self {
        Self {
            path: receiver.id,
            location: Location {
                file: receiver.file,
                line: receiver.line,
            },
        }
    }
}

impl fmt::Display for Located<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, location } = self;
        // A lock has no locations.
        if *location == (Location { file: "", line: 0 }) {
            return write!(f, "`{path}`");
        }
        write!(f, "`{path}` ({location})")
    }
}

/// A place in the sources.
// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    /// Empty if it is not known.
    pub file: &'a str,
    pub line: u32,
}

/// Writes `src/shop.rs:12`, or `line 12` if the file is not known.
impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line } = self;
        if file.is_empty() {
            return write!(f, "line {line}");
        }
        write!(f, "{file}:{line}")
    }
}
