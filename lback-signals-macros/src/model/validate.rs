//! The rules of a model: one field is the id, and one that has signals has no parameters.

use syn::{Error, Result};

use super::parse::{Declaration, Input};
use crate::errors::Errors;
use crate::fields::Part;
use crate::naming;

/// A model that keeps the rules.
pub(crate) struct Model<'i> {
    pub(crate) name: String,
    pub(crate) id: Part<'i>,
}

pub(crate) fn validate(input: &Input) -> Result<Model<'_>> {
    let mut errors = Errors::default();
    errors.take(input.read.clone());
    let name = errors.take(check_declaration(&input.declaration));
    let id = errors.take(check_id(input));
    errors.finish(())?;
    name.zip(id.flatten())
        .map(|(name, id)| Model { name, id })
        .ok_or_else(|| no_id(input))
}

/// The rules that an account keeps too; what comes out is the model's name.
pub(crate) fn check_declaration(declaration: &Declaration) -> Result<String> {
    let mut errors = Errors::default();
    let name = match &declaration.name {
        Some(name) => errors.take(naming::check(name, "a model's")),
        None => Some(naming::snake_case(&declaration.ident)),
    };
    if let Some(signals) = &declaration.signals
        && !declaration.generics.params.is_empty()
    {
        errors.push(Error::new_spanned(
            signals,
            format!(
                "`{}` has parameters, and the receivers of a signal are found by its one type: \
                     take out `signals(…)` and declare a signal for each type that you save: \
                     `#[signal] struct DraftSaved<'a> {{ #[sender] draft: &'a Draft }}`",
                declaration.ident,
            ),
        ));
    }
    errors.finish(name.unwrap_or_default())
}

/// The one field that is marked; none, if what could not be read may have marked it.
fn check_id(input: &Input) -> Result<Option<Part<'_>>> {
    let mut errors = Errors::default();
    for (_, second) in input.ids.iter().skip(1) {
        errors.push(Error::new_spanned(
            second,
            "the id is marked already, and a model has one",
        ));
    }
    if input.ids.is_empty() && input.read.is_ok() {
        errors.push(no_id(input));
    }
    let id = input.ids.first();
    errors.finish(id.and_then(|(index, _)| Part::nth(&input.fields, *index)))
}

fn no_id(input: &Input) -> Error {
    let ident = &input.declaration.ident;
    let message = format!("`{ident}` lacks a field marked `#[model(id)]`");
    Error::new(ident.span(), message)
}
