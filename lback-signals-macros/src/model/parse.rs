//! The struct and its `#[model(…)]` attributes, valid or not.

use proc_macro2::{Ident, TokenStream};
use syn::parse::ParseStream;
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, Generics, LitStr, Result, Visibility,
    parenthesized, token,
};

use crate::errors::Errors;
use crate::options::{self, CratePath, Grammar};
use crate::{attributes, fields, naming};

/// The item that derives `Model`.
pub(crate) struct Input {
    pub(crate) declaration: Declaration,
    pub(crate) core: CratePath,
    /// Empty if the item is not a struct.
    pub(crate) fields: Fields,
    /// The indices of the fields marked `#[model(id)]`, each with its `id`.
    pub(crate) ids: Vec<(usize, Ident)>,
    /// The errors of the attributes that could not be parsed.
    pub(crate) parsed: Result<()>,
}

/// A model, except its id.
pub(crate) struct Declaration {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    /// The `deprecated` attribute, which is copied to the signals.
    pub(crate) deprecated: Option<Attribute>,
    pub(crate) allowed_lints: TokenStream,
    pub(crate) name: Option<LitStr>,
    /// The key `signals`, for the spans of errors.
    pub(crate) signals: Option<Ident>,
    pub(crate) events: Vec<Event>,
    /// Whether the list of signals has `owned`.
    pub(crate) is_owned: bool,
    /// The key `editable`, by which receivers of `pre_save` may edit the model.
    pub(crate) editable: Option<Ident>,
}

/// The event that a signal of the model reports.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    PreSave,
    PostSave,
    PreDelete,
    PostDelete,
}

impl Event {
    const ALL: [Self; 4] = [
        Self::PreSave,
        Self::PostSave,
        Self::PreDelete,
        Self::PostDelete,
    ];

    pub(crate) fn name(self) -> &'static str {
        SIGNALS.keys[self as usize]
    }

    pub(crate) fn in_camel_case(self) -> &'static str {
        match self {
            Self::PreSave => "PreSave",
            Self::PostSave => "PostSave",
            Self::PreDelete => "PreDelete",
            Self::PostDelete => "PostDelete",
        }
    }

    pub(crate) fn is_saving(self) -> bool {
        matches!(self, Self::PreSave | Self::PostSave)
    }

    fn named(item: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|event| item == event.name())
    }
}

pub(crate) const OWNED: &str = "owned";
pub(crate) const EDITABLE: &str = "editable";

const OPTIONS: Grammar = Grammar {
    noun: "option",
    keys: &["name", "signals", EDITABLE, "crate"],
    key_of_paths: None,
};

const FIELD_OPTIONS: Grammar = Grammar {
    noun: "option",
    keys: &["id"],
    key_of_paths: None,
};

/// The items of `signals(…)`: the events, in the order of [`Event::ALL`], and an option for all of them.
const SIGNALS: Grammar = Grammar {
    noun: "item",
    keys: &["pre_save", "post_save", "pre_delete", "post_delete", OWNED],
    key_of_paths: None,
};

/// Parses the struct and its attributes.
pub(crate) fn parse(item: TokenStream) -> Result<Input> {
    let item: DeriveInput = syn::parse2(item)?;
    let mut errors = Errors::default();
    let mut declaration = Declaration::new(&item);
    let mut core = CratePath::Default("lback_signals");
    let parsed = options::parse_attributes(&item.attrs, "model", &OPTIONS, |key, input| {
        if key == "crate" {
            core = CratePath::parse(key, input)?;
            Ok(())
        } else {
            declaration.parse_option(key, input)
        }
    });
    errors.take(parsed);
    let message = "a model is a struct with one field marked `#[model(id)]`";
    let fields = errors.take(fields::of_struct(item.data, message));
    let fields = fields.unwrap_or(Fields::Unit);
    let mut ids = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let parsed = options::parse_attributes(&field.attrs, "model", &FIELD_OPTIONS, |key, _| {
            ids.push((index, key.clone()));
            Ok(())
        });
        errors.take(parsed);
    }
    Ok(Input {
        declaration,
        core,
        fields,
        ids,
        parsed: errors.finish(()),
    })
}

impl Declaration {
    /// Returns the declaration without options.
    pub(crate) fn new(item: &DeriveInput) -> Self {
        let fields = match &item.data {
            Data::Struct(data) => Some(&data.fields),
            Data::Enum(_) | Data::Union(_) => None,
        };
        let of_fields = fields.into_iter().flatten().flat_map(|field| &field.attrs);
        let deprecated = item
            .attrs
            .iter()
            .find(|attribute| attribute.path().is_ident("deprecated"));
        Self {
            ident: item.ident.clone(),
            vis: item.vis.clone(),
            generics: item.generics.clone(),
            deprecated: deprecated.cloned(),
            allowed_lints: attributes::allowed_lints(item.attrs.iter().chain(of_fields)),
            name: None,
            signals: None,
            events: Vec::new(),
            is_owned: false,
            editable: None,
        }
    }

    /// Returns whether the signal of an event lends a draft of the model.
    pub(crate) fn lends_draft(&self, event: Event) -> bool {
        self.editable.is_some() && event == Event::PreSave
    }

    /// Parses the value of the key `name`, `signals` or `editable`.
    fn parse_option(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        if key == "name" {
            self.name = Some(naming::parse(key, input, "a model's", "article")?);
            return Ok(());
        }
        if key == EDITABLE {
            self.editable = Some(key.clone());
            return Ok(());
        }
        self.parse_signals(key, input, &SIGNALS).map(drop)
    }

    /// Parses the value of the key `signals`: `(pre_save, post_save)` or `(pre_save, post_save, owned)`. Returns the
    /// items that are neither an event nor `owned`.
    pub(crate) fn parse_signals(
        &mut self,
        key: &Ident,
        input: ParseStream<'_>,
        grammar: &Grammar,
    ) -> Result<Vec<Ident>> {
        self.signals = Some(key.clone());
        let mut items = Vec::new();
        let parsed = parse_items(key, input, grammar, &mut items);
        self.is_owned = items.iter().any(|item| item == OWNED);
        self.events = match parsed {
            Ok(()) => items.iter().filter_map(Event::named).collect(),
            // All signals are declared, so that uses of them are not further errors.
            Err(_) => Event::ALL.to_vec(),
        };
        parsed?;
        items.retain(|item| item != OWNED && Event::named(item).is_none());
        Ok(items)
    }
}

fn parse_items(
    key: &Ident,
    input: ParseStream<'_>,
    grammar: &Grammar,
    items: &mut Vec<Ident>,
) -> Result<()> {
    if !input.peek(token::Paren) {
        let message = format!(
            "`{key}` needs a list in parentheses: `signals(pre_save, post_save)`; {}",
            grammar.list()
        );
        return Err(Error::new(key.span(), message));
    }
    let list;
    parenthesized!(list in input);
    options::parse(list.parse()?, grammar, |item, _| {
        items.push(item.clone());
        Ok(())
    })?;
    if items.iter().all(|item| item == OWNED) {
        let given = if items.is_empty() { "" } else { OWNED };
        let message = format!("`signals({given})` declares nothing; {}", grammar.list());
        return Err(Error::new(key.span(), message));
    }
    Ok(())
}

const ACCOUNT_OPTIONS: Grammar = Grammar {
    noun: "option",
    keys: &["name", "signals"],
    key_of_paths: None,
};

/// Parses the `#[model(…)]` attributes of an account.
pub(crate) fn parse_account(item: &DeriveInput) -> (Declaration, Result<()>) {
    let mut declaration = Declaration::new(item);
    let parsed = options::parse_attributes(&item.attrs, "model", &ACCOUNT_OPTIONS, |key, input| {
        declaration.parse_option(key, input)
    });
    (declaration, parsed)
}
