//! The receivers of a lock that a program lacks, as an error.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;

use super::super::text::count;

/// One receiver of one signal, by their paths.
// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Receiver<'l> {
    pub id: &'l str,
    pub signal: &'l str,
}

impl fmt::Display for Receiver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, signal } = self;
        write!(f, "receiver `{id}` of `{signal}`")
    }
}

/// The receivers of one crate that a program lacks.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Missing<'l> {
    pub(super) is_linked: bool,
    pub(super) receivers: Vec<MissingReceiver<'l>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct MissingReceiver<'l> {
    pub(super) receiver: Receiver<'l>,
    /// The stored name of a durable receiver.
    pub(super) durable_name: Option<&'l str>,
}

/// A signal whose payloads have another form than those of the programs with the same file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct OtherForm<'l> {
    pub(super) signal: &'l str,
    pub(super) name: &'l str,
    pub(super) version: u32,
}

/// Error returned by [`verify_wiring!`](crate::verify_wiring) when the program lacks receivers: those of a signal,
/// or those that read a durable signal in the stored form of the file.
///
/// `Display` and `Debug` list the receivers by crate, with the `link!` line that adds them, and then the signals
/// that have another stored form.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MissingReceivers(pub(super) Lacking<'static>);

/// The receivers that a program lacks. `Display` and `Debug` are those of [`MissingReceivers`].
// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Lacking<'l> {
    pub(super) files: Vec<&'l str>,
    pub(super) crates: BTreeMap<&'l str, Missing<'l>>,
    pub(super) forms: BTreeSet<OtherForm<'l>>,
}

impl MissingReceivers {
    /// Returns the crates that the program does not link, as arguments for [`link!`](crate::link).
    pub fn crates_to_link(&self) -> impl Iterator<Item = &'static str> {
        self.0.crates_to_link()
    }

    /// Returns the ids of the receivers, each with the path of its signal.
    pub fn receivers(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.receivers().map(|it| (it.id, it.signal))
    }

    /// Returns the paths of the durable signals whose payloads this program reads and writes in another form than
    /// the file says, under the same version.
    pub fn signals_of_another_form(&self) -> impl Iterator<Item = &'static str> {
        self.0.forms.iter().map(|form| form.signal)
    }
}

impl fmt::Display for MissingReceivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<'l> Lacking<'l> {
    /// Returns whether the program lacks nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.crates.is_empty() && self.forms.is_empty()
    }

    fn crates_to_link(&self) -> impl Iterator<Item = &'l str> {
        let crates = self.crates.iter();
        crates.filter_map(|(name, missing)| (!missing.is_linked).then_some(*name))
    }

    fn receivers(&self) -> impl Iterator<Item = Receiver<'l>> {
        let receivers = self.crates.values().flat_map(|missing| &missing.receivers);
        receivers.map(|missing| missing.receiver)
    }
}

impl fmt::Display for Lacking<'_> {
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
    forms: &BTreeSet<OtherForm<'_>>,
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
             `version = {}` in its `durable(…)`, or build it with the features of the program that wrote the file",
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

impl fmt::Debug for Lacking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for MissingReceivers {}

pub(super) fn in_words(files: &[&str]) -> String {
    let files: Vec<_> = files.iter().map(|file| format!("`{file}`")).collect();
    files.join(" and ")
}
