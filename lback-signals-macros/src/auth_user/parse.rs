//! The struct and its `#[auth(…)]` attributes as they are written, right or wrong.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Generics, Meta, Result};

use crate::errors::Errors;
use crate::options::{self, CratePath};

/// The type behind the derive.
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) auth: CratePath,
    pub(crate) fields: Fields,
    /// Which field is said to play which role.
    pub(crate) claims: Vec<Claim>,
    /// What could not be read of the attributes.
    pub(crate) attributes_read: Result<()>,
}

/// One role in a field's `#[auth(…)]`.
pub(crate) struct Claim {
    pub(crate) role: Role,
    pub(crate) field: usize,
    pub(crate) word: Ident,
}

/// What a field is to the account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Id,
    Username,
    Email,
    Password,
    EmailVerification,
    Active,
}

impl Role {
    pub(crate) const ALL: [Self; 6] = [
        Self::Id,
        Self::Username,
        Self::Email,
        Self::Password,
        Self::EmailVerification,
        Self::Active,
    ];

    const NAMES: [&str; 6] = [
        "id",
        "username",
        "email",
        "password",
        "email_verification",
        "active",
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    fn named(word: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|role| word == role.name())
    }
}

/// Takes the struct apart; anything else is refused here.
pub(crate) fn parse(item: TokenStream) -> Result<Input> {
    let item: DeriveInput = syn::parse2(item)?;
    let Data::Struct(data) = item.data else {
        return Err(Error::new_spanned(
            item.ident,
            "an account is a struct: each of its parts is a field",
        ));
    };
    let mut errors = Errors::default();
    let mut auth = CratePath::Default("lback_auth");
    for attribute in auth_attributes(&item.attrs) {
        let read = options::parse(attribute_options(attribute), &["crate"], |_, input| {
            auth = CratePath::parse(input)?;
            Ok(())
        });
        errors.take(read);
    }
    let mut claims = Vec::new();
    for (index, field) in data.fields.iter().enumerate() {
        errors.take(parse_claims(index, field, &mut claims));
    }
    Ok(Input {
        ident: item.ident,
        generics: item.generics,
        auth,
        fields: data.fields,
        claims,
        attributes_read: errors.finish(()),
    })
}

fn parse_claims(index: usize, field: &Field, claims: &mut Vec<Claim>) -> Result<()> {
    let mut errors = Errors::default();
    for attribute in auth_attributes(&field.attrs) {
        let read = options::parse(attribute_options(attribute), &Role::NAMES, |word, _| {
            claims.extend(Role::named(word).map(|role| Claim {
                role,
                field: index,
                word: word.clone(),
            }));
            Ok(())
        });
        errors.take(read);
    }
    errors.finish(())
}

fn auth_attributes(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("auth"))
}

/// What stands in the parentheses; a bare `#[auth]` says nothing, and so leaves roles unfilled.
fn attribute_options(attribute: &Attribute) -> TokenStream {
    match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    }
}
