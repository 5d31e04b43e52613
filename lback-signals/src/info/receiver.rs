//! Metadata of receivers.

use super::declaration::{Declaration, ReceiverOptions};
use super::durable::DurableReceiver;
use super::introspection::Introspection;
#[cfg(feature = "durable")]
use super::needs::DurableNeed;
use super::needs::ResourceInfo;
use super::order::Order;
use super::phase::Phase;
use super::signal::SignalInfo;
use super::switch::Switch;
use std::any::TypeId;
use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::ptr;
use std::sync::atomic::AtomicUsize;

/// Metadata of a receiver of one signal.
///
/// A function that receives several signals has one `ReceiverInfo` per signal. A closure that was
/// connected at run time has one too.
///
/// A process has one `ReceiverInfo` per receiver and signal, and per call site that connects closures to a
/// signal, and hands it out as `&'static`. `Eq` and `Hash` compare this identity, so the type is not `Clone`.
/// One function has the same [`id`](Self::id) for each of its signals.
///
/// ```
/// use lback_signals::{Signal, receiver, signal};
///
/// #[signal]
/// struct Opened;
///
/// #[signal]
/// struct Closed;
///
/// #[receiver(signal = [Opened, Closed])]
/// fn count<S: Signal>(_: &S) {}
///
/// let of_opened = Opened::info().receivers()[0];
/// let of_closed = Closed::info().receivers()[0];
/// assert_eq!(of_opened, Opened::info().receivers()[0]);
/// assert_ne!(of_opened, of_closed);
/// assert_eq!(of_opened.id(), of_closed.id());
/// ```
pub struct ReceiverInfo {
    signal: &'static SignalInfo,
    id: &'static str,
    file: &'static str,
    line: u32,
    column: u32,
    is_async: bool,
    is_of_program: bool,
    switch: Box<OpaqueSwitch>,
    declaration: &'static Declaration,
}

/// Hides the switch's atomic from clippy's `mutable_key_type`, which would warn of each map with a
/// `&ReceiverInfo` as its key. `Hash` and `Eq` do not read it.
type OpaqueSwitch = dyn Borrow<Switch> + Send + Sync + UnwindSafe + RefUnwindSafe;

impl ReceiverInfo {
    pub(crate) fn new(
        signal: &'static SignalInfo,
        declaration: &'static Declaration,
        is_async: bool,
    ) -> Self {
        // The macro writes each separator. A file path may contain more of them.
        let origin = declaration.origin;
        let (id, location) = origin.split_once('@').unwrap_or((origin, ""));
        let program_id = id.strip_suffix('!');
        let id = program_id.unwrap_or(id);
        let (location, column) = location.rsplit_once(':').unwrap_or((location, ""));
        let (file, line) = location.rsplit_once(':').unwrap_or((location, ""));
        Self {
            signal,
            id,
            file,
            line: line.parse().unwrap_or_default(),
            column: column.parse().unwrap_or_default(),
            is_async,
            is_of_program: program_id.is_some(),
            switch: Box::new(Switch::default()),
            declaration,
        }
    }

    /// Adds a switch that updates the counter of the receiver's signal.
    pub(crate) fn with_switch(self, fast_path_blockers: &'static AtomicUsize) -> Self {
        Self {
            switch: Box::new(Switch::new(fast_path_blockers)),
            ..self
        }
    }

    /// Metadata of a closure, identified by the call that connected it.
    pub(crate) fn of_closure(
        signal: &'static SignalInfo,
        call_site: &'static Location<'static>,
        is_async: bool,
    ) -> Self {
        struct Closure;

        static DECLARATION: Declaration = Declaration::new(
            "",
            Introspection::Plain(TypeId::of::<Closure>()),
            ReceiverOptions::NONE,
        );

        Self {
            signal,
            id: call_site.to_string().leak(),
            file: call_site.file(),
            line: call_site.line(),
            column: call_site.column(),
            is_async,
            is_of_program: false,
            switch: Box::new(Switch::default()),
            declaration: &DECLARATION,
        }
    }

    /// Returns the receiver's path, `module_path::function`.
    ///
    /// Receivers without ordering options run in the order of their ids. The id of a closure is the
    /// source location of the call that connected it: `src/shop.rs:12:5`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Returns the signal that the receiver is registered for.
    #[must_use]
    pub fn signal(&self) -> &'static SignalInfo {
        self.signal
    }

    /// Returns the name of the receiver's crate, as in Rust paths: `shop_receivers`. Empty for a closure.
    #[must_use]
    pub fn crate_name(&self) -> &'static str {
        let module = self.module();
        module.split_once("::").map_or(module, |(krate, _)| krate)
    }

    /// Returns the path of the receiver's module: `shop_receivers::mail`. Empty for a closure.
    ///
    /// A function inside a function body belongs to the module that encloses both.
    #[must_use]
    pub fn module(&self) -> &'static str {
        self.id().rsplit_once("::").map_or("", |(module, _)| module)
    }

    /// Returns the function's name, or a closure's id.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.id()
            .rsplit_once("::")
            .map_or(self.id(), |(_, name)| name)
    }

    /// Returns the source file of the `#[receiver]` attribute, or of the call that connected the closure, as
    /// the compiler prints it.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.file
    }

    /// Returns the line of the `#[receiver]` attribute, or of the call that connected the closure, starting
    /// at 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Returns the ordering options of the attribute.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.declaration.options.order
    }

    /// Returns the phase in which the receiver runs.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.declaration.options.phase(self.is_async)
    }

    /// Returns whether the receiver runs in the background queue.
    #[must_use]
    pub fn is_background(&self) -> bool {
        self.declaration.options.is_background
    }

    /// Returns whether the receiver is an `async fn` or an async closure.
    #[must_use]
    pub fn is_async(&self) -> bool {
        self.is_async
    }

    /// Returns whether the receiver is disabled for the whole process, by [`disable`](crate::disable),
    /// [`disable_by_id`](crate::disable_by_id) or the environment variable `LBACK_DISABLE`.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.switch().is_off()
    }

    pub(crate) fn switch(&self) -> &Switch {
        (*self.switch).borrow()
    }

    /// Returns whether the receiver belongs to a binary, an example or an integration test, which no
    /// other program links.
    pub(crate) fn is_of_program(&self) -> bool {
        self.is_of_program
    }

    /// Returns whether the receiver is marked `fulfills`, as a required signal needs one.
    #[must_use]
    pub fn fulfills(&self) -> bool {
        self.declaration.options.fulfills
    }

    /// Returns the options of a durable receiver: its stored name, attempts and limits. `None` for any other
    /// receiver.
    #[must_use]
    pub fn durable(&self) -> Option<&'static DurableReceiver> {
        self.declaration.options.durable
    }

    /// Returns the resources that the receiver's parameters need.
    #[must_use]
    pub fn resources(&self) -> Vec<ResourceInfo> {
        self.declaration.introspection.needs().into_resources()
    }

    /// Returns the signals on whose receivers this one relies, and which have none.
    pub(crate) fn signals_without_receivers(&self) -> Vec<&'static SignalInfo> {
        let mut signals = self.declaration.introspection.needs().into_signals();
        signals.retain(|signal| signal.receivers().is_empty());
        signals
    }

    /// Returns the parameters that only a durable receiver can take.
    #[cfg(feature = "durable")]
    pub(crate) fn durable_needs(&self) -> Vec<DurableNeed> {
        self.declaration.introspection.needs().into_durable()
    }

    /// Returns the type of the function item, by which `after(…)` and `before(…)` identify the receiver.
    pub(crate) fn item(&self) -> TypeId {
        self.declaration.introspection.item()
    }

    /// Returns a key that sorts receivers the same way in every build of the same source.
    ///
    /// Functions of the same name in different function bodies share their id and differ in their
    /// location.
    pub(crate) fn order_key(&self) -> (&'static str, &'static str, u32, u32) {
        (self.id, self.file, self.line, self.column)
    }
}

/// Writes the receiver's [`id`](ReceiverInfo::id): `shop::mail::send_receipt`.
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

impl PartialEq for ReceiverInfo {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

impl Eq for ReceiverInfo {}

impl Hash for ReceiverInfo {
    fn hash<H: Hasher>(&self, state: &mut H) {
        ptr::hash(self, state);
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

    static SIGNAL: SignalInfo = SignalInfo::__new(SignalDeclaration::EMPTY);

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
    fn id_and_location_are_parsed_from_paths_with_separators() {
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
