//! What registers a receiver.

use std::env;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{ExprPath, Path, Type};

use super::types::{Parameter, Source, is_bounded_extractor};
use super::validate::Receiver;
use crate::kind::Kind;
use crate::{attributes, spelling, types};

/// One registration for each signal; the function itself is re-emitted by the caller.
pub(crate) fn expand(receiver: &Receiver) -> TokenStream {
    let Receiver {
        cfgs,
        allowed_lints,
        options,
        ..
    } = receiver;
    let core = &options.core;
    let signals = options.signals.iter().flatten();
    let registrations = signals.map(|signal| registration(receiver, signal));
    quote! {
        #(#cfgs)*
        #allowed_lints
        const _: () = {
            // The one place that the user's own path is in, so that a wrong one is told once.
            use #core::__private as __lback_private;
            use __lback_private::NotASignal as _;
            #(#registrations)*
        };
    }
}

/// The signal's path stands in an expression only, where its lifetimes may be left out without a
/// lint; every type that is needed is inferred from there.
fn registration(receiver: &Receiver, signal: &Path) -> TokenStream {
    let Receiver {
        function,
        returns,
        is_async,
        ..
    } = receiver;
    let mark = if is_of_program() { "!" } else { "" };
    let name = format!("::{}{mark}@", function.unraw());
    let function = attributes::generated_use_of(function);
    let (extractions, arguments) = arguments(receiver, signal);
    let constructor = constructor(receiver, signal);
    let description = description(receiver, signal);
    let options = options(receiver);
    let fulfillment = fulfillment(receiver, signal);
    // A type that the signal does not want in return is complained of here.
    let span = returns.span().resolved_at(Span::call_site());
    let finish = if *is_async {
        quote_spanned!(span=> __lback_args.start::<#returns, _>)
    } else {
        quote_spanned!(span=> __lback_args.finish::<#returns>)
    };
    quote! {
        __lback_private::inventory::submit! {
            #signal::#constructor(
                __lback_private::Declaration::new(
                    ::core::concat!(
                        ::core::module_path!(), #name,
                        ::core::file!(), ":", ::core::line!(), ":", ::core::column!(),
                    ),
                    #description,
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

/// Whether the crate is a program of its package, such as a binary or a test, and not its library:
/// Cargo tells the compiler. No other program can link its receivers.
fn is_of_program() -> bool {
    // The first is set for binaries and examples, the second for integration tests and benchmarks.
    let variables = ["CARGO_BIN_NAME", "CARGO_TARGET_TMPDIR"];
    variables.into_iter().any(|it| env::var_os(it).is_some())
}

/// The signal's constructor of the receiver. Only `owned` signals take receivers that run later, and only
/// `async` ones those that are awaited.
fn constructor(receiver: &Receiver, signal: &Path) -> Ident {
    let options = &receiver.options;
    let deferring = [
        &options.after_commit,
        &options.after_rollback,
        &options.background,
    ];
    let is_deferred = deferring.into_iter().any(Option::is_some);
    Kind::new(is_deferred, receiver.is_async).constructor(signal.span())
}

/// What is extracted beforehand, and the arguments.
///
/// Resources come last: whoever is not meant by the signal is skipped, and does not miss them.
fn arguments(receiver: &Receiver, signal: &Path) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let parameters = &receiver.parameters;
    let value = |parameter| argument(parameter, signal);
    if parameters.iter().is_sorted_by_key(Parameter::is_resource) {
        let arguments = parameters.iter().map(|parameter| {
            let cfgs = &parameter.cfgs;
            let value = value(parameter);
            quote!(#(#cfgs)* #value)
        });
        return (Vec::new(), arguments.collect());
    }
    let name = |index| format_ident!("__lback_parameter_{index}");
    let mut in_turn: Vec<_> = parameters.iter().enumerate().collect();
    in_turn.sort_by_key(|(_, parameter)| parameter.is_resource());
    let extractions = in_turn.into_iter().map(|(index, parameter)| {
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

fn argument(parameter: &Parameter, signal: &Path) -> TokenStream {
    match &parameter.source {
        Source::Signal => {
            // A bound that the signal does not keep is complained of here.
            let span = signal.span().resolved_at(Span::call_site());
            quote_spanned!(span=> __lback_args.signal())
        }
        Source::Extractor(ty) => {
            // One that would outlive the signal is complained of here.
            let span = ty.span().resolved_at(Span::call_site());
            if is_bounded_extractor(ty) {
                quote_spanned!(span=> __lback_args.get::<#ty>()?)
            } else {
                quote_spanned!(span=> __lback_args.take::<#ty>()?)
            }
        }
    }
}

/// What the receiver needs, and the type of its function item.
fn description(receiver: &Receiver, signal: &Path) -> TokenStream {
    let mut function = attributes::generated_use_of(&receiver.function);
    let takes_the_signal_alone = receiver.parameters.iter().all(|parameter| {
        matches!(&parameter.source, Source::Extractor(ty) if is_reference_to(ty, signal))
    });
    if takes_the_signal_alone && !receiver.is_generic {
        return quote!(__lback_private::Introspection::Plain(__lback_private::item(&#function)));
    }
    let names =
        (0..receiver.parameters.len()).map(|index| format_ident!("__lback_parameter_{index}"));
    let (parameters, values): (Vec<_>, Vec<_>) = receiver
        .parameters
        .iter()
        .zip(names)
        .map(|(parameter, name)| {
            let cfgs = &parameter.cfgs;
            let parameter = match &parameter.source {
                Source::Signal => quote!(__lback_probe.signal()),
                Source::Extractor(ty) => {
                    // The same place as in the call, so that a mistake is told once.
                    let span = ty.span().resolved_at(Span::call_site());
                    if is_bounded_extractor(ty) {
                        quote_spanned!(span=> __lback_probe.parameter::<#ty>())
                    } else {
                        quote_spanned!(span=> __lback_probe.taken::<#ty>())
                    }
                }
            };
            (
                quote!(#(#cfgs)* let #name = #parameter;),
                quote!(#(#cfgs)* #name.value()),
            )
        })
        .unzip();
    // A bound that the signal does not keep is complained of at the place that the call has, too.
    function.set_span(function.span().located_at(signal.span()));
    let span = signal.span().resolved_at(Span::call_site());
    let call = quote_spanned!(span=> __lback_function(#(#values),*));
    let item = quote_spanned!(span=> __lback_private::item(&__lback_function));
    quote! {
        __lback_private::Introspection::Probed(|__lback_needs| {
            let __lback_function = #function;
            let __lback_probe = &mut #signal::__probe(__lback_needs);
            #(#parameters)*
            // Tells what the function's own parameters stand for.
            let _ = move || #call;
            #item
        })
    }
}

/// Whether the type is `&OrderPaid<'_>`, as far as can be seen.
fn is_reference_to(ty: &Type, signal: &Path) -> bool {
    let Type::Reference(reference) = types::ungrouped(ty) else {
        return false;
    };
    let Type::Path(target) = types::ungrouped(&reference.elem) else {
        return false;
    };
    let name = |path: &Path| path.segments.last().map(|last| last.ident.clone());
    name(&target.path) == name(signal)
}

fn options(receiver: &Receiver) -> TokenStream {
    let options = &receiver.options;
    let first = options.first.iter().map(|_| quote!(.first()));
    let last = options.last.iter().map(|_| quote!(.last()));
    let before = references(&options.before).map(|before| quote!(.before(&[#before])));
    let after = references(&options.after).map(|after| quote!(.after(&[#after])));
    let after_commit = options.after_commit.iter().map(|_| quote!(.after_commit()));
    let after_rollback = options
        .after_rollback
        .iter()
        .map(|_| quote!(.after_rollback()));
    // Where there is no background, it is said here.
    let background = options.background.iter().map(|background| {
        let span = background.span().resolved_at(Span::call_site());
        let runtime = quote_spanned!(span=> BackgroundRuntime);
        quote!(.background::<__lback_private::#runtime>())
    });
    let fulfills = options.fulfills.iter().map(|_| quote!(.fulfills()));
    let options: TokenStream = first
        .chain(last)
        .chain(before)
        .chain(after)
        .chain(after_commit)
        .chain(after_rollback)
        .chain(background)
        .chain(fulfills)
        .collect();
    if options.is_empty() {
        quote!(__lback_private::ReceiverOptions::NONE)
    } else {
        quote!(&__lback_private::ReceiverOptions::new()#options)
    }
}

fn references(receivers: &[ExprPath]) -> Option<TokenStream> {
    let references = receivers.iter().map(|receiver| {
        let path = spelling::of(receiver);
        quote!(__lback_private::Reference::new(#path, __lback_private::item(&#receiver)))
    });
    (!receivers.is_empty()).then(|| quote!(#(#references),*))
}

/// A required signal exports a macro of its own name, which exports the symbol that it reads.
fn fulfillment(receiver: &Receiver, signal: &Path) -> Option<TokenStream> {
    let core = &receiver.options.core;
    let fulfills = receiver.options.fulfills.as_ref()?;
    // The name is what the compiler says of a signal that is not required and exports no macro:
    // "cannot find macro".
    let span = fulfills.span().resolved_at(Span::call_site());
    let required = Ident::new("this_signal_is_not_required", span);
    Some(quote! {
        const _: () = {
            use #signal as #required;
            #required! { #core }
        };
    })
}
