//! The declaration of a model's signals.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::parse::{Declaration, Event};
use crate::naming;
use crate::options::CratePath;

/// The common parts of the signals of a model.
pub(crate) struct Signals<'d> {
    pub(crate) core: &'d CratePath,
    pub(crate) declaration: &'d Declaration,
    /// The model's name in logs, if it is not that of the signal's type.
    pub(crate) explicit_name: Option<&'d str>,
    /// The field of the signals that holds the model.
    pub(crate) field: Ident,
    /// The beginning of the signals' names: `Article` of `ArticlePreSave`.
    pub(crate) prefix: Ident,
}

/// The fields of a signal beside the model and `created`.
#[derive(Default)]
pub(crate) struct Extras {
    pub(crate) fields: TokenStream,
}

impl Signals<'_> {
    /// Returns the name of a signal: `ArticlePreSave`.
    pub(crate) fn name_of(&self, event: Event) -> Ident {
        let name = format!("{}{}", self.prefix.unraw(), event.in_camel_case());
        Ident::new(&name, self.prefix.span())
    }

    /// Declares the signal, which is an ordinary one that holds a `model`, and implements `ModelSignal` for it.
    pub(crate) fn declare(&self, event: Event, model: &Ident, extras: &Extras) -> TokenStream {
        let Self {
            core,
            declaration,
            field,
            prefix,
            ..
        } = self;
        let Declaration {
            vis,
            deprecated,
            allowed_lints,
            ..
        } = declaration;
        let signal = self.name_of(event);
        let name = self.explicit_name.map(|name| {
            let name = format!("{name}_{}", event.name());
            quote!(name = #name,)
        });
        let lends_draft = declaration.lends_draft(event);
        let is_owned = declaration.is_owned && !lends_draft;
        let owned = is_owned.then(|| quote!(owned,));
        // A draft is not `Clone`: the edits of a copy would be lost.
        let (held, derives) = if lends_draft {
            (
                quote!(#[sender(__draft)] pub #field: #core::Draft<'a, #model>),
                None,
            )
        } else {
            (
                quote!(#[sender] pub #field: &'a #model),
                Some(quote!(#[derive(::core::clone::Clone)])),
            )
        };
        let variant = Ident::new(event.in_camel_case(), Span::call_site());
        let (signal_docs, field_docs) = docs(event, prefix, lends_draft);
        let Extras { fields } = extras;
        let (created, is_created) = if event.is_saving() {
            (
                Some(quote! {
                    #[doc = "Whether the model is new."]
                    pub created: ::core::primitive::bool,
                }),
                quote!(::core::option::Option::Some(self.created)),
            )
        } else {
            (None, quote!(::core::option::Option::None))
        };

        // The fields are documented as complete, so the struct is exhaustive. It is not `Copy`: clippy
        // would ask receivers to take a signal of one word by value.
        quote! {
            #[doc = #signal_docs]
            #deprecated
            #allowed_lints
            #[allow(clippy::exhaustive_structs)]
            #[#core::signal(#name #owned crate = #core)]
            #derives
            #vis struct #signal<'a> {
                #[doc = #field_docs]
                #held,
                #created
                #fields
            }

            #allowed_lints
            #[automatically_derived]
            impl #core::ModelSignal for #signal<'_> {
                type Model = #model;

                fn event() -> #core::ModelEvent {
                    #core::ModelEvent::#variant
                }

                fn created(&self) -> ::core::option::Option<::core::primitive::bool> {
                    #is_created
                }
            }
        }
    }
}

/// Returns the docs of a signal and of its field.
fn docs(event: Event, model: &Ident, lends_draft: bool) -> (String, &'static str) {
    let (event, field) = match event {
        Event::PreSave if lends_draft => (
            "is about to be saved; a receiver may edit it, and one that fails vetoes it",
            "The model to save, which receivers may edit.",
        ),
        Event::PreSave => (
            "is about to be saved; a receiver that fails vetoes it",
            "The model to save.",
        ),
        Event::PostSave => ("has been saved", "The saved model."),
        Event::PreDelete => (
            "is about to be deleted; a receiver that fails vetoes it",
            "The model to delete.",
        ),
        Event::PostDelete => ("has been deleted", "The deleted model."),
    };
    (format!("This `{}` {event}.", model.unraw()), field)
}

/// Returns `article` for an `Article`, with a `_` at its end where the name is reserved or taken.
pub(crate) fn field_named_after(model: &Ident) -> Ident {
    let name = naming::snake_case(model);
    let span = Span::call_site();
    match name.as_str() {
        "_" | "self" | "super" | "crate" | "created" => format_ident!("{name}_"),
        // Always raw, since `syn` does not know the keywords of all editions.
        _ => Ident::new_raw(&name, span),
    }
}
