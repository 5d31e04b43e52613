//! The types of a receiver: where each parameter's value comes from, and what it returns.

use proc_macro2::Span;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Error, FnArg, Generics, Lifetime, Path, Result, ReturnType, Signature, Type,
    TypeImplTrait, TypeParamBound, TypePath, parse_quote, parse_quote_spanned,
};

use crate::attributes;
use crate::errors::Errors;
use crate::types;

/// One parameter: where its value comes from.
pub(crate) struct Parameter {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) source: Source,
}

impl Parameter {
    /// Whether it is a `Res<'_, T>` or an `Option<Res<'_, T>>`, as far as can be seen.
    pub(crate) fn is_resource(&self) -> bool {
        let Source::Extractor(ty) = &self.source else {
            return false;
        };
        is_extractor(ty, &["Res"])
    }
}

/// Whether it is a type of the core's own that implements `FromSignal`, or an `Option` of it, as far
/// as can be seen: `SentBy<'_, T>` and `Res<'_, T>` have bounds, whose own messages say more.
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

pub(crate) enum Source {
    /// `&S` of a receiver that is generic over its signal.
    Signal,
    /// Anything else, by this type, which generated code can name.
    Extractor(Box<Type>),
}

pub(super) fn parameter(input: &FnArg, generics: &Generics) -> Result<Parameter> {
    let typed = match input {
        FnArg::Receiver(receiver) => {
            return Err(Error::new_spanned(
                receiver,
                "a receiver is a free function: the linker finds it, and would have no `self` to \
                 call it on; take the signal, and what else it needs, as parameters",
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

pub(super) fn returned(signature: &Signature) -> Result<Type> {
    match &signature.output {
        // At the function's name, where a signal that wants a reply complains of its absence.
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
                "a receiver's types are written out, since its parameters are found by type: \
                 name the type instead of `impl Trait`",
            ));
        }
    }

    let mut found = ImplTrait(Errors::default());
    found.visit_type(ty);
    found.0.finish(())
}

/// `&'static Signal` or `&Signal<'static>` would leave out most signals that are ever sent, and
/// `Res<'static, T>` all of them.
fn check_not_static(ty: &Type) -> Result<()> {
    struct Static(Errors);

    impl<'ast> Visit<'ast> for Static {
        fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
            if lifetime.ident == "static" {
                self.0.push(Error::new_spanned(
                    lifetime,
                    "a receiver's parameters live only as long as its call: write `'_`",
                ));
            }
        }
    }

    let mut found = Static(Errors::default());
    if let Type::Reference(_) = types::ungrouped(ty) {
        visit::visit_type(&mut found, ty);
    }
    let extractor = types::argument(ty, "Option", 0).unwrap_or(ty);
    for name in ["Res", "SentBy"] {
        if let Some(lifetime) = types::lifetime(extractor, name) {
            found.visit_lifetime(lifetime);
        }
    }
    found.0.finish(())
}

/// `event: S`: nothing else that a receiver takes has a type that is a bare parameter.
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
            "a receiver returns, so that the next one is called: remove the `-> !`",
        )),
        _ => Ok(()),
    }
}

/// `Result<_, Box<dyn Error>>`: said here, since the compiler would speak of auto traits.
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
            "a receiver's error may cross threads: write `Box<dyn Error + Send + Sync>`, \
             or `lback_signals::BoxError`",
        ));
    }
    Ok(())
}

fn last_is(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

/// Whether it is `S`, `S::Sender` or `<S as Signal>::Sender`.
fn is_of_type_parameter(path: &TypePath, generics: &Generics) -> bool {
    if let Some(qself) = &path.qself {
        return matches!(
            types::ungrouped(&qself.ty),
            Type::Path(of) if is_of_type_parameter(of, generics)
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

/// The same type where the function's own parameters are not in scope: inferred in their place.
fn nameable(ty: &Type, generics: &Generics) -> Type {
    struct Infer<'g>(&'g Generics);

    impl VisitMut for Infer<'_> {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if self.0.lifetimes().any(|own| own.lifetime == *lifetime) {
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
