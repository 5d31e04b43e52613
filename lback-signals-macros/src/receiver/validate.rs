//! The rules of a receiver, one small check each.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Error, FnArg, GenericParam, Generics, Lifetime, Path, Result, ReturnType, Signature,
    Type, TypeImplTrait, TypeParam, TypeParamBound, TypePath, WherePredicate, parse_quote,
    parse_quote_spanned,
};

use super::parse::{Function, Options};
use crate::attributes;
use crate::errors::Errors;
use crate::types;

/// A receiver that keeps the rules, as far as they can be seen in its signature.
pub(crate) struct Receiver {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) allow_deprecated: Option<TokenStream>,
    pub(crate) options: Options,
    pub(crate) function: Ident,
    pub(crate) is_generic: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// What it returns, as a type that generated code can name.
    pub(crate) returns: Type,
}

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
        let ty = types::argument(ty, "Option", 0).unwrap_or(ty);
        matches!(types::ungrouped(ty), Type::Path(path) if last_is(&path.path, "Res"))
    }
}

pub(crate) enum Source {
    /// `&S` of a receiver that is generic over its signal.
    Signal,
    /// Anything else, by this type, which generated code can name.
    Extractor(Box<Type>),
}

pub(crate) fn validate(
    function: &Function,
    options: Options,
    options_read: Result<()>,
) -> Result<Receiver> {
    let Signature {
        ident,
        generics,
        inputs,
        ..
    } = &function.signature;
    let mut errors = Errors::default();
    // An option that could not be read may have been meant for the signal.
    if options_read.is_ok() || options.signals.is_some() {
        errors.take(check_signals(options.signals.as_deref(), ident));
    }
    errors.take(options_read);
    check_order(&options, ident, &mut errors);
    if !function.has_body {
        errors.push(Error::new_spanned(
            ident,
            "a receiver is a free function with a body: the linker finds that one function",
        ));
    }
    check_qualifiers(&function.signature, &mut errors);
    for parameter in &generics.params {
        errors.take(check_generic_parameter(parameter, &function.signature));
    }
    if inputs.is_empty() {
        errors.push(Error::new(
            function.signature.paren_token.span.join(),
            "a receiver takes at least one parameter, such as the signal: `event: &OrderPaid<'_>`",
        ));
    }
    let parameters = inputs
        .iter()
        .filter_map(|input| errors.take(parameter(input, generics)))
        .collect();
    let returns = errors.take(returned(&function.signature));
    errors.finish(())?;
    Ok(Receiver {
        cfgs: attributes::cfgs(&function.attrs),
        allow_deprecated: attributes::allow_deprecated(&function.attrs),
        options,
        function: ident.clone(),
        is_generic: generics.type_params().next().is_some(),
        parameters,
        returns: returns.unwrap_or_else(|| parse_quote!(())),
    })
}

fn check_signals(signals: Option<&[Path]>, function: &Ident) -> Result<()> {
    let Some(signals) = signals else {
        return Err(Error::new(
            Span::call_site(),
            format!("say which signal `{function}` receives: `#[receiver(signal = OrderPaid)]`"),
        ));
    };
    let mut errors = Errors::default();
    let mut seen = Vec::new();
    for signal in signals {
        let mut arguments = signal.segments.iter().map(|segment| &segment.arguments);
        if let Some(arguments) = arguments.find(|arguments| !arguments.is_none()) {
            errors.push(Error::new_spanned(
                arguments,
                "name the signal without its lifetimes: a receiver takes it with any",
            ));
        }
        let spelling = signal.to_token_stream().to_string();
        if seen.contains(&spelling) {
            errors.push(Error::new_spanned(signal, "this signal is listed twice"));
        }
        seen.push(spelling);
    }
    errors.finish(())
}

fn check_order(options: &Options, function: &Ident, errors: &mut Errors) {
    if let (Some(_), Some(last)) = (&options.first, &options.last) {
        errors.push(Error::new(
            last.span(),
            "a receiver cannot be both `first` and `last`",
        ));
    }
    let named = options.before.iter().chain(&options.after);
    let mut seen = Vec::new();
    for receiver in named {
        if receiver.path.is_ident(function) {
            errors.push(Error::new_spanned(
                receiver,
                "this is the receiver itself: name another one",
            ));
        }
        let spelling = receiver.to_token_stream().to_string();
        if seen.contains(&spelling) {
            errors.push(Error::new_spanned(
                receiver,
                "this receiver is named already: it runs either before or after this one",
            ));
        }
        seen.push(spelling);
    }
}

fn check_qualifiers(signature: &Signature, errors: &mut Errors) {
    if let Some(token) = &signature.asyncness {
        errors.push(Error::new_spanned(
            token,
            "a receiver is no `async fn`: `send` calls it and does not wait; \
             make it a plain `fn` that hands the work on",
        ));
    }
    if let Some(token) = &signature.constness {
        errors.push(Error::new_spanned(
            token,
            "a receiver is called at run time, for what it does: remove `const`",
        ));
    }
    if !matches!(signature.safety, syn::Safety::Default) {
        errors.push(Error::new_spanned(
            &signature.safety,
            "whoever sends a signal does not know its receivers and can promise them nothing: \
             make it a safe `fn`",
        ));
    }
    if let Some(abi) = &signature.abi {
        errors.push(Error::new_spanned(
            abi,
            "a receiver is called by Rust: remove the `extern`",
        ));
    }
}

fn check_generic_parameter(parameter: &GenericParam, signature: &Signature) -> Result<()> {
    match parameter {
        GenericParam::Const(parameter) => Err(Error::new_spanned(
            parameter,
            "a receiver has no const parameters: nothing tells their value",
        )),
        GenericParam::Type(parameter) if !is_told(parameter, signature) => {
            let name = &parameter.ident;
            let message = format!(
                "nothing tells what `{name}` is: take it, such as in `event: &{name}`, or remove it"
            );
            Err(Error::new_spanned(name, message))
        }
        GenericParam::Lifetime(_) | GenericParam::Type(_) => Ok(()),
    }
}

/// Whether a type parameter can be inferred: from what the function takes, or from a bound of
/// another parameter, as in `S: Signal<Sender = T>`.
fn is_told(parameter: &TypeParam, signature: &Signature) -> bool {
    struct Mentions<'p>(&'p Ident, bool);

    impl<'ast> Visit<'ast> for Mentions<'_> {
        fn visit_path(&mut self, path: &'ast Path) {
            self.1 |= path
                .segments
                .first()
                .is_some_and(|first| first.ident == *self.0);
            visit::visit_path(self, path);
        }
    }

    let mut mentions = Mentions(&parameter.ident, false);
    for input in &signature.inputs {
        mentions.visit_fn_arg(input);
    }
    let Generics { where_clause, .. } = &signature.generics;
    let predicates = where_clause.iter().flat_map(|clause| &clause.predicates);
    let bounds_elsewhere = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(predicate) => Some(&predicate.bounds),
        _ => None,
    });
    let bounds = signature.generics.type_params().map(|other| &other.bounds);
    for bound in bounds.chain(bounds_elsewhere).flatten() {
        mentions.visit_type_param_bound(bound);
    }
    mentions.1
}

fn parameter(input: &FnArg, generics: &Generics) -> Result<Parameter> {
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

fn returned(signature: &Signature) -> Result<Type> {
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
    match types::ungrouped(&reference.elem) {
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
