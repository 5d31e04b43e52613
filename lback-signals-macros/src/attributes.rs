//! What generated items take over from the attributes of the user's item.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, Visibility, parse_quote};

/// The attributes that decide whether the item is there at all, for what is generated beside it.
///
/// Of a `cfg_attr` only the `cfg`s inside it count; its other attributes are the item's own.
pub(crate) fn cfgs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes
        .iter()
        .filter_map(|attribute| cfg(&attribute.meta))
        .map(|cfg| parse_quote!(#[#cfg]))
        .collect()
}

fn cfg(meta: &Meta) -> Option<Meta> {
    if meta.path().is_ident("cfg") {
        return Some(meta.clone());
    }
    let (predicate, conditional) = cfg_attr(meta)?;
    let cfgs: Vec<_> = conditional.iter().filter_map(cfg).collect();
    (!cfgs.is_empty()).then(|| parse_quote!(cfg_attr(#predicate, #(#cfgs),*)))
}

/// The predicate of a `cfg_attr`, and the attributes that depend on it.
pub(crate) fn cfg_attr(meta: &Meta) -> Option<(Meta, Vec<Meta>)> {
    let Meta::List(list) = meta else {
        return None;
    };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let metas = list
        .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        .ok()?;
    let mut metas = metas.into_iter();
    Some((metas.next()?, metas.collect()))
}

/// The word that says what kind of item it is, as `enum` does in `pub(crate) enum Colour {}`.
pub(crate) fn keyword(item: TokenStream) -> Option<TokenTree> {
    let keyword = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let keyword = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(keyword)
    };
    keyword.parse2(item).ok()
}

/// What lets generated code use an item, or a field, that is deprecated: it does not choose to.
pub(crate) fn allow_deprecated<'a>(
    attributes: impl IntoIterator<Item = &'a Attribute>,
) -> Option<TokenStream> {
    attributes
        .into_iter()
        .any(|attribute| attribute.path().is_ident("deprecated"))
        .then(|| quote!(#[allow(deprecated)]))
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
        .flat_map(|text| text.split('\n'))
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
