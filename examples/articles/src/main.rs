//! Django's model signals for two models in a database: a moderator who may veto, a search index and
//! an audit trail. None of them is called from the code that saves.
//!
//! `cargo run -p articles`

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lback_signals::{Model, ModelSignal, OperationError, receiver};
use rusqlite::{Connection, params};

#[derive(Model)]
#[model(signals(pre_save, post_save, post_delete))]
struct Article {
    /// `None` until the database has given one.
    #[model(id)]
    id: Option<i64>,
    title: String,
}

#[derive(Model)]
#[model(signals(pre_save, post_save))]
struct Comment {
    #[model(id)]
    id: Option<i64>,
    article: Option<i64>,
    text: String,
}

// Saving: two lines around whatever the database layer wants.

type Result<T> = std::result::Result<T, OperationError<rusqlite::Error>>;

impl Article {
    fn insert(&mut self, database: &Connection) -> Result<()> {
        self.create_with(|article| {
            database.execute("INSERT INTO article (title) VALUES (?1)", [&article.title])?;
            article.id = Some(database.last_insert_rowid());
            Ok(())
        })
    }

    fn update(&self, database: &Connection) -> Result<usize> {
        self.update_with(|Self { id, title }| {
            let sql = "UPDATE article SET title = ?2 WHERE id = ?1";
            database.execute(sql, params![id, title])
        })
    }

    fn delete(&self, database: &Connection) -> Result<usize> {
        self.delete_with(|article| {
            database.execute("DELETE FROM article WHERE id = ?1", [article.id])
        })
    }
}

impl Comment {
    fn insert(&mut self, database: &Connection) -> Result<()> {
        self.create_with(|comment| {
            let sql = "INSERT INTO comment (article, text) VALUES (?1, ?2)";
            database.execute(sql, params![comment.article, comment.text])?;
            comment.id = Some(database.last_insert_rowid());
            Ok(())
        })
    }
}

// Receiving: in any module, in any crate.

/// A receiver that fails before an operation vetoes it.
#[receiver(signal = CommentPreSave)]
fn moderate(event: &CommentPreSave<'_>) -> std::result::Result<(), String> {
    match event.comment.text.split(' ').find(|word| *word == "pills") {
        Some(word) => Err(format!("this blog does not want {word}")),
        None => Ok(()),
    }
}

static INDEX: Mutex<BTreeMap<Option<i64>, String>> = Mutex::new(BTreeMap::new());

fn index() -> MutexGuard<'static, BTreeMap<Option<i64>, String>> {
    INDEX.lock().unwrap_or_else(PoisonError::into_inner)
}

#[receiver(signal = ArticlePostSave)]
fn make_it_found(event: &ArticlePostSave<'_>) {
    index().insert(event.article.id, event.article.title.to_lowercase());
}

#[receiver(signal = ArticlePostDelete)]
fn forget(event: &ArticlePostDelete<'_>) {
    index().remove(&event.article.id);
}

/// One receiver for both models, whatever else they are.
#[receiver(signal = [ArticlePostSave, ArticlePostDelete, CommentPostSave])]
fn audit<S: ModelSignal>(event: &S) {
    let model = event.model();
    let id = model.model_id().unwrap_or_default();
    let is_new = if event.created() == Some(true) {
        ", new"
    } else {
        ""
    };
    println!(
        "  audit: {} {} {id}{is_new}",
        S::event(),
        model.model_name()
    );
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let database = Connection::open_in_memory()?;
    database.execute_batch(
        "CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE);
         CREATE TABLE comment (id INTEGER PRIMARY KEY, article INTEGER NOT NULL, text TEXT NOT NULL);",
    )?;

    println!("An article is written, and its title changed:");
    let mut article = Article {
        id: None,
        title: "Signals in Rust".to_owned(),
    };
    article.insert(&database)?;
    article.title.push_str(", and who hears them");
    article.update(&database)?;
    println!("  index: {:?}", index().values());

    println!("It gets two comments:");
    for text in ["well said", "buy pills now"] {
        let mut comment = Comment {
            id: None,
            article: article.id,
            text: text.to_owned(),
        };
        if let Err(error) = comment.insert(&database) {
            println!("  {error}");
        }
    }

    println!("The database refuses another of the same title:");
    let mut twin = Article {
        id: None,
        title: article.title.clone(),
    };
    if let Err(error) = twin.insert(&database) {
        println!("  {error}");
    }

    println!("The article is deleted:");
    article.delete(&database)?;
    println!("  index: {:?}", index().values());
    Ok(())
}
