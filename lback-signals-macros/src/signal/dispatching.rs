//! The dispatch of a signal, sync or async.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Generics;

use super::parse::{Input, Options};
use super::requirement::{self, Symbol};
use super::validate::Signal;
use super::{connectable, durable, owned};
use crate::attributes;
use crate::options::CratePath;

/// Returns `impl SyncSignal` or `impl DeclaredAsync`, and the implementations that call receivers.
pub(super) fn implementation(
    input: &Input,
    options: &Options,
    signal: &Signal,
    symbol: Option<&Symbol>,
) -> TokenStream {
    let core = &options.core;
    let require = symbol.map(|symbol| requirement::read(symbol, core));
    let kind = if options.is_async {
        "dispatch_async"
    } else {
        "dispatch"
    };
    let dispatch = match options {
        Options { reply: Some(_), .. } => format_ident!("{kind}_for_replies"),
        Options {
            durable: Some(_), ..
        } => format_ident!("{kind}_durable"),
        Options { owned: Some(_), .. } => format_ident!("{kind}_owned"),
        _ => format_ident!("{kind}"),
    };
    let until = options.reply.as_ref().map(|_| quote!(__lback_until,));
    let deliver = deliver(input, options, signal);
    let body = quote! {
        #require
        #core::__private::Table::#dispatch(&__RECEIVERS, self, __lback_mode, #until)
    };

    let implementation = if options.is_async {
        let connecting = connectable::async_items(core);
        dispatch_async(input, &input.item.generics, core, &body, &connecting)
    } else {
        let stand_ins = quote! {
            // Inline: a `dylib` exports all other functions, even if their bounds never hold.
            #[inline]
            fn __use_stand_ins()
            where
                for<'__any> Self: #core::__private::NeverSentAsync<'__any>,
            {
                let _ = (
                    Self::send_async,
                    Self::try_send_async,
                    Self::send_async_with::<fn() -> Self>,
                );
            }
        };
        dispatch_sync(input, core, &body, &stand_ins)
    };
    quote!(#implementation #deliver)
}

/// Returns the implementations of `Deliver`, and of `DeliverAsync`, `DeliverOwned` and `DeliverDurable` if the
/// signal has the option.
fn deliver(input: &Input, options: &Options, signal: &Signal) -> TokenStream {
    let core = &options.core;
    let ident = attributes::generated_use_of(&input.item.ident);
    let (impl_generics, type_generics, where_clause) = input.item.generics.split_for_impl();
    let call_closure = connectable::call(input, options);
    let deliver_async = options.is_async.then(|| {
        let start_closure = connectable::start(input, options);
        quote! {
            #[automatically_derived]
            impl #impl_generics #core::__private::DeliverAsync<__Entry> for #ident #type_generics
            #where_clause {
                fn __start<'__call>(
                    &'__call self,
                    __lback_shim: __AsyncShim,
                    __lback_context: &'__call #core::Context,
                ) -> #core::__private::Starting<'__call, Self::Reply> {
                    __lback_shim(#core::__private::ReceiverArgs::new(self, __lback_context))
                }

                fn __start_closure<'__call>(
                    &'__call self,
                    __lback_closure: &'__call __AsyncClosure,
                    __lback_context: &'__call #core::Context,
                ) -> #core::__private::Starting<'__call, Self::Reply> {
                    #start_closure
                }
            }
        }
    });
    let deliver_owned = match &signal.stored {
        Some(stored) => Some(durable::implementation(input, options, stored)),
        None => options
            .is_owned()
            .then(|| owned::implementation(input, core)),
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics #core::__private::Deliver<__Entry> for #ident #type_generics
        #where_clause {
            #[inline]
            fn __call(
                &self,
                __lback_shim: __Shim,
                __lback_context: &#core::Context,
            ) -> #core::__private::Outcome<Self::Reply> {
                __lback_shim(#core::__private::ReceiverArgs::new(self, __lback_context))
            }

            #[inline]
            fn __call_closure(
                &self,
                __lback_closure: &__Closure,
                __lback_context: &#core::Context,
            ) -> #core::__private::Outcome<::core::option::Option<Self::Reply>> {
                #call_closure
            }
        }

        #deliver_async
        #deliver_owned
    }
}

/// Returns `impl SyncSignal`.
pub(super) fn dispatch_sync(
    input: &Input,
    core: &CratePath,
    body: &TokenStream,
    stand_ins: &TokenStream,
) -> TokenStream {
    let ident = attributes::generated_use_of(&input.item.ident);
    let (impl_generics, type_generics, where_clause) = input.item.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #core::SyncSignal for #ident #type_generics #where_clause {
            #[inline]
            fn __dispatch(
                &self,
                __lback_mode: #core::__private::Mode,
                __lback_until: #core::__private::Until<Self::Reply>,
            ) -> #core::Report<Self::Reply> {
                #body
            }

            #stand_ins
        }
    }
}

/// Returns `impl DeclaredAsync` with these generics. It repeats the bound of the trait's method.
pub(super) fn dispatch_async(
    input: &Input,
    generics: &Generics,
    core: &CratePath,
    body: &TokenStream,
    connecting: &TokenStream,
) -> TokenStream {
    let ident = attributes::generated_use_of(&input.item.ident);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #core::__private::DeclaredAsync for #ident #type_generics
        #where_clause {
            fn __dispatch_async(
                &self,
                __lback_mode: #core::__private::Mode,
                __lback_until: #core::__private::Until<<Self as #core::Signal>::Reply>,
            ) -> impl ::core::future::Future<
                Output = #core::Report<<Self as #core::Signal>::Reply>,
            > + ::core::marker::Send
            where
                for<'__any> Self: #core::__private::Shared<'__any>,
            {
                #body
            }

            #connecting
        }
    }
}
