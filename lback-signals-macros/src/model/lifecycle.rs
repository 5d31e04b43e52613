//! The signals of a model, and the methods that send them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::parse::{Declaration, Event};
use crate::options::CratePath;
use crate::{attributes, naming};

pub(crate) struct Lifecycle<'d> {
    core: &'d CratePath,
    declaration: &'d Declaration,
    /// The model's name, if it is given.
    name: Option<&'d str>,
    /// The model's type, as generated code says it: what is called after it is not linted as if the
    /// user had written it.
    model: Ident,
    /// The signals' field that is the model.
    field: Ident,
}

/// A method that does something to a model, between the signals about it.
struct Method {
    name: &'static str,
    summary: &'static str,
    pre: Event,
    post: Event,
    /// Whether the operation may change the model.
    is_mutable: bool,
    /// What stands between `self` and the operation.
    parameter: TokenStream,
    /// What the signals have beside the model.
    payload: TokenStream,
}

impl<'d> Lifecycle<'d> {
    pub(crate) fn new(
        core: &'d CratePath,
        declaration: &'d Declaration,
        name: Option<&'d str>,
    ) -> Self {
        Self {
            core,
            declaration,
            name,
            model: attributes::generated_use_of(&declaration.ident),
            field: field_named_after(&declaration.ident),
        }
    }

    pub(crate) fn expand(&self) -> TokenStream {
        let Self {
            core,
            model,
            declaration,
            ..
        } = self;
        if declaration.events.is_empty() {
            return TokenStream::new();
        }
        let allowed_lints = &declaration.allowed_lints;
        let signals = declaration.events.iter().map(|event| self.signal(*event));
        let methods = methods();
        let methods = methods
            .iter()
            .filter(|method| self.sends(method.pre) || self.sends(method.post))
            .flat_map(|method| [self.method(method, false), self.method(method, true)]);
        quote! {
            #(#signals)*

            #allowed_lints
            const _: () = {
                // A parameter may have the name of a function, and not of the user's constants.
                use #core::__private::{item as created, item as operation};

                #[automatically_derived]
                impl #model {
                    #(#methods)*
                }
            };
        }
    }

    fn sends(&self, event: Event) -> bool {
        self.declaration.events.contains(&event)
    }

    /// `ArticlePreSave`
    fn signal_of(&self, event: Event) -> Ident {
        let name = format!("{}{}", self.model.unraw(), event.in_camel_case());
        Ident::new(&name, self.model.span())
    }

    /// An ordinary signal, and what makes it one of a model.
    fn signal(&self, event: Event) -> TokenStream {
        let Self {
            core, model, field, ..
        } = self;
        let Declaration {
            vis,
            deprecated,
            allowed_lints,
            ..
        } = self.declaration;
        let signal = self.signal_of(event);
        let name = self.name.map(|name| {
            let name = format!("{name}_{}", event.name());
            quote!(name = #name,)
        });
        let owned = self.declaration.is_owned.then(|| quote!(owned,));
        let variant = Ident::new(event.in_camel_case(), Span::call_site());
        let (summary, what) = docs(event, model);
        let (created, is_created) = if event.is_saving() {
            (
                Some(quote! {
                    #[doc = "Whether it is new."]
                    pub created: ::core::primitive::bool,
                }),
                quote!(::core::option::Option::Some(self.created)),
            )
        } else {
            (None, quote!(::core::option::Option::None))
        };

        // Its fields are what is documented, so it is exhaustive. It is not `Copy`, since clippy would
        // have receivers take by value what fits into a word.
        quote! {
            #[doc = #summary]
            #deprecated
            #allowed_lints
            #[allow(clippy::exhaustive_structs)]
            #[#core::signal(#name #owned crate = #core)]
            #[derive(::core::clone::Clone)]
            #vis struct #signal<'a> {
                #[doc = #what]
                #[sender]
                pub #field: &'a #model,
                #created
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

    fn method(&self, method: &Method, is_async: bool) -> TokenStream {
        let core = self.core;
        let vis = &self.declaration.vis;
        let docs = self.docs_of(method, is_async);
        let signature = method.signature(is_async);
        let before = self.sends(method.pre).then(|| {
            let signal = self.sent(method.pre, method);
            quote!(#core::__private::before_operation::<E>(&#signal)?;)
        });
        let outcome = if is_async {
            quote!(operation(self).await)
        } else {
            quote!(operation(self))
        };
        let after = if self.sends(method.post) {
            let signal = self.sent(method.post, method);
            quote!(#core::__private::after_operation(#outcome, || #signal))
        } else {
            quote!(::core::result::Result::map_err(#outcome, #core::OperationError::Failed))
        };

        quote! {
            #(#[doc = #docs])*
            #vis #signature -> ::core::result::Result<T, #core::OperationError<E>> {
                #before
                #after
            }
        }
    }

    fn sent(&self, event: Event, method: &Method) -> TokenStream {
        let signal = self.signal_of(event);
        let field = &self.field;
        let payload = &method.payload;
        quote!(#signal { #field: self, #payload })
    }

    fn docs_of(&self, method: &Method, is_async: bool) -> Vec<String> {
        let name = |event| self.sends(event).then(|| self.signal_of(event));
        let mut docs = vec![method.summary.to_owned(), String::new()];
        if let Some(pre) = name(method.pre) {
            docs.push(format!(
                "Sends `{pre}` before it: a receiver that fails vetoes it."
            ));
        }
        if let Some(post) = name(method.post) {
            docs.push(format!("Sends `{post}` once it has succeeded."));
        }
        if method.pre == Event::PreSave && !method.is_mutable {
            let suffix = if is_async { "_async" } else { "" };
            docs.push(format!(
                "The operation gets the model as `&`: `create_with{suffix}` lends it as `&mut`."
            ));
        }
        if is_async {
            docs.push("Nothing more is done or sent if the future is dropped.".to_owned());
        }
        docs.extend([String::new(), "# Errors".to_owned(), String::new()]);
        if self.sends(method.pre) {
            docs.push("`Vetoed` by a receiver: the operation was not begun.".to_owned());
        }
        docs.push("`Failed`, with the operation's own error.".to_owned());
        docs
    }
}

impl Method {
    /// All up to the return type.
    fn signature(&self, is_async: bool) -> TokenStream {
        let parameter = &self.parameter;
        let outcome = quote!(::core::result::Result<T, E>);
        let name = if is_async {
            format_ident!("{}_async", self.name)
        } else {
            format_ident!("{}", self.name)
        };
        match (is_async, self.is_mutable) {
            (false, false) => quote! {
                fn #name<T, E, O: ::core::ops::FnOnce(&Self) -> #outcome>(
                    &self,
                    #parameter
                    operation: O,
                )
            },
            (false, true) => quote! {
                fn #name<T, E, O: ::core::ops::FnOnce(&mut Self) -> #outcome>(
                    &mut self,
                    #parameter
                    operation: O,
                )
            },
            // With `AsyncFnOnce`, what `|article| save(&database, article)` gives would not be `Send`.
            (true, false) => quote! {
                async fn #name<
                    'm,
                    T,
                    E,
                    F: ::core::future::Future<Output = #outcome>,
                    O: ::core::ops::FnOnce(&'m Self) -> F,
                >(
                    &'m self,
                    #parameter
                    operation: O,
                )
            },
            // The model is read again behind it, so it cannot be lent for all of `'m`.
            (true, true) => quote! {
                async fn #name<T, E, O: ::core::ops::AsyncFnOnce(&mut Self) -> #outcome>(
                    &mut self,
                    #parameter
                    operation: O,
                )
            },
        }
    }
}

fn methods() -> [Method; 3] {
    let (pre, post) = (Event::PreSave, Event::PostSave);
    [
        Method {
            name: "save_with",
            summary: "Saves by `operation`; `created` says whether this is new.",
            pre,
            post,
            is_mutable: false,
            parameter: quote!(created: ::core::primitive::bool,),
            payload: quote!(created),
        },
        Method {
            name: "create_with",
            summary: "Saves what is new by `operation`, which can put in the id that it gets.",
            pre,
            post,
            is_mutable: true,
            parameter: quote!(),
            payload: quote!(created: true),
        },
        Method {
            name: "delete_with",
            summary: "Deletes by `operation`.",
            pre: Event::PreDelete,
            post: Event::PostDelete,
            is_mutable: false,
            parameter: quote!(),
            payload: quote!(),
        },
    ]
}

/// What is said of a signal, and of its field.
fn docs(event: Event, model: &Ident) -> (String, &'static str) {
    let (when, what) = match event {
        Event::PreSave => (
            "is about to be saved; a receiver that fails vetoes it",
            "What is saved.",
        ),
        Event::PostSave => ("has been saved", "What was saved."),
        Event::PreDelete => (
            "is about to be deleted; a receiver that fails vetoes it",
            "What is deleted.",
        ),
        Event::PostDelete => ("has been deleted", "What was deleted."),
    };
    (format!("This `{}` {when}.", model.unraw()), what)
}

/// `article` for an `Article`; with a `_` where that is taken.
fn field_named_after(model: &Ident) -> Ident {
    let name = naming::snake_case(model);
    let span = Span::call_site();
    match name.as_str() {
        "_" | "self" | "super" | "crate" | "created" => format_ident!("{name}_"),
        // Raw in any case, since `syn` does not know the keywords of all editions.
        _ => Ident::new_raw(&name, span),
    }
}
