//! The registration of receivers: the registration type of the signal, and a constructor of it for each kind
//! of receiver that the signal accepts.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Lifetime;
use syn::ext::IdentExt;

use super::parse::{Input, Options};
use crate::kind::{Kind, Timing};
use crate::{attributes, record};

/// Returns the registration type and its shims.
pub(super) fn registration(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let vis = &input.item.vis;
    let shim = shim(input, options);
    let async_shim = async_shim(input, options);
    quote! {
        type __Shim = #shim;
        type __AsyncShim = #async_shim;

        #[doc(hidden)]
        #vis struct __Entry(#core::__private::Registration<__Shim, __AsyncShim>);

        #core::__private::inventory::collect!(__Entry);

        impl #core::__private::Registered for __Entry {
            type Shim = __Shim;
            type AsyncShim = __AsyncShim;
            type Handler = __Closure;
            type AsyncHandler = __AsyncClosure;

            const SIGNAL: &'static #core::SignalInfo = &__INFO;

            fn registration(
                &'static self,
            ) -> &'static #core::__private::Registration<__Shim, __AsyncShim> {
                &self.0
            }
        }
    }
}

/// Returns the type of the shim that calls a `fn`.
fn shim(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    function_pointer(
        input,
        options,
        |reply| quote!(#core::__private::Outcome<#reply>),
    )
}

/// Returns the type of the shim that starts an `async fn`, or `Infallible` if the signal accepts none.
fn async_shim(input: &Input, options: &Options) -> TokenStream {
    if !options.is_async && !options.is_owned() {
        return quote!(::core::convert::Infallible);
    }
    let core = &options.core;
    function_pointer(
        input,
        options,
        |reply| quote!(#core::__private::Starting<'__delivery, #reply>),
    )
}

/// Returns a function pointer type that covers all lifetimes of the signal.
fn function_pointer(
    input: &Input,
    options: &Options,
    returned: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    let core = &options.core;
    let ident = attributes::generated_use_of(&input.item.ident);
    // Fresh lifetimes without bounds, since Rust has no `for<'b: 'a>`.
    let lifetimes: Vec<_> = (0..input.item.generics.lifetimes().count())
        .map(|index| Lifetime::new(&format!("'__{index}"), Span::call_site()))
        .collect();
    let returned = returned(if options.reply.is_some() {
        quote!(<#ident<#(#lifetimes),*> as #core::Signal>::Reply)
    } else {
        quote!(())
    });
    quote! {
        for<'__delivery, #(#lifetimes),*> fn(
            #core::__private::ReceiverArgs<'__delivery, #ident<#(#lifetimes),*>>,
        ) -> #returned
    }
}

/// Returns the constructors. For any other kind of receiver the compiler selects the constructor of
/// `NotASignal`, whose bound is the error message.
pub(super) fn constructors(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let item = &input.item;
    let vis = &item.vis;
    let ident = attributes::generated_use_of(&item.ident);
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    let type_name = format!("::{}", item.ident.unraw());
    let recorded_name = format!("{type_name}\0{}", record::PADDING);
    let not_async = (!options.is_async).then(|| not_async(input, options));
    let not_deferred = input.lends_draft.then(|| not_deferred(input, options));
    let kinds = Kind::ALL.into_iter().filter(|kind| match kind.timing {
        Timing::Now => options.is_async || !kind.is_async,
        Timing::Deferred => options.is_owned(),
        Timing::Durable => options.durable.is_some(),
        Timing::Ordered => options.durable.is_some() && !input.keys.of_fields.is_empty(),
    });
    let constructors = kinds.map(|kind| {
        let name = kind.constructor(Span::call_site());
        let (shim, new) = if kind.is_async {
            (quote!(__AsyncShim), quote!(new_async))
        } else {
            (quote!(__Shim), quote!(new))
        };
        quote! {
            #[doc(hidden)]
            #vis const fn #name(
                __lback_declaration: #core::__private::Declaration,
                __lback_shim: #shim,
            ) -> __Entry {
                __Entry(#core::__private::Registration::#new(__lback_declaration, __lback_shim))
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics #ident #type_generics #where_clause {
            #[doc(hidden)]
            #vis const __TYPE_PATH: &'static ::core::primitive::str =
                ::core::concat!(::core::module_path!(), #type_name);

            #[doc(hidden)]
            #vis const __RECORDED_PATH: &'static ::core::primitive::str =
                ::core::concat!(::core::module_path!(), #recorded_name);

            #(#constructors)*

            #not_async

            #not_deferred

            #[doc(hidden)]
            #vis fn __probe(
                __lback_needs: ::core::option::Option<&mut #core::__private::Needs>,
            ) -> #core::__private::Probe<'_, Self> {
                #core::__private::Probe::new(__lback_needs)
            }
        }
    }
}

/// Returns stand-ins for the methods of `AsyncSignal`, with a bound that never holds. The error about the bound
/// says more than the compiler's error about a missing method.
fn not_async(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let vis = &input.item.vis;
    let report = quote!(#core::Report<<Self as #core::Signal>::Reply>);
    let failure = quote!(#core::Failure);
    let methods = [
        ("send_async", report.clone()),
        (
            "try_send_async",
            quote!(::core::result::Result<#report, #failure>),
        ),
    ];
    let methods = methods.map(|(name, output)| {
        let name = format_ident!("{name}");
        quote! {
            // Inline: a `dylib` exports all other functions, even if their bounds never hold.
            #[doc(hidden)]
            #[inline]
            #vis fn #name(&self) -> ::core::future::Ready<#output>
            where
                for<'__any> Self: #core::__private::NeverSentAsync<'__any>,
            {
                ::core::unreachable!()
            }
        }
    });
    quote! {
        #(#methods)*

        #[doc(hidden)]
        #vis fn send_async_with<__Build: ::core::ops::FnOnce() -> Self>(
            _: __Build,
        ) -> ::core::future::Ready<#report>
        where
            for<'__any> Self: #core::__private::NeverSentAsync<'__any>,
        {
            ::core::unreachable!()
        }
    }
}

/// Returns stand-ins for the constructors that a signal with a draft does not have, with a bound that never holds. The
/// error about the bound says more than that of a signal that is only not `owned`.
fn not_deferred(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let vis = &input.item.vis;
    let kinds = [
        Kind::new(Timing::Now, true),
        Kind::new(Timing::Deferred, false),
        Kind::new(Timing::Deferred, true),
    ];
    let constructors = kinds.map(|kind| {
        let name = kind.constructor(Span::call_site());
        let outcome = if kind.is_async {
            quote!(NoStarting)
        } else {
            quote!(Outcome)
        };
        quote! {
            // Inline: a `dylib` exports all other functions, even if their bounds never hold.
            #[doc(hidden)]
            #[inline]
            #vis const fn #name(
                _: #core::__private::Declaration,
                _: fn(#core::__private::NoArgs) -> #core::__private::#outcome,
            ) -> #core::__private::Unregistered
            where
                for<'__any> Self: #core::__private::NeverDeferred<'__any>,
            {
                #core::__private::Unregistered
            }
        }
    });
    quote!(#(#constructors)*)
}
