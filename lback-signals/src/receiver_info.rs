//! What is known of a receiver without running it.

use std::any::TypeId;
use std::fmt;

use crate::describe::Description;
use crate::order::{Order, Reference};
use crate::resources::ResourceInfo;
use crate::signal_info::SignalInfo;

/// A linked receiver: who it is, what it hears and where it stands.
///
/// A function that hears several signals has one of these for each.
pub struct ReceiverInfo {
    signal: &'static SignalInfo,
    declaration: Declaration,
}

impl ReceiverInfo {
    pub(crate) const fn new(signal: &'static SignalInfo, declaration: Declaration) -> Self {
        Self {
            signal,
            declaration,
        }
    }

    /// The receiver's path, `module_path::function`: what ties in the order are broken by.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.declaration.id
    }

    /// The signal that it hears.
    #[must_use]
    pub fn signal(&self) -> &'static SignalInfo {
        self.signal
    }

    /// The crate that it is written in, as Rust spells it: `shop_receivers`.
    #[must_use]
    pub fn crate_name(&self) -> &'static str {
        let module = self.module();
        module.split_once("::").map_or(module, |(krate, _)| krate)
    }

    /// The module that it is written in, from the crate's root: `shop_receivers::mail`.
    ///
    /// A function inside another function's body belongs to the module around both.
    #[must_use]
    pub fn module(&self) -> &'static str {
        self.id().rsplit_once("::").map_or("", |(module, _)| module)
    }

    /// The function's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.id()
            .rsplit_once("::")
            .map_or(self.id(), |(_, name)| name)
    }

    /// The source file of its `#[receiver]`, as the compiler names it.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.declaration.file
    }

    /// The line of its `#[receiver]`, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.declaration.line
    }

    /// What its attribute says about its place among the signal's receivers.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.declaration.order
    }

    /// Whether it is the one that a required signal has to have.
    #[must_use]
    pub fn fulfills(&self) -> bool {
        self.declaration.fulfills
    }

    /// The resources that its parameters take.
    #[must_use]
    pub fn resources(&self) -> Vec<ResourceInfo> {
        self.declaration.description.needs().into_resources()
    }

    /// The type of its function item, which `after(…)` and `before(…)` know it by.
    pub(crate) fn item(&self) -> TypeId {
        self.declaration.description.item()
    }

    /// A key that orders receivers the same way in every build of the same source.
    ///
    /// Two functions of one name in two function bodies share their id; their place tells
    /// them apart.
    pub(crate) fn order_key(&self) -> (&'static str, &'static str, u32, u32) {
        let Declaration {
            id,
            file,
            line,
            column,
            ..
        } = self.declaration;
        (id, file, line, column)
    }
}

impl fmt::Debug for ReceiverInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiverInfo")
            .field("id", &self.id())
            .field("signal", &self.signal.name())
            .field("file", &self.file())
            .field("line", &self.line())
            .finish_non_exhaustive()
    }
}

/// What `#[receiver]` says of its function: the half of the metadata that its own crate knows.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    id: &'static str,
    file: &'static str,
    line: u32,
    column: u32,
    description: Description,
    order: Order,
    fulfills: bool,
}

impl Declaration {
    #[must_use]
    pub const fn new(
        id: &'static str,
        file: &'static str,
        line: u32,
        column: u32,
        description: Description,
    ) -> Self {
        Self {
            id,
            file,
            line,
            column,
            description,
            order: Order::UNSAID,
            fulfills: false,
        }
    }

    #[must_use]
    pub const fn first(mut self) -> Self {
        self.order = self.order.first();
        self
    }

    #[must_use]
    pub const fn last(mut self) -> Self {
        self.order = self.order.last();
        self
    }

    #[must_use]
    pub const fn before(mut self, receivers: &'static [Reference]) -> Self {
        self.order = self.order.before(receivers);
        self
    }

    #[must_use]
    pub const fn after(mut self, receivers: &'static [Reference]) -> Self {
        self.order = self.order.after(receivers);
        self
    }

    #[must_use]
    pub const fn fulfills(mut self) -> Self {
        self.fulfills = true;
        self
    }
}
