//! The documentation of the derive.

/// Declares the signals of an entity of SeaORM, and implements its `ActiveModelBehavior`, which sends them.
///
/// Derive it on the entity's `Model`. The entity must not implement `ActiveModelBehavior` itself:
///
#[cfg_attr(feature = "sqlite", doc = "```")]
#[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
/// mod article {
///     use lback_signals_sea_orm::SignalModel;
///     use sea_orm::entity::prelude::*;
///
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SignalModel)]
///     #[sea_orm(table_name = "article")]
///     #[signal_model(name = "article", signals(pre_save, post_save, owned))]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i64,
///         pub title: String,
///     }
///
///     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
///     pub enum Relation {}
/// }
///
/// use article::{ArticlePostSave, ArticlePreSave};
/// use lback_signals::receiver;
/// use lback_signals_sea_orm::{veto, within};
/// use sea_orm::{ActiveModelTrait, ConnectionTrait, Database, DbErr, Set};
///
/// #[receiver(signal = ArticlePreSave)]
/// fn insist_on_a_title(event: &ArticlePreSave<'_>) -> Result<(), &'static str> {
///     match event.article.title.try_as_ref() {
///         Some(title) if title.is_empty() => Err("an article needs a title"),
///         _ => Ok(()), // `None`: an update does not write it
///     }
/// }
///
/// #[receiver(signal = ArticlePostSave, after_commit)]
/// fn announce(event: &ArticlePostSave<'_>) {
///     println!("article {}: {}", event.article.id, event.article.title);
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), DbErr> {
/// # let db = Database::connect("sqlite::memory:").await?;
/// # db.execute_unprepared("CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT)").await?;
/// let article = |title: &str| article::ActiveModel {
///     title: Set(title.to_owned()),
///     ..Default::default()
/// };
/// within(&db, async |tx| article("On signals").insert(tx).await).await?; // is announced
/// let error = within(&db, async |tx| article("").insert(tx).await).await.unwrap_err();
/// assert_eq!(veto(&error).unwrap().receiver().name(), "insist_on_a_title");
/// # Ok(())
/// # }
/// ```
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `name = "blog_post"` | required, in snake case: the name of the model, and the beginning of its signals' names |
/// | `signals(…)` | required: `pre_save`, `post_save`, `pre_delete`, `post_delete`, `post_bulk_write`, and `owned` |
/// | `editable` | receivers of `pre_save` may edit the active model |
/// | `select_for_update` | selects the stored row before an update, which locks it in PostgreSQL, and adds it to `pre_save` as `old` |
/// | `hooks` | calls the [`ModelHooks`](crate::ModelHooks) of the active model |
/// | `crate = path` | the path of this crate, if it is renamed or re-exported |
///
/// # Signals
///
/// | signal | fields |
/// |---|---|
/// | `BlogPostPreSave<'a>` | `blog_post: &'a ActiveModel`, `created: bool`, `changed: &'a [Column]`, `old: &'a Option<Model>` with `select_for_update` |
/// | `BlogPostPostSave<'a>` | `blog_post: &'a Model`, `created: bool` |
/// | `BlogPostPreDelete<'a>` | `blog_post: &'a ActiveModel` |
/// | `BlogPostPostDelete<'a>` | `blog_post: &'a ActiveModel` |
/// | `BlogPostPostBulkWrite<'a>` | `operation: BulkOperation`, `rows: &'a [Model]` |
///
/// With `editable`, `BlogPostPreSave<'a>` has a `blog_post: Draft<'a, ActiveModel>` ([`Draft`](lback_signals::Draft)), and
/// the method `changed()` instead of the field. It returns the columns that the statement writes, with those of the edits
/// so far. The signal is never `owned`, and its receivers are `fn`s that run before the statement. A veto discards the
/// edits.
///
#[cfg_attr(feature = "sqlite", doc = "```")]
#[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
/// mod article {
///     use lback_signals_sea_orm::SignalModel;
///     use sea_orm::entity::prelude::*;
///
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SignalModel)]
///     #[sea_orm(table_name = "article")]
///     #[signal_model(name = "article", signals(pre_save, post_save, owned), editable)]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i64,
///         pub title: String,
///         pub slug: String,
///     }
///
///     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
///     pub enum Relation {}
/// }
///
/// use article::{ArticlePreSave, Column};
/// use lback_signals::receiver;
/// use lback_signals_sea_orm::within;
/// use sea_orm::{ActiveModelTrait, ConnectionTrait, Database, DbErr, Set};
///
/// #[receiver(signal = ArticlePreSave)]
/// fn set_slug(event: &ArticlePreSave<'_>) {
///     event.article.edit(|article| {
///         if let Some(title) = article.title.try_as_ref() {
///             article.slug = Set(title.to_lowercase().replace(' ', "-"));
///         }
///     });
///     assert!(matches!(event.changed()[..], [Column::Title, Column::Slug]));
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), DbErr> {
/// # let db = Database::connect("sqlite::memory:").await?;
/// # db.execute_unprepared("CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT, slug TEXT)").await?;
/// let article = article::ActiveModel { title: Set("On signals".to_owned()), ..Default::default() };
/// let article = within(&db, async |tx| article.insert(tx).await).await?;
/// assert_eq!(article.slug, "on-signals");
/// # Ok(())
/// # }
/// ```
///
/// The first four implement [`ModelSignal`](lback_signals::ModelSignal). A receiver of a `Pre…` signal that fails vetoes
/// the operation, whose error [`veto`](crate::veto) reads. [`insert_many`](crate::insert_many),
/// [`update_many`](crate::update_many) and [`delete_many`](crate::delete_many) send the last one.
pub use lback_signals_macros::SignalModel;
