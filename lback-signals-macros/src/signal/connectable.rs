//! Support for closures that are connected at run time: their type as a `dyn Fn`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::parse::{Input, Options};
use crate::options::CratePath;
use crate::{attributes, types};

/// Returns `OrderPaid<'__of, '__of>`: the signal with the same lifetime for all its parameters.
fn of(input: &Input) -> TokenStream {
    let ident = attributes::generated_use_of(&input.item.ident);
    let lifetimes = input.item.generics.lifetimes().map(|_| quote!('__of));
    quote!(#ident<#(#lifetimes),*>)
}

/// Returns whether the reply borrows from the signal. Closures then have no reply, since their type covers
/// all lifetimes.
fn reply_borrows(input: &Input, options: &Options) -> bool {
    let reply = options.reply.as_ref();
    reply.is_some_and(|reply| types::contains_lifetime_of(reply, &input.item.generics))
}

/// Returns the type aliases of the closures, which cover all lifetimes of the signal.
pub(super) fn closure_type(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let of = of(input);
    let answer = match &options.reply {
        Some(reply) if !reply_borrows(input, options) => quote!(#reply),
        _ => quote!(()),
    };
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

/// Returns the items of `impl Signal` for closures.
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

/// Returns the items of `impl DeclaredAsync` for async closures.
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

/// Returns the body of `DeliverAsync::__start_closure`.
pub(super) fn start(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let started = quote! {
        __lback_closure(#core::__private::ReceiverArgs::new(self, __lback_context))
    };
    if reply_borrows(input, options) {
        quote!(#core::__private::unanswered(#started))
    } else {
        started
    }
}

/// Returns the body of `Deliver::__call_closure`.
pub(super) fn call(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let reply = if reply_borrows(input, options) {
        quote!(|()| ::core::option::Option::None)
    } else {
        quote!(::core::option::Option::Some)
    };
    // The span of the compiler's error if the lifetimes of the signal cannot be unified.
    let generics = &input.item.generics;
    let span = generics.span().resolved_at(Span::call_site());
    let args = quote_spanned!(span=> #core::__private::ReceiverArgs::new(self, __lback_context));
    quote!(__lback_closure(#args).map(#reply))
}
