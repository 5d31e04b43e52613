//! The struct and its `#[model(…)]` attributes as they are written, right or wrong.

use proc_macro2::{Ident, TokenStream};
use syn::parse::ParseStream;
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, Generics, LitStr, Result, Visibility,
    parenthesized, token,
};

use crate::errors::Errors;
use crate::options::{self, CratePath, Grammar};
use crate::{attributes, fields, naming};

/// The type behind the derive.
pub(crate) struct Input {
    pub(crate) declaration: Declaration,
    pub(crate) core: CratePath,
    /// None, if it is no struct.
    pub(crate) fields: Fields,
    /// The fields that are marked as the id, each with the word that does it.
    pub(crate) ids: Vec<(usize, Ident)>,
    /// Whether all could be read.
    pub(crate) read: Result<()>,
}

/// What a model is, but for its id.
pub(crate) struct Declaration {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    /// The `deprecated` attribute, which its signals get too.
    pub(crate) deprecated: Option<Attribute>,
    pub(crate) allowed_lints: TokenStream,
    pub(crate) name: Option<LitStr>,
    /// The word `signals`, where it is written.
    pub(crate) signals: Option<Ident>,
    pub(crate) events: Vec<Event>,
    /// Whether its signals are `owned`.
    pub(crate) is_owned: bool,
}

/// What a signal says of a model.
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

    fn named(word: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|event| word == event.name())
    }
}

const OWNED: &str = "owned";

const OPTIONS: Grammar = Grammar {
    noun: "option",
    keys: &["name", "signals", "crate"],
    key_of_paths: None,
};

const FIELD_OPTIONS: Grammar = Grammar {
    noun: "option",
    keys: &["id"],
    key_of_paths: None,
};

/// What stands in `signals(…)`: the events, in their order, and an option of all their signals.
const SIGNALS: Grammar = Grammar {
    noun: "item",
    keys: &["pre_save", "post_save", "pre_delete", "post_delete", OWNED],
    key_of_paths: None,
};

/// Takes the struct apart.
pub(crate) fn parse(item: TokenStream) -> Result<Input> {
    let item: DeriveInput = syn::parse2(item)?;
    let mut errors = Errors::default();
    let mut declaration = Declaration::new(&item);
    let mut core = CratePath::Default("lback_signals");
    let read = options::parse_attributes(&item.attrs, "model", &OPTIONS, |key, input| {
        if key == "crate" {
            core = CratePath::parse(key, input)?;
            Ok(())
        } else {
            declaration.parse_option(key, input)
        }
    });
    errors.take(read);
    let message = "a model is a struct: one of its fields is the id";
    let fields = errors.take(fields::of_struct(item.data, message));
    let fields = fields.unwrap_or(Fields::Unit);
    let mut ids = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let read = options::parse_attributes(&field.attrs, "model", &FIELD_OPTIONS, |word, _| {
            ids.push((index, word.clone()));
            Ok(())
        });
        errors.take(read);
    }
    Ok(Input {
        declaration,
        core,
        fields,
        ids,
        read: errors.finish(()),
    })
}

impl Declaration {
    /// One without options.
    pub(crate) fn new(item: &DeriveInput) -> Self {
        let of_fields = match &item.data {
            Data::Struct(data) => Some(&data.fields),
            Data::Enum(_) | Data::Union(_) => None,
        };
        let of_fields = of_fields
            .into_iter()
            .flatten()
            .flat_map(|field| &field.attrs);
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
        }
    }

    /// Reads what stands behind the key `name` or `signals`.
    fn parse_option(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        if key == "name" {
            self.name = Some(naming::parse(key, input, "a model's", "article")?);
            return Ok(());
        }
        self.signals = Some(key.clone());
        let read = parse_signals(key, input, &mut self.is_owned);
        // What could not be read may have been any of them.
        self.events = read.clone().unwrap_or_else(|_| Event::ALL.to_vec());
        read.map(drop)
    }
}

/// Reads `(pre_save, post_save)` or `(pre_save, post_save, owned)`.
fn parse_signals(key: &Ident, input: ParseStream<'_>, is_owned: &mut bool) -> Result<Vec<Event>> {
    if !input.peek(token::Paren) {
        let message = format!(
            "`{key}` needs a list in parentheses: `signals(pre_save, post_save)`; {}",
            SIGNALS.list()
        );
        return Err(Error::new(key.span(), message));
    }
    let list;
    parenthesized!(list in input);
    let mut events = Vec::new();
    options::parse(list.parse()?, &SIGNALS, |word, _| {
        *is_owned |= word == OWNED;
        events.extend(Event::named(word));
        Ok(())
    })?;
    if events.is_empty() {
        let given = if *is_owned { OWNED } else { "" };
        let message = format!("`signals({given})` declares nothing; {}", SIGNALS.list());
        return Err(Error::new(key.span(), message));
    }
    Ok(events)
}

const ACCOUNT_OPTIONS: Grammar = Grammar {
    noun: "option",
    keys: &["name", "signals"],
    key_of_paths: None,
};

/// Reads what is said of an account as a model.
pub(crate) fn parse_account(item: &DeriveInput) -> (Declaration, Result<()>) {
    let mut declaration = Declaration::new(item);
    let read = options::parse_attributes(&item.attrs, "model", &ACCOUNT_OPTIONS, |key, input| {
        declaration.parse_option(key, input)
    });
    (declaration, read)
}
