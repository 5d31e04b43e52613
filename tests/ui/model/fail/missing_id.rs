#![allow(unused)]

use lback_signals::{Model, Signal};

#[derive(Model)]
struct Article {
    id: i64,
}

#[derive(Model)]
#[model(signals(pre_save, post_save))]
struct Comment;

fn main() {
    let article = Article { id: 7 };
    article.model_id();
    CommentPostSave {
        comment: &Comment,
        created: true,
    }
    .send();
}
