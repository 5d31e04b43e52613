//! The `Model` of an entity and its `#[signal_model(…)]` attributes, valid or not.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, DeriveInput, Fields, Meta, Result};

use crate::errors::Errors;
use crate::model::{Declaration, EDITABLE, OWNED};
use crate::options::{self, CratePath, Grammar};
use crate::{fields, naming};

/// The item that derives `SignalModel`.
pub(crate) struct Input {
    pub(crate) declaration: Declaration,
    pub(crate) binding: CratePath,
    /// Empty if the item is not a struct.
    pub(crate) fields: Fields,
    /// Whether there is a signal about many rows.
    pub(crate) has_bulk: bool,
    /// The key `select_for_update`, which adds the stored row to `pre_save`.
    pub(crate) select_for_update: Option<Ident>,
    /// Whether the hooks of the application are called.
    pub(crate) has_hooks: bool,
    /// The errors of the attributes that could not be parsed.
    pub(crate) parsed: Result<()>,
}

const OPTIONS: Grammar = Grammar {
    noun: "option",
    keys: &[
        "name",
        "signals",
        EDITABLE,
        "select_for_update",
        "hooks",
        "crate",
    ],
    key_of_paths: None,
};

const SIGNALS: Grammar = Grammar {
    noun: "item",
    keys: &[
        "pre_save",
        "post_save",
        "pre_delete",
        "post_delete",
        "post_bulk_write",
        OWNED,
    ],
    key_of_paths: None,
};

/// Parses the struct and its attributes.
pub(crate) fn parse(item: TokenStream) -> Result<Input> {
    let item: DeriveInput = syn::parse2(item)?;
    let mut errors = Errors::default();
    let mut declaration = Declaration::new(&item);
    let mut binding = CratePath::Default("lback_signals_sea_orm");
    let (mut has_bulk, mut select_for_update, mut has_hooks) = (false, None, false);
    let parsed = options::parse_attributes(&item.attrs, "signal_model", &OPTIONS, |key, input| {
        match key.to_string().as_str() {
            "crate" => binding = CratePath::parse(key, input)?,
            "name" => declaration.name = Some(naming::parse(key, input, "a model's", "article")?),
            EDITABLE => declaration.editable = Some(key.clone()),
            "select_for_update" => select_for_update = Some(key.clone()),
            "hooks" => has_hooks = true,
            _ => has_bulk = !declaration.parse_signals(key, input, &SIGNALS)?.is_empty(),
        }
        Ok(())
    });
    errors.take(parsed);
    let message = "an entity's model is a struct with named fields";
    let fields = errors.take(fields::of_struct(item.data, message));
    Ok(Input {
        declaration,
        binding,
        fields: fields.unwrap_or(Fields::Unit),
        has_bulk,
        select_for_update,
        has_hooks,
        parsed: errors.finish(()),
    })
}

/// Returns whether `#[sea_orm(primary_key)]` is among the attributes of a field.
pub(crate) fn is_primary_key(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        list.path.is_ident("sea_orm")
            && list
                .tokens
                .clone()
                .into_iter()
                .any(|token| matches!(token, TokenTree::Ident(word) if word == "primary_key"))
    })
}
