//! Receivers edit the active model before it is saved.

use lback_signals::{FailureKind, Model as _, ModelSignal, Res, receiver};
use lback_signals_sea_orm::{insert_many, update_many, veto, within};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, IntoActiveModel, Set, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{Postgres, Sqlite};

use self::story::{StoryPostSave, StoryPreSave};
use super::{Blog, Lines};
use crate::world::World;

mod story {
    #![allow(unreachable_pub, reason = "SeaORM adds public items")]

    use lback_signals_sea_orm::SignalModel;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SignalModel)]
    #[sea_orm(table_name = "story")]
    #[signal_model(name = "story", signals(pre_save, post_save, post_bulk_write, owned))]
    #[signal_model(editable, select_for_update)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        pub slug: String,
        pub updates: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

#[receiver(signal = StoryPreSave, first)]
fn set_slug(event: &StoryPreSave<'_>, lines: Res<'_, Lines>) {
    lines.write(format!("{:?}", event.changed()));
    event.story.edit(|story| {
        if let Some(title) = story.title.try_as_ref() {
            story.slug = Set(title.to_lowercase());
            assert_ne!(title, "Panic");
        }
    });
}

#[receiver(signal = StoryPreSave)]
fn count(event: &StoryPreSave<'_>) {
    let updates = event.old.as_ref().map_or(0, |old| old.updates + 1);
    event.story.edit(|story| story.updates = Set(updates));
}

#[receiver(signal = StoryPreSave, last)]
fn check(event: &StoryPreSave<'_>, lines: Res<'_, Lines>) -> Result<(), &'static str> {
    let slug = event.story.slug.try_as_ref();
    lines.write(format!("{:?}, slug {slug:?}", event.changed()));
    match slug {
        Some(slug) if slug == "spam" => Err("it is spam"),
        _ => Ok(()),
    }
}

#[receiver(signal = StoryPostSave)]
fn saved(event: &StoryPostSave<'_>, lines: Res<'_, Lines>) {
    let story = &event.story;
    lines.write(format!("saved {}, {} updates", story.slug, story.updates));
}

#[receiver(signal = StoryPostSave, after_commit)]
fn publish(event: &StoryPostSave<'_>, lines: Res<'_, Lines>) {
    lines.write(format!("publish {}", event.story.slug));
}

#[receiver(signal = [StoryPreSave, StoryPostSave], last, after(check))]
fn note_model<S: ModelSignal>(event: &S, lines: Res<'_, Lines>) {
    let id = event.model().model_id();
    lines.write(format!("{} {id:?} {:?}", S::event(), event.created()));
}

in_each_database!(
    the_statement_writes_the_edits,
    a_veto_discards_the_edits,
    a_panic_discards_the_edits,
    statements_about_many_rows_edit_nothing,
);

impl Blog {
    async fn with_stories(self) -> Self {
        let id = match self.db.get_database_backend() {
            sea_orm::DbBackend::Sqlite => "INTEGER PRIMARY KEY",
            _ => "BIGSERIAL PRIMARY KEY",
        };
        let table = format!(
            "CREATE TABLE story (id {id}, title TEXT NOT NULL, slug TEXT NOT NULL, updates BIGINT NOT NULL)"
        );
        self.db.execute_unprepared(&table).await.unwrap();
        self
    }

    /// Returns the slugs and the numbers of updates.
    async fn stories(&self) -> Vec<(String, i64)> {
        let stories = story::Entity::find().order_by_id_asc().all(&self.db).await;
        let stories = stories.unwrap().into_iter();
        stories.map(|story| (story.slug, story.updates)).collect()
    }
}

fn entitled(title: &str) -> story::ActiveModel {
    story::ActiveModel {
        title: Set(title.to_owned()),
        ..Default::default()
    }
}

async fn the_statement_writes_the_edits(blog: Blog) {
    let blog = blog.with_stories().await;
    let lines = &blog.lines;
    let done = blog.run(within(&blog.db, async |tx| {
        // The table refuses a row without the columns that only the receivers set.
        let first = entitled("First").insert(tx).await?;
        assert_eq!((&*first.slug, first.updates), ("first", 0));
        let sent = [
            "[Title]",
            "[Title, Slug, Updates], slug Some(\"first\")",
            "pre_save None Some(true)",
            "saved first, 0 updates",
            "post_save Some(\"1\") Some(true)",
        ];
        assert_eq!(lines.take(), sent);

        let mut first = first.into_active_model();
        first.title = Set("Second".to_owned());
        let second = first.update(tx).await?;
        assert_eq!((&*second.slug, second.updates), ("second", 1));
        let sent = [
            "[Title]",
            "[Title, Slug, Updates], slug Some(\"second\")",
            "pre_save Some(\"1\") Some(false)",
            "saved second, 1 updates",
            "post_save Some(\"1\") Some(false)",
        ];
        assert_eq!(lines.take(), sent);

        let saved = second.into_active_model().save(tx).await?;
        assert_eq!(saved.updates.unwrap(), 2);
        lines.take();
        Ok::<_, DbErr>(())
    }));
    done.await.unwrap();
    assert_eq!(
        lines.take(),
        ["publish first", "publish second", "publish second"]
    );
    assert_eq!(blog.stories().await, [("second".to_owned(), 2)]);
}

async fn a_veto_discards_the_edits(blog: Blog) {
    let blog = blog.with_stories().await;
    let refused = blog.run(within(&blog.db, async |tx| {
        let first = entitled("First").insert(tx).await?;
        let refused = entitled("Spam").insert(tx).await.unwrap_err();
        assert_eq!(veto(&refused).unwrap().receiver().name(), "check");
        let mut spam = first.into_active_model();
        spam.title = Set("Spam".to_owned());
        let refused = spam.update(tx).await.unwrap_err();
        let text = refused.to_string();
        assert!(text.ends_with("(story 1) failed: it is spam"), "{text}");
        Ok::<_, DbErr>(())
    }));
    refused.await.unwrap();
    assert_eq!(blog.lines.take().last().unwrap(), "publish first");
    assert_eq!(blog.stories().await, [("first".to_owned(), 0)]);
}

async fn a_panic_discards_the_edits(blog: Blog) {
    let blog = blog.with_stories().await;
    let refused = blog.run(within(&blog.db, async |tx| {
        let refused = entitled("Panic").insert(tx).await.unwrap_err();
        let failure = veto(&refused).unwrap();
        assert!(matches!(failure.kind(), FailureKind::Panic(_)));
        entitled("First").insert(tx).await
    }));
    refused.await.unwrap();
    assert_eq!(blog.stories().await, [("first".to_owned(), 0)]);
}

async fn statements_about_many_rows_edit_nothing(blog: Blog) {
    let blog = blog.with_stories().await;
    blog.run(within(&blog.db, async |tx| {
        let story = story::ActiveModel {
            slug: Set("given".to_owned()),
            updates: Set(7),
            ..entitled("First")
        };
        insert_many(tx, story::Entity::insert_many([story])).await?;
        let update = story::Entity::update_many();
        let update = update.col_expr(story::Column::Updates, Expr::value(8));
        update_many(tx, update).await
    }))
    .await
    .unwrap();
    assert!(blog.lines.take().is_empty());
    assert_eq!(blog.stories().await, [("given".to_owned(), 8)]);
}
