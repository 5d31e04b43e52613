//! The fields of a struct that a derive gives a meaning to.

use syn::{Data, Error, Fields, Member, Result, Type};

use crate::types;

/// A field that has a meaning.
pub(crate) struct Part<'i> {
    pub(crate) member: Member,
    pub(crate) ty: &'i Type,
}

impl<'i> Part<'i> {
    pub(crate) fn nth(fields: &'i Fields, index: usize) -> Option<Self> {
        let (member, field) = fields.members().zip(fields).nth(index)?;
        Some(Self {
            member,
            ty: &field.ty,
        })
    }

    /// The type inside the field's, if that is spelled as an `Option`.
    pub(crate) fn option_of(&self) -> Option<&'i Type> {
        types::argument(self.ty, "Option", 0)
    }
}

/// The fields of a struct; of anything else `message` is said.
pub(crate) fn of_struct(data: Data, message: &str) -> Result<Fields> {
    let keyword = match data {
        Data::Struct(data) => return Ok(data.fields),
        Data::Enum(data) => data.enum_token.span,
        Data::Union(data) => data.union_token.span,
    };
    Err(Error::new(keyword, message))
}
