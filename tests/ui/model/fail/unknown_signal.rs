#![allow(unused)]

use lback_signals::{Model, receiver};

#[derive(Model)]
#[model(signals(pre_save, after_save))]
struct Article {
    #[model(id)]
    id: i64,
}

#[derive(Model)]
#[model(signals(PostSave))]
struct Comment {
    #[model(id)]
    id: i64,
}

#[derive(Model)]
#[model(signals("post_save"))]
struct Tag {
    #[model(id)]
    id: i64,
}

#[receiver(signal = ArticlePostSave)]
fn index(event: &ArticlePostSave<'_>) {}

fn main() {
    let article = Article { id: 7 };
    article.update_with(|_| Ok::<_, std::fmt::Error>(()));
}
