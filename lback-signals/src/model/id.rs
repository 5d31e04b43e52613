//! What a field can be that holds an id.

use std::fmt::Display;

// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the id of a model cannot be a `{Self}`",
    label = "does not implement `Display`, which makes the id's text",
    note = "use an integer, a `Uuid`, a `String`, or for what is not yet stored an `Option<…>` of one, written out"
)]
pub trait IdField {
    fn get(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Display> IdField for T {
    fn get(&self) -> String {
        self.to_string()
    }
}
