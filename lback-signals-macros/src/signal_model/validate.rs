//! The rules of an entity's model: it has a name in snake case, signals, and a primary key.

use syn::{Error, LitStr, Result};

use super::parse::{Input, is_primary_key};
use crate::errors::Errors;
use crate::fields::Part;
use crate::model::{Event, check_declaration, check_editable};

/// A valid model of an entity.
pub(crate) struct Entity<'i> {
    /// Its name in logs and in the fields of signals: `article`.
    pub(crate) name: String,
    /// The fields of the primary key, at least one.
    pub(crate) keys: Vec<Part<'i>>,
}

pub(crate) fn validate(input: &Input) -> Result<Entity<'_>> {
    let mut errors = Errors::default();
    errors.take(input.parsed.clone());
    errors.take(check_declaration(&input.declaration));
    let name = errors.take(check_name(input));
    errors.take(check_signals(input));
    let keys: Vec<_> = (input.fields.iter().enumerate())
        .filter(|(_, field)| is_primary_key(&field.attrs))
        .filter_map(|(index, _)| Part::nth(&input.fields, index))
        .collect();
    if keys.is_empty() && input.parsed.is_ok() {
        errors.push(missing(
            input,
            "a primary key",
            "mark a field with `#[sea_orm(primary_key)]`",
        ));
    }
    let name = name.flatten().unwrap_or_default();
    errors.finish(Entity { name, keys })
}

/// Returns the name; `None` if an attribute that could not be parsed may have it.
fn check_name(input: &Input) -> Result<Option<String>> {
    match &input.declaration.name {
        Some(name) if is_snake_case(name) => Ok(Some(name.value())),
        Some(name) => Err(Error::new_spanned(
            name,
            "the name of an entity begins the names of its signals: write it in snake case, such as \
             `name = \"blog_post\"` for `BlogPostPreSave`",
        )),
        None if input.parsed.is_err() => Ok(None),
        None => Err(missing(
            input,
            "a name for its signals",
            "write `#[signal_model(name = \"article\")]` for `ArticlePreSave`",
        )),
    }
}

fn is_snake_case(name: &LitStr) -> bool {
    let name = name.value();
    name.split('_').all(|word| !word.is_empty())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn check_signals(input: &Input) -> Result<()> {
    let declaration = &input.declaration;
    if input.parsed.is_err() {
        return Ok(());
    }
    if declaration.signals.is_none() {
        return Err(missing(
            input,
            "signals",
            "list them in `#[signal_model(signals(pre_save, post_save))]`",
        ));
    }
    let mut errors = Errors::default();
    errors.take(check_editable(declaration, input.has_bulk));
    match &input.select_for_update {
        Some(key) if !declaration.events.contains(&Event::PreSave) => {
            errors.push(Error::new_spanned(
                key,
                "`select_for_update` is about `pre_save`: add that to `signals(…)`, or remove `select_for_update`",
            ));
        }
        _ => {}
    }
    errors.finish(())
}

fn missing(input: &Input, what: &str, mend: &str) -> Error {
    let ident = &input.declaration.ident;
    Error::new(ident.span(), format!("`{ident}` lacks {what}: {mend}"))
}
