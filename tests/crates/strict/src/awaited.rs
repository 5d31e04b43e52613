//! Signals that are awaited, and receivers in the background.

use core::future::ready;

use lback_signals::{AsyncSignal, Res, receiver, signal};

/// An article.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Article {
    /// The short name in an address.
    pub slug: String,
}

/// How often it is tried.
#[derive(Debug)]
struct Retries(u32);

/// An article is out.
#[non_exhaustive]
#[signal(async, owned)]
#[derive(Clone, Debug)]
pub struct ArticlePublished<'a> {
    /// The article.
    #[sender]
    pub article: &'a Article,
    /// Where.
    pub place: &'a str,
}

/// How many are willing.
#[non_exhaustive]
#[signal(async, reply = u32)]
#[derive(Clone, Copy, Debug)]
pub struct Asking;

/// Is called.
#[receiver(signal = ArticlePublished)]
fn count(event: &ArticlePublished<'_>) {
    println!("{}", event.place);
}

/// Is awaited.
#[receiver(signal = ArticlePublished)]
async fn call_webhook(
    event: &ArticlePublished<'_>,
    retries: Option<Res<'_, Retries>>,
) -> Result<(), String> {
    let times = retries.map_or(1, |retries| retries.get().0);
    let answer = if times == 0 {
        Err(event.article.slug.clone())
    } else {
        Ok(())
    };
    ready(answer).await
}

/// Is awaited, whatever the signal is.
#[receiver(signal = [ArticlePublished])]
async fn index<S: AsyncSignal<Sender = Article>>(event: &S) {
    ready(()).await;
    println!("{}", event.sender().slug);
}

/// Runs later.
#[receiver(signal = ArticlePublished, background)]
async fn mail(event: &ArticlePublished<'_>) {
    ready(()).await;
    println!("{}", event.article.slug);
}

/// Runs later still.
#[receiver(signal = ArticlePublished, after_commit, background, last)]
fn archive(event: &ArticlePublished<'_>) -> Result<(), String> {
    if event.place.is_empty() {
        Err(event.article.slug.clone())
    } else {
        Ok(())
    }
}

/// Answers.
#[receiver(signal = Asking)]
async fn answers(_: &Asking) -> u32 {
    ready(1).await
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use lback_signals::{AsyncSignal, background};
    use pollster::block_on;

    use super::{Article, ArticlePublished, Asking};

    #[test]
    fn all_of_it_runs() {
        let article = Article {
            slug: "on-signals".to_owned(),
        };
        let event = ArticlePublished {
            article: &article,
            place: "here",
        };
        let report = block_on(event.send_async());
        assert_eq!((report.delivered(), report.deferred()), (3, 2));
        assert_eq!(block_on(Asking.send_async()).replies().len(), 1);
        assert!(background::drain(Duration::from_mins(1)).is_complete());
    }
}
