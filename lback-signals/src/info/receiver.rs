//! What is known of a receiver without running it.

use super::declaration::{Declaration, ReceiverOptions};
use super::needs::ResourceInfo;
use super::order::Order;
use super::phase::Phase;
use super::probe::Introspection;
use super::signal::SignalInfo;
use super::switch::Switch;
use std::any::TypeId;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::AtomicUsize;

/// A linked receiver: who it is, what it hears and where it stands.
///
/// A function that hears several signals has one of these for each.
pub struct ReceiverInfo {
    signal: &'static SignalInfo,
    id: &'static str,
    file: &'static str,
    line: u32,
    column: u32,
    is_async: bool,
    is_of_program: bool,
    switch: Switch,
    declaration: &'static Declaration,
}

impl ReceiverInfo {
    pub(crate) fn new(
        signal: &'static SignalInfo,
        declaration: &'static Declaration,
        is_async: bool,
    ) -> Self {
        // The macro writes it, so that each mark is there; a path may hold more of them.
        let origin = declaration.origin;
        let (id, place) = origin.split_once('@').unwrap_or((origin, ""));
        let program_id = id.strip_suffix('!');
        let id = program_id.unwrap_or(id);
        let (place, column) = place.rsplit_once(':').unwrap_or((place, ""));
        let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
        Self {
            signal,
            id,
            file,
            line: line.parse().unwrap_or_default(),
            column: column.parse().unwrap_or_default(),
            is_async,
            is_of_program: program_id.is_some(),
            switch: Switch::default(),
            declaration,
        }
    }

    /// The same, with a switch that its signal's dispatches heed.
    pub(crate) fn switched_by(self, detours: &'static AtomicUsize) -> Self {
        Self {
            switch: Switch::new(detours),
            ..self
        }
    }

    /// What stands for a closure: the place where it was connected.
    pub(crate) fn of_closure(
        signal: &'static SignalInfo,
        place: &'static Location<'static>,
    ) -> Self {
        struct Closure;

        static DECLARATION: Declaration = Declaration::new(
            "",
            Introspection::Plain(TypeId::of::<Closure>()),
            ReceiverOptions::NONE,
        );

        Self {
            signal,
            id: place.to_string().leak(),
            file: place.file(),
            line: place.line(),
            column: place.column(),
            is_async: false,
            is_of_program: false,
            switch: Switch::default(),
            declaration: &DECLARATION,
        }
    }

    /// The receiver's path, `module_path::function`: what ties in the order are broken by. Of a
    /// closure, the place where it was connected: `src/shop.rs:12:5`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
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
        self.file
    }

    /// The line of its `#[receiver]`, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// What its attribute says about its place among the signal's receivers.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.declaration.options.order
    }

    /// When it runs.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.declaration.options.phase {
            Phase::Now if self.is_background() => Phase::Background,
            Phase::Now if self.is_async => Phase::Concurrent,
            phase => phase,
        }
    }

    /// Whether it runs off the sender's path, as soon as its phase has come.
    #[must_use]
    pub fn is_background(&self) -> bool {
        self.declaration.options.is_background
    }

    /// Whether it is an `async fn`.
    #[must_use]
    pub fn is_async(&self) -> bool {
        self.is_async
    }

    /// Whether the receiver is disabled for the whole process: by [`disable`](crate::disable),
    /// [`disable_by_id`](crate::disable_by_id) or the environment variable `LBACK_DISABLE`.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.switch.is_off()
    }

    pub(crate) fn switch(&self) -> &Switch {
        &self.switch
    }

    /// Whether it is written in a binary, an example or an integration test, which no other program
    /// links, and not in a library.
    pub(crate) fn is_of_program(&self) -> bool {
        self.is_of_program
    }

    /// When and where it runs, as its attribute and its `fn` say: `after_commit, background`. `None` if
    /// they say nothing.
    pub(crate) fn timing(&self) -> Option<String> {
        self.phase().timing(self.is_background(), self.is_async)
    }

    /// Whether it is the one that a required signal has to have.
    #[must_use]
    pub fn fulfills(&self) -> bool {
        self.declaration.options.fulfills
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
        (self.id, self.file, self.line, self.column)
    }
}

/// The receiver's [`id`](ReceiverInfo::id): `shop::mail::send_receipt`.
///
/// ```
/// use lback_signals::{Signal, receiver, signal};
///
/// #[signal]
/// struct Visited;
///
/// #[receiver(signal = Visited)]
/// fn count(_: &Visited) {}
///
/// let receiver = Visited::info().receivers()[0];
/// assert_eq!(format!("{receiver}"), receiver.id());
/// ```
impl fmt::Display for ReceiverInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
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

#[cfg(test)]
mod tests {
    use std::any::TypeId;

    use super::{Declaration, ReceiverInfo, ReceiverOptions};
    use crate::info::Introspection;
    use crate::info::{SignalDeclaration, SignalInfo};

    static SIGNAL: SignalInfo = SignalInfo::__new(SignalDeclaration::NAMELESS);

    static DECLARATION: Declaration = Declaration::new(
        r"shop::mail::send@C:\users\ada@home\mail.rs:12:5",
        Introspection::Plain(TypeId::of::<()>()),
        ReceiverOptions::NONE,
    );

    #[test]
    fn a_receiver_is_displayed_as_its_id() {
        let info = ReceiverInfo::new(&SIGNAL, &DECLARATION, false);
        assert_eq!(info.to_string(), "shop::mail::send");
        assert_eq!(format!("{info:>18}"), "  shop::mail::send");
    }

    #[test]
    fn who_and_where_are_told_apart_whatever_the_path_holds() {
        let info = ReceiverInfo::new(&SIGNAL, &DECLARATION, false);
        assert_eq!(
            info.order_key(),
            ("shop::mail::send", r"C:\users\ada@home\mail.rs", 12, 5)
        );
        assert!(!info.is_of_program());
    }

    #[test]
    fn a_receiver_of_a_program_is_marked() {
        static DECLARATION: Declaration = Declaration::new(
            "shop::send!@!odd/mail.rs:1:1",
            Introspection::Plain(TypeId::of::<()>()),
            ReceiverOptions::NONE,
        );

        let info = ReceiverInfo::new(&SIGNAL, &DECLARATION, false);
        assert_eq!(info.order_key(), ("shop::send", "!odd/mail.rs", 1, 1));
        assert!(info.is_of_program());
    }
}
