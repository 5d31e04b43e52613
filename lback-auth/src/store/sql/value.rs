//! Arguments of a statement.

/// An argument of a statement, in a type that both databases have. `None` is `NULL`.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    Bool(bool),
    Bytes(Option<&'a [u8]>),
    Integer(Option<i64>),
    /// An array in PostgreSQL, a JSON text in SQLite.
    Integers(&'a [i64]),
    Text(Option<&'a str>),
}

macro_rules! from {
    ($($type:ty => |$value:ident| $made:expr;)*) => {$(
        impl<'a> From<$type> for Value<'a> {
            fn from($value: $type) -> Self {
                $made
            }
        }
    )*};
}

from! {
    bool => |value| Self::Bool(value);
    i64 => |value| Self::Integer(Some(value));
    Option<i64> => |value| Self::Integer(value);
    &'a [i64] => |value| Self::Integers(value);
    &'a [u8] => |value| Self::Bytes(Some(value));
    Option<&'a [u8]> => |value| Self::Bytes(value);
    &'a str => |value| Self::Text(Some(value));
    Option<&'a str> => |value| Self::Text(value);
}

/// Collects the arguments of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::sql::Value::from($value)),*]
    };
}
pub(super) use values;
