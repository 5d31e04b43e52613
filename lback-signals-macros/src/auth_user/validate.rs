//! The rules of an account: each role has exactly one field.

use syn::{Error, Result};

use super::parse::{Input, Role};
use crate::errors::Errors;
use crate::fields::Part;
use crate::model::{self, Model};

/// A valid account.
pub(crate) struct Account<'i> {
    pub(crate) model: Model<'i>,
    pub(crate) username: Part<'i>,
    pub(crate) email: Part<'i>,
    pub(crate) password: Part<'i>,
    pub(crate) email_verification: Part<'i>,
    pub(crate) active: Part<'i>,
}

pub(crate) fn validate(input: &Input) -> Result<Account<'_>> {
    let mut errors = Errors::default();
    errors.take(input.parsed.clone());
    let name = errors.take(model::check_declaration(&input.model));
    for lifetime in input.model.generics.lifetimes() {
        errors.push(Error::new_spanned(
            lifetime,
            "an account cannot borrow, since receivers may run later with a copy of it: \
             use `String` instead of `&str`",
        ));
    }
    check_claims(input, &mut errors);
    let part = |role: Role| {
        let claim = input.claims.iter().find(|claim| claim.role == role)?;
        Part::nth(&input.fields, claim.field)
    };
    let account = (|| {
        Some(Account {
            model: Model {
                name: name?,
                id: part(Role::Id)?,
            },
            username: part(Role::Username)?,
            email: part(Role::Email)?,
            password: part(Role::Password)?,
            email_verification: part(Role::EmailVerification)?,
            active: part(Role::Active)?,
        })
    })();
    let missing = Error::new(
        input.model.ident.span(),
        "an account needs a field for each role",
    );
    errors.finish(())?;
    account.ok_or(missing)
}

fn check_claims(input: &Input, errors: &mut Errors) {
    let mut missing = Role::ALL.to_vec();
    for claim in &input.claims {
        let name = claim.role.name();
        if missing.contains(&claim.role) {
            missing.retain(|role| *role != claim.role);
        } else {
            let message =
                format!("an account has one `{name}`: mark only one field with `#[auth({name})]`");
            errors.push(Error::new_spanned(&claim.key, message));
        }
    }
    // An attribute that could not be parsed may contain the missing role.
    if missing.is_empty() || input.parsed.is_err() {
        return;
    }
    let attributes: Vec<_> = missing
        .iter()
        .map(|role| format!("`#[auth({})]`", role.name()))
        .collect();
    let fields = match attributes.len() {
        1 => "a field",
        _ => "fields",
    };
    errors.push(Error::new(
        input.model.ident.span(),
        format!(
            "`{}` lacks {fields} marked {}",
            input.model.ident,
            attributes.join(", "),
        ),
    ));
}
