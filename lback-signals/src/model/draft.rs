//! A model that receivers may edit before it is saved.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;

/// A model that is about to be saved, and that the receivers of its signal may [`edit`](Self::edit).
///
/// The `pre_save` signal of a model with the option `editable` of [`derive(Model)`](derive@crate::Model) lends it. It
/// dereferences to the model with all edits so far, so receivers read it as they read the model.
///
/// ```
/// use lback_signals::{Model, receiver};
///
/// #[derive(Clone, Model)]
/// #[model(signals(pre_save), editable)]
/// struct Article {
///     #[model(id)]
///     id: i64,
///     title: String,
///     slug: String,
/// }
///
/// #[receiver(signal = ArticlePreSave)]
/// fn set_slug(event: &ArticlePreSave<'_>) {
///     event.article.edit(|article| {
///         article.slug = article.title.to_lowercase().replace(' ', "-");
///     });
/// }
///
/// #[receiver(signal = ArticlePreSave, last)]
/// fn check_slug(event: &ArticlePreSave<'_>) -> Result<(), &'static str> {
///     if event.article.slug.is_empty() { Err("an article needs a title") } else { Ok(()) }
/// }
///
/// let mut article = Article { id: 7, title: "On signals".to_owned(), slug: String::new() };
/// article.create_with(|article| {
///     assert_eq!(article.slug, "on-signals"); // the operation stores the edited model
///     Ok::<_, std::io::Error>(())
/// })?;
/// assert_eq!(article.slug, "on-signals");
/// # Ok::<_, lback_signals::OperationError<std::io::Error>>(())
/// ```
///
/// If a receiver vetoes, all edits are discarded. `Debug` shows no value of the model.
///
/// A draft is `Send` if the model is `Send` and `Sync`. It is never `Sync`: only one thread edits it at a time.
pub struct Draft<'a, M> {
    /// The model before the first edit.
    model: &'a M,
    edits: Edits<M>,
}

/// The model after each edit, as a list. None is dropped before the draft, since a receiver may borrow from it.
struct Edits<M>(OnceCell<Box<Edit<M>>>);

/// The model after an edit, and the next edits.
struct Edit<M> {
    model: M,
    next: Edits<M>,
}

impl<'a, M> Draft<'a, M> {
    /// Returns a draft of the model, for code that sends the signal itself.
    ///
    /// ```
    /// use lback_signals::{Draft, Model, Signal, receiver};
    ///
    /// #[derive(Clone, Model)]
    /// #[model(signals(pre_save), editable)]
    /// struct Counter {
    ///     #[model(id)]
    ///     id: i64,
    ///     saves: u32,
    /// }
    ///
    /// #[receiver(signal = CounterPreSave)]
    /// fn count(event: &CounterPreSave<'_>) {
    ///     event.counter.edit(|counter| counter.saves += 1);
    /// }
    ///
    /// let counter = Counter { id: 7, saves: 0 };
    /// let signal = CounterPreSave { counter: Draft::new(&counter), created: false };
    /// signal.try_send()?;
    /// let edited = Draft::into_edited(signal.counter);
    /// assert_eq!(edited.unwrap_or(counter).saves, 1);
    /// # Ok::<(), lback_signals::Failure>(())
    /// ```
    #[must_use]
    pub const fn new(model: &'a M) -> Self {
        Self {
            model,
            edits: Edits(OnceCell::new()),
        }
    }

    /// Changes the model: later receivers and the operation get the changed one. Returns the value of the closure.
    ///
    /// The closure gets a clone of the model, which replaces it when the closure returns. If the closure panics, the
    /// draft is unchanged. References that were borrowed from the draft before still show the earlier model, so all
    /// clones stay in memory until the draft is dropped.
    ///
    /// The closure cannot capture the draft, or any other value that is not `Send`. Therefore an `edit` inside an
    /// `edit` of the same draft does not compile.
    ///
    /// ```
    /// # use lback_signals::Draft;
    /// let draft = Draft::new(&1);
    /// let before = draft.edit(|number| std::mem::replace(number, 2));
    /// assert_eq!((before, *draft), (1, 2));
    /// ```
    pub fn edit<T, F>(&self, change: F) -> T
    where
        F: FnOnce(&mut M) -> T + EditClosure,
        M: Clone,
    {
        let mut model = M::clone(self);
        let value = change(&mut model);
        let next = Edits(OnceCell::new());
        let (_, Edits(end)) = self.latest();
        end.get_or_init(|| Box::new(Edit { model, next }));
        value
    }

    /// Returns the edited model; `None` if no receiver has edited it.
    ///
    /// It is an associated function, since a method could hide one of the model.
    #[must_use]
    pub fn into_edited(mut draft: Self) -> Option<M> {
        draft.edits.take_last()
    }

    /// Returns the current model, and the end of the list.
    fn latest(&self) -> (&M, &Edits<M>) {
        let (mut model, mut next) = (self.model, &self.edits);
        while let Some(edit) = next.0.get() {
            (model, next) = (&edit.model, &edit.next);
        }
        (model, next)
    }
}

impl<M> Deref for Draft<'_, M> {
    type Target = M;

    fn deref(&self) -> &M {
        self.latest().0
    }
}

impl<M> Edits<M> {
    /// Empties the list, and returns the last model.
    fn take_last(&mut self) -> Option<M> {
        let mut last = None;
        let mut next = self.0.take();
        while let Some(mut edit) = next {
            next = edit.next.0.take();
            last = Some(edit.model);
        }
        last
    }
}

/// Drops the edits one after another: a long list would otherwise overflow the stack.
impl<M> Drop for Edits<M> {
    fn drop(&mut self) {
        self.take_last();
    }
}

impl<M> fmt::Debug for Draft<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").finish_non_exhaustive()
    }
}

/// A closure of [`Draft::edit`], which cannot capture the draft: a draft is not `Sync`, so its references are not
/// `Send`.
// Not public API. Implemented for all such closures.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the closure of `edit` cannot capture the draft, or any other value that is not `Send`",
    label = "captures the draft, or another value that is not `Send`",
    note = "the parameter of the closure is the model: read and change the model through it",
    note = "bind other fields of the signal to variables before the call of `edit`"
)]
pub trait EditClosure {}

#[diagnostic::do_not_recommend]
impl<F: Send> EditClosure for F {}

/// A model that receivers can edit.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an `editable` model is `Clone`, which `{Self}` is not",
    label = "not `Clone`",
    note = "receivers edit a clone of the model, which a veto discards: add `#[derive(Clone)]`, or remove `editable`"
)]
pub trait EditableModel {}

#[diagnostic::do_not_recommend]
impl<M: Clone> EditableModel for M {}

/// Fails to compile if the model is not `Clone`.
// Not public API. Used by generated code.
#[doc(hidden)]
pub const fn assert_editable<M: EditableModel>() {}

/// A trait that no signal implements. Constructors of receivers with this bound exist for the compiler's message. The
/// lifetime parameter makes the bound higher-ranked, so that it is checked only at its use.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a receiver of `{Self}` runs before the model is saved: the signal lends a draft of the model, and is \
               never `owned`",
    label = "its receivers are `fn`s without `after_commit`, `after_rollback` and `background`",
    note = "declare `post_save`, and receive it instead: `signals(pre_save, post_save, owned)`"
)]
pub trait NeverDeferred<'any> {}
