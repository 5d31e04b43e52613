//! Types as they are written.

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{GenericArgument, Generics, Lifetime, PathArguments, Token, Type};

/// The type without the parentheses, or the invisible ones of a user's `macro_rules!`, around it.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        ty => ty,
    }
}

/// The type argument at `index` of a type whose path ends in `name`.
pub(crate) fn argument<'t>(ty: &'t Type, name: &str, index: usize) -> Option<&'t Type> {
    match arguments(ty, name)?.iter().nth(index)? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// The lifetime that comes first in the arguments of a type whose path ends in `name`.
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

/// Whether it borrows for one of these lifetimes.
pub(crate) fn mentions_a_lifetime(ty: &Type, generics: &Generics) -> bool {
    struct Mentions<'g>(&'g Generics, bool);

    impl<'ast> Visit<'ast> for Mentions<'_> {
        fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
            self.1 |= self.0.lifetimes().any(|own| own.lifetime == *lifetime);
            visit::visit_lifetime(self, lifetime);
        }
    }

    let mut mentions = Mentions(generics, false);
    mentions.visit_type(ty);
    mentions.1
}
