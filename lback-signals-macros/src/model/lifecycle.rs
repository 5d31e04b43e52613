//! The methods of a model that send its signals.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::parse::{Declaration, Event};
use super::signals::{self, Extras, Signals};
use crate::attributes;
use crate::options::CratePath;

pub(crate) struct Lifecycle<'d> {
    core: &'d CratePath,
    declaration: &'d Declaration,
    /// The model's type with the span of generated code, so that lints on the user's code skip it.
    model: Ident,
    signals: Signals<'d>,
}

/// A method that runs the user's operation between two signals.
#[derive(Clone, Copy)]
enum Method {
    Create,
    Update,
    Delete,
}

impl Method {
    const ALL: [Self; 3] = [Self::Create, Self::Update, Self::Delete];

    fn name(self, is_async: bool) -> Ident {
        let name = match self {
            Self::Create => "create_with",
            Self::Update => "update_with",
            Self::Delete => "delete_with",
        };
        let suffix = if is_async { "_async" } else { "" };
        format_ident!("{name}{suffix}")
    }

    fn docs(self) -> [&'static str; 2] {
        match self {
            Self::Create => [
                "Saves a new value with `operation`.",
                "The operation gets the model as `&mut` and can set the id that the database assigns.",
            ],
            Self::Update => [
                "Saves a stored value with `operation`.",
                "The operation gets the model as `&`: change the model before the call.",
            ],
            Self::Delete => [
                "Deletes a stored value with `operation`.",
                "The operation gets the model as `&`.",
            ],
        }
    }

    /// Returns the events before and after the operation.
    fn events(self) -> [Event; 2] {
        match self {
            Self::Create | Self::Update => [Event::PreSave, Event::PostSave],
            Self::Delete => [Event::PreDelete, Event::PostDelete],
        }
    }

    /// Returns the fields of the signals other than the model.
    fn payload(self) -> Option<TokenStream> {
        match self {
            Self::Create => Some(quote!(created: true)),
            Self::Update => Some(quote!(created: false)),
            Self::Delete => None,
        }
    }

    /// Returns the tokens before the return type. A method that sends a draft changes the model.
    fn signature(self, is_async: bool, sends_draft: bool) -> TokenStream {
        let mutable = sends_draft.then(|| quote!(mut));
        let name = self.name(is_async);
        let outcome = quote!(::core::result::Result<T, E>);
        match (self, is_async) {
            (Self::Create, false) => quote! {
                fn #name<T, E, O: ::core::ops::FnOnce(&mut Self) -> #outcome>(
                    &mut self,
                    operation: O,
                )
            },
            // The signal after the operation reads the model, so the borrow ends before it.
            (Self::Create, true) => quote! {
                async fn #name<T, E, O: ::core::ops::AsyncFnOnce(&mut Self) -> #outcome>(
                    &mut self,
                    operation: O,
                )
            },
            (_, false) => quote! {
                fn #name<T, E, O: ::core::ops::FnOnce(&Self) -> #outcome>(
                    &#mutable self,
                    operation: O,
                )
            },
            // With `AsyncFnOnce`, the future of `|article| save(&database, article)` would not be
            // `Send`.
            (_, true) => quote! {
                async fn #name<
                    'm,
                    T,
                    E,
                    F: ::core::future::Future<Output = #outcome>,
                    O: ::core::ops::FnOnce(&'m Self) -> F,
                >(
                    &'m #mutable self,
                    operation: O,
                )
            },
        }
    }
}

impl<'d> Lifecycle<'d> {
    pub(crate) fn new(
        core: &'d CratePath,
        declaration: &'d Declaration,
        explicit_name: Option<&'d str>,
    ) -> Self {
        let model = attributes::generated_use_of(&declaration.ident);
        let signals = Signals {
            core,
            declaration,
            explicit_name,
            field: signals::field_named_after(&declaration.ident),
            prefix: model.clone(),
        };
        Self {
            core,
            declaration,
            model,
            signals,
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
        let signals = declaration.events.iter();
        let signals = signals.map(|event| self.signals.declare(*event, model, &Extras::default()));
        let methods = Method::ALL
            .into_iter()
            .filter(|method| method.events().iter().any(|event| self.sends(*event)))
            .flat_map(|method| [self.method(method, false), self.method(method, true)]);
        let is_clone = declaration
            .editable
            .as_ref()
            .map(|_| quote!(#core::__private::assert_editable::<#model>();));
        quote! {
            #(#signals)*

            #allowed_lints
            const _: () = {
                #is_clone

                // A parameter cannot shadow a constant, which user code may have under this name, but
                // it can shadow a function. The braces keep the user's `crate = path` out of the span
                // of the import, which counts as unused.
                use #core::__private::{item as operation};

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

    fn method(&self, method: Method, is_async: bool) -> TokenStream {
        let core = self.core;
        let vis = &self.declaration.vis;
        let docs = self.docs_of(method, is_async);
        let [pre, post] = method.events();
        let sends_draft = self.declaration.lends_draft(pre);
        let signature = method.signature(is_async, sends_draft);
        let before = self.sends(pre).then(|| {
            if sends_draft {
                return self.edit(pre, method);
            }
            let signal = self.sent(pre, method, &quote!(self));
            quote!(#core::__private::before_operation::<E>(&#signal)?;)
        });
        let outcome = if is_async {
            quote!(operation(self).await)
        } else {
            quote!(operation(self))
        };
        let after = if self.sends(post) {
            let signal = self.sent(post, method, &quote!(self));
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

    /// Returns the statements that send a draft of `self`, and store the edits of its receivers.
    fn edit(&self, event: Event, method: Method) -> TokenStream {
        let core = self.core;
        let field = &self.signals.field;
        let signal = self.sent(event, method, &quote!(#core::Draft::new(self)));
        quote! {
            {
                let __lback_signal = #signal;
                #core::__private::before_operation::<E>(&__lback_signal)?;
                if let ::core::option::Option::Some(__lback_edited) =
                    #core::Draft::into_edited(__lback_signal.#field)
                {
                    *self = __lback_edited;
                }
            }
        }
    }

    /// Returns the expression that makes a signal of a model.
    fn sent(&self, event: Event, method: Method, model: &TokenStream) -> TokenStream {
        let signal = self.signals.name_of(event);
        let field = &self.signals.field;
        let payload = method.payload();
        quote!(#signal { #field: #model, #payload })
    }

    fn docs_of(&self, method: Method, is_async: bool) -> Vec<String> {
        let [pre_event, _] = method.events();
        let [pre, post] = method
            .events()
            .map(|event| self.sends(event).then(|| self.signals.name_of(event)));
        let [summary, borrow] = method.docs();
        let mut docs = vec![summary.to_owned(), String::new(), borrow.to_owned()];
        docs.extend(pre.as_ref().map(|pre| {
            format!("Sends `{pre}` first: a receiver that fails vetoes the operation.")
        }));
        if self.declaration.lends_draft(pre_event) {
            docs.push(
                "The operation gets the model with the edits of the receivers, which a veto discards."
                    .to_owned(),
            );
        }
        docs.extend(
            post.as_ref()
                .map(|post| format!("Sends `{post}` after the operation, if that succeeds.")),
        );
        if is_async {
            docs.push(match &post {
                Some(post) => {
                    format!("Dropping the future cancels the operation, and `{post}` is not sent.")
                }
                None => "Dropping the future cancels the operation.".to_owned(),
            });
        }
        docs.extend(["", "# Errors", ""].map(str::to_owned));
        if pre.is_some() {
            docs.push("`Vetoed` if a receiver fails: the operation does not run.".to_owned());
        }
        docs.push("`Failed` with the operation's own error.".to_owned());
        docs
    }
}
