//! Compares the running program with `signals.lock` and finds the receivers that it lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;

use super::text::{count, crate_of};
use super::{Wiring, lock};
use crate::info::SignalInfo;
use crate::stderr;

/// Compares the receivers of the running program with a `signals.lock`. Write it as the first line of `main`.
///
/// The path is relative to the directory of the crate's `Cargo.toml`.
///
/// [`assert_wiring!`](crate::assert_wiring) runs in a test, which links the crates that the *test*
/// names. A program that forgets to name one of them lacks its receivers, and every test still passes.
/// This macro embeds the file at compile time and checks the program itself.
///
/// Only receivers of library crates are required. The file marks receivers of the test or program that wrote
/// it with `(of the program itself)`.
///
/// A receiver of a library crate that is linked but not in the file is not an error: one warning lists
/// all of them, through `tracing`, or on standard error if no subscriber is installed yet. Order, phase
/// and resources of a receiver are not compared; the test does that. The stored forms of durable signals are
/// compared, since a program with other features may have another form of the same version.
///
/// ```no_run
/// use std::error::Error;
///
/// lback_signals::link!(lback_signals); // the crates whose receivers the program needs
///
/// fn main() -> Result<(), Box<dyn Error>> {
///     lback_signals::verify_wiring!("tests/data/signals.lock")?;
///     Ok(())
/// }
/// ```
///
/// Before the first test writes the file, create an empty one, since the program does not compile
/// without it. Write it from a test that links the crates of the program alone: the program cannot link
/// a helper crate that only tests depend on. A crate that `Cargo.toml` renames is linked by its new name.
///
/// # Programs that link different crates
///
/// Each program can have its own file, written by a test that links the same crates:
/// `verify_wiring!("worker.lock")`. With two names the program needs the receivers of both files:
/// `verify_wiring!("signals.lock", "worker.lock")`, where the first holds the receivers that all
/// programs share, and the second those that only this program has.
///
/// # Errors
///
/// Returns [`MissingReceivers`], which lists the receivers by crate and says which `link!` line to add, and lists
/// the durable signals that this program stores in another form.
/// `main` may return it: its `Debug` is the same text as its `Display`.
#[macro_export]
macro_rules! verify_wiring {
    ($path:literal $(, $more:literal)? $(,)?) => {
        $crate::__private::verify_wiring(&[
            $crate::__embedded!($path),
            $($crate::__embedded!($more),)?
        ])
    };
}

/// The name and the text of a file.
// Not public API.
#[doc(hidden)]
#[macro_export]
macro_rules! __embedded {
    ($path:literal) => {
        (
            $path,
            ::core::include_str!(::core::concat!(
                ::core::env!("CARGO_MANIFEST_DIR"),
                "/",
                $path
            )),
        )
    };
}

/// Called by `verify_wiring!`, with the name and the text of each file.
// Not public API.
#[doc(hidden)]
pub fn verify_wiring(locks: &[(&'static str, &'static str)]) -> Result<(), MissingReceivers> {
    let wiring = super::wiring();
    let linked: BTreeSet<_> = wiring.of_libraries().collect();
    let locked: BTreeSet<_> = locks
        .iter()
        .flat_map(|(_, text)| lock::receivers_of_libraries(text))
        .map(|(signal, id)| Receiver { id, signal })
        .collect();
    let files: Vec<_> = locks.iter().map(|(path, _)| *path).collect();
    let durable: Vec<_> = locks
        .iter()
        .map(|(_, text)| lock::Locked::read(text))
        .collect();
    let unlocked = linked.difference(&locked);
    let unlocked: Vec<_> = unlocked.map(ToString::to_string).collect();
    if !unlocked.is_empty() {
        stderr::warn(format_args!(
            "linked, but not in {}: {}; review them, and write the file with {}=1",
            in_words(&files),
            unlocked.join(", "),
            lock::UPDATE,
        ));
    }
    let mut crates = BTreeMap::<_, Missing>::new();
    for receiver in locked.difference(&linked) {
        let name = crate_of(receiver.id);
        let missing = crates.entry(name).or_default();
        missing.is_linked = wiring.has(name);
        let mut durable = durable.iter().flat_map(|locked| &locked.receivers);
        let durable = durable.find(|durable| durable.id == receiver.id);
        missing.receivers.push(MissingReceiver {
            receiver: *receiver,
            durable_name: durable.map(|durable| durable.name),
        });
    }
    let durable = durable.iter().flat_map(|locked| &locked.signals);
    let forms: BTreeSet<_> = durable.filter_map(|it| wiring.other_form(it)).collect();
    if crates.is_empty() && forms.is_empty() {
        Ok(())
    } else {
        Err(MissingReceivers {
            files,
            crates,
            forms,
        })
    }
}

impl Wiring {
    fn of_libraries(&self) -> impl Iterator<Item = Receiver> {
        let receivers = self.signals.iter().copied().flat_map(SignalInfo::receivers);
        receivers
            .filter(|receiver| !receiver.is_of_program())
            .map(|receiver| Receiver {
                id: receiver.id(),
                signal: receiver.signal().type_path(),
            })
    }

    /// Returns the signal that stores its payloads in another form than the file says, under the same version.
    fn other_form(&self, locked: &lock::LockedSignal<'static>) -> Option<OtherForm> {
        let durable = |signal: &&'static SignalInfo| Some((signal.type_path(), signal.durable()?));
        let mut durable = self.signals.iter().filter_map(durable);
        let (signal, durable) = durable.find(|(_, durable)| {
            durable.name() == locked.name || durable.was().contains(&locked.name)
        })?;
        let is_other =
            durable.version() == locked.version && durable.stored_form() != locked.stored_form;
        is_other.then_some(OtherForm {
            signal,
            name: locked.name,
            version: locked.version,
        })
    }

    /// Returns whether a signal or a receiver of the library crate is linked.
    fn has(&self, name: &str) -> bool {
        let mut signals = self.signals.iter();
        signals.any(|signal| crate_of(signal.type_path()) == name)
            || self.of_libraries().any(|it| crate_of(it.id) == name)
    }
}

/// One receiver of one signal, by their paths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Receiver {
    id: &'static str,
    signal: &'static str,
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, signal } = self;
        write!(f, "receiver `{id}` of `{signal}`")
    }
}

/// The receivers of one crate that a program lacks.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Missing {
    is_linked: bool,
    receivers: Vec<MissingReceiver>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct MissingReceiver {
    receiver: Receiver,
    /// The stored name of a durable receiver.
    durable_name: Option<&'static str>,
}

/// A signal whose payloads have another form than those of the programs with the same file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct OtherForm {
    signal: &'static str,
    name: &'static str,
    version: u32,
}

/// Error returned by [`verify_wiring!`](crate::verify_wiring) when the program lacks receivers: those of a signal,
/// or those that read a durable signal in the stored form of the file.
///
/// `Display` and `Debug` list the receivers by crate, with the `link!` line that adds them, and then the signals
/// that have another stored form.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MissingReceivers {
    files: Vec<&'static str>,
    crates: BTreeMap<&'static str, Missing>,
    forms: BTreeSet<OtherForm>,
}

impl MissingReceivers {
    /// Returns the crates that the program does not link, as arguments for [`link!`](crate::link).
    pub fn crates_to_link(&self) -> impl Iterator<Item = &'static str> {
        let crates = self.crates.iter();
        crates.filter_map(|(name, missing)| (!missing.is_linked).then_some(*name))
    }

    /// Returns the ids of the receivers, each with the path of its signal.
    pub fn receivers(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let receivers = self.crates.values().flat_map(|missing| &missing.receivers);
        receivers.map(|missing| (missing.receiver.id, missing.receiver.signal))
    }

    /// Returns the paths of the durable signals whose payloads this program reads and writes in another form than
    /// the file says, under the same version.
    pub fn signals_of_another_form(&self) -> impl Iterator<Item = &'static str> {
        self.forms.iter().map(|form| form.signal)
    }
}

impl fmt::Display for MissingReceivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.crates.is_empty() {
            return write_forms(f, &self.files, &self.forms);
        }
        let missing = count(self.receivers().count(), "receiver");
        let files = in_words(&self.files);
        let to_link: Vec<_> = self.crates_to_link().collect();
        write!(f, "this program lacks {missing} of {files}: ")?;
        if to_link.is_empty() {
            f.write_str(STALE)?;
        } else {
            let crates = to_link.join(", ");
            write!(f, "add the line `lback_signals::link!({crates});`")?;
        }
        for (name, missing) in &self.crates {
            write!(f, "\n  crate `{name}` ")?;
            match (missing.is_linked, to_link.is_empty()) {
                (false, _) => {
                    f.write_str("is not linked, or the features that have these are off:")?;
                }
                (true, true) => f.write_str("is linked without:")?,
                (true, false) => write!(f, "is linked without ({STALE}):")?,
            }
            for missing in &missing.receivers {
                let Receiver { id, signal } = missing.receiver;
                write!(f, "\n    {id}, which receives {signal}")?;
                if let Some(name) = missing.durable_name {
                    write!(f, "; stored deliveries for `{name}` wait for it")?;
                }
            }
        }
        if !self.forms.is_empty() {
            f.write_str("\n")?;
        }
        write_forms(f, &self.files, &self.forms)
    }
}

fn write_forms(
    f: &mut fmt::Formatter<'_>,
    files: &[&str],
    forms: &BTreeSet<OtherForm>,
) -> fmt::Result {
    for (index, form) in forms.iter().enumerate() {
        if index > 0 {
            f.write_str("\n")?;
        }
        let OtherForm {
            signal,
            name,
            version,
        } = form;
        write!(
            f,
            "this program stores `{signal}` in another form than v{version} of `{name}` in {}: write \
             `version = {}` in its `durable(…)`, or build it with the features of the file",
            in_words(files),
            version.saturating_add(1),
        )?;
    }
    Ok(())
}

/// The fix for a crate that is linked without a receiver.
const STALE: &str =
    "enable the features of the crate, or write the file with UPDATE_SIGNALS_LOCK=1";

/// Writes the text of `Display`, since `main` prints the `Debug` of its error.
impl fmt::Debug for MissingReceivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for MissingReceivers {}

fn in_words(files: &[&str]) -> String {
    let files: Vec<_> = files.iter().map(|file| format!("`{file}`")).collect();
    files.join(" and ")
}
