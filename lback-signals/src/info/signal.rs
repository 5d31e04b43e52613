//! Metadata of signals.

use super::durable::DurableSignal;
use super::receiver::ReceiverInfo;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ptr;

/// Metadata of a signal: its declaration and its receivers.
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
///
/// A process has one `SignalInfo` per signal and hands it out as `&'static`. `Eq` and `Hash` compare this
/// identity, so the type is not `Clone`. Two signals are never equal, even if they share their path.
pub struct SignalInfo(SignalDeclaration);

/// The declaration of a signal, as `#[signal]` expands to it.
// Not public API. Used by generated code.
#[doc(hidden)]
#[expect(clippy::struct_excessive_bools, reason = "options of an attribute")]
#[derive(Clone, Copy)]
pub struct SignalDeclaration {
    pub name: &'static str,
    pub is_named: bool,
    pub type_path: &'static str,
    pub docs: &'static str,
    pub file: &'static str,
    pub line: u32,
    pub fields: &'static [FieldInfo],
    pub sender_model: fn() -> Option<&'static str>,
    pub reply: Option<&'static str>,
    pub is_async: bool,
    pub is_owned: bool,
    pub is_required: bool,
    pub durable: Option<&'static DurableSignal>,
    pub receivers: fn() -> Vec<&'static ReceiverInfo>,
    pub observe: fn(),
}

#[cfg(test)]
impl SignalDeclaration {
    /// A base for the declarations of tests.
    pub(crate) const EMPTY: Self = Self {
        name: "",
        is_named: false,
        type_path: "",
        docs: "",
        file: "",
        line: 1,
        fields: &[],
        sender_model: || None,
        reply: None,
        is_async: false,
        is_owned: false,
        is_required: false,
        durable: None,
        receivers: Vec::new,
        observe: || {},
    };
}

impl SignalInfo {
    // Not public API. Used by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(declaration: SignalDeclaration) -> Self {
        Self(declaration)
    }

    /// Returns the name in logs, reports and renderings: `name = "…"`, or else the type's name in `snake_case`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.0.name
    }

    /// Returns the path of the signal's type: `shop::orders::OrderPaid`. Signals in two function bodies may
    /// share it.
    #[must_use]
    pub const fn type_path(&self) -> &'static str {
        self.0.type_path
    }

    /// Returns the doc comment of the declaration, without the leading space of each line.
    #[must_use]
    pub fn docs(&self) -> &'static str {
        self.0.docs
    }

    /// Returns the source file of the declaration, as the compiler prints it.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.0.file
    }

    /// Returns the line of the declaration, starting at 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.0.line
    }

    /// Returns the fields of the payload, in the order of the declaration.
    #[must_use]
    pub const fn fields(&self) -> &'static [FieldInfo] {
        self.0.fields
    }

    /// Returns the field marked `#[sender]`, if there is one.
    #[must_use]
    pub fn sender(&self) -> Option<&'static FieldInfo> {
        self.0.fields.iter().find(|field| field.is_sender)
    }

    /// Returns the name of the [`Model`](crate::Model) that sends the signal.
    ///
    /// `None` if the sender's type is not a model. A trait object is not one, even if the value behind
    /// it is.
    #[must_use]
    pub fn sender_model(&self) -> Option<&'static str> {
        (self.0.sender_model)()
    }

    /// Returns the type that receivers reply with, as `reply = T` spells it. `None` without `reply`.
    #[must_use]
    pub const fn reply(&self) -> Option<&'static str> {
        self.0.reply
    }

    /// Returns whether the signal is declared with `#[signal(async)]`, so that its receivers are awaited.
    #[must_use]
    pub const fn is_async(&self) -> bool {
        self.0.is_async
    }

    /// Returns whether the signal is `owned`, so that receivers can run later with a copy of it.
    #[must_use]
    pub const fn is_owned(&self) -> bool {
        self.0.is_owned
    }

    /// Returns whether the signal is `required`: a program that sends it must link a receiver that
    /// fulfills it.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.0.is_required
    }

    /// Returns the options of a durable signal: its stored name, version and form. `None` for any other signal.
    #[must_use]
    pub const fn durable(&self) -> Option<&'static DurableSignal> {
        self.0.durable
    }

    /// Returns whether [`name`](Self::name) was set with `name = "…"`.
    #[must_use]
    pub const fn is_named(&self) -> bool {
        self.0.is_named
    }

    /// Returns the receivers that are linked into this binary, in the order in which they run.
    #[must_use]
    pub fn receivers(&self) -> Vec<&'static ReceiverInfo> {
        (self.0.receivers)()
    }

    /// Makes each further dispatch one that the process's observer gets.
    pub(crate) fn observe(&self) {
        (self.0.observe)();
    }
}

impl PartialEq for SignalInfo {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

impl Eq for SignalInfo {}

impl Hash for SignalInfo {
    fn hash<H: Hasher>(&self, state: &mut H) {
        ptr::hash(self, state);
    }
}

impl fmt::Debug for SignalInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalInfo")
            .field("name", &self.name())
            .field("type_path", &self.type_path())
            .field("fields", &self.fields())
            .finish_non_exhaustive()
    }
}

/// Metadata of a field of a signal's payload.
///
/// Two values are equal if the name, the type as the declaration spells it, and the mark `#[sender]` are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

    /// Returns the field's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the field's type, as the declaration spells it.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Returns whether the field is marked `#[sender]`.
    #[must_use]
    pub const fn is_sender(&self) -> bool {
        self.is_sender
    }
}
