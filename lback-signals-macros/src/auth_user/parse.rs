//! The struct and its `#[auth(…)]` attributes as they are written, right or wrong.

use proc_macro2::{Ident, TokenStream};
use syn::{DeriveInput, Error, Field, Fields, Result};

use crate::errors::Errors;
use crate::fields;
use crate::model::{self, Declaration};
use crate::options::{self, CratePath, Grammar};

/// The type behind the derive.
pub(crate) struct Input {
    pub(crate) model: Declaration,
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
    let read = options::parse_attributes(&item.attrs, "auth", &OPTIONS, |key, input| {
        auth = CratePath::parse(key, input)?;
        Ok(())
    });
    errors.take(read);
    let (model, read) = model::parse_account(&item);
    errors.take(read);
    let message = "an account is a struct: each of its parts is a field";
    let fields = errors.take(fields::of_struct(item.data, message));
    let fields = fields.unwrap_or(Fields::Unit);
    let mut claims = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        errors.take(parse_claims(index, field, &mut claims));
        errors.take(check_no_model_options(field));
    }
    Ok(Input {
        model,
        auth,
        fields,
        claims,
        read: errors.finish(()),
    })
}

fn parse_claims(index: usize, field: &Field, claims: &mut Vec<Claim>) -> Result<()> {
    options::parse_attributes(&field.attrs, "auth", &ROLES, |word, _| {
        claims.extend(Role::named(word).map(|role| Claim {
            role,
            field: index,
            word: word.clone(),
        }));
        Ok(())
    })
}

fn check_no_model_options(field: &Field) -> Result<()> {
    let mut attributes = field.attrs.iter();
    match attributes.find(|attribute| attribute.path().is_ident("model")) {
        Some(attribute) => Err(Error::new_spanned(
            attribute,
            "the id of an account is marked `#[auth(id)]`, which makes it the model's as well",
        )),
        None => Ok(()),
    }
}
