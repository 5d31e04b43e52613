//! The expansion of `#[receiver]`: the registrations of the function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{ExprPath, Path, Type};

use super::types::{Parameter, Source, is_bounded_extractor, is_reference_to, is_sender};
use super::validate::Receiver;
use super::{durable, record};
use crate::kind::{Kind, Timing};
use crate::{anchor, attributes, spelling};

/// Returns one registration per signal, without the function itself.
pub(crate) fn expand(receiver: &Receiver) -> TokenStream {
    let Receiver {
        cfgs,
        allowed_lints,
        options,
        ..
    } = receiver;
    let core = &options.core;
    let (shared_options, receiver_options) = receiver_options(receiver);
    let signals = options.signals.iter().flatten().enumerate();
    let registrations = signals.map(|(index, signal)| {
        let registration = registration(receiver, signal, &receiver_options);
        let record = record::record(receiver, index, signal, &receiver_options);
        quote!(#registration #record)
    });
    let anchor = anchor::of(&quote!(__lback_private));
    quote! {
        #(#cfgs)*
        #allowed_lints
        const _: () = {
            // The only use of the user's path, so that a wrong path is one error.
            use #core::__private as __lback_private;
            use __lback_private::NotASignal as _;
            #shared_options
            #(#registrations)*
            #anchor
        };
    }
}

/// Returns the registration for one signal.
///
/// The path of the signal is only used in an expression, where no lint reports its elided lifetimes. All types
/// are inferred from that expression.
fn registration(receiver: &Receiver, signal: &Path, options: &TokenStream) -> TokenStream {
    let Receiver {
        function,
        returns,
        is_async,
        ..
    } = receiver;
    let mark = if anchor::is_part_of_program() {
        "!"
    } else {
        ""
    };
    let name = format!("::{}{mark}@", function.unraw());
    let function = attributes::generated_use_of(function);
    let (extractions, arguments) = arguments(receiver, signal);
    let constructor = constructor(receiver, signal);
    let introspection = introspection(receiver, signal);
    let fulfillment = fulfillment(receiver, signal);
    // The span of the compiler's error if the signal has another reply.
    let span = returns.span().resolved_at(Span::call_site());
    let finish = match (&receiver.options.durable, is_async) {
        (None, false) => quote_spanned!(span=> __lback_args.finish::<#returns>),
        (None, true) => quote_spanned!(span=> __lback_args.start::<#returns, _>),
        (Some(_), false) => quote_spanned!(span=> __lback_args.finish_durable::<#returns>),
        (Some(_), true) => quote_spanned!(span=> __lback_args.start_durable::<#returns, _>),
    };
    quote! {
        __lback_private::inventory::submit! {
            #signal::#constructor(
                __lback_private::Declaration::new(
                    ::core::concat!(
                        ::core::module_path!(), #name,
                        ::core::file!(), ":", ::core::line!(), ":", ::core::column!(),
                    ),
                    #introspection,
                    #options,
                ),
                |__lback_args| {
                    #(#extractions)*
                    #finish(#function(#(#arguments),*))
                },
            )
        }
        #fulfillment
    }
}

/// Returns the name of the signal's constructor for this kind of receiver.
fn constructor(receiver: &Receiver, signal: &Path) -> Ident {
    let options = &receiver.options;
    let deferring_options = [
        &options.after_commit,
        &options.after_rollback,
        &options.background,
    ];
    let timing = if let Some(durable) = &options.durable {
        durable::timing(durable)
    } else if deferring_options.into_iter().any(Option::is_some) {
        Timing::Deferred
    } else {
        Timing::Now
    };
    Kind::new(timing, receiver.is_async).constructor(signal.span())
}

/// Returns the statements that extract the parameters, and the arguments of the call.
///
/// Resources are extracted last: a receiver that another parameter skips does not report a missing resource.
/// There are no statements if the parameters already have this order.
fn arguments(receiver: &Receiver, signal: &Path) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let parameters = &receiver.parameters;
    let value = |parameter| argument(receiver, parameter, signal);
    if parameters.iter().is_sorted_by_key(Parameter::is_resource) {
        let arguments = parameters.iter().map(|parameter| {
            let cfgs = &parameter.cfgs;
            let value = value(parameter);
            quote!(#(#cfgs)* #value)
        });
        return (Vec::new(), arguments.collect());
    }
    let name = |index| format_ident!("__lback_parameter_{index}");
    let mut sorted: Vec<_> = parameters.iter().enumerate().collect();
    sorted.sort_by_key(|(_, parameter)| parameter.is_resource());
    let extractions = sorted.into_iter().map(|(index, parameter)| {
        let cfgs = &parameter.cfgs;
        let (name, value) = (name(index), value(parameter));
        quote!(#(#cfgs)* let #name = #value;)
    });
    let arguments = parameters.iter().enumerate().map(|(index, parameter)| {
        let cfgs = &parameter.cfgs;
        let name = name(index);
        quote!(#(#cfgs)* #name)
    });
    (extractions.collect(), arguments.collect())
}

fn argument(receiver: &Receiver, parameter: &Parameter, signal: &Path) -> TokenStream {
    match &parameter.source {
        Source::Extractor(ty) if !is_reference_to(ty, signal) => {
            let is_stored = receiver.options.durable.is_some() && is_sender(ty);
            let stored = is_stored.then(|| quote!(.stored()));
            let (span, value) = extraction("__lback_args", stored.as_ref(), ty);
            // Not `?`, which takes the compiler longer.
            quote_spanned! {span=>
                match #value {
                    ::core::result::Result::Ok(__lback_value) => __lback_value,
                    ::core::result::Result::Err(__lback_exception) => {
                        return ::core::result::Result::Err(__lback_exception);
                    }
                }
            }
        }
        Source::Signal | Source::Extractor(_) => {
            // The span of the compiler's error if the signal does not satisfy a bound.
            let span = signal.span().resolved_at(Span::call_site());
            quote_spanned!(span=> __lback_args.signal())
        }
    }
}

/// Returns the call that extracts a parameter from a view of `source`, and its span, which the compiler reports if the
/// parameter outlives the signal or is not an extractor.
fn extraction(source: &str, view: Option<&TokenStream>, ty: &Type) -> (Span, TokenStream) {
    let span = ty.span().resolved_at(Span::call_site());
    let source = Ident::new(source, span);
    let method = if is_bounded_extractor(ty) {
        "get"
    } else {
        "take"
    };
    let method = Ident::new(method, span);
    (span, quote_spanned!(span=> #source #view.#method::<#ty>()))
}

/// Returns the value that describes the parameters and the function item without a call.
fn introspection(receiver: &Receiver, signal: &Path) -> TokenStream {
    let mut function = attributes::generated_use_of(&receiver.function);
    let takes_only_the_signal = receiver.parameters.iter().all(|parameter| {
        matches!(&parameter.source, Source::Extractor(ty) if is_reference_to(ty, signal))
    });
    if takes_only_the_signal && !receiver.is_generic {
        return quote!(__lback_private::Introspection::Plain(__lback_private::item(&#function)));
    }
    if !receiver.is_generic {
        let parameters = receiver.parameters.iter().map(|parameter| {
            let cfgs = &parameter.cfgs;
            let parameter = probe(parameter);
            quote!(#(#cfgs)* #parameter;)
        });
        return quote! {
            __lback_private::Introspection::Probed(|__lback_needs| {
                let __lback_probe = &mut #signal::__probe(__lback_needs);
                #(#parameters)*
                __lback_private::item(&#function)
            })
        };
    }
    let names =
        (0..receiver.parameters.len()).map(|index| format_ident!("__lback_parameter_{index}"));
    let (parameters, values): (Vec<_>, Vec<_>) = receiver
        .parameters
        .iter()
        .zip(names)
        .map(|(parameter, name)| {
            let cfgs = &parameter.cfgs;
            let parameter = probe(parameter);
            (
                quote!(#(#cfgs)* let #name = #parameter;),
                quote!(#(#cfgs)* #name.value()),
            )
        })
        .unzip();
    // The same span as in the call, so that the compiler reports an unsatisfied bound once.
    function.set_span(function.span().located_at(signal.span()));
    let span = signal.span().resolved_at(Span::call_site());
    let call = quote_spanned!(span=> __lback_function(#(#values),*));
    let item = quote_spanned!(span=> __lback_private::item(&__lback_function));
    quote! {
        __lback_private::Introspection::Probed(|__lback_needs| {
            let __lback_function = #function;
            let __lback_probe = &mut #signal::__probe(__lback_needs);
            #(#parameters)*
            // Infers the type parameters of the function.
            let _ = move || #call;
            #item
        })
    }
}

/// Returns the call that adds the needs of a parameter.
fn probe(parameter: &Parameter) -> TokenStream {
    match &parameter.source {
        Source::Signal => quote!(__lback_probe.signal()),
        // The same span as in the call, so that the compiler reports an error once.
        Source::Extractor(ty) => extraction("__lback_probe", None, ty).1,
    }
}

/// Returns the constant of the options and its name, or only the path of the constant of no options.
fn receiver_options(receiver: &Receiver) -> (Option<TokenStream>, TokenStream) {
    let options = &receiver.options;
    let flags = [
        &options.first,
        &options.last,
        &options.after_commit,
        &options.after_rollback,
        &options.fulfills,
    ];
    let flags = flags.into_iter().flatten().map(|key| {
        let setter = Ident::new(&key.to_string(), Span::call_site());
        quote!(.#setter())
    });
    let before = references(&options.before).map(|before| quote!(.before(&[#before])));
    let after = references(&options.after).map(|after| quote!(.after(&[#after])));
    // The span of the compiler's error without the feature `tokio`.
    let background = options.background.iter().map(|background| {
        let span = background.span().resolved_at(Span::call_site());
        let runtime = quote_spanned!(span=> BackgroundRuntime);
        quote!(.background::<__lback_private::#runtime>())
    });
    let durable = options.durable.as_ref();
    let durable = durable.map(|durable| durable::option(durable, receiver.is_async));
    let options = flags.chain(before).chain(after);
    let options: TokenStream = options.chain(background).chain(durable).collect();
    if options.is_empty() {
        return (None, quote!(__lback_private::ReceiverOptions::NONE));
    }
    // Written once, since the paths in it may be wrong.
    let shared = quote! {
        const __LBACK_OPTIONS: &'static __lback_private::ReceiverOptions =
            &__lback_private::ReceiverOptions::new()#options;
    };
    (Some(shared), quote!(__LBACK_OPTIONS))
}

fn references(receivers: &[ExprPath]) -> Option<TokenStream> {
    let references = receivers.iter().map(|receiver| {
        let path = spelling::of(receiver);
        quote!(__lback_private::Reference::new(#path, __lback_private::item(&#receiver)))
    });
    (!receivers.is_empty()).then(|| quote!(#(#references),*))
}

/// Returns the call of the macro that a required signal exports under its name. The macro defines the symbol
/// that the signal reads.
fn fulfillment(receiver: &Receiver, signal: &Path) -> Option<TokenStream> {
    let core = &receiver.options.core;
    let fulfills = receiver.options.fulfills.as_ref()?;
    // A signal that is not required exports no macro, and the compiler reports "cannot find macro" with
    // this name.
    let span = fulfills.span().resolved_at(Span::call_site());
    let required = Ident::new("this_signal_is_not_required", span);
    Some(quote! {
        const _: () = {
            use #signal as #required;
            #required! { #core }
        };
    })
}
