//! The payload of a durable signal: its fields as JSON, written and read one by one, and the hash of its form.

mod earlier;
mod finite;
mod form;
mod limited;
mod nesting;
mod reader;
mod stored_field;
mod writer;

pub use self::earlier::{EarlierPayload, Upcast, decode_earlier};
pub use self::form::StoredForm;
pub(crate) use self::form::differences;
pub(crate) use self::nesting::{MAX_DEPTH, depth};
pub use self::reader::PayloadReader;
pub use self::stored_field::{OwnedForm, StoredField, stored};
pub(crate) use self::writer::MAX_KEY_BYTES;
pub use self::writer::PayloadWriter;
