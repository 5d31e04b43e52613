//! What is known of signals and receivers without running them.

use std::fmt;

/// A linked signal, as its declaration says it.
///
/// ```
/// use lback_signals::{Signal, signal};
///
/// /// A parcel has left the house.
/// #[signal]
/// struct ParcelSent<'a> {
///     #[sender]
///     parcel: &'a str,
///     weight_grams: u32,
/// }
///
/// let info = ParcelSent::info();
/// assert_eq!(info.name(), "parcel_sent");
/// assert_eq!(info.docs(), "A parcel has left the house.");
/// let fields: Vec<_> = info.fields().iter().map(|f| (f.name(), f.type_name())).collect();
/// assert_eq!(fields, [("parcel", "&'a str"), ("weight_grams", "u32")]);
/// ```
pub struct SignalInfo {
    name: &'static str,
    type_path: &'static str,
    docs: &'static str,
    file: &'static str,
    line: u32,
    fields: &'static [FieldInfo],
    receivers: fn() -> Vec<&'static ReceiverInfo>,
}

impl SignalInfo {
    // Not public API. Used by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(
        name: &'static str,
        type_path: &'static str,
        docs: &'static str,
        (file, line): (&'static str, u32),
        fields: &'static [FieldInfo],
        receivers: fn() -> Vec<&'static ReceiverInfo>,
    ) -> Self {
        Self {
            name,
            type_path,
            docs,
            file,
            line,
            fields,
            receivers,
        }
    }

    /// The name for people and logs: the type's in `snake_case`, or what `name = "…"` says.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The type's full path, which is the signal's identity: `shop::orders::OrderPaid`.
    #[must_use]
    pub fn type_path(&self) -> &'static str {
        self.type_path
    }

    /// The doc comment of the declaration, without the leading space of each line.
    #[must_use]
    pub fn docs(&self) -> &'static str {
        self.docs
    }

    /// The source file of the declaration, as the compiler names it.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.file
    }

    /// The line of the declaration, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The payload's fields, as declared.
    #[must_use]
    pub fn fields(&self) -> &'static [FieldInfo] {
        self.fields
    }

    /// The receivers linked into this binary, in the order in which they are called.
    #[must_use]
    pub fn receivers(&self) -> Vec<&'static ReceiverInfo> {
        (self.receivers)()
    }
}

impl fmt::Debug for SignalInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalInfo")
            .field("name", &self.name)
            .field("type_path", &self.type_path)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

/// One field of a signal's payload.
#[derive(Debug)]
pub struct FieldInfo {
    name: &'static str,
    type_name: &'static str,
    is_sender: bool,
}

impl FieldInfo {
    // Not public API. Used by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(name: &'static str, type_name: &'static str, is_sender: bool) -> Self {
        Self {
            name,
            type_name,
            is_sender,
        }
    }

    /// The field's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The field's type as the declaration spells it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Whether the field is marked `#[sender]`.
    #[must_use]
    pub fn is_sender(&self) -> bool {
        self.is_sender
    }
}

/// A linked receiver: who it is, what it hears and where it stands.
///
/// A function that hears several signals has one of these for each.
pub struct ReceiverInfo {
    signal: &'static SignalInfo,
    place: ReceiverPlace,
}

impl ReceiverInfo {
    pub(crate) const fn new(signal: &'static SignalInfo, place: ReceiverPlace) -> Self {
        Self { signal, place }
    }

    /// The receiver's path, `module_path::function`: what ties in the order are broken by.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.place.id
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
        self.place.file
    }

    /// The line of its `#[receiver]`, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.place.line
    }

    /// A key that orders receivers the same way in every build of the same source.
    ///
    /// Two functions of one name in two function bodies share their id; their place tells
    /// them apart.
    pub(crate) fn order_key(&self) -> (&'static str, &'static str, u32, u32) {
        let ReceiverPlace {
            id,
            file,
            line,
            column,
        } = self.place;
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

/// Where a receiver stands: the half of its metadata that its own crate knows.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ReceiverPlace {
    id: &'static str,
    file: &'static str,
    line: u32,
    column: u32,
}

impl ReceiverPlace {
    #[must_use]
    pub const fn new(id: &'static str, file: &'static str, line: u32, column: u32) -> Self {
        Self {
            id,
            file,
            line,
            column,
        }
    }
}
