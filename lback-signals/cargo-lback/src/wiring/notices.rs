//! Questions that the records of a program leave open.

use std::fmt;

/// A question that the records leave open. `Display` is the message about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice<'r> {
    /// The number of records of a later release.
    Newer(usize),
    /// A signal that has receivers and no record.
    NoSignal(&'r str),
    /// A path in an ordering option that names no receiver of the file, or several.
    Reference {
        signal: &'r str,
        receiver: &'r str,
        path: &'r str,
        /// The receivers that it may name.
        candidates: Vec<&'r str>,
    },
    /// A signal whose receivers have more paths in their ordering options than the limit.
    NotSorted(&'r str),
}

impl fmt::Display for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(number) => write!(
                f,
                "records of a later release are left out ({number}): install its cargo-lback"
            ),
            Self::NoSignal(signal) => write!(
                f,
                "the signal `{signal}` has receivers and no record: its crate was built without records"
            ),
            Self::Reference {
                signal,
                receiver,
                path,
                candidates,
            } => {
                write!(
                    f,
                    "the order of `{signal}` is not certain: `{receiver}` is ordered by `{path}`, which names "
                )?;
                match candidates.as_slice() {
                    [] => f.write_str("no receiver by its path"),
                    several => write!(f, "one of `{}`", several.join("`, `")),
                }
            }
            Self::NotSorted(signal) => write!(
                f,
                "the order of `{signal}` is not computed: its receivers have more than {} paths in `before` and `after`",
                super::order::MAX_PATHS,
            ),
        }
    }
}
