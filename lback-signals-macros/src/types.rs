//! Helpers that inspect types by their tokens.

use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{GenericArgument, Generics, Lifetime, PathArguments, Token, Type};

/// Returns the type without enclosing parentheses and without the invisible groups of `macro_rules!`.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        ty => ty,
    }
}

/// Returns the type argument at `index` of a type whose path ends in `name`.
pub(crate) fn argument<'t>(ty: &'t Type, name: &str, index: usize) -> Option<&'t Type> {
    match arguments(ty, name)?.iter().nth(index)? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// Returns the lifetime that is the first argument of a type whose path ends in `name`.
pub(crate) fn lifetime<'t>(ty: &'t Type, name: &str) -> Option<&'t Lifetime> {
    match arguments(ty, name)?.first()? {
        GenericArgument::Lifetime(lifetime) => Some(lifetime),
        _ => None,
    }
}

fn arguments<'t>(ty: &'t Type, name: &str) -> Option<&'t Punctuated<GenericArgument, Token![,]>> {
    let Type::Path(ty) = ungrouped(ty) else {
        return None;
    };
    let last = ty.path.segments.last().filter(|last| last.ident == name)?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    }
}

/// Returns whether the type contains one of the lifetime parameters.
pub(crate) fn contains_lifetime_of(ty: &Type, generics: &Generics) -> bool {
    let is_parameter =
        |lifetime: &Lifetime| generics.lifetimes().any(|it| it.lifetime == *lifetime);
    lifetimes(ty).into_iter().any(is_parameter)
}

/// Returns all lifetimes in the type.
pub(crate) fn lifetimes(ty: &Type) -> Vec<&Lifetime> {
    struct Lifetimes<'t>(Vec<&'t Lifetime>);

    impl<'t> Visit<'t> for Lifetimes<'t> {
        fn visit_lifetime(&mut self, lifetime: &'t Lifetime) {
            self.0.push(lifetime);
        }
    }

    let mut found = Lifetimes(Vec::new());
    found.visit_type(ty);
    found.0
}
