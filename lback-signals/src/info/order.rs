//! The ordering options of a receiver.

use std::any::TypeId;
use std::fmt;

/// The ordering options of a receiver: `first`, `last`, `before` and `after`.
///
/// `Display` writes them as in the attribute, for example `first, before(send_receipt)`, and writes
/// nothing if there are none.
///
/// Two values are equal if all options are: the same paths, naming the same functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    pub(crate) position: Position,
    pub(crate) before: &'static [Reference],
    pub(crate) after: &'static [Reference],
}

/// The position of a receiver relative to all others of its phase.
// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    First,
    Between,
    Last,
}

impl Order {
    pub(crate) const DEFAULT: Self = Self {
        position: Position::Between,
        before: &[],
        after: &[],
    };

    pub(crate) const fn first(mut self) -> Self {
        self.position = Position::First;
        self
    }

    pub(crate) const fn last(mut self) -> Self {
        self.position = Position::Last;
        self
    }

    pub(crate) const fn before(mut self, receivers: &'static [Reference]) -> Self {
        self.before = receivers;
        self
    }

    pub(crate) const fn after(mut self, receivers: &'static [Reference]) -> Self {
        self.after = receivers;
        self
    }

    /// Returns whether the receiver is `first`: it runs before all receivers of its phase that are not.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.position == Position::First
    }

    /// Returns whether the receiver is `last`: it runs after all receivers of its phase that are not.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.position == Position::Last
    }

    /// Returns the paths in `before(…)`, as the attribute spells them.
    #[must_use]
    pub fn before_paths(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.before.iter().map(|receiver| receiver.path)
    }

    /// Returns the paths in `after(…)`, as the attribute spells them.
    #[must_use]
    pub fn after_paths(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.after.iter().map(|receiver| receiver.path)
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut options = Vec::new();
        match self.position {
            Position::First => options.push("first".to_owned()),
            Position::Between => {}
            Position::Last => options.push("last".to_owned()),
        }
        for (key, receivers) in [("before", self.before), ("after", self.after)] {
            let paths: Vec<_> = receivers.iter().map(|receiver| receiver.path).collect();
            if !paths.is_empty() {
                options.push(format!("{key}({})", paths.join(", ")));
            }
        }
        f.write_str(&options.join(", "))
    }
}

/// A reference to another receiver in `before(…)` or `after(…)`.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    pub(crate) path: &'static str,
    pub(crate) item: TypeId,
}

impl Reference {
    #[must_use]
    pub const fn new(path: &'static str, item: TypeId) -> Self {
        Self { path, item }
    }
}
