//! `#[receiver(durable(…))]`: the name under which deliveries are stored, and how they are attempted.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Generics, LitStr, Result, Signature, Token, parenthesized, token};

use super::parse::Options;
use crate::durable::{self, Millis};
use crate::errors::Errors;
use crate::kind::Timing;
use crate::options::{self, Grammar};

/// The options in `durable(name = "send-receipt", was("mail-receipt"), attempts = 20, backoff("2s", max = "1h"),
/// timeout = "30s", concurrency = 4, order = key, on_dead = block)`.
pub(crate) struct Durable {
    /// The word `durable`.
    key: Ident,
    name: Option<LitStr>,
    was: Vec<LitStr>,
    attempts: Option<u32>,
    backoff: Option<Backoff>,
    timeout: Option<(Ident, Millis)>,
    concurrency: Option<u32>,
    /// The word `order` of `order = key`.
    order: Option<Ident>,
    on_dead: Option<OnDead>,
    /// Whether all options are valid, so that one that is not given is missing.
    is_parsed: bool,
    /// Whether the receiver is of the library itself, so that its name begins with `@`.
    pub(super) is_builtin: bool,
}

/// The word after `on_dead =`.
struct OnDead {
    value: Ident,
    is_block: bool,
}

/// The delays in `backoff("2s", max = "1h")`.
struct Backoff {
    first: Millis,
    max: Option<Millis>,
}

/// The default of `max`: 1 hour.
const MAX_BACKOFF: u64 = 3_600_000;

const BACKOFF: &str = "write the first delay and the longest one: `backoff(\"2s\", max = \"1h\")`";

const GRAMMAR: Grammar = Grammar {
    noun: "durable option",
    keys: &[
        "name",
        "was",
        "attempts",
        "backoff",
        "timeout",
        "concurrency",
        "order",
        "on_dead",
    ],
    key_of_paths: None,
};

impl Durable {
    /// Returns the options before they are parsed.
    pub(super) fn new(key: &Ident) -> Self {
        Self {
            key: key.clone(),
            name: None,
            was: Vec::new(),
            attempts: None,
            backoff: None,
            timeout: None,
            concurrency: None,
            order: None,
            on_dead: None,
            is_parsed: false,
            is_builtin: false,
        }
    }

    /// Parses the `(…)` after the key. It may be missing, since `validate` says what to write there.
    pub(super) fn parse(&mut self, input: ParseStream<'_>) -> Result<()> {
        if input.peek(Token![=]) {
            return Err(Error::new(
                self.key.span(),
                "`durable` takes its options in parentheses: `durable(name = \"send-receipt\")`",
            ));
        }
        if input.peek(token::Paren) {
            let list;
            parenthesized!(list in input);
            options::parse(list.parse()?, &GRAMMAR, |key, input| {
                match key.to_string().as_str() {
                    "name" => self.name = Some(durable::parse_name(key, input, "send-receipt")?),
                    "was" => self.was = durable::parse_was(key, input, "mail-receipt")?,
                    "attempts" => self.attempts = Some(durable::parse_count(key, input, 20)?),
                    "backoff" => self.backoff = Some(parse_backoff(key, input)?),
                    "timeout" => {
                        options::parse_equals(key, input, "timeout = \"30s\"")?;
                        self.timeout = Some((key.clone(), Millis::parse(input)?));
                    }
                    "concurrency" => {
                        self.concurrency = Some(durable::parse_count(key, input, 4)?);
                    }
                    "order" => {
                        parse_word(key, input, &["key"], ORDER)?;
                        self.order = Some(key.clone());
                    }
                    _ => {
                        let value = parse_word(key, input, &["block", "skip"], ON_DEAD)?;
                        let is_block = value == "block";
                        self.on_dead = Some(OnDead { value, is_block });
                    }
                }
                Ok(())
            })?;
        }
        self.is_parsed = true;
        Ok(())
    }
}

const ORDER: &str = "`order` is `key`, the field that the signal marks `#[key]`: `order = key`";

const ON_DEAD: &str = "`on_dead` is `skip` or `block`: `on_dead = block`";

/// Parses `= key` after a key whose value is one of these words.
fn parse_word(key: &Ident, input: ParseStream<'_>, words: &[&str], message: &str) -> Result<Ident> {
    options::parse_equals(key, input, &format!("{key} = {}", words[0]))?;
    let span = input.span();
    let word = input.parse::<Ident>().ok();
    let word = word.filter(|word| words.iter().any(|it| word == it));
    word.ok_or_else(|| Error::new(span, message))
}

fn parse_backoff(key: &Ident, input: ParseStream<'_>) -> Result<Backoff> {
    if !input.peek(token::Paren) {
        return Err(Error::new(key.span(), BACKOFF));
    }
    let list;
    let parentheses = parenthesized!(list in input);
    if !list.peek(LitStr) {
        let span = if list.is_empty() {
            parentheses.span.join()
        } else {
            list.span()
        };
        return Err(Error::new(span, BACKOFF));
    }
    let first = Millis::parse(&list)?;
    let mut max = None;
    if list.parse::<Option<Token![,]>>()?.is_some() && !list.is_empty() {
        let max_key: Ident = list
            .parse()
            .map_err(|error| Error::new(error.span(), BACKOFF))?;
        if max_key != "max" {
            return Err(Error::new(max_key.span(), BACKOFF));
        }
        options::parse_equals(&max_key, &list, "max = \"1h\"")?;
        max = Some(Millis::parse(&list)?);
        list.parse::<Option<Token![,]>>()?;
    }
    if list.is_empty() {
        Ok(Backoff { first, max })
    } else {
        Err(Error::new(list.span(), BACKOFF))
    }
}

/// Reports what a durable receiver cannot be, and its options that are not valid.
pub(super) fn check(
    durable: &Durable,
    options: &Options,
    signature: &Signature,
    errors: &mut Errors,
) {
    if durable.is_parsed && !durable.is_builtin {
        match &durable.name {
            Some(name) => {
                errors.take(durable::check_names(name, &durable.was));
            }
            None => errors.push(durable.missing_name(&signature.ident)),
        }
    }
    match options.signals.as_deref() {
        Some([_, second, ..]) => errors.push(Error::new_spanned(
            second,
            "a `durable` receiver has one signal, since its deliveries are stored under its name: write a \
             receiver for each signal",
        )),
        _ => {
            errors.take(check_not_generic(&signature.generics));
        }
    }
    check_other_options(options, errors);
    errors.take(durable.check_backoff());
    errors.take(durable.check_on_dead());
    if let (Some((timeout, _)), None) = (&durable.timeout, &signature.asyncness) {
        errors.push(Error::new(
            timeout.span(),
            "a `fn` cannot be cancelled, so it has no `timeout`: make it an `async fn`, or remove \
             `timeout`",
        ));
    }
}

impl Durable {
    fn missing_name(&self, function: &Ident) -> Error {
        let words = function.unraw().to_string();
        let name = durable::suggestion(&words, "-", "send-receipt");
        let message = format!(
            "a `durable` receiver needs a name, under which its deliveries are stored: write \
             `durable(name = \"{name}\")`"
        );
        Error::new(self.key.span(), message)
    }

    fn check_on_dead(&self) -> Result<()> {
        match &self.on_dead {
            Some(on_dead) if on_dead.is_block && self.order.is_none() => Err(Error::new(
                on_dead.value.span(),
                "a dead letter holds up the later deliveries of its key only with `order = key`: add it, or \
                 remove `on_dead`",
            )),
            _ => Ok(()),
        }
    }

    fn check_backoff(&self) -> Result<()> {
        let Some(Backoff { first, max }) = &self.backoff else {
            return Ok(());
        };
        match max {
            Some(max) if max.millis < first.millis => Err(Error::new(
                max.literal.span(),
                "the longest delay is not shorter than the first one",
            )),
            None if first.millis > MAX_BACKOFF => Err(Error::new(
                first.literal.span(),
                "the first delay is longer than the longest one, which is `max = \"1h\"` by default: \
                 set `max`, too",
            )),
            _ => Ok(()),
        }
    }
}

/// Returns when the receiver runs.
pub(super) fn timing(durable: &Durable) -> Timing {
    if durable.order.is_some() {
        Timing::Ordered
    } else {
        Timing::Durable
    }
}

fn check_not_generic(generics: &Generics) -> Result<()> {
    match generics.type_params().next() {
        None => Ok(()),
        Some(parameter) => Err(Error::new_spanned(
            parameter,
            "a `durable` receiver is not generic, since its deliveries are stored for one function: name \
             the signal",
        )),
    }
}

/// Reports the options that say when a receiver runs, or in what order.
fn check_other_options(options: &Options, errors: &mut Errors) {
    let phases = [
        (
            &options.after_commit,
            "a `durable` receiver always runs after the commit: remove `after_commit`",
        ),
        (
            &options.after_rollback,
            "a `durable` receiver gets nothing of a transaction that rolls back: remove `after_rollback` or \
             `durable`",
        ),
        (
            &options.background,
            "a `durable` receiver is run by a worker: remove `background`",
        ),
    ];
    for (option, message) in phases {
        if let Some(option) = option {
            errors.push(Error::new(option.span(), message));
        }
    }
    let orders = [&options.first, &options.last].into_iter().flatten();
    let named = options.before.iter().chain(&options.after);
    let orders = orders
        .map(Spanned::span)
        .chain(named.map(Spanned::span))
        .collect::<Vec<_>>();
    if let Some(span) = orders.first() {
        errors.push(Error::new(
            *span,
            "the `durable` receivers of a signal run in any order: remove `first`, `last`, `before` and \
             `after`",
        ));
    }
}

/// Returns the call of the setter.
pub(super) fn option(durable: &Durable, is_async: bool) -> TokenStream {
    let new = if is_async { "__new_async" } else { "__new" };
    let new = Ident::new(new, Span::call_site());
    let name = &durable.name;
    let was = &durable.was;
    let was = (!was.is_empty()).then(|| quote!(.__was(&[#(#was),*])));
    let attempts = durable.attempts.map(|it| quote!(.__attempts(#it)));
    let backoff = durable.backoff.as_ref().map(|Backoff { first, max }| {
        let first = first.millis;
        let max = max.as_ref().map_or(MAX_BACKOFF, |max| max.millis);
        quote!(.__backoff(#first, #max))
    });
    let timeout = durable.timeout.as_ref().map(|(_, timeout)| {
        let millis = timeout.millis;
        quote!(.__timeout(#millis))
    });
    let concurrency = durable.concurrency.map(|it| quote!(.__concurrency(#it)));
    let order = durable.order.is_some().then(|| quote!(.__ordered()));
    let on_dead = durable.on_dead.as_ref().filter(|it| it.is_block);
    let on_dead = on_dead.map(|_| quote!(.__block_on_dead()));
    // The span of the compiler's error without the feature `durable`.
    let span = durable.key.span().resolved_at(Span::call_site());
    let runtime = quote_spanned!(span=> __lback_private::DurableRuntime);
    quote! {
        .durable::<#runtime>(
            &__lback_private::DurableReceiver::#new(#name)
                #was #attempts #backoff #timeout #concurrency #order #on_dead
        )
    }
}
