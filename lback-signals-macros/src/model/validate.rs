//! The rules of a model: exactly one field is the id, and a model with signals has no generic parameters.

use syn::{Error, Result};

use super::parse::{Declaration, Event, Input};
use crate::errors::Errors;
use crate::fields::Part;
use crate::naming;

/// A valid model.
pub(crate) struct Model<'i> {
    pub(crate) name: String,
    pub(crate) id: Part<'i>,
}

pub(crate) fn validate(input: &Input) -> Result<Model<'_>> {
    let mut errors = Errors::default();
    errors.take(input.parsed.clone());
    let name = errors.take(check_declaration(&input.declaration));
    if input.parsed.is_ok() {
        errors.take(check_editable(&input.declaration, false));
    }
    let id = errors.take(check_id(input));
    errors.finish(())?;
    name.zip(id.flatten())
        .map(|(name, id)| Model { name, id })
        .ok_or_else(|| no_id(input))
}

/// Checks the rules that hold for accounts, too, and returns the model's name.
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
                "`{}` has generic parameters, and a signal is one concrete type: remove `signals(…)` \
                 and declare a signal for each type that you save: \
                 `#[signal] struct DraftSaved<'a> {{ #[sender] draft: &'a Draft }}`",
                declaration.ident,
            ),
        ));
    }
    errors.finish(name.unwrap_or_default())
}

/// Checks the option `editable` of a declaration that could be parsed. `has_others` tells whether there are signals other
/// than those of `events`.
pub(crate) fn check_editable(declaration: &Declaration, has_others: bool) -> Result<()> {
    let Some(key) = &declaration.editable else {
        return Ok(());
    };
    let events = &declaration.events;
    let message = if !events.contains(&Event::PreSave) {
        "`editable` is about `pre_save`: add that to `signals(…)`, or remove `editable`"
    } else if declaration.is_owned && !has_others && events.len() == 1 {
        "the `pre_save` signal of an `editable` model is never `owned`: add another signal to `signals(…)`, or remove \
         `owned`"
    } else {
        return Ok(());
    };
    Err(Error::new(key.span(), message))
}

/// Returns the marked field; `None` if an attribute that could not be parsed may mark it.
fn check_id(input: &Input) -> Result<Option<Part<'_>>> {
    let mut errors = Errors::default();
    for (_, second) in input.ids.iter().skip(1) {
        errors.push(Error::new_spanned(
            second,
            "a model has one id: mark only one field with `#[model(id)]`",
        ));
    }
    if input.ids.is_empty() && input.parsed.is_ok() {
        errors.push(no_id(input));
    }
    let id = input.ids.first();
    errors.finish(id.and_then(|(index, _)| Part::nth(&input.fields, *index)))
}

fn no_id(input: &Input) -> Error {
    let ident = &input.declaration.ident;
    let message =
        format!("`{ident}` lacks a field marked `#[model(id)]`: mark the field that holds the id");
    Error::new(ident.span(), message)
}
