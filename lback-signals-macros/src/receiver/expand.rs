//! What registers a receiver.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::validate::{Parameter, Receiver, Source};
use crate::attributes;

/// One registration for each signal; the function itself is re-emitted by the caller.
pub(crate) fn expand(receiver: &Receiver) -> TokenStream {
    let Receiver { cfgs, core, .. } = receiver;
    let registrations = receiver
        .signals
        .iter()
        .map(|signal| registration(receiver, signal));
    quote! {
        #(#cfgs)*
        const _: () = {
            use #core::__private::NotASignal as _;
            #(#registrations)*
        };
    }
}

/// The signal's path stands in an expression only, where its lifetimes may be left out without a
/// lint; every type that is needed is inferred from there.
fn registration(receiver: &Receiver, signal: &Path) -> TokenStream {
    let Receiver {
        core,
        function,
        returns,
        ..
    } = receiver;
    let name = function.unraw().to_string();
    let function = attributes::generated_use_of(function);
    let arguments = receiver.parameters.iter().map(argument);
    let constructor = {
        let span = signal.span().resolved_at(proc_macro2::Span::call_site());
        quote_spanned!(span=> __receiver)
    };
    quote! {
        #core::__private::inventory::submit! {
            #signal::#constructor(
                #core::__private::ReceiverPlace::new(
                    ::core::concat!(::core::module_path!(), "::", #name),
                    ::core::file!(),
                    ::core::line!(),
                    ::core::column!(),
                ),
                |delivery| delivery.finish::<#returns>(#function(#(#arguments),*)),
            )
        }
    }
}

fn argument(parameter: &Parameter) -> TokenStream {
    let cfgs = &parameter.cfgs;
    match &parameter.source {
        Source::Signal => quote!(#(#cfgs)* delivery.signal()),
        Source::Extractor(ty) => quote!(#(#cfgs)* delivery.get::<#ty>()?),
    }
}
