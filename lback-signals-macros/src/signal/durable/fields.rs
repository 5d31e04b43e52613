//! The fields of a durable signal, as generated code stores them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Field, Type, parse_quote};

use crate::signal::owned;
use crate::signal::parse::Input;
use crate::{attributes, types};

/// A field, and the tokens that generated code uses for it.
pub(super) struct StoredField<'i> {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) field: &'i Field,
    pub(super) is_default: bool,
    pub(super) is_key: bool,
    /// The name in the payload.
    pub(super) name: String,
    pub(super) variable: Ident,
    /// The type of its values, or the type behind its reference.
    target: &'i Type,
    pub(super) is_borrowed: bool,
    /// The type of the field in the owned form.
    pub(super) owned: Type,
    /// The span of the compiler's error if the field cannot be stored.
    pub(super) span: Span,
}

/// Returns the fields of the signal, in their order.
pub(super) fn fields(input: &Input) -> Vec<StoredField<'_>> {
    let field = |(index, field): (usize, _)| {
        let field: &Field = field;
        let borrowed = owned::borrowed(&field.ty);
        let target = borrowed.unwrap_or(&field.ty);
        let span = target.span().resolved_at(Span::call_site());
        let name = field.ident.as_ref().map(IdentExt::unraw);
        StoredField {
            cfgs: attributes::cfgs(&field.attrs),
            field,
            is_default: input.defaults.contains(&index),
            is_key: input.keys.of_fields.iter().any(|(key, _)| *key == index),
            name: name.map(|name| name.to_string()).unwrap_or_default(),
            variable: format_ident!("__lback_field_{index}", span = span),
            target,
            is_borrowed: borrowed.is_some(),
            owned: match borrowed {
                Some(target) => owned_form(target),
                None => field.ty.clone(),
            },
            span,
        }
    };
    input.fields().enumerate().map(field).collect()
}

/// Returns the type in which the owned form holds a value behind a reference.
fn owned_form(target: &Type) -> Type {
    match types::ungrouped(target) {
        Type::Slice(slice) => {
            let element = &slice.elem;
            parse_quote!(::std::vec::Vec<#element>)
        }
        Type::TraitObject(_) => parse_quote!(::std::boxed::Box<#target>),
        Type::Path(path) => {
            let last = path.path.segments.last();
            let last = last.filter(|last| last.arguments.is_none());
            match last.map(|last| last.ident.to_string()).as_deref() {
                Some("str") => parse_quote!(::std::string::String),
                // Of std, these have no size; a type of the user's own is its own owned form.
                Some("CStr" | "OsStr" | "Path") => {
                    parse_quote!(<#target as ::std::borrow::ToOwned>::Owned)
                }
                _ => target.clone(),
            }
        }
        _ => target.clone(),
    }
}

impl StoredField<'_> {
    /// Returns the expression that every use of the field begins with.
    fn stored(&self) -> TokenStream {
        let Self { target, owned, .. } = self;
        quote_spanned!(self.span=> __lback_private::stored::<#target, _, _, #owned>())
    }

    /// Returns the call of a method of the field.
    pub(super) fn call(&self, method: &str, arguments: impl ToTokens) -> TokenStream {
        let stored = self.stored();
        let method = Ident::new(method, self.span);
        quote_spanned!(self.span=> #stored.#method(#arguments))
    }

    /// Returns the reference to the value of `self`.
    pub(super) fn value(&self) -> TokenStream {
        let ident = &self.field.ident;
        if self.is_borrowed {
            quote_spanned!(self.span=> self.#ident)
        } else {
            quote_spanned!(self.span=> &self.#ident)
        }
    }
}
