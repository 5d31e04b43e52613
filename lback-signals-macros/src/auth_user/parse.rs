//! The struct and its `#[auth(…)]` attributes as they are written, right or wrong.

use proc_macro2::{Ident, TokenStream};
use syn::parse::ParseStream;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Generics, Meta, Result};

use crate::attributes;
use crate::errors::Errors;
use crate::options::{self, CratePath, Grammar};

/// The type behind the derive.
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) allow_deprecated: Option<TokenStream>,
    pub(crate) generics: Generics,
    pub(crate) auth: CratePath,
    /// None, if it is no struct.
    pub(crate) fields: Fields,
    /// Which field is said to play which role.
    pub(crate) claims: Vec<Claim>,
    /// Whether all could be read.
    pub(crate) read: Result<()>,
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

const OPTIONS: Grammar = Grammar {
    noun: "option",
    keys: &["crate"],
    key_of_paths: None,
};

const ROLES: Grammar = Grammar {
    noun: "role",
    keys: &Role::NAMES,
    key_of_paths: None,
};

/// Takes the struct apart.
pub(crate) fn parse(item: TokenStream) -> Result<Input> {
    let item: DeriveInput = syn::parse2(item)?;
    let mut errors = Errors::default();
    let mut auth = CratePath::Default("lback_auth");
    for attribute in auth_attributes(&item.attrs) {
        let read = parse_attribute(attribute, &OPTIONS, |key, input| {
            auth = CratePath::parse(key, input)?;
            Ok(())
        });
        errors.take(read);
    }
    let fields = errors.take(fields(item.data)).unwrap_or(Fields::Unit);
    let mut claims = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        errors.take(parse_claims(index, field, &mut claims));
    }
    let of_fields = fields.iter().flat_map(|field| &field.attrs);
    Ok(Input {
        allow_deprecated: attributes::allow_deprecated(item.attrs.iter().chain(of_fields)),
        ident: item.ident,
        generics: item.generics,
        auth,
        fields,
        claims,
        read: errors.finish(()),
    })
}

fn fields(data: Data) -> Result<Fields> {
    let keyword = match data {
        Data::Struct(data) => return Ok(data.fields),
        Data::Enum(data) => data.enum_token.span,
        Data::Union(data) => data.union_token.span,
    };
    let message = "an account is a struct: each of its parts is a field";
    Err(Error::new(keyword, message))
}

fn parse_claims(index: usize, field: &Field, claims: &mut Vec<Claim>) -> Result<()> {
    let mut errors = Errors::default();
    for attribute in auth_attributes(&field.attrs) {
        let read = parse_attribute(attribute, &ROLES, |word, _| {
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

fn parse_attribute(
    attribute: &Attribute,
    grammar: &Grammar,
    read_value: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => {
            options::parse(list.tokens.clone(), grammar, read_value)
        }
        _ => Err(Error::new_spanned(attribute, grammar.none_given("auth"))),
    }
}
