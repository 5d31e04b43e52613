//! The struct and its `#[auth(…)]` attributes, valid or not.

use proc_macro2::{Ident, TokenStream};
use syn::{DeriveInput, Error, Field, Fields, Result};

use crate::errors::Errors;
use crate::fields;
use crate::model::{self, Declaration};
use crate::options::{self, CratePath, Grammar};

/// The item that derives `AuthUser`.
pub(crate) struct Input {
    pub(crate) model: Declaration,
    pub(crate) auth: CratePath,
    /// Empty if the item is not a struct.
    pub(crate) fields: Fields,
    /// The roles that `#[auth(…)]` gives to fields.
    pub(crate) claims: Vec<Claim>,
    /// The errors of the attributes that could not be parsed.
    pub(crate) parsed: Result<()>,
}

/// A role in the `#[auth(…)]` of a field.
pub(crate) struct Claim {
    pub(crate) role: Role,
    pub(crate) field: usize,
    pub(crate) key: Ident,
}

/// The role of a field in the account.
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

    fn named(key: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|role| key == role.name())
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

/// Parses the struct and its attributes.
pub(crate) fn parse(item: TokenStream) -> Result<Input> {
    let item: DeriveInput = syn::parse2(item)?;
    let mut errors = Errors::default();
    let mut auth = CratePath::Default("lback_auth");
    let parsed = options::parse_attributes(&item.attrs, "auth", &OPTIONS, |key, input| {
        auth = CratePath::parse(key, input)?;
        Ok(())
    });
    errors.take(parsed);
    let (model, parsed) = model::parse_account(&item);
    errors.take(parsed);
    let message = "an account is a struct with one field per role, such as `#[auth(password)]`";
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
        parsed: errors.finish(()),
    })
}

fn parse_claims(index: usize, field: &Field, claims: &mut Vec<Claim>) -> Result<()> {
    options::parse_attributes(&field.attrs, "auth", &ROLES, |key, _| {
        claims.extend(Role::named(key).map(|role| Claim {
            role,
            field: index,
            key: key.clone(),
        }));
        Ok(())
    })
}

fn check_no_model_options(field: &Field) -> Result<()> {
    let mut attributes = field.attrs.iter();
    match attributes.find(|attribute| attribute.path().is_ident("model")) {
        Some(attribute) => Err(Error::new_spanned(
            attribute,
            "the fields of an account take no `#[model(…)]`: mark the id with `#[auth(id)]`",
        )),
        None => Ok(()),
    }
}
