//! The record of a receiver in the binary, whose format the core's module `record` documents.

use std::mem;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{ExprPath, Path, Type};

use super::types::{Parameter, Source, is_reference_to};
use super::validate::Receiver;
use crate::{anchor, record, spelling, types};

/// Returns the record of the registration for one signal, the one with this index. `options` is the value of the
/// options.
pub(super) fn record(
    receiver: &Receiver,
    index: usize,
    signal: &Path,
    options: &TokenStream,
) -> TokenStream {
    // The span of the call of the constructor, so that the compiler reports an error once.
    let path = Ident::new("__RECORDED_PATH", signal.span());
    record::note(
        &quote!(__lback_private),
        &format_ident!("__LBACK_NOTE_{index}"),
        &content(receiver, signal, options),
        &quote!(#signal::#path),
    )
}

/// Returns the record as a `Text`. It is a `Record` if the compiler may leave out parameters, and for durable options,
/// whose defaults the core knows.
fn content(receiver: &Receiver, signal: &Path, options: &TokenStream) -> TokenStream {
    let name = receiver.function.unraw().to_string();
    let mut text = head(receiver);
    let mut parts = Vec::new();
    for parameter in &receiver.parameters {
        let Some(recorded) = recorded(parameter, signal) else {
            continue;
        };
        if parameter.cfgs.is_empty() {
            text.push_str(&recorded);
        } else {
            let cfgs = &parameter.cfgs;
            parts.push(part(&mut text, parts.is_empty(), &name));
            parts.push(quote!(#(#cfgs)* #recorded));
        }
    }
    text.push('\0');
    if has_references(receiver) {
        text.push_str(&references(&receiver.options.before));
        text.push_str(&references(&receiver.options.after));
    }
    if parts.is_empty() && receiver.options.durable.is_none() {
        text.push_str(record::PADDING);
        let text = record::text(2, &name, &text);
        return quote!(__lback_private::Text(#text));
    }
    parts.push(part(&mut text, parts.is_empty(), &name));
    quote!(__lback_private::Record::receiver(&[#(#parts),*], #options))
}

/// Takes the text so far as an element of the parts.
fn part(text: &mut String, is_first: bool, name: &str) -> TokenStream {
    let text = mem::take(text);
    if is_first {
        record::text(2, name, &text)
    } else {
        quote!(#text)
    }
}

/// Returns the phase and the flags.
fn head(receiver: &Receiver) -> String {
    let options = &receiver.options;
    let phase = if options.durable.is_some() {
        5
    } else if options.after_rollback.is_some() {
        4
    } else if options.after_commit.is_some() {
        3
    } else if options.background.is_some() {
        2
    } else {
        u8::from(receiver.is_async)
    };
    let flags = [
        receiver.is_async,
        options.background.is_some(),
        options.first.is_some(),
        options.last.is_some(),
        options.fulfills.is_some(),
        anchor::is_part_of_program(),
        has_references(receiver),
    ];
    let flags = flags
        .iter()
        .rev()
        .fold(0, |bits, flag| bits << 1 | u8::from(*flag));
    [phase, flags].map(char::from).iter().collect()
}

fn has_references(receiver: &Receiver) -> bool {
    let options = &receiver.options;
    !options.before.is_empty() || !options.after.is_empty()
}

fn references(receivers: &[ExprPath]) -> String {
    let paths = receivers.iter().map(|path| spelling::of(path) + "\0");
    paths.chain(["\0".to_owned()]).collect()
}

/// Returns a parameter, or `None` for the signal.
fn recorded(parameter: &Parameter, signal: &Path) -> Option<String> {
    let ty = match &parameter.source {
        Source::Extractor(ty) if !is_reference_to(ty, signal) => &**ty,
        Source::Signal | Source::Extractor(_) => return None,
    };
    let argument = |ty, extractor| {
        let arguments = [1, 0].map(|index| types::argument(ty, extractor, index));
        arguments.into_iter().flatten().next()
    };
    let (kind, ty): (u8, &Type) = if let Some(resource) = argument(ty, "Res") {
        (1, resource)
    } else if let Some(resource) =
        types::argument(ty, "Option", 0).and_then(|ty| argument(ty, "Res"))
    {
        (2, resource)
    } else if let Some(sender) = argument(ty, "SentBy") {
        (3, sender)
    } else {
        (4, ty)
    };
    Some(format!("{}{}\0", char::from(kind), spelling::of(ty)))
}
