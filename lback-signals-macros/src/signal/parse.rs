//! The struct and the options, valid or not.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::ParseStream;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Data, DeriveInput, Error, Field, Lifetime, LitStr, Meta,
    ParenthesizedGenericArguments, Result, Type, TypeFnPtr, TypeReference,
};

use super::durable::Durable;
use crate::attributes;
use crate::errors::Errors;
use crate::naming;
use crate::options::{self, CratePath, Grammar};

/// The item of `#[signal]`.
pub(crate) struct Input {
    /// The item without the marks.
    pub(crate) item: DeriveInput,
    pub(crate) senders: Marks,
    /// Whether the sender is a model that the field lends as a draft. Only derives write `#[sender(__draft)]`.
    pub(crate) lends_draft: bool,
    pub(crate) keys: Marks,
    /// The indices of the fields that are marked `#[field(default)]`.
    pub(crate) defaults: Vec<usize>,
    /// The indices of the fields that are marked `#[field(show)]`.
    pub(crate) shown: Vec<usize>,
    /// The first mark that is not `#[field(show)]` alone, and whether all of them are valid.
    pub(crate) field_marks: (Option<Attribute>, Result<()>),
}

impl Input {
    /// Returns the fields, if the item is a struct.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        match &self.item.data {
            Data::Struct(data) => Some(&data.fields),
            Data::Enum(_) | Data::Union(_) => None,
        }
        .into_iter()
        .flatten()
    }
}

/// The marks `#[sender]` or `#[key]`.
pub(crate) struct Marks {
    /// Those of fields, each with the index of its field.
    pub(crate) of_fields: Vec<(usize, Attribute)>,
    /// Those of the item itself.
    pub(crate) misplaced: Vec<Attribute>,
}

impl Marks {
    /// Removes the marks from the item.
    fn take(item: &mut DeriveInput, name: &str) -> Self {
        let misplaced = item.attrs.extract_if(.., |it| is_mark(it, name)).collect();
        let mut of_fields = Vec::new();
        for (index, field) in fields_mut(&mut item.data).into_iter().enumerate() {
            let marks = field.attrs.extract_if(.., |it| is_mark(it, name));
            of_fields.extend(marks.map(|mark| (index, mark)));
        }
        Self {
            of_fields,
            misplaced,
        }
    }

    /// Replaces a mark `#[sender(__draft)]` by `#[sender]`. Returns whether there was one.
    fn take_draft(&mut self) -> bool {
        let [(_, mark)] = &mut self.of_fields[..] else {
            return false;
        };
        let is_draft = mark.parse_args::<Ident>().is_ok_and(|it| it == "__draft");
        if is_draft {
            mark.meta = Meta::Path(mark.path().clone());
        }
        is_draft
    }
}

/// Parses the item.
///
/// # Errors
///
/// Returns an error if the item is not a type.
pub(crate) fn parse(item: &TokenStream) -> Result<Input> {
    let mut item: DeriveInput =
        syn::parse2(item.clone()).map_err(|error| match attributes::keyword(item.clone()) {
            Some(TokenTree::Ident(word)) if is_kind_of_type(&word) => error,
            keyword => Error::new_spanned(keyword, super::NOT_A_STRUCT),
        })?;
    let mut senders = Marks::take(&mut item, "sender");
    let lends_draft = senders.take_draft();
    let keys = Marks::take(&mut item, "key");
    let mut defaults = Vec::new();
    let mut shown = Vec::new();
    let mut first_field_mark = None;
    let mut errors = Errors::default();
    for (index, field) in fields_mut(&mut item.data).into_iter().enumerate() {
        let is_field_mark = |mark: &mut Attribute| mark.path().is_ident("field");
        let marks: Vec<_> = field.attrs.extract_if(.., is_field_mark).collect();
        errors.take(options::parse_attributes(
            &marks,
            "field",
            &FIELD_GRAMMAR,
            |key, _| {
                let marked = if key == "show" {
                    &mut shown
                } else {
                    &mut defaults
                };
                marked.push(index);
                Ok(())
            },
        ));
        if !shown.contains(&index) || defaults.contains(&index) {
            first_field_mark = first_field_mark.or_else(|| marks.into_iter().next());
        }
    }
    Ok(Input {
        item,
        senders,
        lends_draft,
        keys,
        defaults,
        shown,
        field_marks: (first_field_mark, errors.finish(())),
    })
}

fn is_kind_of_type(keyword: &Ident) -> bool {
    keyword == "struct" || keyword == "enum" || keyword == "union"
}

fn fields_mut(data: &mut Data) -> Vec<&mut Field> {
    match data {
        Data::Struct(data) => data.fields.iter_mut().collect(),
        Data::Enum(data) => data
            .variants
            .iter_mut()
            .flat_map(|variant| &mut variant.fields)
            .collect(),
        Data::Union(data) => data.fields.named.iter_mut().collect(),
    }
}

/// Returns whether the attribute is the mark, or a `cfg_attr` that contains it.
fn is_mark(attribute: &Attribute, name: &str) -> bool {
    attribute.path().is_ident(name)
        || attributes::cfg_attr(&attribute.meta)
            .is_some_and(|(_, conditional)| conditional.iter().any(|it| it.path().is_ident(name)))
}

const FIELD_GRAMMAR: Grammar = Grammar {
    noun: "option",
    keys: &["default", "show"],
    key_of_paths: None,
};

/// The options in `#[signal(name = "order_paid", reply = T, async, owned, durable(…), required, crate = path)]`.
pub(crate) struct Options {
    pub(crate) name: Option<LitStr>,
    pub(crate) reply: Option<Type>,
    pub(crate) is_async: bool,
    pub(crate) owned: Option<Ident>,
    pub(crate) durable: Option<Durable>,
    pub(crate) is_required: bool,
    pub(crate) core: CratePath,
}

const GRAMMAR: Grammar = Grammar {
    noun: "option",
    keys: &[
        "name", "reply", "async", "owned", "durable", "required", "crate",
    ],
    key_of_paths: None,
};

impl Options {
    /// Returns the valid options, and the errors of all others.
    pub(crate) fn parse(tokens: TokenStream) -> (Self, Result<()>) {
        let mut options = Self {
            name: None,
            reply: None,
            is_async: false,
            owned: None,
            durable: None,
            is_required: false,
            core: CratePath::Default("lback_signals"),
        };
        let parsed = options::parse(tokens, &GRAMMAR, |key, input| {
            match key.to_string().as_str() {
                "crate" => options.core = CratePath::parse(key, input)?,
                "name" => {
                    options.name = Some(naming::parse(key, input, "a signal's", "order_paid")?);
                }
                "async" => options.is_async = true,
                "owned" => options.owned = Some(key.clone()),
                "durable" => options.durable.insert(Durable::new(key)).parse(input)?,
                "reply" => options.reply = Some(parse_reply(key, input)?),
                _ => options.is_required = true,
            }
            Ok(())
        });
        (options, parsed)
    }

    /// Returns whether receivers can run later with a copy of the signal.
    pub(crate) fn is_owned(&self) -> bool {
        self.owned.is_some() || self.durable.is_some()
    }
}

fn parse_reply(key: &Ident, input: ParseStream<'_>) -> Result<Type> {
    options::parse_equals(key, input, "reply = u32")?;
    let reply = input.parse().map_err(|error: Error| {
        Error::new(
            error.span(),
            "expected the type of the reply: `reply = u32`",
        )
    })?;
    check_not_elided(&reply)?;
    Ok(reply)
}

const UNNAMED_LIFETIME: &str = "a reply outlives the call of its receiver: use an owned type, or name \
                                the lifetime, as in `&'a str` or `&'static str`";

/// Returns an error for `reply = &str`, for which the compiler's own error would be about an associated type.
fn check_not_elided(reply: &Type) -> Result<()> {
    struct Elided(Errors);

    impl<'ast> Visit<'ast> for Elided {
        fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
            if reference.lifetime.is_none() {
                self.0.push(Error::new_spanned(reference, UNNAMED_LIFETIME));
            }
            visit::visit_type_reference(self, reference);
        }

        fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
            if lifetime.ident == "_" {
                self.0.push(Error::new_spanned(lifetime, UNNAMED_LIFETIME));
            }
        }

        // The parameters of a function are not part of the value.
        fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments(
            &mut self,
            _: &'ast ParenthesizedGenericArguments,
        ) {
        }
    }

    let mut found = Elided(Errors::default());
    found.visit_type(reply);
    found.0.finish(())
}
