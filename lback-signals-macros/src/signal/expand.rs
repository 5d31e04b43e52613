//! What a signal's declaration becomes.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Lifetime, Type};

use super::parse::{Input, Options};
use super::requirement::{self, Symbol};
use super::validate::Signal;
use super::{connectable, owned};
use crate::attributes;
use crate::options::CratePath;
use crate::{spelling, types};

/// The struct, and beside it its registration type, its table and its `impl Signal`.
pub(crate) fn expand(input: &Input, options: &Options, signal: &Signal) -> TokenStream {
    let core = &options.core;
    let item = &input.item;
    let cfgs = attributes::cfgs(&item.attrs);
    let allow_deprecated = allow_deprecated(input);
    let vis = &item.vis;
    let symbol = options.is_required.then(|| Symbol::of(item));
    let symbol = symbol.as_ref();
    let requirement = symbol.map(|symbol| requirement::macro_of(item, symbol));
    let declaration = declaration(input, options, signal);
    let implementation = implementation(input, options, signal, symbol);
    let lent = options.owned.is_some().then(|| owned::lent(input, core));
    let receivable = receivable(input, options);
    let shim = shim(input, options);
    let closure_type = connectable::closure_type(input, options);

    quote! {
        #item
        #requirement

        #(#cfgs)*
        #allow_deprecated
        const _: () = {
            type __Shim = #shim;

            #closure_type

            #[doc(hidden)]
            #vis struct __Entry(#core::__private::Registration<__Shim>);

            #core::__private::inventory::collect!(__Entry);

            impl #core::__private::Registered for __Entry {
                type Shim = __Shim;
                type Handler = __Closure;

                const SIGNAL: &'static #core::SignalInfo = &__INFO;

                fn registration(&'static self) -> &'static #core::__private::Registration<__Shim> {
                    &self.0
                }
            }

            static __RECEIVERS: #core::__private::Table<__Entry> = #core::__private::Table::new();

            static __INFO: #core::SignalInfo = #core::SignalInfo::__new(
                #declaration,
            );

            #core::__private::inventory::submit! {
                #core::__private::SignalEntry(&__INFO)
            }

            #implementation
            #lent
            #receivable
        };
    }
}

/// `impl Signal`.
fn implementation(
    input: &Input,
    options: &Options,
    signal: &Signal,
    symbol: Option<&Symbol>,
) -> TokenStream {
    let core = &options.core;
    let item = &input.item;
    let ident = attributes::generated_use_of(&item.ident);
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    let (sender_type, sender) = sender(input, signal);
    let reply_type = reply_type(options);
    let connectable = connectable::items(input, options);
    let require = symbol.map(|symbol| requirement::read(symbol, core));
    let dispatch = match (&options.reply, &options.owned) {
        (Some(_), _) => quote!(dispatch_for_replies),
        (None, Some(_)) => quote!(dispatch_owned),
        (None, None) => quote!(dispatch),
    };
    let call_closure = connectable::call(input, options);
    let keep = options.owned.is_some().then(|| owned::keep(input, core));

    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #impl_generics #core::Signal for #ident #type_generics #where_clause {
            #sender_type
            #reply_type
            #connectable

            #[inline]
            fn info() -> &'static #core::SignalInfo {
                &__INFO
            }

            #[inline]
            fn sender(&self) -> &Self::Sender {
                #sender
            }

            #[inline]
            fn __dispatch(
                &self,
                __mode: #core::__private::Mode,
            ) -> #core::Report<Self::Reply> {
                #require
                #core::__private::Table::#dispatch(
                    &__RECEIVERS,
                    self,
                    __mode,
                    move |__shim, __context| {
                        __shim(#core::__private::Delivery::new(self, __context))
                    },
                    #call_closure,
                    #keep
                )
            }

            fn __sender_model(&self) -> ::core::option::Option<::std::string::String> {
                #core::__private::SenderModel::<Self::Sender>::new()
                    .__lback_describe(#core::Signal::sender(self))
            }

            #[inline]
            fn __is_heard() -> ::core::primitive::bool {
                #core::__private::Table::is_heard(&__RECEIVERS)
            }
        }
    }
}

/// What calls a receiver: a function pointer that holds for all lifetimes.
fn shim(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let ident = attributes::generated_use_of(&input.item.ident);
    // These are not the user's, and unbounded: a `for<'b: 'a>` is not Rust.
    let lifetimes: Vec<_> = (0..input.item.generics.lifetimes().count())
        .map(|index| Lifetime::new(&format!("'__{index}"), Span::call_site()))
        .collect();
    let outcome = if options.reply.is_some() {
        quote!(<#ident<#(#lifetimes),*> as #core::Signal>::Reply)
    } else {
        quote!(())
    };
    quote! {
        for<'__delivery, #(#lifetimes),*> fn(
            #core::__private::Delivery<'__delivery, #ident<#(#lifetimes),*>>,
        ) -> #core::__private::Outcome<#outcome>
    }
}

/// What receivers go through to register.
fn receivable(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    // Where there is none, the compiler finds one that asks for `owned`.
    let receiver_later = options
        .owned
        .as_ref()
        .map(|_| format_ident!("__receiver_later"));
    let constructors = [Some(format_ident!("__receiver")), receiver_later];
    let constructors = constructors.iter().flatten();
    let item = &input.item;
    let vis = &item.vis;
    let ident = attributes::generated_use_of(&item.ident);
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #ident #type_generics #where_clause {
            #(
                #[doc(hidden)]
                #vis const fn #constructors(
                    __declaration: #core::__private::Declaration,
                    __shim: __Shim,
                ) -> __Entry {
                    __Entry(#core::__private::Registration::new(__declaration, __shim))
                }
            )*

            #[doc(hidden)]
            #vis fn __probe(
                __needs: ::core::option::Option<&mut #core::__private::Needs>,
            ) -> #core::__private::Probe<'_, Self> {
                #core::__private::Probe::new(__needs)
            }
        }
    }
}

fn allow_deprecated(input: &Input) -> Option<TokenStream> {
    let of_fields = input.fields().flat_map(|field| &field.attrs);
    attributes::allow_deprecated(input.item.attrs.iter().chain(of_fields))
}

pub(super) fn reply_type(options: &Options) -> TokenStream {
    match &options.reply {
        None => quote!(
            type Reply = ();
        ),
        Some(reply) => quote!(type Reply = #reply;),
    }
}

/// The associated type `Sender`, and the expression that reads the field.
fn sender(input: &Input, signal: &Signal) -> (TokenStream, TokenStream) {
    let Some((field, ident)) = signal
        .sender
        .and_then(|index| input.fields().nth(index))
        .and_then(|field| Some((field, field.ident.as_ref()?)))
    else {
        return (
            quote!(
                type Sender = ();
            ),
            quote!(&()),
        );
    };
    let ty = &field.ty;
    if let Type::Reference(reference) = types::ungrouped(ty) {
        let target = &reference.elem;
        // The compiler complains here of a sender less visible than its signal.
        let span = target.span().resolved_at(Span::call_site());
        // `Deref` gives a trait object the lifetime that it has behind this very reference.
        (
            quote_spanned!(span=> type Sender = <#ty as ::core::ops::Deref>::Target;),
            quote!(&*self.#ident),
        )
    } else {
        let span = ty.span().resolved_at(Span::call_site());
        (
            quote_spanned!(span=> type Sender = #ty;),
            quote!(&self.#ident),
        )
    }
}

/// What the signal says of itself, as a value.
fn declaration(input: &Input, options: &Options, signal: &Signal) -> TokenStream {
    let core = &options.core;
    let item = &input.item;
    let ident = attributes::generated_use_of(&item.ident);
    let statics = item.generics.lifetimes().map(|_| quote!('static));
    let static_type = quote!(#ident<#(#statics),*>);
    let name = &signal.name;
    let is_named = options.name.is_some();
    let type_name = item.ident.unraw().to_string();
    let docs = attributes::docs(&item.attrs);
    let fields = fields(input, core, signal);
    let reply = match options.reply.as_ref().map(spelling::of) {
        None => quote!(::core::option::Option::None),
        Some(reply) => quote!(::core::option::Option::Some(#reply)),
    };
    let is_owned = options.owned.is_some();
    let is_required = options.is_required;
    quote! {
        #core::__private::SignalDeclaration {
            name: #name,
            is_named: #is_named,
            type_path: ::core::concat!(::core::module_path!(), "::", #type_name),
            docs: #docs,
            file: ::core::file!(),
            line: ::core::line!(),
            fields: &[#(#fields),*],
            sender_model: || {
                #core::__private::SenderModel::<<#static_type as #core::Signal>::Sender>::new()
                    .__lback_name()
            },
            reply: #reply,
            is_owned: #is_owned,
            is_required: #is_required,
            receivers: || #core::__private::Table::infos(&__RECEIVERS),
        }
    }
}

fn fields(input: &Input, core: &CratePath, signal: &Signal) -> Vec<TokenStream> {
    let field = |(index, field): (usize, &syn::Field)| {
        let cfgs = attributes::cfgs(&field.attrs);
        let name = field.ident.as_ref().map(|name| name.unraw().to_string());
        let ty = spelling::of(&field.ty);
        let is_sender = signal.sender == Some(index);
        quote! {
            #(#cfgs)*
            #core::FieldInfo::__new(#name, #ty, #is_sender)
        }
    };
    input.fields().enumerate().map(field).collect()
}
