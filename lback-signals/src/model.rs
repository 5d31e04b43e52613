//! Things that are kept somewhere, and the signals about saving and deleting them.

mod id;
mod operation;
mod sender;

use std::fmt;

use crate::signal::Signal;
pub use id::IdField;
pub use operation::{OperationError, after_operation, before_operation};
pub use sender::SenderModel;

/// A type whose values are kept somewhere, each under an id of its own.
///
/// It is implemented by [`derive(Model)`](derive@crate::Model) only; the derives of other crates,
/// such as that of `lback_auth::AuthUser`, do the same.
///
/// ```
/// use lback_signals::Model;
///
/// #[derive(Model)]
/// struct Article {
///     #[model(id)]
///     id: Option<i64>,
///     title: String,
/// }
///
/// let mut article = Article { id: None, title: "On signals".to_owned() };
/// assert_eq!((article.model_name(), article.model_id()), ("article", None));
/// article.id = Some(7);
/// assert_eq!(article.model_id().as_deref(), Some("7"));
///
/// let model: &dyn Model = &article;
/// assert_eq!(model.model_name(), "article");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "does not derive `Model`",
    note = "derive it: `#[derive(Model)]`, with `#[model(id)]` on the field that holds the id"
)]
pub trait Model {
    /// What a value of this type is called: `article`.
    fn model_name(&self) -> &'static str;

    /// The id as text; `None` until it is stored.
    fn model_id(&self) -> Option<String>;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __name() -> &'static str
    where
        Self: Sized;
}

/// A signal that says that a [`Model`] is saved or deleted: one of those that
/// [`#[model(signals(…))]`](derive@crate::Model) declares.
///
/// With it one receiver serves many models:
///
/// ```
/// use lback_signals::{Model, ModelSignal, receiver};
///
/// #[derive(Model)]
/// #[model(signals(post_save, post_delete))]
/// struct Article {
///     #[model(id)]
///     id: i64,
/// }
///
/// #[derive(Model)]
/// #[model(signals(post_save))]
/// struct Comment {
///     #[model(id)]
///     id: i64,
/// }
///
/// #[receiver(signal = [ArticlePostSave, ArticlePostDelete, CommentPostSave])]
/// fn audit<S: ModelSignal>(event: &S) {
///     let model = event.model();
///     println!("{} of {} {:?}", S::event(), model.model_name(), model.model_id());
/// }
///
/// // Prints: post_save of comment Some("7")
/// Comment { id: 7 }.save_with(true, |_| Ok::<_, std::fmt::Error>(()))?;
/// # Ok::<(), lback_signals::OperationError<std::fmt::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a signal about saving or deleting a model",
    label = "not declared by `#[model(signals(…))]`",
    note = "a model declares its own: `#[derive(Model)] #[model(signals(pre_save, post_save, pre_delete, post_delete))]`"
)]
pub trait ModelSignal: Signal<Sender = <Self as ModelSignal>::Model> {
    /// What is saved or deleted: the signal's sender.
    type Model: Model;

    /// What is saved or deleted, as it is at that moment.
    fn model(&self) -> &Self::Model {
        self.sender()
    }

    /// What happens to it.
    fn event() -> ModelEvent;

    /// Whether what is saved is new; `None` where something is deleted.
    fn created(&self) -> Option<bool>;
}

/// What a [`ModelSignal`] says.
///
/// ```
/// use lback_signals::ModelEvent;
///
/// assert_eq!(ModelEvent::PostSave.to_string(), "post_save");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelEvent {
    /// It is about to be saved; a receiver may veto.
    PreSave,
    /// It has been saved.
    PostSave,
    /// It is about to be deleted; a receiver may veto.
    PreDelete,
    /// It has been deleted.
    PostDelete,
}

/// As in `#[model(signals(post_save))]`.
impl fmt::Display for ModelEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PreSave => "pre_save",
            Self::PostSave => "post_save",
            Self::PreDelete => "pre_delete",
            Self::PostDelete => "post_delete",
        })
    }
}
