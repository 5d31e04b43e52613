//! The signals of models that a real database keeps.

use std::error::Error as _;
use std::sync::{Arc, Mutex, MutexGuard};

use lback_auth::{AuthUser, EmailVerification, Password};
use lback_signals::{Model, ModelEvent, ModelSignal, OperationError, receiver};
use rusqlite::{Connection, params};

#[derive(Model)]
#[model(signals(pre_save, post_save, pre_delete, post_delete))]
struct Article {
    #[model(id)]
    id: Option<i64>,
    title: String,
    /// The events that receivers saw, in order: one list per model, so that tests do not see each other's.
    seen: Seen,
}

#[derive(Model)]
#[model(name = "remark", signals(post_save))]
struct Comment {
    #[model(id)]
    id: u32,
    seen: Seen,
}

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn note(&self, line: impl Into<String>) {
        self.lines().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines())
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().expect("no panic while it is locked")
    }
}

trait Observed {
    fn seen(&self) -> &Seen;
}

impl Observed for Article {
    fn seen(&self) -> &Seen {
        &self.seen
    }
}

impl Observed for Comment {
    fn seen(&self) -> &Seen {
        &self.seen
    }
}

#[receiver(signal = [
    ArticlePreSave, ArticlePostSave, ArticlePreDelete, ArticlePostDelete, CommentPostSave,
])]
fn audit<S: ModelSignal<Model: Observed>>(event: &S) {
    let model = event.model();
    let id = model.model_id().unwrap_or_else(|| "no id".to_owned());
    let created = match event.created() {
        Some(true) => ", new",
        Some(false) => ", not new",
        None => "",
    };
    let line = format!("{} {} ({id}{created})", S::event(), model.model_name());
    model.seen().note(line);
}

#[receiver(signal = ArticlePreSave)]
fn moderate(event: &ArticlePreSave<'_>) -> Result<(), String> {
    if event.article.title.contains("spam") {
        return Err(format!("{:?} is spam", event.article.title));
    }
    Ok(())
}

#[receiver(signal = ArticlePreDelete)]
fn keep_the_imprint(event: &ArticlePreDelete<'_>) -> Result<(), &'static str> {
    match event.article.title.as_str() {
        "imprint" => Err("the law wants it"),
        _ => Ok(()),
    }
}

#[receiver(signal = ArticlePostSave)]
fn fail_afterwards(event: &ArticlePostSave<'_>) -> Result<(), &'static str> {
    match event.article.title.as_str() {
        "not indexed" => Err("the index is full"),
        _ => Ok(()),
    }
}

fn database() -> Connection {
    let database = Connection::open_in_memory().expect("SQLite opens a database in memory");
    database
        .execute_batch("CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE)")
        .expect("the table is right");
    database
}

fn titles(database: &Connection) -> Vec<String> {
    let mut query = database
        .prepare("SELECT title FROM article ORDER BY id")
        .expect("the query is right");
    let titles = query.query_map([], |row| row.get(0)).expect("it runs");
    titles.map(|title| title.expect("it is text")).collect()
}

fn article(id: Option<i64>, title: &str) -> Article {
    Article {
        id,
        title: title.to_owned(),
        seen: Seen::default(),
    }
}

type Saved<T> = Result<T, OperationError<rusqlite::Error>>;

fn insert(database: &Connection, article: &mut Article) -> Saved<()> {
    article.create_with(|article| {
        article.seen.note("insert");
        database.execute("INSERT INTO article (title) VALUES (?1)", [&article.title])?;
        article.id = Some(database.last_insert_rowid());
        Ok(())
    })
}

fn update(database: &Connection, article: &Article) -> Saved<usize> {
    article.update_with(|article| {
        article.seen.note("update");
        database.execute(
            "UPDATE article SET title = ?2 WHERE id = ?1",
            params![article.id, article.title],
        )
    })
}

fn delete(database: &Connection, article: &Article) -> Saved<usize> {
    article.delete_with(|article| {
        article.seen.note("delete");
        database.execute("DELETE FROM article WHERE id = ?1", [article.id])
    })
}

/// One row that is there already.
fn with_a_row() -> (Connection, Article) {
    let database = database();
    let mut article = article(None, "on signals");
    insert(&database, &mut article).expect("no receiver objects");
    article.seen.take();
    (database, article)
}

#[test]
fn a_new_row_s_id_reaches_the_signal_after() {
    let database = database();
    database
        .execute("INSERT INTO article VALUES (41, 'older')", [])
        .expect("it is the first");
    let mut article = article(None, "on signals");
    insert(&database, &mut article).expect("no receiver objects");
    assert_eq!(article.id, Some(42));
    assert_eq!(
        article.seen.take(),
        [
            "pre_save article (no id, new)",
            "insert",
            "post_save article (42, new)"
        ]
    );
    assert_eq!(titles(&database), ["older", "on signals"]);
}

#[test]
fn a_save_sends_before_and_after_and_gives_what_the_operation_does() {
    let (database, mut article) = with_a_row();
    article.title = "on slots".to_owned();
    let rows = update(&database, &article).expect("no receiver objects");
    assert_eq!(rows, 1);
    assert_eq!(
        article.seen.take(),
        [
            "pre_save article (1, not new)",
            "update",
            "post_save article (1, not new)"
        ]
    );
    assert_eq!(titles(&database), ["on slots"]);
}

#[test]
fn a_veto_leaves_the_table_unchanged() {
    let (database, mut article) = with_a_row();
    article.title = "spam".to_owned();
    let error = update(&database, &article).expect_err("it is spam");
    assert_eq!(
        error.to_string(),
        "vetoed: receiver `workspace::model_signals::moderate` of `article_pre_save` (article 1) failed: \
         \"spam\" is spam"
    );
    assert!(error.source().is_none());
    assert!(matches!(error, OperationError::Vetoed(_)));
    assert_eq!(article.seen.take(), ["pre_save article (1, not new)"]);
    assert_eq!(titles(&database), ["on signals"]);

    article.id = None;
    assert!(matches!(
        insert(&database, &mut article),
        Err(OperationError::Vetoed(_))
    ));
    assert_eq!(article.seen.take(), ["pre_save article (no id, new)"]);
    assert_eq!(titles(&database), ["on signals"]);
}

#[test]
fn an_operation_that_fails_sends_nothing_after() {
    let (database, _) = with_a_row();
    let mut duplicate = article(None, "on signals");
    let error = insert(&database, &mut duplicate).expect_err("titles are unique");
    let OperationError::Failed(cause) = &error else {
        panic!("a receiver objects: {error}");
    };
    assert_eq!(
        cause.sqlite_error_code(),
        Some(rusqlite::ErrorCode::ConstraintViolation)
    );
    assert_eq!(error.to_string(), cause.to_string());
    let source = |error: &dyn std::error::Error| error.source().map(ToString::to_string);
    assert_eq!(source(&error), source(cause));
    assert_eq!(
        duplicate.seen.take(),
        ["pre_save article (no id, new)", "insert"]
    );
    assert_eq!(titles(&database), ["on signals"]);
}

#[test]
fn a_receiver_that_fails_after_the_save_changes_nothing() {
    let (database, mut article) = with_a_row();
    article.title = "not indexed".to_owned();
    assert!(update(&database, &article).is_ok());
    assert_eq!(titles(&database), ["not indexed"]);
}

#[test]
fn a_deletion_is_vetoed_or_told() {
    let (database, mut article) = with_a_row();
    article.title = "imprint".to_owned();
    let error = delete(&database, &article).expect_err("the law wants it");
    assert!(matches!(error, OperationError::Vetoed(_)));
    assert_eq!(article.seen.take(), ["pre_delete article (1)"]);
    assert_eq!(titles(&database), ["on signals"]);

    article.title = "on signals".to_owned();
    assert_eq!(delete(&database, &article).expect("no receiver objects"), 1);
    assert_eq!(
        article.seen.take(),
        [
            "pre_delete article (1)",
            "delete",
            "post_delete article (1)"
        ]
    );
    assert!(titles(&database).is_empty());
}

#[test]
fn a_generic_receiver_serves_two_models() {
    let mut comment = Comment {
        id: 7,
        seen: Seen::default(),
    };
    let saved: Result<&str, OperationError<std::fmt::Error>> =
        comment.create_with(|_| Ok("stored"));
    assert_eq!(saved.expect("no receiver can object"), "stored");
    assert_eq!(comment.seen.take(), ["post_save remark (7, new)"]);
    assert_eq!(CommentPostSave::event(), ModelEvent::PostSave);
    assert_eq!(
        <CommentPostSave<'_> as lback_signals::Signal>::info().name(),
        "remark_post_save"
    );
}

/// The operations are spawned with what they capture, so that all of it has to be `Send`.
#[tokio::test(flavor = "multi_thread")]
async fn asynchronous_operations_are_like_the_others() {
    let database = Arc::new(tokio::sync::Mutex::new(database()));

    let task = tokio::spawn({
        let database = Arc::clone(&database);
        async move {
            let mut article = article(None, "on signals");
            let inserted = article
                .create_with_async(async |article| {
                    let database = database.lock().await;
                    tokio::task::yield_now().await;
                    article.seen.note("insert");
                    database
                        .execute("INSERT INTO article (title) VALUES (?1)", [&article.title])?;
                    article.id = Some(database.last_insert_rowid());
                    Ok::<_, rusqlite::Error>(())
                })
                .await;
            inserted.expect("no receiver objects");
            article
        }
    });
    let mut article = task.await.expect("it does not panic");
    assert_eq!(
        article.seen.take(),
        [
            "pre_save article (no id, new)",
            "insert",
            "post_save article (1, new)"
        ]
    );

    let task = tokio::spawn({
        let database = Arc::clone(&database);
        async move {
            let save = async |article: &Article| {
                article.seen.note("update");
                tokio::task::yield_now().await;
                database.lock().await.execute(
                    "UPDATE article SET title = ?2 WHERE id = ?1",
                    params![article.id, article.title],
                )
            };
            article.title = "spam".to_owned();
            let vetoed = article.update_with_async(&save).await;
            assert!(matches!(vetoed, Err(OperationError::Vetoed(_))));
            article.title = "on slots".to_owned();
            let rows = article.update_with_async(&save).await;
            assert_eq!(rows.expect("no receiver objects"), 1);
            article
        }
    });
    let article = task.await.expect("it does not panic");
    assert_eq!(
        article.seen.take(),
        [
            "pre_save article (1, not new)",
            "pre_save article (1, not new)",
            "update",
            "post_save article (1, not new)"
        ]
    );
    assert_eq!(titles(&*database.lock().await), ["on slots"]);

    let task = tokio::spawn({
        let database = Arc::clone(&database);
        async move {
            let gone = article
                .delete_with_async(async |article| {
                    let database = database.lock().await;
                    database.execute("DELETE FROM nothing WHERE id = ?1", [article.id])
                })
                .await;
            assert!(matches!(gone, Err(OperationError::Failed(_))));
            let rows = article
                .delete_with_async(async |article| {
                    let database = database.lock().await;
                    database.execute("DELETE FROM article WHERE id = ?1", [article.id])
                })
                .await;
            assert_eq!(rows.expect("no receiver objects"), 1);
            article
        }
    });
    let article = task.await.expect("it does not panic");
    assert_eq!(
        article.seen.take(),
        [
            "pre_delete article (1)",
            "pre_delete article (1)",
            "post_delete article (1)"
        ]
    );
    assert!(titles(&*database.lock().await).is_empty());
}

#[derive(Clone, AuthUser)]
#[model(name = "member", signals(pre_delete))]
struct Customer {
    #[auth(id)]
    id: Option<u64>,
    #[auth(username, email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

#[receiver(signal = CustomerPreDelete)]
fn keep_active_customers(event: &CustomerPreDelete<'_>) -> Result<(), &'static str> {
    if event.customer.active {
        return Err("still active");
    }
    Ok(())
}

#[test]
fn an_account_is_a_model() {
    let mut customer = Customer {
        id: None,
        email: "ada@example.org".to_owned(),
        password: Password::unusable(),
        verification: EmailVerification::unverified(),
        active: true,
    };
    let account: &dyn AuthUser = &customer;
    assert_eq!((account.model_name(), account.model_id()), ("member", None));
    assert_eq!(account.id(), None);
    customer.id = Some(7);
    let account: &dyn AuthUser = &customer;
    assert_eq!(account.model_id().as_deref(), Some("7"));
    assert_eq!(account.id(), Some(lback_auth::UserId::new(7)));

    let delete = |customer: &Customer| customer.delete_with(|_| Ok::<_, std::fmt::Error>(()));
    let veto = delete(&customer).expect_err("it is active");
    assert!(
        veto.to_string()
            .ends_with("of `member_pre_delete` (member 7) failed: still active")
    );
    customer.active = false;
    assert!(delete(&customer).is_ok());

    let user = lback_auth::User::new("ada", "ada@example.org").expect("both are right");
    assert_eq!((user.model_name(), user.model_id()), ("user", None));
}
