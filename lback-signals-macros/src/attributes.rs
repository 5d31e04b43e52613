//! The attributes that generated items copy from the user's item.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, Visibility, parse_quote};

/// Returns the `cfg` attributes of an item, for the items generated next to it.
///
/// A `cfg_attr` is reduced to the `cfg`s in it.
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

/// Returns the predicate of a `cfg_attr` and the attributes that depend on it.
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

/// Returns the keyword of an item: `enum` for `pub(crate) enum Colour {}`.
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

/// Returns `allow` attributes for the lints that the user allows or expects on an item or on a part of it.
///
/// Generated code repeats the types of the item and triggers the same lints. A `deprecated` item adds
/// `allow(deprecated)`.
pub(crate) fn allowed_lints<'a>(
    attributes: impl IntoIterator<Item = &'a Attribute>,
) -> TokenStream {
    let mut seen = HashSet::new();
    attributes
        .into_iter()
        .filter_map(|attribute| allow(&attribute.meta))
        .filter(|allow| seen.insert(allow.to_string()))
        .map(|allow| quote!(#[#allow]))
        .collect()
}

fn allow(meta: &Meta) -> Option<TokenStream> {
    if meta.path().is_ident("deprecated") {
        return Some(quote!(allow(deprecated)));
    }
    if let Some(lints) = lints(meta, &["allow", "expect"]) {
        return Some(quote!(allow(#lints)));
    }
    let (predicate, conditional) = cfg_attr(meta)?;
    let allows: Vec<_> = conditional.iter().filter_map(allow).collect();
    (!allows.is_empty()).then(|| quote!(cfg_attr(#predicate, #(#allows),*)))
}

/// Returns the lints of an attribute at one of these levels: `deprecated` for `expect(deprecated)`.
fn lints<'m>(meta: &'m Meta, levels: &[&str]) -> Option<&'m TokenStream> {
    match meta {
        Meta::List(list) if levels.iter().any(|level| list.path.is_ident(level)) => {
            Some(&list.tokens)
        }
        _ => None,
    }
}

/// The lints that can be reported for a path.
const LINTS_OF_PATHS: &[&str] = &[
    "absolute_paths",
    "deprecated",
    "disallowed_methods",
    "disallowed_types",
    "elided_lifetimes_in_paths",
    "unused_qualifications",
];

/// Returns an `allow` attribute if the item expects a lint of a path.
///
/// The macro moves the paths in its options to generated code, where they do not fulfill the item's
/// expectation.
pub(crate) fn allow_unfulfilled(attributes: &[Attribute]) -> Option<TokenStream> {
    let is_lint_of_path = |token| match token {
        TokenTree::Ident(word) => LINTS_OF_PATHS.iter().any(|lint| word == lint),
        _ => false,
    };
    attributes
        .iter()
        .filter_map(|attribute| lints(&attribute.meta, &["expect"]))
        .any(|lints| lints.clone().into_iter().any(is_lint_of_path))
        .then(|| quote!(#[allow(unfulfilled_lint_expectations)]))
}

/// Returns the text of the doc comments, without the leading space of each line.
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

/// Returns the name of the user's item with a span that points to the item but belongs to generated code,
/// so that lints for user code skip it.
pub(crate) fn generated_use_of(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(name.span().resolved_at(Span::call_site()));
    name
}
