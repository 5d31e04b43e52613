//! What closures need that are connected at run time: the type that they have as a `dyn Fn`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse_quote;
use syn::spanned::Spanned;

use super::parse::{Input, Options};
use crate::options::CratePath;
use crate::{attributes, types};

/// `OrderPaid<'__of, '__of>`: the signal with one lifetime for all.
fn of(input: &Input) -> TokenStream {
    let ident = attributes::generated_use_of(&input.item.ident);
    let lifetimes = input.item.generics.lifetimes().map(|_| quote!('__of));
    quote!(#ident<#(#lifetimes),*>)
}

/// What closures answer. They know no lifetime of the signal's, and so do their answers.
fn answer(input: &Input, options: &Options) -> Option<TokenStream> {
    let reply = options.reply.as_ref()?;
    let is_borrowed = types::mentions_a_lifetime(reply, &input.item.generics);
    (!is_borrowed).then(|| quote!(#reply))
}

/// What stands before the `impl Signal`, for all lifetimes at once.
pub(super) fn closure_type(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let of = of(input);
    let answer = answer(input, options).unwrap_or_else(|| quote!(()));
    let async_closure = if options.is_async {
        quote! {
            dyn for<'__delivery, '__of> ::core::ops::Fn(
                    #core::__private::ReceiverArgs<'__delivery, #of>,
                ) -> #core::__private::Starting<'__delivery, __Answer>
                + ::core::marker::Send
                + ::core::marker::Sync
        }
    } else {
        quote!(::core::convert::Infallible)
    };
    quote! {
        type __AsyncClosure = #async_closure;

        type __Answer = #answer;

        type __Closure = dyn for<'__delivery, '__of> ::core::ops::Fn(
                #core::__private::ReceiverArgs<'__delivery, #of>,
            ) -> #core::__private::Outcome<__Answer>
            + ::core::marker::Send
            + ::core::marker::Sync;
    }
}

/// The items of `impl Signal`.
pub(super) fn items(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let of = of(input);
    quote! {
        type Of<'__of> = #of;
        type __Answer = __Answer;
        type __Handler = __Closure;

        fn __handler(
            __lback_closure: impl for<'__delivery, '__of> ::core::ops::Fn(
                #core::__private::ReceiverArgs<'__delivery, Self::Of<'__of>>,
            ) -> #core::__private::Outcome<__Answer>
            + ::core::marker::Send
            + ::core::marker::Sync
            + 'static,
        ) -> ::std::sync::Arc<__Closure> {
            ::std::sync::Arc::new(__lback_closure)
        }

        #[inline]
        fn __connections() -> &'static #core::__private::Connections<__Closure> {
            #core::__private::Table::connections(&__RECEIVERS)
        }
    }
}

/// The items of `impl DeclaredAsync`.
pub(super) fn async_items(core: &CratePath) -> TokenStream {
    quote! {
        type __AsyncHandler = __AsyncClosure;

        fn __async_handler(
            __lback_closure: impl for<'__delivery, '__of> ::core::ops::Fn(
                #core::__private::ReceiverArgs<'__delivery, Self::Of<'__of>>,
            ) -> #core::__private::Starting<'__delivery, __Answer>
            + ::core::marker::Send
            + ::core::marker::Sync
            + 'static,
        ) -> ::std::sync::Arc<__AsyncClosure> {
            ::std::sync::Arc::new(__lback_closure)
        }

        fn __async_connections() -> &'static #core::__private::Connections<__AsyncClosure> {
            #core::__private::Table::async_connections(&__RECEIVERS)
        }
    }
}

/// How the signal is handed to an async closure.
pub(super) fn start(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let started = quote! {
        __lback_closure(#core::__private::ReceiverArgs::new(__lback_signal, __lback_context))
    };
    let (Some(reply), None) = (&options.reply, answer(input, options)) else {
        return quote!(|__lback_closure, __lback_signal, __lback_context| #started);
    };
    // A function, since only that knows from its parameters that the reply outlives the start.
    let ident = attributes::generated_use_of(&input.item.ident);
    let (_, type_generics, where_clause) = input.item.generics.split_for_impl();
    let mut generics = input.item.generics.clone();
    generics.params.insert(0, parse_quote!('__start));
    let (impl_generics, ..) = generics.split_for_impl();
    quote! {
        {
            fn __start #impl_generics(
                __lback_closure: &'__start __AsyncClosure,
                __lback_signal: &'__start #ident #type_generics,
                __lback_context: &'__start #core::Context,
            ) -> #core::__private::Starting<'__start, #reply>
            #where_clause
            {
                #core::__private::unanswered(#started)
            }
            __start
        }
    }
}

/// How the signal is handed to a closure.
pub(super) fn call(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let as_the_signals = match (&options.reply, answer(input, options)) {
        (None, _) => None,
        (Some(_), Some(_)) => Some(quote!(.map(::core::option::Option::Some))),
        (Some(_), None) => Some(quote!(.map(|()| ::core::option::Option::None))),
    };
    // Several lifetimes that cannot become one are complained of here.
    let generics = &input.item.generics;
    let span = generics.span().resolved_at(Span::call_site());
    let delivery =
        quote_spanned!(span=> #core::__private::ReceiverArgs::new(self, __lback_context));
    quote! {
        move |__lback_closure, __lback_context| {
            __lback_closure(#delivery) #as_the_signals
        }
    }
}
