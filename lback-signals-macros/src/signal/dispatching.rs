//! How the signal is sent: to receivers that are called, or also to some that are awaited.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Generics;

use super::parse::{Input, Options};
use super::requirement::{self, Symbol};
use super::{connectable, owned};
use crate::attributes;
use crate::options::CratePath;

/// `impl SyncSignal`, or what brings `AsyncSignal`.
pub(super) fn implementation(
    input: &Input,
    options: &Options,
    symbol: Option<&Symbol>,
) -> TokenStream {
    let core = &options.core;
    let item = &input.item;
    let ident = attributes::generated_use_of(&item.ident);
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    let require = symbol.map(|symbol| requirement::read(symbol, core));
    let kind = if options.is_async {
        "dispatch_async"
    } else {
        "dispatch"
    };
    let dispatch = match (&options.reply, &options.owned) {
        (Some(_), _) => format_ident!("{kind}_for_replies"),
        (None, Some(_)) => format_ident!("{kind}_owned"),
        (None, None) => format_ident!("{kind}"),
    };
    let until = options.reply.as_ref().map(|_| quote!(__lback_until,));
    let call_closure = connectable::call(input, options);
    let start = options.is_async.then(|| {
        let start_closure = connectable::start(input, options);
        quote! {
            |__lback_shim, __lback_signal, __lback_context| {
                __lback_shim(#core::__private::ReceiverArgs::new(__lback_signal, __lback_context))
            },
            #start_closure,
        }
    });
    let keep = options.owned.is_some().then(|| owned::keep(input, core));
    let body = quote! {
        #require
        #core::__private::Table::#dispatch(
            &__RECEIVERS,
            self,
            __lback_mode,
            #until
            move |__lback_shim, __lback_context| {
                __lback_shim(#core::__private::ReceiverArgs::new(self, __lback_context))
            },
            #call_closure,
            #start
            #keep
        )
    };

    if options.is_async {
        dispatch_async(
            input,
            &item.generics,
            core,
            &body,
            &connectable::async_items(core),
        )
    } else {
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

                // Inline, since a `dylib` exports any other function, also one whose bounds never hold.
                #[inline]
                fn __names_what_is_not_async()
                where
                    for<'__any> Self: #core::__private::SentAsync<'__any>,
                {
                    let _ = (
                        Self::send_async,
                        Self::try_send_async,
                        Self::send_async_with::<fn() -> Self>,
                    );
                }
            }
        }
    }
}

/// `impl DeclaredAsync`, with these generics, which brings `AsyncSignal`. Its bound is the trait's.
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
