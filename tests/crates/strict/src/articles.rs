//! Models of the crate's own.

use core::fmt::Error;

use lback_signals::{Model, ModelSignal, receiver};

/// An article.
#[derive(Clone, Debug, Model)]
#[model(signals(pre_save, post_save, pre_delete, post_delete), editable)]
#[non_exhaustive]
pub struct Article {
    /// `None` until stored.
    #[model(id)]
    pub id: Option<i64>,
    /// The title.
    pub title: String,
}

impl Article {
    /// A new one.
    #[inline]
    #[must_use]
    pub const fn new(title: String) -> Self {
        Self { id: None, title }
    }
}

/// Private.
#[derive(Model)]
#[model(name = "note", signals(post_save))]
struct Draft(#[model(id)] u8);

/// A title has no spaces around it.
#[receiver(signal = ArticlePreSave, before(moderate))]
fn trim(event: &ArticlePreSave<'_>) {
    event
        .article
        .edit(|article| article.title = article.title.trim().to_owned());
}

/// An article has a title.
#[receiver(signal = ArticlePreSave)]
fn moderate(event: &ArticlePreSave<'_>) -> Result<(), String> {
    if event.article.title.is_empty() {
        return Err("an article has a title".to_owned());
    }
    Ok(())
}

/// Fails for what has no id.
#[receiver(signal = [ArticlePostSave, DraftPostSave])]
fn index<S: ModelSignal>(event: &S) -> Result<(), Error> {
    event.model().model_id().map(drop).ok_or(Error)
}

#[cfg(test)]
mod tests {
    use core::fmt::Error;

    use lback_signals::{OperationError, Signal};

    use super::{Article, ArticlePostSave, Draft, DraftPostSave};

    #[test]
    fn the_receivers_run() {
        let mut article = Article::new(" ".to_owned());
        let vetoed = article.create_with(|_| Ok::<_, Error>(()));
        assert!(matches!(vetoed, Err(OperationError::Vetoed(_))));
        assert!(article.delete_with(|_| Ok::<_, Error>(())).is_ok());
        article.title.push('a');
        let created = article.create_with(|new| {
            new.id = Some(7);
            Ok::<_, Error>(())
        });
        assert!(created.is_ok());
        let article = &article;
        let after = ArticlePostSave {
            article,
            created: true,
        };
        assert!(after.send().is_ok());
    }

    #[test]
    fn a_private_model_has_private_signals() {
        assert!(Draft(7).update_with(|_| Ok::<_, Error>(())).is_ok());
        assert_eq!(DraftPostSave::info().name(), "note_post_save");
    }
}
