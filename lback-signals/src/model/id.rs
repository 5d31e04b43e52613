//! The types of id fields.

use std::fmt::Display;

// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the id of a model cannot be a `{Self}`",
    label = "does not implement `Display`, which gives the text of the id",
    note = "use an integer, a `Uuid` or a `String`; an id that the database assigns is an `Option<…>` of one, and not an alias of that"
)]
pub trait IdField {
    fn text(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Display> IdField for T {
    fn text(&self) -> String {
        self.to_string()
    }
}
