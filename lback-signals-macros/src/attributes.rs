//! What generated items take over from the attributes of the user's item.

use proc_macro2::{Ident, Span};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, parse_quote};

/// The attributes that decide whether the item is there at all, for what is generated beside it.
///
/// Of a `cfg_attr` only the `cfg`s inside it count; its other attributes are the item's own.
pub(crate) fn cfgs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes
        .iter()
        .filter_map(|attribute| {
            if attribute.path().is_ident("cfg") {
                return Some(attribute.clone());
            }
            if !attribute.path().is_ident("cfg_attr") {
                return None;
            }
            let metas = attribute
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .ok()?;
            let predicate = metas.first()?;
            let cfgs: Vec<_> = metas
                .iter()
                .skip(1)
                .filter(|meta| meta.path().is_ident("cfg"))
                .collect();
            (!cfgs.is_empty()).then(|| parse_quote!(#[cfg_attr(#predicate, #(#cfgs),*)]))
        })
        .collect()
}

/// The text of the doc comments, without the space that begins each line.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let lines: Vec<_> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(doc) => match &doc.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    lines
        .iter()
        .flat_map(|text| text.lines())
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The user's name for an item, at the user's place, but spoken by generated code: what is said
/// with it is not linted as if the user had written it.
pub(crate) fn generated_use_of(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(name.span().resolved_at(Span::call_site()));
    name
}
