//! What is known of a signal without sending it.

use super::receiver::ReceiverInfo;
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
pub struct SignalInfo(SignalDeclaration);

/// What `#[signal]` says of its struct.
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
    pub receivers: fn() -> Vec<&'static ReceiverInfo>,
}

#[cfg(test)]
impl SignalDeclaration {
    /// What tests of other things change to their needs.
    pub(crate) const NAMELESS: Self = Self {
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
        receivers: Vec::new,
    };
}

impl SignalInfo {
    // Not public API. Used by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(declaration: SignalDeclaration) -> Self {
        Self(declaration)
    }

    /// The name for people and logs: the type's in `snake_case`, or what `name = "…"` says.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The type's full path, which is the signal's identity: `shop::orders::OrderPaid`.
    #[must_use]
    pub fn type_path(&self) -> &'static str {
        self.0.type_path
    }

    /// The doc comment of the declaration, without the leading space of each line.
    #[must_use]
    pub fn docs(&self) -> &'static str {
        self.0.docs
    }

    /// The source file of the declaration, as the compiler names it.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.0.file
    }

    /// The line of the declaration, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.0.line
    }

    /// The payload's fields, as declared.
    #[must_use]
    pub fn fields(&self) -> &'static [FieldInfo] {
        self.0.fields
    }

    /// The field marked `#[sender]`, if there is one.
    #[must_use]
    pub fn sender(&self) -> Option<&'static FieldInfo> {
        self.0.fields.iter().find(|field| field.is_sender)
    }

    /// The name of the [`Model`](crate::Model) that sends it, if the sender's type is one. A trait
    /// object is not, whatever is behind it.
    #[must_use]
    pub fn sender_model(&self) -> Option<&'static str> {
        (self.0.sender_model)()
    }

    /// What its receivers answer, as `reply = T` spells it; `None` where they answer nothing.
    #[must_use]
    pub fn reply(&self) -> Option<&'static str> {
        self.0.reply
    }

    /// Whether its receivers are awaited: `#[signal(async)]`.
    #[must_use]
    pub fn is_async(&self) -> bool {
        self.0.is_async
    }

    /// Whether it can be kept for receivers that run later.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        self.0.is_owned
    }

    /// Whether a program that sends it has to have the receiver that fulfills it.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.0.is_required
    }

    /// Whether [`name`](Self::name) was given with `name = "…"`.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.0.is_named
    }

    /// The receivers linked into this binary, in the order in which they are called.
    #[must_use]
    pub fn receivers(&self) -> Vec<&'static ReceiverInfo> {
        (self.0.receivers)()
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
