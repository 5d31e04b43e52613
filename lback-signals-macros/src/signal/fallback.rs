//! The expansion of an invalid `#[signal]`.

use std::mem;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Data, Error, Field, GenericParam, Generics, TypeParamBound, WherePredicate, parse_quote,
};

use super::expand::reply_type;
use super::parse::{Input, Options};
use super::requirement::{self, Symbol};
use super::{dispatching, durable, owned};
use crate::kind::Kind;
use crate::{attributes, spelling};

/// Returns the struct, the error, and implementations that prevent further errors where the signal is
/// received or sent.
pub(crate) fn fallback(mut input: Input, options: &Options, error: &Error) -> TokenStream {
    remove_trait_bounds(&mut input.item.generics);
    let input = &input;
    let core = &options.core;
    let item = &input.item;
    let cfgs = attributes::cfgs(&item.attrs);
    let vis = &item.vis;
    let ident = attributes::generated_use_of(&item.ident);
    let error = error.to_compile_error();
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    let receivable = receivable(&item.generics, &ident);
    let unreachable = quote!(::core::unreachable!());
    let requirement = options
        .is_required
        .then(|| requirement::macro_of(item, &Symbol::of(item)));
    let reply_type = reply_type(options);
    let dispatch = dispatch(input, options);
    let owned_struct = has_owned_struct(input, options).then(|| durable::owned_struct(input));
    let constructors = Kind::ALL.map(|kind| {
        let name = kind.constructor(Span::call_site());
        let outcome = if kind.is_async {
            quote!(NoStarting)
        } else {
            quote!(Outcome)
        };
        quote! {
            #[doc(hidden)]
            #vis const fn #name(
                _: #core::__private::Declaration,
                _: fn(#core::__private::NoArgs) -> #core::__private::#outcome,
            ) -> #core::__private::Unregistered {
                #core::__private::Unregistered
            }
        }
    });

    quote! {
        #item
        #requirement
        #owned_struct
        #error

        #(#cfgs)*
        const _: () = {
            #[automatically_derived]
            impl #impl_generics #core::Signal for #ident #type_generics #where_clause {
                type Sender = ();
                #reply_type
                type Of<'__of> = Self;
                type __Answer = ();
                type __Handler = ();

                fn __handler(
                    _: impl for<'__delivery, '__of> ::core::ops::Fn(
                        #core::__private::ReceiverArgs<'__delivery, Self::Of<'__of>>,
                    ) -> #core::__private::Outcome
                    + ::core::marker::Send
                    + ::core::marker::Sync
                    + 'static,
                ) -> ::std::sync::Arc<()> {
                    #unreachable
                }

                fn __connections() -> &'static #core::__private::Connections<()> {
                    #unreachable
                }

                fn info() -> &'static #core::SignalInfo {
                    #unreachable
                }

                fn sender(&self) -> &Self::Sender {
                    #unreachable
                }

                fn __has_receivers() -> ::core::primitive::bool {
                    #unreachable
                }

                fn __sender_model(&self) -> ::core::option::Option<::std::string::String> {
                    #unreachable
                }
            }

            #dispatch

            #[automatically_derived]
            #receivable {
                #[doc(hidden)]
                #vis const __RECORDED_PATH: &'static ::core::primitive::str = "";

                #(#constructors)*
            }
        };
    }
}

/// Returns whether the owned form of a durable signal compiles, so that its uses are no further errors.
fn has_owned_struct(input: &Input, options: &Options) -> bool {
    let generics = &input.item.generics;
    let is_storable =
        |field: &Field| field.ident.is_some() && owned::check_field("", field, generics).is_ok();
    options.durable.is_some()
        && generics.params.len() == generics.lifetimes().count()
        && matches!(&input.item.data, Data::Struct(_))
        && input.fields().all(is_storable)
}

/// Returns a stand-in for the dispatch.
fn dispatch(input: &Input, options: &Options) -> TokenStream {
    let core = &options.core;
    let unreachable = quote!(::core::unreachable!());
    let body = quote!(let _ = __lback_mode; let _ = __lback_until; #unreachable);
    if !options.is_async {
        return dispatching::dispatch_sync(input, core, &body, &TokenStream::new());
    }
    let mut generics = input.item.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::core::marker::Sync));
    }
    let connecting = quote! {
        type __AsyncHandler = ();

        fn __async_handler(
            _: impl for<'__delivery, '__of> ::core::ops::Fn(
                #core::__private::ReceiverArgs<'__delivery, Self::Of<'__of>>,
            ) -> #core::__private::Starting<'__delivery>
            + ::core::marker::Send
            + ::core::marker::Sync
            + 'static,
        ) -> ::std::sync::Arc<()> {
            #unreachable
        }

        fn __async_connections() -> &'static #core::__private::Connections<()> {
            #unreachable
        }
    };
    let body = quote!(async { #body });
    dispatching::dispatch_async(input, &generics, core, &body, &connecting)
}

/// Removes the traits that the type parameters must have, which `()` may lack: see [`receivable`].
fn remove_trait_bounds(generics: &mut Generics) {
    let has_none = |bound: &TypeParamBound| match bound {
        // `?Sized`
        TypeParamBound::Trait(bound) => bound.maybe.is_some(),
        bound => matches!(bound, TypeParamBound::Lifetime(_)),
    };
    for parameter in generics.type_params_mut() {
        parameter.bounds = mem::take(&mut parameter.bounds)
            .into_iter()
            .filter(has_none)
            .collect();
    }
    let predicates = generics.where_clause.iter_mut();
    for predicate in predicates.flat_map(|clause| &mut clause.predicates) {
        if let WherePredicate::Type(predicate) = predicate {
            predicate.bounds = mem::take(&mut predicate.bounds)
                .into_iter()
                .filter(has_none)
                .collect();
        }
    }
}

/// Returns `impl<'a> Saved<'a, ()>` for a `Saved<'a, T>`. A receiver names the signal without arguments, so
/// `T` could not be inferred.
fn receivable(generics: &Generics, ident: &Ident) -> TokenStream {
    let lifetimes = generics.lifetimes();
    let arguments = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(parameter) => parameter.lifetime.to_token_stream(),
        GenericParam::Type(_) => quote!(()),
        GenericParam::Const(parameter) => match spelling::of(&parameter.ty).as_str() {
            "bool" => quote!(false),
            "char" => quote!(' '),
            _ => quote!(0),
        },
    });
    quote!(impl<#(#lifetimes),*> #ident<#(#arguments),*>)
}
