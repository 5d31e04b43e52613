//! The order that the attribute of a receiver asks for.

use std::any::TypeId;
use std::fmt;

/// What a receiver's attribute says about its place among the receivers of its signal.
///
/// `Display` shows it as it is written: `first, before(send_receipt)`; nothing where it says
/// nothing.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub(crate) position: Position,
    pub(crate) before: &'static [Reference],
    pub(crate) after: &'static [Reference],
}

/// Where a receiver stands as against all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Position {
    First,
    Between,
    Last,
}

impl Order {
    pub(crate) const UNSAID: Self = Self {
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

    /// Whether it runs before all receivers of its phase that are not `first` themselves.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.position == Position::First
    }

    /// Whether it runs after all receivers of its phase that are not `last` themselves.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.position == Position::Last
    }

    /// The receivers that it runs before, by the paths that its attribute names them by.
    #[must_use]
    pub fn before_paths(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.before.iter().map(|receiver| receiver.path)
    }

    /// The receivers that it runs after, by the paths that its attribute names them by.
    #[must_use]
    pub fn after_paths(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.after.iter().map(|receiver| receiver.path)
    }

    pub(crate) fn is_unsaid(&self) -> bool {
        self.position == Position::Between && self.before.is_empty() && self.after.is_empty()
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

/// A receiver that another one's `before(…)` or `after(…)` names.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
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
