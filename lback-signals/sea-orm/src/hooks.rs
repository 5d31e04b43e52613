//! The hooks of an application beside the signals.

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait};

/// The hooks of SeaORM's `ActiveModelBehavior`, for an application whose entity derives
/// [`SignalModel`](derive@crate::SignalModel), which implements that trait.
///
/// With the option `hooks`, the derive calls each hook before it sends the signal of the same step, so that `pre_save`
/// carries the changes of `before_save`.
///
/// ```
/// mod article {
///     use lback_signals_sea_orm::{ModelHooks, SignalModel};
///     use sea_orm::Set;
///     use sea_orm::entity::prelude::*;
///
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SignalModel)]
///     #[sea_orm(table_name = "article")]
///     #[signal_model(name = "article", signals(pre_save), hooks)]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i64,
///         pub title: String,
///         pub slug: String,
///     }
///
///     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
///     pub enum Relation {}
///
///     #[async_trait::async_trait]
///     impl ModelHooks for ActiveModel {
///         async fn before_save<C: ConnectionTrait>(
///             mut self,
///             _: &C,
///             _: bool,
///         ) -> Result<Self, DbErr> {
///             if let Some(title) = self.title.try_as_ref() {
///                 self.slug = Set(title.to_lowercase().replace(' ', "-"));
///             }
///             Ok(self)
///         }
///     }
/// }
/// # fn main() {}
/// ```
#[expect(unused_variables, reason = "the names are documentation")]
#[async_trait::async_trait]
pub trait ModelHooks: ActiveModelTrait {
    /// Returns a new active model, by default with no column set.
    #[must_use]
    fn new() -> Self {
        <Self as ActiveModelTrait>::default()
    }

    /// Called before an insert or update. An error prevents it.
    async fn before_save<C: ConnectionTrait>(self, db: &C, insert: bool) -> Result<Self, DbErr> {
        Ok(self)
    }

    /// Called after an insert or update.
    async fn after_save<C: ConnectionTrait>(
        model: <Self::Entity as EntityTrait>::Model,
        db: &C,
        insert: bool,
    ) -> Result<<Self::Entity as EntityTrait>::Model, DbErr> {
        Ok(model)
    }

    /// Called before a deletion. An error prevents it.
    async fn before_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
        Ok(self)
    }

    /// Called after a deletion.
    async fn after_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
        Ok(self)
    }
}
