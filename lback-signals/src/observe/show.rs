//! Fields whose values an observer gets.

use std::fmt::Display;

/// Gets the name and the value of each shown field.
// Not public API. Used by generated code.
#[doc(hidden)]
pub type ShowField<'s> = &'s mut dyn FnMut(&'static str, &dyn Display);

/// A value that an observer may get: one that is written for people.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shown to an observer",
    label = "`#[field(show)]` needs a type that implements `Display`",
    note = "secrets do not implement it: remove `show`, or show a field with an id"
)]
pub trait Shown {
    fn as_display(&self) -> &dyn Display;
}

#[diagnostic::do_not_recommend]
impl<T: Display> Shown for T {
    fn as_display(&self) -> &dyn Display {
        self
    }
}

// Not public API. Used by generated code.
#[doc(hidden)]
pub fn show_field<T: Shown>(name: &'static str, value: &T, show: ShowField<'_>) {
    show(name, value.as_display());
}
