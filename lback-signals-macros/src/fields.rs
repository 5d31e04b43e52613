//! The fields of a struct that a derive uses.

use syn::{Data, Error, Fields, Member, Result, Type};

use crate::types;

/// A field with a role, such as the id.
pub(crate) struct Part<'i> {
    pub(crate) member: Member,
    pub(crate) ty: &'i Type,
}

impl<'i> Part<'i> {
    /// Returns the field at `index`.
    pub(crate) fn nth(fields: &'i Fields, index: usize) -> Option<Self> {
        let (member, field) = fields.members().zip(fields).nth(index)?;
        Some(Self {
            member,
            ty: &field.ty,
        })
    }

    /// Returns the `T` of a field whose type is written as `Option<T>`.
    pub(crate) fn option_of(&self) -> Option<&'i Type> {
        types::argument(self.ty, "Option", 0)
    }
}

/// Returns the fields of a struct, or an error with `message` for any other item.
pub(crate) fn of_struct(data: Data, message: &str) -> Result<Fields> {
    let keyword = match data {
        Data::Struct(data) => return Ok(data.fields),
        Data::Enum(data) => data.enum_token.span,
        Data::Union(data) => data.union_token.span,
    };
    Err(Error::new(keyword, message))
}
