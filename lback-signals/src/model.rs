//! Models: stored types, and the signals about saving and deleting their values.

mod draft;
mod id;
mod operation;
mod sender;

use std::fmt;

pub use self::draft::{Draft, EditableModel, NeverDeferred, assert_editable};
pub use self::id::IdField;
pub use self::operation::{OperationError, after_operation, before_operation};
pub use self::sender::SenderModel;
use crate::signal::Signal;

/// A type whose values are stored, each under its id.
///
/// Implement it with [`derive(Model)`](derive@crate::Model) or with a derive that includes it, such as
/// that of `lback_auth::AuthUser`.
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
    /// Returns the name of the type in logs, reports and renderings: `article`.
    fn model_name(&self) -> &'static str;

    /// Returns the id as text; `None` until the database has assigned it.
    fn model_id(&self) -> Option<String>;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __name() -> &'static str
    where
        Self: Sized;
}

/// A signal about saving or deleting a [`Model`].
///
/// It is implemented for the signals that [`#[model(signals(…))]`](derive@crate::Model) declares, so
/// that one receiver can serve many models:
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
/// Comment { id: 7 }.create_with(|_| Ok::<_, std::fmt::Error>(()))?;
/// # Ok::<(), lback_signals::OperationError<std::fmt::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a signal about saving or deleting a model",
    label = "not declared by `#[model(signals(…))]`",
    note = "a model declares its own: `#[derive(Model)] #[model(signals(pre_save, post_save, pre_delete, post_delete))]`"
)]
pub trait ModelSignal: Signal<Sender = <Self as ModelSignal>::Model> {
    /// The type of the model, which is the signal's sender.
    type Model: Model;

    /// Returns the model, in its state at this event.
    fn model(&self) -> &Self::Model {
        self.sender()
    }

    /// Returns the event that the signal reports.
    fn event() -> ModelEvent;

    /// Returns whether the model is new; `None` for a deletion.
    fn created(&self) -> Option<bool>;
}

/// The event that a [`ModelSignal`] reports.
///
/// `Display` shows it as in `#[model(signals(post_save))]`:
///
/// ```
/// use lback_signals::ModelEvent;
///
/// assert_eq!(ModelEvent::PostSave.to_string(), "post_save");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelEvent {
    /// The model is about to be saved; a receiver may veto it.
    PreSave,
    /// The model has been saved.
    PostSave,
    /// The model is about to be deleted; a receiver may veto it.
    PreDelete,
    /// The model has been deleted.
    PostDelete,
}

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
