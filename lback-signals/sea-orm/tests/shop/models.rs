//! The signals of entities, from SeaORM's own operations.

use std::sync::Mutex;

use lback_signals::{FailureKind, Model as _, ModelSignal, Res, Scope, receiver};
use lback_signals_sea_orm::{BulkOperation, delete_many, insert_many, update_many, veto, within};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, IntoActiveModel, Set, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{Postgres, Sqlite};

use self::post::{BlogPostPostBulkWrite, BlogPostPostDelete, BlogPostPostSave, BlogPostPreDelete};
use self::post::{BlogPostPreSave, Column};
use crate::world::World;

mod post {
    #![allow(unreachable_pub, reason = "SeaORM adds public items")]

    use lback_signals_sea_orm::{ModelHooks, SignalModel};
    use sea_orm::Set;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SignalModel)]
    #[sea_orm(table_name = "blog_post")]
    #[signal_model(name = "blog_post", select_for_update, hooks)]
    #[signal_model(signals(pre_save, post_save, pre_delete, post_delete, post_bulk_write, owned))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        pub slug: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    #[async_trait::async_trait]
    impl ModelHooks for ActiveModel {
        fn new() -> Self {
            Self {
                slug: Set("untitled".to_owned()),
                ..<Self as ActiveModelTrait>::default()
            }
        }

        async fn before_save<C: ConnectionTrait>(mut self, _: &C, _: bool) -> Result<Self, DbErr> {
            if let Some(title) = self.title.try_as_ref() {
                self.slug = Set(title.to_lowercase());
            }
            Ok(self)
        }

        async fn after_save<C: ConnectionTrait>(
            mut model: Model,
            _: &C,
            _: bool,
        ) -> Result<Model, DbErr> {
            model.slug.push('!');
            Ok(model)
        }

        async fn before_delete<C: ConnectionTrait>(self, _: &C) -> Result<Self, DbErr> {
            match self.title.try_as_ref().map(String::as_str) {
                Some("Kept") => Err(DbErr::Custom("kept".to_owned())),
                _ => Ok(self),
            }
        }

        async fn after_delete<C: ConnectionTrait>(mut self, _: &C) -> Result<Self, DbErr> {
            self.slug = Set("gone".to_owned());
            Ok(self)
        }
    }
}

/// An entity with two columns as its key, and the fewest options.
mod label {
    #![allow(unreachable_pub, reason = "SeaORM adds public items")]

    use lback_signals_sea_orm::SignalModel;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SignalModel)]
    #[sea_orm(table_name = "label")]
    #[signal_model(name = "label", signals(post_save))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub post: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

/// The lines that the receivers have written.
#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Lines {
    fn write(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[receiver(signal = BlogPostPreSave)]
fn before_save(event: &BlogPostPreSave<'_>, lines: Res<'_, Lines>) -> Result<(), &'static str> {
    let old = event.old.as_ref().map(|old| &*old.title);
    let slug = event.blog_post.slug.try_as_ref();
    lines.write(format!("{:?} from {old:?}, slug {slug:?}", event.changed));
    match event.blog_post.title.try_as_ref() {
        Some(title) if title.is_empty() => Err("a post needs a title"),
        _ => Ok(()),
    }
}

#[receiver(signal = BlogPostPreDelete)]
fn before_delete(event: &BlogPostPreDelete<'_>) -> Result<(), &'static str> {
    match event.blog_post.title.try_as_ref().map(String::as_str) {
        Some("Pinned") => Err("it is pinned"),
        _ => Ok(()),
    }
}

/// The hook for all signals of all models.
#[receiver(
    signal = [
        BlogPostPreSave, BlogPostPostSave, BlogPostPreDelete, BlogPostPostDelete, label::LabelPostSave,
    ],
    last
)]
fn audit<S: ModelSignal>(event: &S, lines: Res<'_, Lines>) {
    let (model, id) = (event.model().model_name(), event.model().model_id());
    let created = event.created();
    lines.write(format!("{} {model} {id:?} {created:?}", S::event()));
}

#[receiver(signal = BlogPostPostSave, after_commit)]
fn announce(event: &BlogPostPostSave<'_>, lines: Res<'_, Lines>) {
    lines.write(format!("announce {}", event.blog_post.slug));
}

#[receiver(signal = BlogPostPostDelete, after_commit)]
fn withdraw(event: &BlogPostPostDelete<'_>, lines: Res<'_, Lines>) {
    lines.write(format!("withdraw {:?}", event.blog_post.slug.try_as_ref()));
}

#[receiver(signal = BlogPostPostBulkWrite, after_commit)]
fn reindex(event: &BlogPostPostBulkWrite<'_>, lines: Res<'_, Lines>) {
    let titles: Vec<_> = event.rows.iter().map(|row| &*row.title).collect();
    lines.write(format!("{} {titles:?}", event.operation));
}

struct Blog {
    db: DatabaseConnection,
    lines: std::sync::Arc<Lines>,
}

impl Blog {
    async fn new(db: DatabaseConnection) -> Self {
        let id = match db.get_database_backend() {
            sea_orm::DbBackend::Sqlite => "INTEGER PRIMARY KEY",
            _ => "BIGSERIAL PRIMARY KEY",
        };
        let posts =
            format!("CREATE TABLE blog_post (id {id}, title TEXT NOT NULL, slug TEXT NOT NULL)");
        db.execute_unprepared(&posts).await.unwrap();
        let labels = "CREATE TABLE label (post BIGINT, name TEXT, PRIMARY KEY (post, name))";
        db.execute_unprepared(labels).await.unwrap();
        let lines = std::sync::Arc::default();
        Self { db, lines }
    }

    async fn run<T>(&self, operations: impl Future<Output = T>) -> T {
        let scope = Scope::new().provide_dyn(std::sync::Arc::clone(&self.lines));
        scope.run_async(operations).await
    }

    async fn titles(&self) -> Vec<String> {
        let posts = post::Entity::find().order_by_id_asc().all(&self.db).await;
        posts.unwrap().into_iter().map(|post| post.title).collect()
    }
}

macro_rules! in_each_database {
    ($($test:ident),+ $(,)?) => {
        mod in_sqlite {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    let world = World::<Sqlite>::new().await;
                    let db = SqlxSqliteConnector::from_sqlx_sqlite_pool(world.pool.clone());
                    super::$test(Blog::new(db).await).await;
                }
            )+
        }

        mod in_postgres {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "needs LBACK_POSTGRES_URL"]
                async fn $test() {
                    let world = World::<Postgres>::new().await;
                    let db = SqlxPostgresConnector::from_sqlx_postgres_pool(world.pool.clone());
                    super::$test(Blog::new(db).await).await;
                }
            )+
        }
    };
}

mod drafts;

in_each_database!(
    each_operation_sends_its_signals,
    a_receiver_vetoes,
    a_veto_rolls_back_what_came_before,
    hooks_may_refuse,
    without_a_transaction_each_statement_is_one,
    many_rows_send_one_signal,
    a_key_of_two_columns_is_an_id,
);

fn titled(title: &str) -> post::ActiveModel {
    post::ActiveModel {
        title: Set(title.to_owned()),
        ..Default::default()
    }
}

async fn each_operation_sends_its_signals(blog: Blog) {
    let lines = &blog.lines;
    let done = blog.run(within(&blog.db, async |tx| {
        let first = titled("First").insert(tx).await?;
        assert_eq!((first.id, &*first.slug), (1, "first!"));
        let sent = [
            "[Title, Slug] from None, slug Some(\"first\")",
            "pre_save blog_post None Some(true)",
            "post_save blog_post Some(\"1\") Some(true)",
        ];
        assert_eq!(lines.take(), sent);

        let mut first = first.into_active_model();
        first.title = Set("Second".to_owned());
        let second = first.update(tx).await?;
        let sent = [
            "[Title, Slug] from Some(\"First\"), slug Some(\"second\")",
            "pre_save blog_post Some(\"1\") Some(false)",
            "post_save blog_post Some(\"1\") Some(false)",
        ];
        assert_eq!(lines.take(), sent);

        // `save` inserts without a key, and updates with one.
        let third = titled("Third").save(tx).await?;
        assert_eq!(third.id.clone().unwrap(), 2);
        third.save(tx).await?;
        let sent = lines.take();
        assert_eq!(sent[1], "pre_save blog_post None Some(true)");
        assert_eq!(sent[4], "pre_save blog_post Some(\"2\") Some(false)");

        let deleted = second.clone().delete(tx).await?;
        assert_eq!(deleted.rows_affected, 1);
        let sent = [
            "pre_delete blog_post Some(\"1\") None",
            "post_delete blog_post Some(\"1\") None",
        ];
        assert_eq!(lines.take(), sent);

        // An insert also writes what is not changed.
        second.into_active_model().insert(tx).await?;
        let sent = lines.take();
        assert_eq!(
            sent[0],
            "[Id, Title, Slug] from None, slug Some(\"second\")"
        );
        Ok::<_, DbErr>(())
    }));
    done.await.unwrap();
    let sent = [
        "announce first!",
        "announce second!",
        "announce third!",
        "announce third!",
        "withdraw Some(\"gone\")",
        "announce second!",
    ];
    assert_eq!(lines.take(), sent);
    assert_eq!(blog.titles().await, ["Second", "Third"]);
}

async fn a_receiver_vetoes(blog: Blog) {
    let refused = blog.run(within(&blog.db, async |tx| {
        let refused = titled("").insert(tx).await.unwrap_err();
        let failure = veto(&refused).unwrap();
        assert_eq!(failure.receiver().name(), "before_save");
        let FailureKind::Error(error) = failure.kind() else {
            panic!("{failure}");
        };
        assert_eq!(error.to_string(), "a post needs a title");
        let text = refused.to_string();
        let expected = "Error converting `blog_post` into `a stored row`: vetoed: receiver `";
        assert!(text.starts_with(expected), "{text}");

        let post = titled("Pinned").insert(tx).await?;
        let refused = post.clone().delete(tx).await.unwrap_err();
        assert_eq!(veto(&refused).unwrap().receiver().name(), "before_delete");
        let mut post = post.into_active_model();
        post.title = Set(String::new());
        let refused = post.update(tx).await.unwrap_err();
        assert!(veto(&refused).is_some());
        Ok::<_, DbErr>(())
    }));
    refused.await.unwrap();
    assert_eq!(blog.titles().await, ["Pinned"]);
    let sent = blog.lines.take();
    assert_eq!(sent.last().unwrap(), "announce pinned!");
    assert!(veto(&DbErr::RecordNotUpdated).is_none());
}

async fn a_veto_rolls_back_what_came_before(blog: Blog) {
    let refused = blog.run(within(&blog.db, async |tx| {
        titled("First").insert(tx).await?;
        titled("").insert(tx).await
    }));
    assert!(veto(&refused.await.unwrap_err()).is_some());
    assert!(blog.titles().await.is_empty());
    let announced = |line: &String| line.starts_with("announce");
    assert!(!blog.lines.take().iter().any(announced));
}

async fn hooks_may_refuse(blog: Blog) {
    let refused = blog.run(within(&blog.db, async |tx| {
        assert_eq!(
            <post::ActiveModel as Default>::default().slug,
            Set("untitled".to_owned())
        );
        let post = titled("Kept").insert(tx).await?;
        blog.lines.take();
        assert_eq!(post.delete(tx).await, Err(DbErr::Custom("kept".to_owned())));
        assert!(blog.lines.take().is_empty());
        Ok::<_, DbErr>(())
    }));
    refused.await.unwrap();
    assert_eq!(blog.titles().await, ["Kept"]);
}

async fn without_a_transaction_each_statement_is_one(blog: Blog) {
    blog.run(titled("First").insert(&blog.db)).await.unwrap();
    let sent = blog.lines.take();
    assert_eq!(sent.last().unwrap(), "announce first!");
    assert_eq!(blog.titles().await, ["First"]);
    // An update does not write the key, even if it is set.
    let renamed = post::ActiveModel {
        id: Set(1),
        ..titled("Second")
    };
    blog.run(renamed.update(&blog.db)).await.unwrap();
    let sent = blog.lines.take();
    assert_eq!(
        sent[0],
        "[Title, Slug] from Some(\"First\"), slug Some(\"second\")"
    );
    assert_eq!(sent.last().unwrap(), "announce second!");
}

async fn many_rows_send_one_signal(blog: Blog) {
    let changed = blog.run(within(&blog.db, async |tx| {
        let posts = ["First", "Second", "Third"].map(titled);
        let posts = insert_many(tx, post::Entity::insert_many(posts)).await?;
        assert_eq!(posts.len(), 3);
        let update = post::Entity::update_many().filter(Column::Id.lte(2));
        let update = update.col_expr(Column::Title, Expr::value("Old"));
        assert_eq!(update_many(tx, update).await?.len(), 2);
        let old = post::Entity::delete_many().filter(Column::Title.eq("Old"));
        assert_eq!(delete_many(tx, old.clone()).await?.len(), 2);
        assert!(delete_many(tx, old).await?.is_empty());
        let none = post::Entity::insert_many(Vec::<post::ActiveModel>::new());
        assert!(insert_many(tx, none).await?.is_empty());
        assert!(blog.lines.take().is_empty());
        Ok::<_, DbErr>(())
    }));
    changed.await.unwrap();
    let sent = [
        "insert [\"First\", \"Second\", \"Third\"]",
        "update [\"Old\", \"Old\"]",
        "delete [\"Old\", \"Old\"]",
    ];
    assert_eq!(blog.lines.take(), sent);
    assert_eq!(blog.titles().await, ["Third"]);
    assert_eq!(BulkOperation::Insert.to_string(), "insert");
}

async fn a_key_of_two_columns_is_an_id(blog: Blog) {
    let label = label::ActiveModel {
        post: Set(7),
        name: Set("new".to_owned()),
    };
    blog.run(label.clone().insert(&blog.db)).await.unwrap();
    assert_eq!(
        blog.lines.take(),
        ["post_save label Some(\"7,new\") Some(true)"]
    );
    assert_eq!(label.model_id().as_deref(), Some("7,new"));
    let label = label::ActiveModel {
        post: Set(7),
        ..Default::default()
    };
    assert_eq!(label.model_id(), None);
}

/// Otherwise another transaction could change it before the update.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_old_row_is_locked() {
    let world = World::<Postgres>::new().await;
    let db = SqlxPostgresConnector::from_sqlx_postgres_pool(world.pool.clone());
    let blog = Blog::new(db).await;
    blog.run(titled("First").insert(&blog.db)).await.unwrap();
    blog.run(within(&blog.db, async |tx| {
        let lock = "SELECT id FROM blog_post FOR UPDATE NOWAIT";
        let is_free = async || sqlx::query(lock).execute(&world.others).await.is_ok();
        assert!(is_free().await);
        let post = post::ActiveModel {
            id: Set(1),
            title: Set(String::new()),
            ..<post::ActiveModel as ActiveModelTrait>::default()
        };
        assert!(veto(&post.update(tx).await.unwrap_err()).is_some());
        assert!(!is_free().await);
        Ok::<_, DbErr>(())
    }))
    .await
    .unwrap();
}
