//! Compares the running program with `signals.lock` and finds the receivers that it lacks.

mod missing;

pub use self::missing::{Lacking, MissingReceivers, Receiver};

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use self::missing::{Missing, MissingReceiver, OtherForm, in_words};
use super::lock;
use super::text::crate_of;
use super::view::View;
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
    let comparison = super::wiring().view().compare(locks);
    let Comparison { unlocked, lacking } = comparison;
    if !unlocked.is_empty() {
        let unlocked: Vec<_> = unlocked.iter().map(ToString::to_string).collect();
        stderr::warn(format_args!(
            "linked, but not in {}: {}; review them, and write the file with {}=1",
            in_words(&lacking.files),
            unlocked.join(", "),
            lock::UPDATE,
        ));
    }
    if lacking.is_empty() {
        Ok(())
    } else {
        Err(MissingReceivers(lacking))
    }
}

/// The receivers of library crates that either a program or the locks have.
// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Comparison<'l> {
    /// The receivers that are in no lock.
    pub unlocked: Vec<Receiver<'l>>,
    /// The receivers that are in the locks alone.
    pub lacking: Lacking<'l>,
}

impl<'l> View<'l> {
    /// Compares the receivers with those of locks, given by the name and the text of each.
    #[must_use]
    pub fn compare(&self, locks: &[(&'l str, &'l str)]) -> Comparison<'l> {
        let linked: BTreeSet<_> = self.of_libraries().collect();
        let locked: BTreeSet<_> = locks
            .iter()
            .flat_map(|(_, text)| lock::receivers_of_libraries(text))
            .map(|(signal, id)| Receiver { id, signal })
            .collect();
        let durable: Vec<_> = locks
            .iter()
            .map(|(_, text)| lock::Locked::read(text))
            .collect();
        let mut durable_names = HashMap::new();
        for durable in durable.iter().flat_map(|locked| &locked.receivers) {
            durable_names.entry(durable.id).or_insert(durable.name);
        }
        let linked_crates = self.crates();
        let mut crates = BTreeMap::<_, Missing<'l>>::new();
        for receiver in locked.difference(&linked) {
            let name = crate_of(receiver.id);
            let missing = crates.entry(name).or_default();
            missing.is_linked = linked_crates.contains(name);
            missing.receivers.push(MissingReceiver {
                receiver: *receiver,
                durable_name: durable_names.get(receiver.id).copied(),
            });
        }
        let locked_signals = durable.iter().flat_map(|locked| &locked.signals);
        Comparison {
            unlocked: linked.difference(&locked).copied().collect(),
            lacking: Lacking {
                files: locks.iter().map(|(path, _)| *path).collect(),
                crates,
                forms: self.other_forms(locked_signals).collect(),
            },
        }
    }

    fn of_libraries(&self) -> impl Iterator<Item = Receiver<'l>> {
        let receivers = lock::receivers(&self.signals);
        receivers
            .filter(|(_, receiver)| !receiver.of_program)
            .map(|(signal, receiver)| Receiver {
                id: receiver.id,
                signal: signal.type_path,
            })
    }

    /// Returns the signals that store their payloads in another form than the file says, under the same version.
    fn other_forms<'v>(
        &'v self,
        locked: impl Iterator<Item = &'v lock::LockedSignal<'l>>,
    ) -> impl Iterator<Item = OtherForm<'l>> {
        let by_name = lock::signals_by_name(&self.signals);
        locked.filter_map(move |locked| {
            let (signal, durable) = by_name.get(locked.name)?;
            let is_other = durable.version == locked.version && locked.has_other_form(durable);
            is_other.then_some(OtherForm {
                signal: signal.type_path,
                name: locked.name,
                version: locked.version,
            })
        })
    }

    /// Returns the library crates of which a signal or a receiver is linked.
    fn crates(&self) -> HashSet<&'l str> {
        let signals = self.signals.iter().map(|signal| signal.type_path);
        let receivers = self.of_libraries().map(|receiver| receiver.id);
        signals.chain(receivers).map(crate_of).collect()
    }
}
