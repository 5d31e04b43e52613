//! Statements about many rows, with one signal each.

use std::fmt;

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, DeleteMany, EntityTrait, InsertMany, IntoActiveModel,
    UpdateMany,
};

/// The kind of a statement about many rows.
///
/// `Display` shows it in lower case: `insert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BulkOperation {
    /// The rows have been inserted.
    Insert,
    /// The rows have been updated.
    Update,
    /// The rows have been deleted.
    Delete,
}

impl fmt::Display for BulkOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        })
    }
}

/// An entity with a signal about many rows. Implemented by `signals(post_bulk_write)` of
/// [`SignalModel`](derive@crate::SignalModel).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no signal about many rows",
    label = "does not declare `post_bulk_write`",
    note = "add it to the model: `#[derive(SignalModel)] #[signal_model(name = \"article\", signals(post_bulk_write))]`"
)]
pub trait BulkSignal: EntityTrait {
    #[doc(hidden)]
    fn __send(operation: BulkOperation, rows: &[Self::Model]);
}

/// Executes an INSERT of many rows, and sends one signal with the inserted rows. Returns them.
///
/// ```no_run
/// # mod article {
/// #     use lback_signals_sea_orm::SignalModel;
/// #     use sea_orm::entity::prelude::*;
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SignalModel)]
/// #     #[sea_orm(table_name = "article")]
/// #     #[signal_model(name = "article", signals(post_bulk_write))]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i64,
/// #         pub title: String,
/// #     }
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {}
/// # }
/// use lback_signals::receiver;
/// use lback_signals_sea_orm::{delete_many, insert_many, update_many, within};
/// use sea_orm::entity::prelude::*;
/// use sea_orm::{DatabaseConnection, Set};
///
/// #[receiver(signal = article::ArticlePostBulkWrite)]
/// fn reindex(event: &article::ArticlePostBulkWrite<'_>) {
///     println!("{} of {} articles", event.operation, event.rows.len());
/// }
///
/// async fn replace(db: &DatabaseConnection) -> Result<(), DbErr> {
///     within(db, async |tx| {
///         let titles = ["On signals", "On slots"].map(|title| article::ActiveModel {
///             title: Set(title.to_owned()),
///             ..Default::default()
///         });
///         insert_many(tx, article::Entity::insert_many(titles)).await?;
///         let update = article::Entity::update_many().col_expr(article::Column::Title, "Old".into());
///         update_many(tx, update.filter(article::Column::Id.lt(7))).await?;
///         let old = article::Entity::delete_many().filter(article::Column::Title.eq("Old"));
///         delete_many(tx, old).await?;
///         Ok(())
///     })
///     .await
/// }
/// # fn main() {}
/// ```
///
/// The signals before and after each row are not sent, and no receiver can veto. All rows are in memory: split a
/// statement that writes very many. A statement that writes no row sends no signal.
///
/// # Errors
///
/// Returns the errors of SeaORM.
pub async fn insert_many<A, C>(
    db: &C,
    statement: InsertMany<A>,
) -> Result<Vec<<A::Entity as EntityTrait>::Model>, DbErr>
where
    A: ActiveModelTrait<Entity: BulkSignal>,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    C: ConnectionTrait,
{
    let rows = statement.exec_with_returning(db).await?;
    send::<A::Entity>(BulkOperation::Insert, &rows);
    Ok(rows)
}

/// Executes an UPDATE of many rows, and sends one signal with the updated rows, as [`insert_many`] does. Returns them.
///
/// # Errors
///
/// Returns the errors of SeaORM.
pub async fn update_many<E: BulkSignal, C: ConnectionTrait>(
    db: &C,
    statement: UpdateMany<E>,
) -> Result<Vec<E::Model>, DbErr> {
    let rows = statement.exec_with_returning(db).await?;
    send::<E>(BulkOperation::Update, &rows);
    Ok(rows)
}

/// Executes a DELETE of many rows, and sends one signal with the deleted rows, as [`insert_many`] does. Returns them.
///
/// # Errors
///
/// Returns the errors of SeaORM.
pub async fn delete_many<E: BulkSignal, C: ConnectionTrait>(
    db: &C,
    statement: DeleteMany<E>,
) -> Result<Vec<E::Model>, DbErr> {
    let rows = statement.exec_with_returning(db).await?;
    send::<E>(BulkOperation::Delete, &rows);
    Ok(rows)
}

fn send<E: BulkSignal>(operation: BulkOperation, rows: &[E::Model]) {
    if !rows.is_empty() {
        E::__send(operation, rows);
    }
}
