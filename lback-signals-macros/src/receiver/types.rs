//! The types of a receiver: the source of each parameter, and the return type.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Error, FnArg, Generics, Lifetime, Path, Result, ReturnType, Signature, Type,
    TypeImplTrait, TypeParamBound, TypePath, parse_quote, parse_quote_spanned,
};

use crate::attributes;
use crate::errors::Errors;
use crate::types;

/// A parameter and the source of its value.
pub(crate) struct Parameter {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) source: Source,
}

impl Parameter {
    /// Returns whether the type is written as `Res<'_, T>` or `Option<Res<'_, T>>`.
    pub(crate) fn is_resource(&self) -> bool {
        let Source::Extractor(ty) = &self.source else {
            return false;
        };
        is_extractor(ty, &["Res"])
    }
}

/// Returns whether the type is written as a reference to the signal, such as `&OrderPaid<'_>`.
pub(super) fn is_reference_to(ty: &Type, signal: &Path) -> bool {
    let Type::Reference(reference) = types::ungrouped(ty) else {
        return false;
    };
    let Type::Path(target) = types::ungrouped(&reference.elem) else {
        return false;
    };
    reference.mutability.is_none()
        && target.qself.is_none()
        && target.path.leading_colon.is_some() == signal.leading_colon.is_some()
        && identifiers(&target.path).eq(identifiers(signal))
}

fn identifiers(path: &Path) -> impl Iterator<Item = &Ident> {
    path.segments.iter().map(|segment| &segment.ident)
}

/// Returns whether the type is written as `SentBy<'_, T>`.
pub(super) fn is_sender(ty: &Type) -> bool {
    is_extractor(ty, &["SentBy"])
}

/// Returns whether the type is written as one of the extractors of `lback_signals`, or as an `Option` of one.
///
/// `SentBy<'_, T>` and `Res<'_, T>` have bounds whose errors are more precise than those of other parameters.
pub(super) fn is_bounded_extractor(ty: &Type) -> bool {
    is_extractor(ty, &["Res", "SentBy"])
}

fn is_extractor(ty: &Type, names: &[&str]) -> bool {
    let ty = types::argument(ty, "Option", 0).unwrap_or(ty);
    let Type::Path(ty) = types::ungrouped(ty) else {
        return false;
    };
    names.iter().any(|name| last_is(&ty.path, name))
}

/// The source of a parameter's value.
pub(crate) enum Source {
    /// The signal, for the `&S` of a receiver that is generic over its signal.
    Signal,
    /// The implementation of `FromSignal` of this type, which generated code can name.
    Extractor(Box<Type>),
}

/// Returns the parameter, or an error if it has a type that no signal provides.
pub(super) fn parameter(input: &FnArg, generics: &Generics) -> Result<Parameter> {
    let typed = match input {
        FnArg::Receiver(receiver) => {
            return Err(Error::new_spanned(
                receiver,
                "a receiver is a free function without `self`: take the signal, and any resource that \
                 it needs, as parameters",
            ));
        }
        FnArg::Typed(typed) => typed,
    };
    check_no_impl_trait(&typed.ty)?;
    check_not_static(&typed.ty)?;
    check_not_a_type_parameter(&typed.ty, generics)?;
    let source = if is_reference_to_type_parameter(&typed.ty, generics) {
        Source::Signal
    } else {
        Source::Extractor(Box::new(nameable(&typed.ty, generics)))
    };
    Ok(Parameter {
        cfgs: attributes::cfgs(&typed.attrs),
        source,
    })
}

/// Returns the return type, as generated code can name it.
pub(super) fn returned(signature: &Signature) -> Result<Type> {
    match &signature.output {
        // The span of the compiler's error if the signal has a reply.
        ReturnType::Default => {
            let span = signature.ident.span().resolved_at(Span::call_site());
            Ok(parse_quote_spanned!(span=> ()))
        }
        ReturnType::Type(_, ty) => {
            check_no_impl_trait(ty)?;
            check_returns(ty)?;
            check_error_is_send(ty)?;
            Ok(nameable(ty, &signature.generics))
        }
    }
}

fn check_no_impl_trait(ty: &Type) -> Result<()> {
    struct ImplTrait(Errors);

    impl<'ast> Visit<'ast> for ImplTrait {
        fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
            self.0.push(Error::new_spanned(
                ty,
                "a receiver cannot have `impl Trait` in its signature: name the type instead",
            ));
        }
    }

    let mut found = ImplTrait(Errors::default());
    found.visit_type(ty);
    found.0.finish(())
}

/// Returns an error for `&'static Signal`, `&Signal<'static>` and `Res<'static, T>`: the signal and its
/// resources are borrowed for the call only.
fn check_not_static(ty: &Type) -> Result<()> {
    let mut lifetimes = match types::ungrouped(ty) {
        Type::Reference(_) => types::lifetimes(ty),
        _ => Vec::new(),
    };
    let extractor = types::argument(ty, "Option", 0).unwrap_or(ty);
    lifetimes.extend(
        ["Res", "SentBy"]
            .iter()
            .filter_map(|name| types::lifetime(extractor, name)),
    );
    let mut errors = Errors::default();
    for lifetime in lifetimes {
        if lifetime.ident == "static" {
            errors.push(Error::new_spanned(
                lifetime,
                "a receiver's parameters live only during its call: write `'_`",
            ));
        }
    }
    errors.finish(())
}

/// Returns an error for `event: S`, where only `event: &S` can be meant.
fn check_not_a_type_parameter(ty: &Type, generics: &Generics) -> Result<()> {
    if is_type_parameter(ty, generics) {
        let name = ty.to_token_stream();
        let message = format!("a receiver borrows its signal: write `&{name}`");
        return Err(Error::new_spanned(ty, message));
    }
    Ok(())
}

fn check_returns(ty: &Type) -> Result<()> {
    match types::ungrouped(ty) {
        Type::Never(never) => Err(Error::new_spanned(
            never,
            "a receiver must return, since other receivers run after it: remove the `-> !`",
        )),
        _ => Ok(()),
    }
}

/// Returns an error for `Result<_, Box<dyn Error>>`, for which the compiler's own error would be about auto
/// traits.
fn check_error_is_send(ty: &Type) -> Result<()> {
    let Some(error) = types::argument(ty, "Result", 1) else {
        return Ok(());
    };
    let boxed = types::argument(error, "Box", 0).map(types::ungrouped);
    let Some(Type::TraitObject(object)) = boxed else {
        return Ok(());
    };
    let bounds = |name: &str| {
        object.bounds.iter().any(|bound| match bound {
            TypeParamBound::Trait(bound) => last_is(&bound.path, name),
            _ => false,
        })
    };
    if bounds("Error") && !(bounds("Send") && bounds("Sync")) {
        return Err(Error::new_spanned(
            error,
            "a receiver's error must be `Send` and `Sync`: write `Box<dyn Error + Send + Sync>`, or \
             `lback_signals::BoxError`",
        ));
    }
    Ok(())
}

fn last_is(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

/// Returns whether the path is `S`, `S::Sender` or `<S as Signal>::Sender` for a type parameter `S`.
fn is_of_type_parameter(path: &TypePath, generics: &Generics) -> bool {
    if let Some(qself) = &path.qself {
        return matches!(
            types::ungrouped(&qself.ty),
            Type::Path(path) if is_of_type_parameter(path, generics)
        );
    }
    path.path.segments.first().is_some_and(|first| {
        generics
            .type_params()
            .any(|param| param.ident == first.ident)
    })
}

fn is_reference_to_type_parameter(ty: &Type, generics: &Generics) -> bool {
    let Type::Reference(reference) = types::ungrouped(ty) else {
        return false;
    };
    is_type_parameter(&reference.elem, generics)
}

fn is_type_parameter(ty: &Type, generics: &Generics) -> bool {
    match types::ungrouped(ty) {
        Type::Path(path) => path.path.get_ident().is_some() && is_of_type_parameter(path, generics),
        _ => false,
    }
}

/// Returns the type with the function's generic parameters replaced by `'_` and `_`, since they are not in
/// scope in generated code.
fn nameable(ty: &Type, generics: &Generics) -> Type {
    struct Infer<'g>(&'g Generics);

    impl VisitMut for Infer<'_> {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if self.0.lifetimes().any(|it| it.lifetime == *lifetime) {
                *lifetime = Lifetime::new("'_", lifetime.span());
            }
        }

        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::Path(path) if is_of_type_parameter(path, self.0) => *ty = parse_quote!(_),
                _ => visit_mut::visit_type_mut(self, ty),
            }
        }
    }

    let mut ty = ty.clone();
    Infer(generics).visit_type_mut(&mut ty);
    ty
}
