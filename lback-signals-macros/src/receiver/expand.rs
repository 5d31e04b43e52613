//! What registers a receiver.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::validate::{Parameter, Receiver, Source};
use crate::attributes;

/// One registration for each signal; the function itself is re-emitted by the caller.
pub(crate) fn expand(receiver: &Receiver) -> TokenStream {
    let Receiver {
        cfgs,
        allow_deprecated,
        core,
        ..
    } = receiver;
    let registrations = receiver
        .signals
        .iter()
        .map(|signal| registration(receiver, signal));
    quote! {
        #(#cfgs)*
        #allow_deprecated
        const _: () = {
            // In two steps, of which the one that the user's own path is in is never unused.
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
        core,
        function,
        returns,
        ..
    } = receiver;
    let name = function.unraw().to_string();
    let function = attributes::generated_use_of(function);
    let arguments = receiver
        .parameters
        .iter()
        .map(|parameter| argument(parameter, signal));
    let constructor = Ident::new("__receiver", signal.span());
    quote! {
        #core::__private::inventory::submit! {
            #signal::#constructor(
                #core::__private::ReceiverPlace::new(
                    ::core::concat!(::core::module_path!(), "::", #name),
                    ::core::file!(),
                    ::core::line!(),
                    ::core::column!(),
                ),
                |__delivery| __delivery.finish::<#returns>(#function(#(#arguments),*)),
            )
        }
    }
}

fn argument(parameter: &Parameter, signal: &Path) -> TokenStream {
    let cfgs = &parameter.cfgs;
    match &parameter.source {
        Source::Signal => {
            // A bound that the signal does not keep is complained of here.
            let span = signal.span().resolved_at(Span::call_site());
            let value = quote_spanned!(span=> __delivery.signal());
            quote!(#(#cfgs)* #value)
        }
        Source::Extractor(ty) => {
            // One that would outlive the signal is complained of here.
            let span = ty.span().resolved_at(Span::call_site());
            let value = quote_spanned!(span=> __delivery.get::<#ty>()?);
            quote!(#(#cfgs)* #value)
        }
    }
}
